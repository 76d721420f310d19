"""The page of the map: what it sends to the browser, and what it makes of what comes back."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae import latent, weights
from ae.data.drawing import as_digit
from app import resources
from app.components import latent_map
from app.components.latent_map import drawing, payload
from app.components.latent_measures import LABEL
from tests.app.digit_lab import open_page, texts, write_model

pytestmark = pytest.mark.usefixtures("lab")


def sent(app: AppTest) -> dict[str, Any]:
    """The small state that the map gets."""
    (found,) = all_sent(app)
    return found


def all_sent(app: AppTest) -> list[dict[str, Any]]:
    """The same of every map on the page."""
    maps = [e.proto for e in app.get("bidi_component") if e.proto.component_name == "latent_map"]
    return [json.loads(found.json) for found in maps]


def offered(app: AppTest, kind: str) -> dict[str, np.ndarray]:
    """What the browser finds at the address of a blob."""
    return read(sent(app)["blobs"][kind]["address"])


def read(address: str) -> dict[str, np.ndarray]:
    return safetensors.numpy.load(gzip.decompress(SHELF[address]))


SHELF: dict[str, bytes] = {}


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that the page published, by their address."""
    SHELF.clear()

    def publish(content: bytes, mimetype: str, place: str) -> str:
        assert mimetype == "application/gzip"  # Streamlit would pack anything else again, at every visit
        address = f"media/{hashlib.sha256(content).hexdigest()}"
        SHELF[address] = content
        return address

    monkeypatch.setattr(latent_map, "publish", publish)


@pytest.mark.parametrize("family", ["Simple", "Stacked", "Convolutional", "PCA"])
def test_map_gets_every_test_digit_at_its_code(family: str) -> None:
    app = open_page("latent_space", family=family)
    assert not app.exception
    state, places = sent(app), offered(app, "places")
    assert np.array_equal(places["places"], resources.codes(state["title"], "cpu"))
    assert np.array_equal(places["labels"], resources.digits().labels)
    assert np.array_equal(offered(app, "digits")["pixels"] / np.float32(255), resources.digits().images)
    assert state["decodes"]


def test_the_state_that_every_rerun_sends_is_small_and_stays_the_same() -> None:
    app = open_page("latent_space", pins="61~17")
    before = sent(app)
    assert len(json.dumps(before)) < 3000
    app.query_params["pins"] = "3"
    assert sent(app.run()) == before


def test_a_link_opens_with_what_it_says() -> None:
    link = {
        "at": "-1,-1,2,2", "pins": "61~@0.5,1", "hide": "37", "show": "pictures", "path": "data",
        "random": "3"
    }  # fmt: skip
    assert sent(open_page("latent_space", **link))["open"] == link


def test_a_link_says_which_part_of_a_second_map_is_seen() -> None:
    link = {"at": "-1,-1,2,2", "at2": "0,0,3,3", "beside": "PCA"}
    first, second = all_sent(open_page("latent_space", **link))
    assert first["open"] == {"at": "-1,-1,2,2", "at2": "0,0,3,3"}
    assert second["open"] == {"at": "0,0,3,3"}
    assert sent(open_page("latent_space", at="-1,-1,2,2", at2="0,0,3,3"))["open"] == {"at": "-1,-1,2,2"}


def test_a_link_from_before_there_were_pins_pins_its_digit() -> None:
    assert sent(open_page("latent_space", digit="61"))["open"] == {"pins": "61"}


def test_what_was_done_on_the_map_goes_into_the_address_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"hide": "3", "family": "PCA"}
    kept = {"latent-map": {"link": {"pins": "61", "hide": "", "at": "0,0,1,1", "family": "Simple"}}}
    monkeypatch.setattr(st, "session_state", kept)
    monkeypatch.setattr(st, "query_params", address)
    latent_map._follow()
    assert address == {"family": "PCA", "pins": "61", "at": "0,0,1,1"}
    assert kept["latent-map-left"] == {"pins": "61", "at": "0,0,1,1"}


@pytest.mark.parametrize("k", ["4", "32"])
def test_longer_codes_are_laid_flat_and_not_decoded_under_the_pointer(k: str) -> None:
    app = open_page("latent_space", numbers=k)
    assert not app.exception
    state = sent(app)
    assert not state["decodes"]
    assert "decoded" in state["why"]
    codes = resources.codes(f"stacked-k{k}", "cpu")
    places = offered(app, "places")
    flat = (codes - places["mean"]) @ places["axes"].T
    assert np.allclose(places["places"], flat, atol=1e-4)
    assert offered(app, "model")["codes"].shape == (10_000, int(k))


def test_a_shipped_map_is_offered_only_for_the_weights_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, name = tmp_path / "projections.npz", "stacked-k4"
    places = {(name, "tsne"): np.zeros((10_000, 2))}
    monkeypatch.setattr(latent.load_projection, "__defaults__", (path,))
    latent.write_projections(latent.Projections(places, {name: weights.read_card(name).digest}), path)
    app = open_page("latent_space", numbers="4", flat="t-SNE")
    assert not app.exception
    assert sent(app)["title"] == "stacked-k4-tsne"
    assert sent(app)["axes"] is None
    assert "no t-SNE" not in texts(app)
    latent.write_projections(latent.Projections(places, {name: "sha256:of-older-weights"}), path)
    assert payload.map_kinds(name, 4) == ["pca"]
    without = texts(open_page("latent_space", numbers="4"))
    assert "stacked-k4: no t-SNE yet" in without
    assert "`scripts/encode_digits.py` makes it" in without


def test_measures_come_from_the_cards_with_their_spread(lab: Path) -> None:
    assert "evaluate latent" in texts(open_page("latent_space", unfolded=LABEL))
    measured = {"knn_accuracy": 0.8, "mse": 0.03}
    others = {"101": {"knn_accuracy": 0.82, "mse": 0.032}, "102": {"knn_accuracy": 0.84, "mse": 0.034}}
    for name, by_seed in (("pca-k2", {}), ("simple-k2", {}), ("conv-k2", others)):
        card = weights.read_card(name)
        card.measures |= {"latent": {"code": measured}, "latent_by_seed": by_seed}
        weights.write_card(card, lab)
    app = open_page("latent_space", unfolded=LABEL)
    assert "five neighbours tell the class" in texts(app)
    table = app.table[0].value
    assert table["Family"].tolist() == ["Simple", "Convolutional", "PCA"]
    assert table["5-NN accuracy"].tolist() == ["80.0%", "82.0% ± 2.0%", "80.0%"]
    assert table["Seeds"].tolist() == ["one seed", "3 seeds", "always the same"]
    errors = open_page("latent_space", unfolded=LABEL, measure="Error").table[0].value["Error"]
    assert errors.tolist() == ["0.0300", "0.0320 ± 0.0020", "0.0300"]


def test_missing_weights_leave_a_message_and_the_switch(lab: Path) -> None:
    (lab / "stacked-k2" / "model.safetensors").write_bytes(b"")
    app = open_page("latent_space")
    assert not app.exception
    assert "stacked-k2" in texts(app)
    assert all_sent(app) == []
    assert sent(open_page("latent_space", family="PCA"))["title"] == "pca-k2"


def test_codes_are_computed_when_none_are_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_shipped_codes", lambda name: None)
    st.cache_data.clear()
    codes = resources.codes("stacked-k2", "cpu")
    assert codes.shape == (10_000, 2)
    assert np.allclose(codes[[3]], resources.passage("stacked-k2", "cpu", (3,)).code, atol=1e-5)


def test_new_weights_get_new_names(lab: Path) -> None:
    before = payload.model_blob("pca-k2", "cpu").name
    card = weights.read_card("pca-k2")
    model, _ = weights.load("pca-k2")
    model.mean += 1
    weights.save(card, model, lab)
    st.cache_resource.clear()
    assert payload.model_blob("pca-k2", "cpu").name != before


def test_another_family_beside_it_follows(lab: Path) -> None:
    app = open_page("latent_space", beside="PCA", pins="61")
    states = all_sent(app)
    assert [(state["title"], state["follows"]) for state in states] == [
        ("stacked-k2", False),
        ("pca-k2", True),
    ]
    assert np.array_equal(
        read(states[1]["blobs"]["places"]["address"])["places"], resources.codes("pca-k2", "cpu")
    )
    assert states[0]["blobs"]["digits"] == states[1]["blobs"]["digits"]
    (lab / "simple-k2" / "model.safetensors").write_bytes(b"")
    app = open_page("latent_space", beside="Simple")
    assert "simple-k2" in texts(app)
    assert sent(app)["title"] == "stacked-k2"


def test_a_variational_family_is_offered_once_it_has_weights_and_is_sampled_as_it_was_trained(
    lab: Path,
) -> None:
    assert "Variational" not in open_page("latent_space").get("segmented_control")[0].options
    write_model(lab, "variational-k2", "variational", 2, "digits", {})
    app = open_page("latent_space", family="Variational")
    assert not app.exception
    state = sent(app)
    assert "was trained to fill" in state["sampling"]
    assert "low" not in offered(app, "model")
    plain = open_page("latent_space")
    assert "was trained to fill" not in sent(plain)["sampling"]
    low, high = latent.code_range(resources.codes("stacked-k2", "cpu"))
    source = offered(plain, "model")
    assert np.array_equal(source["low"], low)
    assert np.array_equal(source["high"], high)


def as_sent(grey: np.ndarray) -> dict[str, Any]:
    return {"side": len(grey), "pixels": base64.b64encode((grey * 255).astype(np.uint8).tobytes()).decode()}


def stroke() -> np.ndarray:
    grey = np.zeros((140, 140))
    grey[20:120, 30:45] = 1
    return grey


def test_a_drawing_is_encoded_by_the_model_that_is_shown() -> None:
    app = open_page("latent_space", family="PCA")
    assert sent(app)["drawing"] is None
    digit = as_digit(stroke())
    app.session_state["drawn-digit"] = (1, digit)
    for family, name in (("PCA", "pca-k2"), ("Stacked", "stacked-k2")):
        app.get("segmented_control")[0].set_value(family.lower()).run()
        found = sent(app)["drawing"]
        assert np.allclose(found["code"], resources.encoded(name, "cpu", digit), atol=1e-5)
        assert np.array_equal(
            np.frombuffer(base64.b64decode(found["pixels"]), np.uint8), np.rint(digit * 255).ravel()
        )


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        "text",
        {"side": 140},
        {"side": 10**9, "pixels": ""},
        {"side": -1, "pixels": ""},
        {"side": 140, "pixels": "%%%"},
        {"side": 140, "pixels": "AAAA"},
        {"side": "140", "pixels": "AAAA"},
        as_sent(np.zeros((28, 28))),
    ],
)
def test_what_is_no_drawing_is_ignored(damaged: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    drawing.keep_drawing(damaged)
    assert kept == {}


def test_every_new_drawing_has_a_new_token(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    tokens = []
    for _ in range(2):
        drawing.keep_drawing(as_sent(stroke()))
        tokens.append(kept["drawn-digit"][0])
    assert tokens == [1, 2]
