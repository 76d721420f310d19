"""Lesson: a linear network finds the subspace of PCA while it trains."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ae.lessons import Measured, spread
from app import charts
from app.components import lesson
from app.components.choices import choose_along, choose_one
from app.components.figures import draw_table_of_digits, show_chart
from app.components.pictures import Row


def choose(values: dict[str, Any]) -> tuple[int, int]:
    """The size of the code, and how many batches of training."""
    k = choose_one("Numbers in the code (k)", values["ks"], values["ks"][1], "linear_k")
    steps = values["steps"]
    step = choose_along("Batches of training", steps, steps[0], "batches", "{:,}".format, width=420)
    return k, steps.index(step)


def show_directions(measured: Measured, k: int, look: int) -> None:
    """PCA's first components, and what the network has nearest to them."""
    components = measured.pictures["pca"] / 255
    found = measured.pictures[f"network {k}"][look] / 255
    angles = np.array(measured.values[str(k)]["angles"])[0, look]
    rows = [
        Row("PCA", f"first {min(k, len(components))}", components[:k]),
        Row("Network", "nearest", found[:k]),
    ]
    st.markdown("**Directions among all digits**")
    alt = f"Components of PCA, and the network's nearest directions, {angles.max():.1f} degrees apart at most"
    draw_table_of_digits(rows, alt, width=400)
    st.caption("White raises a pixel, black lowers it. What the network cannot reach yet looks noisy.")


def show_angles(values: dict[str, Any], k: int, look: int) -> None:
    """Each principal angle while the network trains."""
    runs = np.array(values[str(k)]["angles"])  # (seeds, looks, k)
    steps = [max(step, 1) for step in values["steps"]]
    series = []
    for number, name, colour in ((-1, "Largest angle", "#e08a1e"), (0, "Smallest angle", "#3f7fd6")):
        mean, low, high = spread(runs[:, :, number].T.tolist())
        series.append(charts.Series(name, steps, mean, colour, low=low, high=high))
    st.markdown("**Angles between the two subspaces**")
    figure = charts.lines(series, batches_axis(steps), charts.Axis("Degrees"), height=260)
    figure.update_yaxes(range=[0, 92], tickvals=[0, 30, 60, 90]).update_traces(hovertemplate="%{y:.1f}°")
    alt = f"The largest angle falls from {series[0].y[0]:.0f} to {series[0].y[-1]:.1f} degrees"
    show_chart(charts.marked(figure, steps[look]), alt, "linear-angles")


def batches_axis(steps: list[int]) -> charts.Axis:
    """Batches of training, each look twice as far as the one before; 0 stands at 1."""
    return charts.Axis("Batches of training (the first point is 0)", steps[1::2], log=True)


def show_errors(values: dict[str, Any], k: int, look: int) -> None:
    """The network's error while it trains, and PCA's, which is the least that is possible."""
    told = values[str(k)]
    steps = [max(step, 1) for step in values["steps"]]
    mean, low, high = spread(np.array(told["errors"]).T.tolist())
    series = [
        charts.Series("Network", steps, mean, "#e08a1e", low=low, high=high),
        charts.Series(
            "PCA", [steps[0], steps[-1]], [told["pca_error"]] * 2, charts.GREY, "dash", markers=False
        ),
    ]
    st.markdown("**Error**")
    figure = charts.lines(series, batches_axis(steps), charts.Axis("Squared error per pixel"), height=260)
    alt = f"The error falls from {mean[0]:.4f} to {mean[-1]:.4f}; PCA has {told['pca_error']:.4f}"
    show_chart(charts.marked(figure, steps[look]), alt, "linear-errors")


this = lesson.begin("linear")
measured = lesson.measurement("linear")
if measured:
    with st.container(horizontal=True, gap="medium"):
        k, look = choose(measured.values)
    show_directions(measured, k, look)
    left, right = st.columns(2, gap="large")
    with left:
        show_angles(measured.values, k, look)
    with right:
        show_errors(measured.values, k, look)
    st.caption(
        "The directions that gain least are found last, so the error is near PCA's before the angle closes. "
        f"Bars span {len(measured.seeds)} runs with different seeds."
    )
lesson.end(this, measured=measured)
