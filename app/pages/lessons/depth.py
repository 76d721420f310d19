"""Lesson: more layers for the same code, and the number of digits that they need."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ae.lessons import Measured, spread
from app import charts
from app.components import lesson
from app.components.choices import choose_along, choose_one
from app.components.figures import draw_table_of_digits, show_chart
from app.components.pictures import Row

CURVES = (("train", "Digits it learns", "#3f7fd6"), ("validation", "Other digits", "#e08a1e"))


def choose(values: dict[str, Any]) -> tuple[int, int]:
    """Hidden layers, and digits to learn from."""
    depth = choose_along("Hidden layers each way", values["depths"], values["depths"][1], "layers")
    size = choose_one("Digits to learn from", values["sizes"], values["sizes"][0], "learned", "{:,}".format)
    return depth, size


def show_training(values: dict[str, Any], name: str) -> None:
    """Both errors while the network trains."""
    told = values[name]
    series = []
    for key, label, colour in CURVES:
        mean, low, high = spread([list(row) for row in zip(*told[key], strict=True)])
        series.append(charts.Series(label, told["steps"], mean, colour, low=low, high=high))
    st.markdown("**While it trains**")
    figure = charts.lines(series, charts.Axis("Batches"), charts.Axis("Squared error per pixel"), height=290)
    figure.update_yaxes(range=[0, 0.08])
    alt = f"At the end {series[0].y[-1]:.4f} on the digits it learns, {series[1].y[-1]:.4f} on others"
    show_chart(figure, alt, "depth-training")


def show_depths(values: dict[str, Any], depth: int, size: int) -> None:
    """Both errors at the end, over the number of layers."""
    series = []
    for key, label, colour in CURVES:
        ends = [[run[-1] for run in values[f"{each} on {size}"][key]] for each in values["depths"]]
        mean, low, high = spread(ends)
        series.append(charts.Series(label, values["depths"], mean, colour, low=low, high=high))
    st.markdown("**At the end, by depth**")
    x = charts.Axis("Hidden layers each way", values["depths"])
    figure = charts.lines(series, x, charts.Axis("Squared error per pixel"), height=290)
    figure.update_yaxes(range=[0, 0.08])
    alt = "Errors by depth. Other digits: " + ", ".join(
        f"{error:.4f} at {each}" for each, error in zip(values["depths"], series[1].y, strict=True)
    )
    show_chart(charts.marked(figure, depth), alt, "depth-errors")


def show_digits(measured: Measured, name: str) -> None:
    """Digits that were learned, and others, before and after."""
    half = len(measured.pictures["original"]) // 2
    parts = ("Learned", slice(half)), ("Others", slice(half, None))
    for column, (title, part) in zip(st.columns(2, gap="large"), parts, strict=True):
        original, output = (measured.pictures[key][part] / 255 for key in ("original", name))
        error = lesson.error_in_words(output, original)
        with column:
            draw_table_of_digits(
                [Row(title, "", original), Row("Output", error, output)],
                f"{title}: digits, and what the network gives back",
                width=440,
            )


def gap_in_words(values: dict[str, Any], name: str) -> str:
    """The two errors at the end and the size of the network."""
    told = values[name]
    learned, others = (spread([[run[-1] for run in told[key]]])[0][0] for key in ("train", "validation"))
    return (
        f"{told['parameters']:,} parameters. The error on other digits is {others / learned:.1f} times that "
        "on the digits it learns."
    )


this = lesson.begin("depth")
measured = lesson.measurement("depth")
if measured:
    with st.container(horizontal=True, gap="medium"):
        depth, size = choose(measured.values)
    name = f"{depth} on {size}"
    training, depths = st.columns(2, gap="large")
    with training:
        show_training(measured.values, name)
    with depths:
        show_depths(measured.values, depth, size)
    show_digits(measured, name)
    st.caption(f"{gap_in_words(measured.values, name)} Bars span {len(measured.seeds)} seeds.")
lesson.end(this, measured=measured)
