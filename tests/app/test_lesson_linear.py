from __future__ import annotations

import numpy as np
import pytest

from ae.lessons import linear
from tests.app.digit_lab import open_page
from tests.app.lesson_lab import charts_of, measured_by

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/linear"
measured = measured_by(linear.measure)


def test_the_slider_marks_the_step_in_both_charts_and_shows_its_directions(measured) -> None:
    values = measured.values
    app = open_page(PAGE, linear_k="2", batches=f"{values['steps'][-1]:,}")
    assert not app.exception
    charts = charts_of(app)
    assert {chart["layout"]["shapes"][0]["x0"] for chart in charts} == {values["steps"][-1]}
    alt = app.get("image")[0].proto.imgs[0].alt
    assert f"{max(values['2']['angles'][0][-1]):.1f} degrees apart" in alt


def test_charts_have_the_spread_over_seeds(measured) -> None:
    values = measured.values
    charts = charts_of(open_page(PAGE, linear_k="8"))
    (largest,) = [trace for trace in charts[0]["data"] if trace["name"] == "Largest angle"]
    runs = np.array(values["8"]["angles"])
    assert np.allclose(largest["y"], runs[:, :, -1].mean(axis=0), rtol=1e-3)
    assert np.allclose(
        np.add(largest["y"], largest["error_y"]["array"]), runs[:, :, -1].max(axis=0), rtol=1e-3
    )
    assert values["8"]["pca_error"] <= min(min(run) for run in values["8"]["errors"])


def test_angles_are_none_for_one_space_in_other_axes_and_right_for_spaces_apart() -> None:
    random = np.random.default_rng(0)
    components = np.linalg.qr(random.normal(size=(784, 6)))[0].T
    mixed = components[:3].T @ random.normal(size=(3, 3))
    assert linear.angles(mixed, components[:3]).max() < 1e-4
    assert np.allclose(linear.angles(components[3:].T, components[:3]), 90)
    tilted = np.cos(np.radians(30)) * components[0] + np.sin(np.radians(30)) * components[5]
    assert np.allclose(linear.angles(tilted[:, None], components[:1]), 30)


def test_nearest_directions_are_the_components_themselves_where_they_are_reached() -> None:
    random = np.random.default_rng(0)
    components = np.linalg.qr(random.normal(size=(784, 4)))[0].T
    found = linear.nearest_directions(components[:2].T @ random.normal(size=(2, 2)), components[:2])
    assert np.allclose(found, components[:2])
    assert np.allclose(
        np.linalg.norm(linear.nearest_directions(random.normal(size=(784, 2)), components), axis=1), 1
    )
