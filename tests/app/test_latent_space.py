from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from app import resources
from tests.app.digit_lab import open_page, texts

pytestmark = pytest.mark.usefixtures("lab")


@pytest.mark.parametrize("family", ["Simple", "Stacked", "Convolutional", "PCA"])
def test_map_shows_every_test_digit_by_class(family: str) -> None:
    app = open_page("latent_space", family=family)
    assert not app.exception
    (chart,) = app.get("plotly_chart")
    spec = json.loads(chart.proto.spec)
    assert [trace["name"] for trace in spec["data"]] == [str(digit) for digit in range(10)]
    assert len(chart.proto.spec) < 250_000
    assert len(app.get("image")) == 2


def test_a_link_opens_its_digit_marked() -> None:
    app = open_page("latent_space", digit="61")
    marked = [trace["selectedpoints"] for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"]]
    assert [len(points) for points in marked] == [0] * 8 + [1, 0]
    assert "Test digit 61, an 8, and rebuilt from" in texts(app)


def test_the_decoder_draws_the_point_under_the_sliders() -> None:
    app = open_page("latent_space", look="Decoder")
    assert not app.exception
    assert len(app.get("image")) == 1
    first, second = app.slider
    first.set_value(first.max).run()
    caption = app.get("image")[0].captions[0]
    assert caption == f"Decoded from {first.max:.2f}, {second.value:.2f}"


def test_missing_weights_leave_a_message_and_the_switch(lab: Path) -> None:
    (lab / "stacked-k2" / "model.safetensors").write_bytes(b"")
    app = open_page("latent_space")
    assert not app.exception
    assert "stacked-k2" in texts(app)
    assert not app.get("plotly_chart")
    assert len(open_page("latent_space", family="PCA").get("plotly_chart")) == 1


def test_neighbours_are_the_nearest_codes_without_the_digit_itself() -> None:
    codes = resources.codes("stacked-k2", "cpu")
    near = resources.neighbours("stacked-k2", "cpu", 7, 5)
    distance = np.linalg.norm(codes - codes[7], axis=1)
    distance[7] = np.inf
    assert np.allclose(np.sort(distance)[:5], distance[near], atol=1e-5)


def test_codes_are_computed_when_none_are_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_shipped_codes", lambda name: None)
    st.cache_data.clear()
    codes = resources.codes("stacked-k2", "cpu")
    assert codes.shape == (10_000, 2)
    assert np.allclose(codes[[3]], resources.passage("stacked-k2", "cpu", (3,)).code, atol=1e-5)


def test_decoded_plane_has_the_high_second_numbers_on_top() -> None:
    extent = resources.Extent(-1, 1, -1, 1)
    plane = resources.decoded_plane("stacked-k2", "cpu", extent, 4)
    assert plane.shape == (4, 4, 28, 28)
    corner = resources.decoded("stacked-k2", "cpu", (-0.75, 0.75))
    assert np.allclose(plane[0, 0], corner, atol=1e-5)


def test_a_unit_that_never_fires_still_has_an_extent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "codes", lambda name, device: np.zeros((100, 2)))
    extent = resources.extent("dead", "cpu", 1.0)
    assert extent.right > extent.left
    assert extent.top > extent.bottom
