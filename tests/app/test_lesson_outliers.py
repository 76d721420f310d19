from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from ae import anomaly, lessons, weights
from app.components import figures
from app.components.latent_map.drawing import forget_drawing, keep_drawing
from app.components.lesson import FACTS
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import charts_by_axis, small_material, use_lessons, write_outliers

PAGE = "lessons/outliers"


@pytest.fixture
def measured(lab: Path, monkeypatch: pytest.MonkeyPatch) -> lessons.Measured:
    use_lessons(lab / "lessons", monkeypatch)
    return write_outliers(lab / "lessons", ["stacked-k8", "simple-k2"])


def test_threshold_moves_with_the_share_of_digits_and_so_do_both_charts(measured) -> None:
    places = {}
    for allowed in (1, 20):
        app = open_page(PAGE, allowed=str(allowed))
        assert not app.exception
        drawn = charts_by_axis(app)
        (line,) = drawn["Share of pictures"]["layout"]["shapes"]
        (point,) = [trace for trace in drawn["Outliers found"]["data"] if trace["name"] == "This threshold"]
        places[allowed] = line["x0"], point["x"][0]
        quantiles = measured.values["stacked-k8"]["validation"]["quantiles"]
        assert line["x0"] == pytest.approx(np.interp(1 - allowed / 100, np.linspace(0, 1, 101), quantiles))
    assert places[1][0] > places[20][0]
    assert places[1][1] <= places[20][1]


def test_histogram_has_digits_and_the_chosen_kind(measured) -> None:
    traces = charts_by_axis(open_page(PAGE, outliers="Noise"))["Share of pictures"]["data"]
    assert [trace["name"] for trace in traces] == ["Test digits", "Noise"]
    for trace in traces:
        assert sum(trace["y"]) == pytest.approx(1)


def test_says_area_found_and_shows_best_and_worst_of_both(measured) -> None:
    app = open_page(PAGE, outliers="Noise", family="Simple", k="2")
    area = measured.values["simple-k2"]["noise"]["auc"]
    assert f"Area under the curve: {area:.3f}." in texts(app)
    facts = texts(open_page(PAGE, FACTS, outliers="Noise", family="Simple", k="2"))
    assert f"**Area under the curve**, Simple, noise: {area:.3f} at k" in facts
    alts = [image.proto.imgs[0].alt for image in app.get("image")]
    assert alts == [
        "Noise that simple-k2 rebuilds best and worst, and its outputs",
        "Digits that simple-k2 rebuilds best and worst, and its outputs",
    ]


def test_best_and_worst_are_drawn_with_what_comes_out(measured, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(figures, "draw_table_of_digits", lambda rows, _alt, width: drawn.append(rows))
    open_page(PAGE, outliers="Noise", family="Simple", k="2")
    outside, digits = drawn
    told = measured.values["simple-k2"]["noise"]
    for rows in (outside, digits):
        assert [row.title for row in rows] == ["Smallest", "Output", "Largest", "Output"]
        assert {len(row.images) for row in rows[:2]} == {len(row.images) for row in rows[2:]}
    assert float(outside[0].detail) < float(outside[2].detail)
    many = len(told["unlike"])
    assert len(told["like"]) > many
    assert np.allclose(outside[0].images * 255, measured.pictures["noise"][told["like"][:many]], atol=0.01)
    assert np.allclose(outside[2].images * 255, measured.pictures["noise"][told["unlike"]], atol=0.01)


@pytest.mark.parametrize("kind", ["noise", "digits"])
def test_the_rows_hold_the_smallest_and_the_largest_errors(measured, kind: str) -> None:
    told, shipped = measured.values["simple-k2"][kind], small_material().test.images[:, 0].numpy()
    pictures = shipped if kind == "digits" else measured.pictures[kind].astype(np.float32) / 255
    model, _ = weights.load("simple-k2")
    like, unlike = (anomaly.errors(model, pictures[told[key]]) for key in ("like", "unlike"))
    assert like.max() < unlike.min()
    assert like.min() == pytest.approx(told["quantiles"][0], rel=0.02)
    assert unlike.max() == pytest.approx(told["quantiles"][-1], rel=0.02)


def test_a_model_that_is_not_measured_or_has_changed_is_said(measured, lab: Path) -> None:
    assert "conv-k8 is not measured yet" in open_page(PAGE, family="Convolutional").info[0].value
    path = lab / "lessons" / "outliers.json"
    path.write_text(path.read_text().replace(measured.values["simple-k2"]["digest"], "sha256:old"))
    app = open_page(PAGE, family="Simple", k="2")
    assert not app.exception
    assert "simple-k2 is not measured yet" in app.info[0].value


def test_without_measurement_or_with_a_damaged_one_the_page_says_what_to_do(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_lessons(lab / "nowhere", monkeypatch)
    app = open_page(PAGE)
    assert not app.exception
    assert "measure_lessons.py --data-root DIR --only outliers" in app.info[0].value
    (lab / "nowhere").mkdir()
    (lab / "nowhere" / "outliers.json").write_text("{")
    assert "outliers.json is damaged" in open_page(PAGE).info[0].value


def test_a_drawing_gets_its_error_and_is_marked_among_the_others(measured) -> None:
    app = open_page(PAGE)
    square = np.zeros((40, 40), np.uint8)
    square[8:32, 8:32] = 255
    app.session_state["drawn-digit"] = (1, square[6:34, 6:34].astype(np.float32) / 255)
    app.run()
    assert not app.exception
    assert "Error 0." in texts(app)
    assert "Taken for a digit" in texts(app) or "Found out" in texts(app)
    shapes = charts_by_axis(app)["Share of pictures"]["layout"]["shapes"]
    assert len(shapes) == 2


def test_a_board_that_is_cleared_leaves_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    grey = np.zeros((20, 20), np.uint8)
    grey[5:15, 5:15] = 255
    keep_drawing({"side": 20, "pixels": base64.b64encode(grey.tobytes()).decode()})
    assert "drawn-digit" in state
    forget_drawing()
    assert state == {}


def test_kept_pictures_are_those_that_the_rows_name(measured) -> None:
    for kind in measured.values["kinds"]:
        for name in ("stacked-k8", "simple-k2"):
            rows = measured.values[name][kind]["like"] + measured.values[name][kind]["unlike"]
            assert max(rows) < len(measured.pictures[kind])
