from __future__ import annotations

import numpy as np
import pytest

from ae.lessons import noise
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import charts_of, measured_by

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/noise"
measured = measured_by(noise.measure)


def test_level_and_width_choose_the_filters_the_line_and_the_digits(measured) -> None:
    app = open_page(PAGE, taught="0.1", wide="32")
    assert not app.exception
    (chart,) = charts_of(app)
    strong = [trace["name"] for trace in chart["data"] if trace["line"]["width"] == 5]
    assert strong == ["Trained at 0.1"]
    assert chart["layout"]["shapes"][0]["x0"] == 0.1
    lines = {trace["name"]: trace["y"] for trace in chart["data"]}
    assert lines["Trained at 0.1"] == measured.values["32 at 0.1"]["errors"]
    assert lines["Noisy input"] == measured.values["untouched"]
    filters, digits = (image.proto.imgs[0].alt for image in app.get("image"))
    assert filters.startswith("24 filters")
    assert "after the network of 32 at 0.1" in digits
    assert f"pixels: {measured.values['32 at 0.1']['agreement']:.2f}" in texts(app)


def test_filters_agree_where_they_are_strokes_and_not_where_they_are_specks() -> None:
    random = np.random.default_rng(0)
    specks = random.normal(size=(20, 28, 28))
    strokes = specks.cumsum(axis=2)
    assert abs(noise.agreement(specks)) < 0.1
    assert noise.agreement(strokes) > 0.8


def test_the_error_of_the_noisy_input_grows_from_nothing(measured) -> None:
    untouched = measured.values["untouched"]
    assert untouched[0] == 0
    assert untouched == sorted(untouched)
