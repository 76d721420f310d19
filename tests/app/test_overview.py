from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ae import weights
from ae.data import mnist
from app import resources
from app.components.lesson import LESSONS
from app.components.models import CARD, SOURCE
from app.components.page_list import PAGES
from tests.app.digit_lab import ROOT, open_page, texts
from tests.browser.lab import PAGES as TITLES

WEIGHTS = "Device and weights in use"

pytestmark = pytest.mark.usefixtures("lab")


@pytest.mark.parametrize("is_quick", [True, False])
def test_opens_with_a_picture_a_door_to_each_page_and_the_weights(
    is_quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "has_torch", lambda: is_quick)
    app = open_page("overview", unfolded=WEIGHTS)
    assert not app.exception
    assert app.title[0].value == "AE Lab"
    assert "Squared error 0." in captions(app)
    assert "Loading" not in captions(app)
    assert len(app.get("image")) == 2
    assert len(app.get("page_link")) == 4 + len(LESSONS)
    (table,) = (table.value for table in app.table)
    assert len(table) == 28
    assert table.iloc[0]["Weights for digits"] == "conv-k2"


def test_every_page_is_in_the_list_once() -> None:
    scripts = {path.stem for path in (ROOT / "app" / "pages").glob("*.py")}
    assert {page.file for page in PAGES} == scripts - {"__init__", "overview", "status"}
    assert ["Overview", *(page.title for page in PAGES), *(each.title for each in LESSONS)] == list(TITLES)


def test_models_of_pages_have_their_own_table_and_unit(lab: Path) -> None:
    card = weights.read_card("simple-k2", lab)
    for name, partitions in (("seen", ["TR", "VA"]), ("unseen", ["TR"])):
        measures = {"partitions": {"VA": {"rmse_pooled": 0.025}}}
        (lab / name).mkdir()
        changed = {"name": name, "task": "pages", "partitions": partitions, "measures": measures}
        weights.write_card(replace(card, **changed), lab)
    digits, pages = (table.value for table in open_page("overview", unfolded=WEIGHTS).table)
    assert "RMSE" not in digits
    assert list(pages["Weights for pages"]) == ["seen", "unseen"]
    assert pages["RMSE"].isna().tolist() == [True, False]
    assert pages["RMSE"][1] == 0.025


def test_another_digit_changes_the_picture() -> None:
    app = open_page("overview", digit="0")
    assert "Test digit 0, a 7" in captions(app)
    app.button[0].click().run()
    assert not app.exception
    assert app.number_input(key="digit").value == app.session_state["digit"]


def captions(app: AppTest) -> str:
    return "\n".join(caption for image in app.get("image") for caption in image.captions)


def test_shows_source_and_card_of_the_model_in_the_picture() -> None:
    source, card = (open_page("overview", unfolded=each, family="PCA", k="4") for each in (SOURCE, CARD))
    assert "class Pca" in source.code[0].value
    assert "pca-k4" in texts(card)
    assert "Seed**: 7" in texts(card)
    assert card.code[0].value == "python scripts/train_digits.py --only pca-k4"


def test_source_and_card_are_sent_only_when_they_are_opened() -> None:
    app = open_page("overview")
    assert [each.label for each in app.expander] == [WEIGHTS, SOURCE, CARD]
    assert not app.code
    assert not app.json
    assert not app.table


def test_a_missing_model_is_named_and_the_page_goes_on(lab: Path) -> None:
    (lab / "stacked-k8" / "model.safetensors").unlink()
    app = open_page("overview")
    assert not app.exception
    assert "stacked-k8" in app.warning[0].value
    assert not app.get("image")
    assert len(app.get("page_link")) == 4 + len(LESSONS)
    shutil.rmtree(lab / "stacked-k8")
    assert open_page("overview").warning[0].value == "**stacked-k8** is not there yet"


def test_choices_of_a_link_go_along_to_the_next_page() -> None:
    app = open_page("overview", family="Simple", k="4")
    app.switch_page("app/pages/bottleneck.py").run()
    assert app.segmented_control(key="family").value == "simple"
    assert app.segmented_control(key="k").value == 4
    assert app.query_params["family"] == "Simple"


def test_says_which_device_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("overview", device="CPU")
    assert app.sidebar.caption[0].value.startswith("Running on CPU")


def test_a_device_that_is_not_there_is_an_error_in_the_sidebar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_DEVICE", "abacus")
    app = open_page("overview")
    assert "unknown device 'abacus'" in app.sidebar.error[0].value


def test_damaged_test_digits_are_said_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist.load_test_arrays, "__defaults__", (tmp_path / "digits.npz",))
    app = open_page("overview")
    assert not app.exception
    assert "test digits are missing or damaged" in app.error[0].value
