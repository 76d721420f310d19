from __future__ import annotations

import numpy as np
import pytest

from ae.lessons import depth
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import charts_of, measured_by

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/depth"
measured = measured_by(depth.measure)


def test_depth_and_size_choose_the_run_and_the_mark(measured) -> None:
    values = measured.values
    size = values["sizes"][1]
    app = open_page(PAGE, layers="3", learned=f"{size:,}")
    assert not app.exception
    training, depths = charts_of(app)
    told = values[f"3 on {size}"]
    assert training["data"][0]["x"] == told["steps"]
    assert np.allclose(training["data"][1]["y"], np.mean(told["validation"], axis=0), rtol=1e-3)
    assert depths["layout"]["shapes"][0]["x0"] == 3
    assert depths["data"][0]["x"] == values["depths"]
    assert f"{told['parameters']:,} parameters" in texts(app)
    assert len(app.get("image")) == 2


def test_deeper_networks_have_more_parameters_and_the_same_code(measured) -> None:
    values = measured.values
    sizes = [values[f"{each} on {values['sizes'][0]}"]["parameters"] for each in values["depths"]]
    assert sizes == sorted(sizes)
    assert sizes[0] == 2 * 784 * depth.K + depth.K + 784


def test_every_run_is_looked_at_as_often_and_at_its_end(measured) -> None:
    values = measured.values
    for size in values["sizes"]:
        for each in values["depths"]:
            told = values[f"{each} on {size}"]
            for key in ("train", "validation"):
                assert [len(run) for run in told[key]] == [len(told["steps"])] * 2
            assert told["steps"] == sorted(set(told["steps"]))
