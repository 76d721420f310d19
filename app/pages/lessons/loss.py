"""Lesson: squared error and cross-entropy on the same network, and what each makes of grey pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import streamlit as st

from ae.lessons import Measured
from app import charts
from app.components import lesson
from app.components.figures import draw_table_of_digits, show_chart
from app.components.pictures import Row
from app.components.tables import show_table

NAMES = {"mse": "Squared error", "bce": "Cross-entropy"}
COLOURS = {"mse": "#3f7fd6", "bce": "#e08a1e"}


def choose_grey() -> float:
    """The grey of the pixel that is to be rebuilt."""
    return st.slider(
        "Grey of the target pixel (0 = black, 1 = white)",
        0.0,
        1.0,
        0.5,
        0.05,
        key="grey",
        bind="query-params",
        width=420,
    )


def penalties(target: float, output: np.ndarray) -> dict[str, np.ndarray]:
    """What each loss asks for an output in place of a target, less what the best output costs."""
    safe = np.clip(output, 1e-6, 1 - 1e-6)

    def entropy(p: np.ndarray | float) -> np.ndarray:
        return -(target * np.log(p) + (1 - target) * np.log(1 - p))

    best = entropy(float(np.clip(target, 1e-6, 1 - 1e-6)))
    return {"mse": (output - target) ** 2, "bce": entropy(safe) - best}


def show_penalties(target: float) -> None:
    """Both losses over the output, for one target."""
    output = np.linspace(0.01, 0.99, 99)
    series = [
        charts.Series(NAMES[loss], output.tolist(), values.tolist(), COLOURS[loss], markers=False)
        for loss, values in penalties(target, output).items()
    ]
    figure = charts.lines(series, charts.Axis("Output"), charts.Axis("Loss above its minimum"), height=270)
    figure.update_yaxes(range=[0, 2]).update_xaxes(hoverformat=".2f")
    st.markdown("**What a wrong output costs**")
    alt = f"Both losses are least where the output is the target, {target:g}; cross-entropy grows faster"
    show_chart(charts.marked(figure, target, "target"), alt, "loss-penalties")


def show_outputs(values: dict[str, Any], target: float) -> None:
    """What both networks give for pixels of each grey."""
    edges = values["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    series = [charts.Series("Target itself", [0, 1], [0, 1], charts.GREY, "dot", markers=False, width=1.5)]
    for loss, name in NAMES.items():
        told = [(x, each) for x, each in zip(middles, values[loss]["by_target"], strict=True) if each]
        low, median, high = ([each[place] for _, each in told] for place in range(3))
        x = [place + (0.006 if loss == "bce" else -0.006) for place, _ in told]
        series.append(charts.Series(name, x, median, COLOURS[loss], low=low, high=high))
    figure = charts.lines(series, charts.Axis("Target"), charts.Axis("Output"), height=270)
    st.markdown("**What the trained networks give**")
    alt = "Median output by target, with the middle 80% of pixels, for both losses"
    show_chart(charts.marked(figure, target), alt, "loss-outputs")
    st.caption("Median; bars span the middle 80% of pixels.")


def show_digits(measured: Measured) -> None:
    """The same digits through both."""
    original = measured.pictures["original"] / 255
    rows = [Row("Original", "", original)]
    for loss, name in NAMES.items():
        output = measured.pictures[loss] / 255
        rows.append(Row(name, lesson.error_in_words(output, original), output))
    draw_table_of_digits(rows, "Five test digits, and what each network makes of them", width=500)


def show_scores(values: dict[str, Any]) -> None:
    """Each network, a column each, scored with both losses."""
    written = {key: (name, "{:.4f}") for key, name in NAMES.items()} | {"grey": ("Grey pixels", "{:.0%}")}
    table = {"Score": [name for name, _ in written.values()]}
    for loss, name in NAMES.items():
        table[f"Trained with {name.lower()}"] = [
            form.format(np.mean(values[loss][key])) for key, (_, form) in written.items()
        ]
    show_table(table, "Both errors of each network, and its share of grey pixels")
    share = values["grey_of_targets"]
    st.caption(f"Grey pixels lie between 0.1 and 0.9. In the digits themselves they are {share:.0%}.")


this = lesson.begin("loss")
target = choose_grey()
measured = lesson.measurement("loss")
left, right = st.columns(2, gap="large")
with left:
    show_penalties(target)
if measured:
    with right:
        show_outputs(measured.values, target)
    pictures, scores = st.columns(2, gap="large")
    with pictures:
        show_digits(measured)
    with scores:
        show_scores(measured.values)
lesson.end(this, measured=measured)
