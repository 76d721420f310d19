"""Lesson: what a model of digits makes of letters, scribbles, turned digits, garments and noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ae.data.outliers import LABELS
from app import charts, resources
from app.components import lesson
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.drawing_board import drawing_board
from app.components.families import BOTTLENECKS, LOOKS, bottleneck_switch, family_switch
from app.components.figures import draw_table_of_digits, show_chart
from app.components.latent_map.drawing import take_drawing
from app.components.models import usable
from app.components.pictures import Row

DIGIT_COLOUR, OTHER_COLOUR = "#3f7fd6", "#e08a1e"
ERROR = charts.Axis("Squared error per pixel", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3), log=True)


def choose(kinds: list[str]) -> tuple[str, float]:
    """The kind of outlier, and the share of digits that may be turned away."""
    kind = choose_one("Outliers", kinds, kinds[0], "outliers", LABELS.__getitem__)
    allowed = st.slider(
        "Real digits turned away",
        1,
        20,
        5,
        key="allowed",
        bind="query-params",
        format="%d%%",
        help="False positives. The threshold is the error that this share of validation digits exceeds.",
        width=240,
    )
    return kind, allowed / 100


def shares(counts: list[int]) -> list[float]:
    """Counts of a histogram as shares."""
    return (np.array(counts) / max(sum(counts), 1)).tolist()


def show_errors(
    edges: list[float], told: dict[str, Any], kind: str, level: float, drawn: float | None
) -> None:
    """Histogram of the errors of digits and of outliers, the threshold between them."""
    middles = np.sqrt(np.array(edges[1:]) * edges[:-1]).tolist()
    st.markdown("**How large the errors are**")
    series = [
        charts.Series("Test digits", middles, shares(told["digits"]["counts"]), DIGIT_COLOUR, markers=False),
        charts.Series(LABELS[kind], middles, shares(told[kind]["counts"]), OTHER_COLOUR, markers=False),
    ]
    figure = charts.lines(series, ERROR, charts.Axis("Share of pictures"), height=250)
    figure.update_traces(line_shape="hvh", fill="tozeroy", hovertemplate="%{y:.1%}")
    figure.update_yaxes(tickformat=".0%").update_xaxes(hoverformat=".4f")
    figure = charts.marked(figure, level, "threshold")
    if drawn is not None:
        figure = charts.marked(figure, float(np.clip(drawn, edges[0], edges[-1])), "your drawing")
    alt = f"Errors of test digits and of {LABELS[kind].lower()}; the threshold is {level:.4f}"
    show_chart(figure, alt, "outlier-errors")


def show_roc(told: dict[str, Any], kind: str, level: float) -> None:
    """Outliers found against digits turned away, over all thresholds; the chosen one marked."""
    from ae import anomaly

    levels = told["digits"]["quantiles"][::-1]
    away = [anomaly.share_above(told["digits"]["quantiles"], each) for each in levels]
    found = [anomaly.share_above(told[kind]["quantiles"], each) for each in levels]
    here = [anomaly.share_above(told[each]["quantiles"], level) for each in ("digits", kind)]
    st.markdown("**All thresholds (ROC curve)**")
    series = [
        charts.Series("All thresholds", [0, *away, 1], [0, *found, 1], OTHER_COLOUR, markers=False),
        charts.Series("This threshold", here[:1], here[1:], DIGIT_COLOUR, width=8),
        charts.Series("By chance", [0, 1], [0, 1], charts.GREY, "dot", markers=False, width=1.5),
    ]
    x = charts.Axis("Digits turned away")
    figure = charts.lines(series, x, charts.Axis("Outliers found"), height=225)
    figure.update_xaxes(tickformat=".0%", range=[-0.02, 1.02]).update_yaxes(tickformat=".0%", range=[0, 1.03])
    figure.update_traces(hovertemplate="%{y:.1%}").update_layout(showlegend=False)
    alt = f"ROC curve, area {told[kind]['auc']:.3f}: {here[1]:.1%} found at {here[0]:.1%} turned away"
    show_chart(figure, alt, "outlier-roc")


def show_drawing(name: str, device: str, level: float) -> float | None:
    """The visitor's board, and whether what is on it passes for a digit; its error."""
    st.markdown("**Draw what fools it**")
    with st.container(horizontal=True):
        drawing_board("outlier-board")
        drawing = take_drawing(name, device)
        if drawing is None:
            st.caption("Anything but a digit. It is centred as MNIST's digits are.")
            return None
        result = resources.rebuilt(name, device, drawing.image[None])
        error = float(result.mse[0])
        passes = error <= level
        draw_table_of_digits(
            [Row("", "", np.stack([drawing.image, result.output[0]]))],
            f"Your drawing, and what {name} makes of it",
            width=190,
        )
        if passes:
            st.markdown(f":orange-badge[:material/check: Taken for a digit]  \nError {error:.4f}")
        else:
            st.markdown(f":green-badge[:material/search: Found out]  \nError {error:.4f}")
    return error


def show_extremes(name: str, device: str, what: str, least: np.ndarray, most: np.ndarray) -> None:
    """As many of the pictures that the model rebuilds best as of the worst, and what it makes of them."""
    rows, many = [], min(len(least), len(most))
    for title, images in (("Smallest", least[:many]), ("Largest", most[:many])):
        result = resources.rebuilt(name, device, images)
        rows += [Row(title, f"{result.mse.mean():.4f}", images), Row("Output", "", result.output)]
    st.markdown(f"**{what}** with the smallest and with the largest error")
    alt = f"{what} that {name} rebuilds best and worst, and its outputs"
    draw_table_of_digits(rows, alt, width=80 + 73 * many)


def areas(values: dict[str, Any], family: str, kind: str) -> str:
    """Area under the ROC curve over k, as a Markdown line for the facts."""
    found = {k: values[f"{family}-k{k}"][kind]["auc"] for k in BOTTLENECKS if f"{family}-k{k}" in values}
    told = ", ".join(f"{area:.3f} at k\u00a0=\u00a0{k}" for k, area in found.items())
    return f"- **Area under the curve**, {LOOKS[family].label}, {LABELS[kind].lower()}: {told}"


def show(measured: lesson.Measured, name: str, device: str) -> str:
    """The lesson for one model; the kind of outlier that was chosen."""
    from ae import anomaly

    values = measured.values
    told, kinds = values[name], values["kinds"]
    with controls:
        kind, allowed = choose(kinds)
    level = anomaly.threshold(told["validation"]["quantiles"], allowed)
    here = [anomaly.share_above(told[each]["quantiles"], level) for each in ("digits", kind)]
    left, middle, right = st.columns([4, 3, 3], gap="medium")
    with right:
        drawn = show_drawing(name, device, level)
    with left:
        show_errors(values["edges"], told, kind, level, drawn)
    with middle:
        show_roc(told, kind, level)
    st.caption(
        f"This threshold finds {here[1]:.1%} of the {LABELS[kind].lower()} and turns away {here[0]:.1%} of "
        f"the test digits. Area under the curve: {told[kind]['auc']:.3f}."
    )
    left, right = st.columns(2, gap="large")
    with left:
        pictures = measured.pictures[kind].astype(np.float32) / 255
        like, unlike = (pictures[told[kind][key]] for key in ("like", "unlike"))
        show_extremes(name, device, LABELS[kind], like, unlike)
    with right:
        like, unlike = (resources.digits().images[told["digits"][key]] for key in ("like", "unlike"))
        show_extremes(name, device, "Digits", like, unlike)
    return kind


this = lesson.begin("outliers")
controls = st.container(horizontal=True, gap="medium")
with controls:
    family = family_switch()
    k = bottleneck_switch()
name, device = f"{family}-k{k}", chosen_device()
measured, kind = lesson.measurement("outliers"), None
if measured and usable([name], device):
    if measured.values.get(name, {}).get("digest") == resources.card(name).digest:
        kind = show(measured, name, device)
    else:
        st.info(f"{name} is not measured yet: `{measured.command}` does it", icon=":material/info:")
lesson.end(this, [name], measured, (lambda: areas(measured.values, family, kind)) if kind else None)
