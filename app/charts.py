"""Arrays in, plotly figure out. Colours hold on light and dark backgrounds; texts follow the theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

# Found by search: any two are 29 or more apart in CIELAB, also as people without red or green cones see them
# (Machado 2009), and digits that codes confuse, such as 4 and 9, are 55 apart. Each stands out on its page:
# contrast 3 or more.
CLASS_COLOURS = {
    "light": (
        "#6e1e28", "#789664", "#14a0a0", "#3c00fa", "#14506e",
        "#dc7800", "#0a96d2", "#8264fa", "#283c96", "#aa0a00",
    ),
    "dark": (
        "#96503c", "#dcd282", "#00be96", "#8c00fa", "#aaf0fa",
        "#fabe14", "#50befa", "#825adc", "#6e5a96", "#e63c00",
    ),
}  # fmt: skip
# From blue for little to orange for much, all of middling brightness.
STEP_COLOURS = ("#7a5fd0", "#3f7fd6", "#1f9e9a", "#7fa63a", "#e08a1e")
BAR_COLOUR = "#3f7fd6"
GREY = "#8a919c"
NOISE_COLOUR = "#d93a55"  # of a noisy input that nobody has touched; no family has it
# Of pairs of digits: far from the families, with which they stand side by side, and from one another.
PAIR_COLOURS = ("#aa3c50", "#8c8200", "#5064fa", "#14a0c8")
_GRID = "rgba(138, 145, 156, 0.25)"


@dataclass(frozen=True)
class Series:
    """One line: `low` and `high` bound a band around it, `dash` is plotly's; None leaves a thing out."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str
    dash: str = "solid"
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    width: float = 2.5
    markers: bool = True
    in_legend: bool = True


@dataclass(frozen=True)
class Axis:
    """Title of an axis, and the values that get a tick when only these make sense."""

    title: str
    ticks: Sequence[float] | None = None
    log: bool = False


def lines(series: Sequence[Series], x: Axis, y: Axis, height: int = 440) -> go.Figure:
    """Lines over a common axis, the legend below them."""
    figure = go.Figure()
    for entry in series:
        figure.add_trace(_line(entry))
    figure.update_xaxes(**_axis(x))
    figure.update_yaxes(**_axis(y))
    if not y.log:
        figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(fixedrange=True).update_yaxes(fixedrange=True)  # a swipe on a phone scrolls the page
    return _framed(figure, height).update_layout(hovermode="x unified", legend=_legend_below())


def marked(figure: go.Figure, x: float, text: str = "") -> go.Figure:
    """The figure with a dotted line at x, where the visitor's choice lies, and a text at its top."""
    figure.add_vline(x, line_dash="dot", line_color=GREY)
    if text:
        place = math.log10(x) if figure.layout.xaxis.type == "log" else x
        figure.add_annotation(x=place, y=1, yref="paper", yanchor="bottom", text=text, showarrow=False)
    return figure


def _line(entry: Series) -> go.Scatter:
    return go.Scatter(
        x=list(entry.x),
        y=list(entry.y),
        name=entry.label,
        mode="lines+markers" if entry.markers else "lines",
        line={"color": entry.colour, "dash": entry.dash, "width": entry.width},
        marker={"size": 5 + entry.width},
        error_y=_spread(entry),
        showlegend=entry.in_legend,
        hovertemplate="%{y:.4~g}",
    )


def _spread(entry: Series) -> dict[str, object] | None:
    """Bars from the lowest to the highest value of each point."""
    if entry.low is None or entry.high is None:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": np.subtract(entry.high, entry.y).tolist(),
        "arrayminus": np.subtract(entry.y, entry.low).tolist(),
        "width": 6,
        "thickness": 1.5,
    }


def _axis(axis: Axis) -> dict[str, object]:
    values: dict[str, object] = {
        "title": axis.title,
        "type": "log" if axis.log else "linear",
        "gridcolor": _GRID,
        "separatethousands": True,
    }
    if axis.ticks is not None:
        values |= {"tickvals": list(axis.ticks), "ticktext": [f"{tick:,g}" for tick in axis.ticks]}
    return values


def code_bars(code: np.ndarray) -> go.Figure:
    """The k numbers of a code (k,) as bars."""
    k = len(code)
    bars = go.Bar(
        x=list(range(1, k + 1)),
        y=np.asarray(code, dtype=float).round(3).tolist(),
        marker={"color": BAR_COLOUR, "line": {"width": 0}},
        hovertemplate="number %{x}: %{y:.3~f}<extra></extra>",
    )
    figure = _framed(go.Figure(bars), height=240)
    figure.update_xaxes(title=None, tickvals=_bar_ticks(k), fixedrange=True, showgrid=False)
    figure.update_yaxes(title=None, gridcolor=_GRID, zerolinecolor=GREY, nticks=5, fixedrange=True)
    return figure.update_layout(bargap=0.25, showlegend=False)


def _bar_ticks(k: int) -> list[int]:
    return list(range(1, k + 1)) if k <= 8 else [1, *range(k // 4, k + 1, k // 4)]


def confusion(counts: np.ndarray) -> go.Figure:
    """What a classifier reads, counts (10, 10) with a row for each true digit, as shares of the row.

    Colour shows mistakes alone: right answers would drown them.
    """
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = share.copy()
    np.fill_diagonal(mistakes, 0)
    most = max(float(mistakes.max()), 5.0)
    names = [str(digit) for digit in range(len(counts))]
    heat = go.Heatmap(
        z=mistakes.tolist(),
        x=names,
        y=names,
        customdata=share.round(1).tolist(),
        colorscale=[[0, "rgba(224, 110, 20, 0)"], [1, "rgba(224, 110, 20, 1)"]],
        zmin=0,
        zmax=most,
        hovertemplate="a %{y} read as %{x}: %{customdata}%<extra></extra>",
        xgap=2,
        ygap=2,
        showscale=False,
    )
    figure = _framed(go.Figure(heat), height=480)
    # annotations take the text colour of the theme; texts of a heatmap do not see the page shine through
    strong = mistakes > most / 2
    figure.update_layout(annotations=[_share(*cell, share, strong) for cell in np.ndindex(*share.shape)])
    figure.update_xaxes(title="Read in the reconstruction", side="top", type="category", fixedrange=True)
    figure.update_yaxes(title="True digit", autorange="reversed", type="category", fixedrange=True)
    return figure.update_layout(xaxis_showgrid=False, yaxis_showgrid=False)


def _share(row: int, column: int, share: np.ndarray, strong: np.ndarray) -> dict[str, object]:
    """One cell's number; nothing below half a per cent, bold where the digit is read right.

    On `strong` orange only black can be read, whatever the theme.
    """
    text = f"{share[row, column]:.0f}" if share[row, column] >= 0.5 else ""
    return {
        "x": column,
        "y": row,
        "text": f"<b>{text}</b>" if row == column else text,
        "showarrow": False,
        "captureevents": False,
        "font": {"color": "#000000"} if strong[row, column] else {},
    }


def _framed(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": 16, "b": 8})


def _legend_below() -> dict[str, object]:
    """Under everything, where the buttons in the upper corner cannot cover it on a phone."""
    return {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "title": None}
