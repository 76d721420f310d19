"""Arrays in, plotly figure out. Colours hold on light and dark backgrounds; texts follow the theme."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

# Found by search: any two are 30 or more apart in CIELAB, also as people without red or green cones see them
# (Machado 2009), and digits that codes confuse, such as 4 and 9, are 55 apart. All stand out on both themes.
CLASS_COLOURS = (
    "#873c2d", "#c3c378", "#00d2b4", "#4b00ff", "#3c6978",
    "#ffb400", "#4bd2ff", "#8769ff", "#3c4b96", "#e13c00",
)  # fmt: skip
# From blue for little to orange for much, all of middling brightness.
STEP_COLOURS = ("#7a5fd0", "#3f7fd6", "#1f9e9a", "#7fa63a", "#e08a1e")
BAR_COLOUR = "#3f7fd6"
MARK_COLOUR = "#e5368f"
_GREY = "#8a919c"
_GRID = "rgba(138, 145, 156, 0.25)"
_NAME_SIZE = np.array((0.05, 0.05))  # of a class's name in the map of codes, as a share of what is seen


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
    }
    if axis.ticks is not None:
        values |= {"tickvals": list(axis.ticks), "ticktext": [f"{tick:g}" for tick in axis.ticks]}
    return values


def code_bars(code: np.ndarray, height: int = 240) -> go.Figure:
    """The k numbers of a code (k,) as bars."""
    k = len(code)
    bars = go.Bar(
        x=list(range(1, k + 1)),
        y=np.asarray(code, dtype=float).round(3).tolist(),
        marker={"color": BAR_COLOUR, "line": {"width": 0}},
        hovertemplate="number %{x}: %{y:.3~f}<extra></extra>",
    )
    figure = _framed(go.Figure(bars), height)
    figure.update_xaxes(title=None, tickvals=_bar_ticks(k), fixedrange=True, showgrid=False)
    figure.update_yaxes(title=None, gridcolor=_GRID, zerolinecolor=_GREY, nticks=5, fixedrange=True)
    return figure.update_layout(bargap=0.25, showlegend=False)


def _bar_ticks(k: int) -> list[int]:
    return list(range(1, k + 1)) if k <= 8 else [1, *range(k // 4, k + 1, k // 4)]


def confusion(counts: np.ndarray, height: int = 480) -> go.Figure:
    """What a classifier reads, counts (10, 10) with a row for each true digit, as shares of the row.

    Colour shows mistakes alone: right answers would drown them.
    """
    share = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    mistakes = share.copy()
    np.fill_diagonal(mistakes, 0)
    names = [str(digit) for digit in range(len(counts))]
    heat = go.Heatmap(
        z=mistakes.tolist(),
        x=names,
        y=names,
        customdata=share.round(1).tolist(),
        colorscale=[[0, "rgba(224, 110, 20, 0)"], [1, "rgba(224, 110, 20, 1)"]],
        zmin=0,
        zmax=max(float(mistakes.max()), 5.0),
        hovertemplate="a %{y} read as %{x}: %{customdata} %<extra></extra>",
        xgap=2,
        ygap=2,
        showscale=False,
    )
    figure = _framed(go.Figure(heat), height)
    # annotations take the text colour of the theme; texts of a heatmap do not see the page shine through
    figure.update_layout(annotations=[_share(*cell, share) for cell in np.ndindex(*share.shape)])
    figure.update_xaxes(title="Read in the reconstruction", side="top", type="category", fixedrange=True)
    figure.update_yaxes(title="True digit", autorange="reversed", type="category", fixedrange=True)
    return figure.update_layout(xaxis_showgrid=False, yaxis_showgrid=False)


def _share(row: int, column: int, share: np.ndarray) -> dict[str, object]:
    """One cell's number; nothing below half a per cent, bold where the digit is read right."""
    text = f"{share[row, column]:.0f}" if share[row, column] >= 0.5 else ""
    return {
        "x": column,
        "y": row,
        "text": f"<b>{text}</b>" if row == column else text,
        "showarrow": False,
        "captureevents": False,
    }


def latent_scatter(
    codes: np.ndarray,
    labels: np.ndarray,
    extent: tuple[float, float, float, float],
    marked: int,
    height: int = 500,  # a finger on the map moves the map: room is left to scroll the page of a phone
) -> go.Figure:
    """Codes (N, 2) as points coloured by class (N,), one of them marked; customdata carries a point's row.

    `extent` is left, right, bottom, top of what is seen at first. Plotly moves the mark to a clicked point.
    """
    figure = go.Figure()
    for digit, colour in enumerate(CLASS_COLOURS):
        rows = np.flatnonzero(labels == digit)
        figure.add_trace(_class_points(codes[rows], rows, digit, colour, np.flatnonzero(rows == marked)))
    places = _class_places(codes, labels, extent, marked)
    for digit, (place, colour) in enumerate(zip(places, CLASS_COLOURS, strict=True)):
        figure.add_annotation(_class_name(place, digit, colour))
    left, right, bottom, top = extent
    figure.update_xaxes(title="Code number 1", range=[left, right], gridcolor=_GRID, zerolinecolor=_GRID)
    figure.update_yaxes(title="Code number 2", range=[bottom, top], gridcolor=_GRID, zerolinecolor=_GRID)
    return _framed(figure, height).update_layout(
        legend=_legend_below() | {"itemsizing": "constant", "itemwidth": 30},
        hovermode="closest",
        dragmode="pan",
        clickmode="event+select",
    )


def _class_points(
    points: np.ndarray, rows: np.ndarray, digit: int, colour: str, selected: np.ndarray
) -> go.Scattergl:
    # numbers of known width travel as bytes: a tenth of what ten thousand decimal numbers take
    return go.Scattergl(
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        customdata=rows.astype(np.int16),
        mode="markers",
        name=str(digit),
        selectedpoints=selected.tolist(),
        marker={"color": colour, "size": 5, "opacity": 0.8},
        unselected={"marker": {"opacity": 0.8}},
        selected={"marker": {"opacity": 1, "size": 18, "color": MARK_COLOUR}},
        hovertemplate=f"a {digit}, test digit %{{customdata}}<extra></extra>",
    )


def _class_places(
    codes: np.ndarray, labels: np.ndarray, extent: tuple[float, float, float, float], marked: int
) -> list[np.ndarray]:
    """For each class its point nearest to its middle where its name hides neither a name nor the mark."""
    left, right, bottom, top = extent
    size = _NAME_SIZE * (right - left, top - bottom)
    taken, places = [codes[marked]], []
    for digit in range(len(CLASS_COLOURS)):
        points = codes[labels == digit]
        free = np.all([np.abs((points - place) / size).max(axis=1) >= 1 for place in taken], axis=0)
        distance = np.abs((points - points.mean(axis=0)) / size).sum(axis=1)
        places.append(points[np.where(free, distance, distance + distance.max() + 1).argmin()])
        taken.append(places[-1])
    return places


def _class_name(place: np.ndarray, digit: int, colour: str) -> dict[str, object]:
    """A class's number among its points, so that colour is not the only sign."""
    return {
        "x": float(place[0]),
        "y": float(place[1]),
        "text": f"<b>{digit}</b>",
        "showarrow": False,
        "bgcolor": colour,
        "borderpad": 2,
        "font": {"color": readable_on(colour), "size": 14},
        "captureevents": False,
    }


def readable_on(colour: str) -> str:
    """Black or white, whichever stands out more on a colour like `#3f90da` (WCAG contrast)."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def picture_plane(
    png: bytes,
    left: float,
    right: float,
    bottom: float,
    top: float,
    mark: tuple[float, float] | None = None,
    height: int = 520,
) -> go.Figure:
    """A square PNG laid over a part of the plane of codes and shown square, with a ring at `mark`."""
    figure = go.Figure()
    figure.add_layout_image(
        source="data:image/png;base64," + base64.b64encode(png).decode(),
        xref="x",
        yref="y",
        x=left,
        y=top,
        sizex=right - left,
        sizey=top - bottom,
        sizing="stretch",
        layer="below",
    )
    if mark is not None:
        ring = {"symbol": "circle-open", "size": 26, "color": MARK_COLOUR, "line": {"width": 4}}
        figure.add_scatter(
            x=[mark[0]],
            y=[mark[1]],
            mode="markers",
            marker=ring,
            hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
        )
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "constrain": "domain"}
    square = {"scaleanchor": "x", "scaleratio": (right - left) / (top - bottom)}
    figure.update_xaxes(title="Code number 1", range=[left, right], **plain)
    figure.update_yaxes(title="Code number 2", range=[bottom, top], **plain, **square)
    return _framed(figure, height).update_layout(showlegend=False)


def _framed(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": 16, "b": 8})


def _legend_below() -> dict[str, object]:
    """Under everything, where the buttons in the upper corner cannot cover it on a phone."""
    return {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "title": None}
