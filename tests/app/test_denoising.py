from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app import resources
from app.components.models import CARD
from tests.app.digit_lab import LEVELS, open_page, texts

pytestmark = pytest.mark.usefixtures("lab")


def test_shows_rows_and_their_errors() -> None:
    app = open_page("denoising")
    assert not app.exception
    assert len(app.get("image")) == 1
    table = app.table[0].value
    assert list(table["Row"]) == ["Noisy", "Simple", "Stacked", "Convolutional", "PCA"]
    assert np.allclose(table["PSNR"], -10 * np.log10(table["Error"]))


@pytest.mark.parametrize("noise", ["Gaussian", "Salt and pepper", "Masking blocks"])
def test_no_noise_leaves_the_digits_alone(noise: str) -> None:
    table = open_page("denoising", noise=noise, level="0.0").table[0].value
    assert table["Error"][0] == 0


def test_switches_choose_the_weights() -> None:
    for trained, loss, stacked in (
        ("Gaussian 0.5", "Squared error", "denoise-stacked"),
        ("Gaussian 0.5", "Cross-entropy", "denoise-stacked-bce"),
        ("All kinds and levels", "Cross-entropy", "denoise-stacked-bce-any"),
    ):
        app = open_page("denoising", unfolded=CARD, trained=trained, loss=loss)
        assert stacked in app.selectbox[0].options


def test_error_by_level_shows_the_noise_and_every_family() -> None:
    app = open_page("denoising", show="Error by level", noise="Masking blocks")
    assert not app.exception
    lines = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert [line["name"] for line in lines] == ["Noisy input", "Simple", "Stacked", "Convolutional", "PCA"]
    assert lines[0]["x"] == LEVELS
    assert [line["line"]["dash"] for line in lines] == ["dot", "solid", "solid", "solid", "dash"]


def test_a_missing_denoiser_costs_its_row_alone(lab: Path) -> None:
    (lab / "denoise-conv" / "model.safetensors").unlink()
    app = open_page("denoising")
    assert not app.exception
    assert "denoise-conv" in app.warning[0].value
    assert list(app.table[0].value["Row"]) == ["Noisy", "Simple", "Stacked", "PCA"]


def test_measures_that_are_not_there_yet_are_said(lab: Path) -> None:
    for path in lab.glob("*/card.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"measures": {}}))
    told = texts(open_page("denoising", show="Error by level"))
    assert "No error by noise level" in told
    assert "python -m ae evaluate digits --update-cards" in told


def test_the_same_digits_get_the_same_noise() -> None:
    first = resources.noisy_digits((1, 2), "gaussian", 0.5)
    resources.noisy_digits.clear()
    assert np.array_equal(first, resources.noisy_digits((1, 2), "gaussian", 0.5))


@pytest.mark.usefixtures("lab")
def test_a_link_with_empty_choices_opens_the_usual_view() -> None:
    app = open_page("denoising", noise="", trained="", loss="", level="")
    assert not app.exception
    assert "Simple" in app.table[0].value["Row"].tolist()
