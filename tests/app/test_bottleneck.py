from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.models import CARD
from tests.app.digit_lab import KS, open_page, texts

pytestmark = pytest.mark.usefixtures("lab")


def figure(app: AppTest) -> dict:
    """The plotly figure on the page as plain values."""
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec)


def test_grid_is_one_picture_of_all_bottlenecks() -> None:
    app = open_page("bottleneck")
    assert not app.exception
    assert not app.warning
    (picture,) = app.get("image")
    assert "test digit 61, an 8" in picture.proto.imgs[0].alt


def test_a_link_opens_the_same_digits_and_family() -> None:
    app = open_page("bottleneck", digits="3, 4", family="Simple")
    assert app.text_input(key="digits").value == "3, 4"
    assert (
        app.get("image")[0].proto.imgs[0].alt.startswith("test digit 3, a 0; test digit 4, a 4; below them")
    )
    assert "what each Simple model makes" in app.get("image")[0].proto.imgs[0].alt


def test_shuffle_draws_five_digits_of_the_chosen_classes() -> None:
    app = open_page("bottleneck", classes="5")
    app.button[0].click().run()
    ids = app.text_input(key="digits").value.split(", ")
    assert len(ids) == 5
    assert app.get("image")[0].proto.imgs[0].alt.count(", a 5") == 5


def test_unreadable_digits_are_explained_in_place() -> None:
    app = open_page("bottleneck", digits="3, x")
    assert "'x' is not a whole number" in app.warning[0].value
    assert app.warning[0].value.endswith("Showing 15, 61, 17, 12, 21 instead.")
    assert app.get("image")


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_bad_weights_cost_their_row_alone(lab: Path, damage: str) -> None:
    path = lab / "stacked-k4" / "model.safetensors"
    path.unlink() if damage == "missing" else path.write_bytes(b"nonsense")
    app = open_page("bottleneck")
    assert not app.exception
    assert len(app.warning) == 1
    assert "**stacked-k4**" in app.warning[0].value
    assert "**stacked-k8**" not in app.warning[0].value
    assert app.get("image")


def test_a_damaged_card_costs_its_row_alone(lab: Path) -> None:
    (lab / "stacked-k4" / "card.json").write_text("{")
    for view in ("Grid", "Error", "Training", "Size"):
        assert not open_page("bottleneck", view=view).exception


def test_error_curve_has_every_family_and_the_spread_over_seeds() -> None:
    drawn = {line["name"]: line for line in figure(open_page("bottleneck", view="Error"))["data"]}
    assert set(drawn) == {"Simple", "Stacked", "Convolutional", "PCA"}
    assert np.allclose(drawn["PCA"]["y"], [0.1 / k for k in KS])
    assert np.allclose(drawn["Simple"]["error_y"]["array"], [0.02 / k for k in KS])
    assert "error_y" not in drawn["Stacked"]


def test_the_caption_says_how_many_runs_the_bars_span(lab: Path) -> None:
    path = lab / "stacked-k8" / "card.json"
    card = json.loads(path.read_text())
    card["measures"]["mse_by_seed"] = {"7": 0.1, "8": 0.2, "9": 0.3}
    path.write_text(json.dumps(card))
    said = texts(open_page("bottleneck", view="Error"))
    assert "Stacked 1 at k = 2, 4, 16, 32, 3 at k = 8;" in said
    assert "Convolutional 1." in said
    assert "PCA" not in said


def test_the_caption_names_a_common_number_of_runs_once(lab: Path) -> None:
    for path in lab.glob("*-k*/card.json"):
        card = json.loads(path.read_text())
        card["measures"]["mse_by_seed"] = {"7": 0.1, "8": 0.2, "9": 0.3}
        path.write_text(json.dumps(card))
    said = texts(open_page("bottleneck", view="Error"))
    assert "Bars span 3 training runs each, with different seeds." in said
    assert "Stacked 3" not in said


@pytest.mark.parametrize(
    ("loss", "title"), [("mse", "Squared error per pixel"), ("bce", "Cross-entropy per pixel")]
)
def test_training_curves_are_called_by_the_loss_of_the_training(lab: Path, loss: str, title: str) -> None:
    for path in lab.glob("stacked-*/card.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"loss": loss}))
    drawn = figure(open_page("bottleneck", view="Training"))
    assert drawn["layout"]["yaxis"]["title"]["text"] == title


def test_training_has_two_lines_for_each_k_and_none_for_pca() -> None:
    assert len(figure(open_page("bottleneck", view="Training"))["data"]) == 2 * len(KS)
    app = open_page("bottleneck", view="Training", family="PCA")
    assert "no training curve" in app.info[0].value
    assert not app.get("plotly_chart")


def test_confusion_comes_from_the_card() -> None:
    app = open_page("bottleneck", view="Confusion", read="16")
    assert not app.exception
    assert "91.0%" in texts(app)


def test_measures_that_are_not_there_yet_are_said(lab: Path) -> None:
    for path in lab.glob("*/card.json"):
        card = json.loads(path.read_text())
        path.write_text(json.dumps(card | {"measures": {}, "history": []}))
    commands = {
        "Error": "python -m ae evaluate digits --update-cards",
        "Training": "",
        "Confusion": "python scripts/measure_confusion.py",
    }
    for view, command in commands.items():
        app = open_page("bottleneck", view=view)
        assert not app.exception
        assert command in app.info[0].value


def test_code_is_shown_as_bars_between_two_pictures() -> None:
    app = open_page("bottleneck", view="Code", k="16", digit="9")
    assert len(figure(app)["data"][0]["y"]) == 16
    assert len(app.get("image")) == 2


def test_the_model_card_is_that_of_the_chosen_code() -> None:
    assert open_page("bottleneck", unfolded=CARD, k="16").selectbox[0].value == "stacked-k16"
    confusion = open_page("bottleneck", unfolded=CARD, view="Confusion", read="4")
    assert confusion.selectbox[0].value == "stacked-k4"


def test_sizes_list_parameters_of_each_family_chosen_first() -> None:
    app = open_page("bottleneck", view="Size", family="PCA")
    table = app.table[0].value.set_index("Family, by k")
    assert list(table.columns) == [str(k) for k in KS]
    assert table.index[0] == "PCA"
    assert table.iloc[0, 0] == 3 * 784
    assert table.loc["Simple"].iloc[0] == 784 * 2 + 2 + 2 * 784 + 784
    assert "in thousands" in texts(app)


def test_choices_survive_a_change_of_tab() -> None:
    app = open_page("bottleneck", view="Error", digits="1, 2", family="PCA")
    app.query_params.pop("view")
    app.session_state["view"] = "Grid"
    app.run()
    assert app.text_input(key="digits").value == "1, 2"
    assert "what each PCA model makes" in app.get("image")[0].proto.imgs[0].alt


@pytest.mark.usefixtures("lab")
def test_a_link_with_empty_choices_opens_the_usual_view() -> None:
    app = open_page("bottleneck", family="", read="", k="", device="")
    assert not app.exception
    assert "Stacked" in texts(app)
