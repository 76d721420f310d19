from __future__ import annotations

import numpy as np
import pytest
import torch

from ae.lessons import loss
from tests.app.digit_lab import open_page
from tests.app.lesson_lab import charts_of, measured_by

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/loss"
measured = measured_by(loss.measure)


@pytest.mark.parametrize("grey", [0.0, 0.25, 0.5, 1.0])
def test_both_losses_are_least_at_the_target(grey: float) -> None:
    app = open_page(PAGE, grey=str(grey))
    assert not app.exception
    charts = charts_of(app)
    assert len(charts) == 2
    for chart in charts:
        assert chart["layout"]["shapes"][0]["x0"] == grey
    lines = charts[0]["data"]
    assert {line["name"] for line in lines} == {"Squared error", "Cross-entropy"}
    for line in lines:
        y = np.array(line["y"])
        assert abs(np.array(line["x"])[y.argmin()] - grey) <= 0.011
        assert y.min() >= -1e-9
    assert max(lines[1]["y"]) > max(lines[0]["y"])


def test_table_scores_each_network_with_both_losses(measured) -> None:
    values = measured.values
    table = open_page(PAGE).table[0].value
    assert list(table["Score"]) == ["Squared error", "Cross-entropy", "Grey pixels"]
    for loss_name, words in (("mse", "squared error"), ("bce", "cross-entropy")):
        scores = [f"{np.mean(values[loss_name][key]):.4f}" for key in ("mse", "bce")]
        grey = f"{np.mean(values[loss_name]['grey']):.0%}"
        assert list(table[f"Trained with {words}"]) == [*scores, grey]


def test_outputs_are_sorted_by_the_grey_of_their_target() -> None:
    target = torch.tensor([[[[0.0, 0.5, 1.0, 1.0]]]])
    output = torch.tensor([[[[0.1, 0.4, 0.8, 0.6]]]])
    told = loss.by_target(output, target)
    assert told[0] == pytest.approx([0.1] * 3)
    assert told[5] == pytest.approx([0.4] * 3)
    assert told[-1][1] == pytest.approx(0.7)
    assert told[3] is None
    assert loss.grey_share(target) == 0.25
