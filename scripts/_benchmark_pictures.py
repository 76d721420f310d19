"""The benchmark's plot and its sheet of crops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from _page_benchmark import OURS
from _windows import Window, largest_window
from PIL import Image, ImageDraw, ImageFont
from plotly.subplots import make_subplots

_OURS_COLOUR, _PEER_COLOUR = "#0072b2", "#b8b8b8"
_MEASURES = {
    "rmse": "RMSE (less is better)",
    "cer": "Character error rate",
    "seconds": "Seconds, A4 at 300 dpi",
    "peak_mb": "Peak memory, MB",
}
_LOGARITHMIC = ("seconds",)
_NOTHING = 1e-4  # in any measure
_CROP = (150, 250)  # height, width in pixels
_GAP, _LABEL = 6, 22


def plot(rows: list[dict[str, Any]], title: str) -> go.Figure:
    """Bars of every measure side by side, one line a peer, ours in colour."""
    measures = {key: label for key, label in _MEASURES.items() if any(row[key] is not None for row in rows)}
    figure = make_subplots(1, len(measures), shared_yaxes=True, subplot_titles=list(measures.values()))
    names = [row["name"] for row in rows]
    colours = [_OURS_COLOUR if name == OURS else _PEER_COLOUR for name in names]
    for column, key in enumerate(measures, 1):
        values = [row[key] if row[key] and row[key] > _NOTHING else None for row in rows]
        text = ["" if value is None else _short(value) for value in values]
        bars = go.Bar(x=values, y=names, orientation="h", marker_color=colours, text=text, cliponaxis=False)
        figure.add_trace(bars, 1, column)
        figure.update_xaxes(type="log" if key in _LOGARITHMIC else "linear", showticklabels=False, col=column)
    figure.update_traces(textposition="outside", showlegend=False)
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(title=title, template="plotly_white", width=1200, height=120 + 34 * len(rows))
    return figure


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def save_plot(figure: go.Figure, path: Path) -> None:
    """Draw the figure in a browser (needs Chromium) and store what it shows."""
    from tests.browser.lab import open_browser

    with open_browser() as browser:
        size = {"width": int(figure.layout.width), "height": int(figure.layout.height)}
        page = browser.new_page(viewport=size, device_scale_factor=1.5)
        page.set_content(figure.to_html(include_plotlyjs=True, config={"staticPlot": True}))
        page.wait_for_selector(".plot-container .main-svg")
        page.screenshot(path=path)


def crops_sheet(columns: dict[str, list[np.ndarray]], count: int) -> Image.Image:
    """`count` rows of the same place on a page as every column shows it.

    `columns`: title -> pages uint8 (H, W); the first is dirty, the last the clean original, the one before
    ours. Half of the rows are the places where ours is farthest from the original, the others those that
    were dirtiest.
    """
    titles = list(columns)
    dirty, ours, clean = (columns[titles[i]] for i in (0, -2, -1))
    worst = _places(ours, clean)[: count - count // 2]
    taken = {number for number, _ in worst}
    places = worst + [place for place in _places(dirty, clean) if place[0] not in taken][: count // 2]
    height, width = _CROP
    size = len(titles) * (width + _GAP), _LABEL + len(places) * (height + _GAP)
    sheet = Image.new("L", size, 255)
    pen = ImageDraw.Draw(sheet)
    for column, title in enumerate(titles):
        left = column * (width + _GAP)
        pen.text((left + 4, 4), title, fill=0, font=ImageFont.load_default(14))
        for row, (number, window) in enumerate(places):
            crop = Image.fromarray(columns[title][number][window])
            sheet.paste(crop, (left, _LABEL + row * (height + _GAP)))
    return sheet


def _places(pages: list[np.ndarray], clean: list[np.ndarray]) -> list[tuple[int, Window]]:
    """Page and window of the places with the largest difference, one a page, the worst page first."""
    found = []
    for number, (page, original) in enumerate(zip(pages, clean, strict=True)):
        window, error = largest_window((page.astype(np.float64) - original) ** 2, _CROP)
        found.append((error, number, window))
    found.sort(key=lambda place: -place[0])
    return [(number, window) for _, number, window in found]
