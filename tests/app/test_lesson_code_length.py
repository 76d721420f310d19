from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.components.lesson import FACTS
from tests.app.digit_lab import FAMILIES, KS, open_page, texts
from tests.app.lesson_lab import charts_by_axis

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/code_length"


def test_both_curves_are_marked_at_the_chosen_code() -> None:
    app = open_page(PAGE, read="16", family="Simple")
    assert not app.exception
    for figure in charts_by_axis(app).values():
        assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [16]
    assert "what simple-k16 makes of them" in app.get("image")[0].proto.imgs[0].alt


def test_error_has_every_family_and_its_spread() -> None:
    chart = charts_by_axis(open_page(PAGE))["Squared error per pixel"]
    lines = {line["name"]: line for line in chart["data"]}
    assert set(lines) == {"Simple", "Stacked", "Convolutional", "PCA"}
    assert np.allclose(lines["Simple"]["error_y"]["arrayminus"], [0.01 / k for k in KS])


def confuse(lab: Path, name: str, counts: np.ndarray) -> None:
    path = lab / name / "card.json"
    card = json.loads(path.read_text())
    card["measures"]["confusion"] = counts.tolist()
    path.write_text(json.dumps(card))


def test_a_pair_counts_both_ways_and_parts_where_it_stays_apart(lab: Path) -> None:
    for k, wrong in ((2, 30), (4, 1), (8, 6), (16, 1), (32, 0)):
        counts = np.diag([100] * 10)
        counts[4, 9] = wrong
        counts[4, 4] -= wrong
        confuse(lab, f"stacked-k{k}", counts)
    app = open_page(PAGE)
    lines = {line["name"]: line["y"] for line in charts_by_axis(app)["Share of both classes"]["data"]}
    assert np.allclose(lines["4 and 9"], [0.15, 0.005, 0.03, 0.005, 0])
    assert not any(lines["5 and 8"])
    assert "4 and 9 at k\u00a0=\u00a016, 5 and 8 at k\u00a0=\u00a02" in texts(app)


def test_what_is_not_measured_or_not_there_is_said(lab: Path) -> None:
    for path in lab.glob("*/card.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"measures": {}}))
    (lab / "stacked-k2" / "model.safetensors").unlink()
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.info) == 2
    assert "python scripts/measure_confusion.py" in app.info[1].value
    assert "stacked-k2" in app.warning[0].value


def test_facts_name_the_classifier_and_the_models_of_every_family(lab: Path) -> None:
    assert "Classifier**: not on the card of stacked-k4" in texts(open_page(PAGE, FACTS, read="4"))
    path = lab / "stacked-k4" / "card.json"
    card = json.loads(path.read_text())
    card["measures"]["classifier"] = {
        "model": "two layers", "data": "some digits", "training": "Adam", "seed": 5,
        "accuracy_originals": 0.984, "command": "python scripts/measure_confusion.py --seed 5",
    }  # fmt: skip
    path.write_text(json.dumps(card))
    told = texts(open_page(PAGE, FACTS, read="4"))
    assert "two layers; reads 98.4% of the digits themselves" in told
    assert "seed 5: `python scripts/measure_confusion.py --seed 5`" in told
    for family in FAMILIES:
        assert all(f"`{family}-k{k}`" in told for k in KS)
        assert f"`python scripts/train_digits.py --only {family}-k4`" in told
    assert "`simple-k32`, seed 7, 8, 9" in told
