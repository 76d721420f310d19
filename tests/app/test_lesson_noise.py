from __future__ import annotations

import numpy as np
import pytest
import torch

from ae import PRETRAINED, lessons
from ae.lessons import noise
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import charts_of, measured_by, pictures

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
    told = measured.values["32 at 0.1"]
    assert np.allclose(lines["Trained at 0.1"], np.mean(told["errors"], axis=0), rtol=1e-3)
    assert np.allclose(lines["Trained at 0.1, from its input"], np.mean(told["to_input"], axis=0), rtol=1e-3)
    assert lines["Noisy input"] == measured.values["untouched"]
    filters, digits = (image.proto.imgs[0].alt for image in app.get("image"))
    assert filters.startswith("24 filters")
    assert "after the network of 32 at 0.1" in digits
    assert f"pixels: {np.mean(told['agreement']):.2f}" in texts(app)
    assert "bars span 3 seeds" in texts(app)


def test_the_page_says_whether_the_noise_is_copied(measured) -> None:
    told = measured.values["784 at 0"]
    at = measured.values["met"].index(measured.values["shown_level"])
    from_digit, from_input = (np.mean(told[key], axis=0)[at] for key in ("errors", "to_input"))
    said = texts(open_page(PAGE, taught="0", wide="784"))
    assert "Over all test digits: given clean ones" in said
    assert f"{from_digit:.4f} from the clean digit and {from_input:.4f} from its input" in said
    assert ("the noise is not copied" in said) == (from_digit < from_input)


def test_one_error_is_against_the_digit_and_the_other_against_the_input() -> None:
    copying = torch.nn.Identity()
    copying.encoder = torch.nn.Linear(784, 2)
    told = noise._told(copying, torch.from_numpy(pictures(20))[:, None])
    assert told["to_input"] == [0] * len(noise.MET)
    assert told["errors"][0] == 0
    assert told["errors"][-1] > 0.01


def test_what_the_lesson_says_of_copying_was_measured() -> None:
    values = lessons.read("noise", PRETRAINED / "lessons").values
    wide, narrow = (np.mean(values[name]["errors"], axis=0) for name in ("784 at 0", "32 at 0"))
    assert wide[0] < 0.4 * narrow[0]  # digits come back nearly as they are
    place = values["met"].index(values["shown_level"])
    assert wide[place] < np.mean(values["784 at 0"]["to_input"], axis=0)[place] / 2  # noise does not
    for name in ("784 at 0.5", "784 at 0.8"):  # and filters turn from specks into strokes
        assert np.mean(values[name]["agreement"]) > np.mean(values["784 at 0"]["agreement"]) + 0.1


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
