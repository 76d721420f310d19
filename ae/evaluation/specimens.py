"""Pages made to find out what a cleaner harms: handwriting, faint and coloured ink, photographs, stamps.

All fonts and photographs are those that training never sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ae.data.rendering import fonts
from ae.data.rendering.blocks import coloured, faint, paragraph, table
from ae.data.rendering.canvas import Canvas, Rgb
from ae.data.rendering.figures import scene
from ae.data.rendering.inks import HIGHLIGHTERS, INKS, pick
from ae.data.rendering.marks import handwriting, stamp
from ae.data.rendering.setting import Setting
from ae.data.rendering.typesetting import Column, print_text

DPI = 150.0
_X_HEIGHT = 11.0  # pixels; 10-point type at 150 dpi
_SHAPE, _WRITTEN_SHAPE = (760, 620), (900, 700)
_MARGIN = 30.0
_PENCIL = (110, 165)  # grey levels


@dataclass(frozen=True)
class Specimen:
    """A clean page with one mark on it.

    `page` uint8 (H, W, 3); `mask` bool (H, W): the pixels of the mark; `text` is what the mark says, where it
    can be read, in `box` (rows, columns), with small letters of `x_height` pixels.
    """

    mark: str
    page: np.ndarray
    mask: np.ndarray
    box: tuple[slice, slice]
    text: str = ""
    x_height: float = _X_HEIGHT


def handwriting_page(seed: int, x_height: float) -> np.ndarray:
    """Lines of handwriting-like strokes in ink and pencil, grey uint8 (H, W)."""
    setting = _setting(seed, x_height)
    height, width = _WRITTEN_SHAPE
    canvas = Canvas(_WRITTEN_SHAPE, colour=False)
    column = Column(_MARGIN, width - _MARGIN, 20, height - 10)
    while column.has_room(3.4 * setting.size):
        handwriting(canvas, column, setting)
        column.skip(setting.uniform(0.2, 0.5) * setting.size)
    return canvas.pixels()


def page_of_inks(seed: int) -> np.ndarray:
    """Black, faint, coloured and handwritten ink and thin rules on one page in colour, uint8 (H, W, 3)."""
    setting = _setting(seed, _X_HEIGHT)
    canvas, column = _sheet()
    for block in (paragraph, faint, handwriting, coloured, table, faint, coloured):
        if column.has_room(3.4 * setting.line):
            block(canvas, column, setting)
            column.skip(0.3 * setting.line)
    return canvas.pixels()


def specimen(mark: str, seed: int) -> Specimen:
    """A page of text with one of `MARKS` in its middle."""
    setting = _setting(seed, _X_HEIGHT)
    canvas, column = _sheet()
    _text(canvas, column, setting, 2)
    bare, text = MARKS[mark](canvas, column, setting)
    mask = (canvas.pixels() != bare).any(2)
    while column.has_room(3 * setting.line):
        _text(canvas, column, setting, 2)
    page = canvas.pixels()
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    box = _around(rows, page.shape[0]), _around(columns, page.shape[1])
    return Specimen(mark, page, mask, box, text)


def _around(places: np.ndarray, end: int) -> slice:
    """The places with a little paper on both sides."""
    return slice(max(0, int(places[0]) - 8), min(end, int(places[-1]) + 9))


def _sheet() -> tuple[Canvas, Column]:
    height, width = _SHAPE
    return Canvas(_SHAPE, colour=True), Column(_MARGIN, width - _MARGIN, _MARGIN, height - _MARGIN)


def _setting(seed: int, x_height: float) -> Setting:
    generator = np.random.default_rng([seed, 2])
    table = fonts.font_table(held_out=True)["latin"]
    font = table[int(generator.integers(len(table)))]
    size = fonts.size_for(font, "latin", x_height)
    return Setting(generator, "latin", "eng", font, size, 1.45, DPI, true=True, held_out=True)


def _text(
    canvas: Canvas, column: Column, setting: Setting, sentences: int
) -> list[tuple[float, float, float]]:
    spans = print_text(canvas, column, setting, " ".join(setting.sentences(sentences)))
    column.skip(0.5 * setting.line)
    return spans


# Every mark gives back the page just before it was drawn, and what it says.
_Drawn = tuple[np.ndarray, str]


def _photograph(canvas: Canvas, column: Column, setting: Setting) -> _Drawn:
    bare = canvas.pixels()
    height, width = round(setting.uniform(180, 260)), round(setting.uniform(0.5, 1) * column.width)
    canvas.picture(scene(setting.generator, height, width, held_out=True), (column.left, column.top))
    column.skip(height + 0.5 * setting.line)
    return bare, ""


def _stamp(canvas: Canvas, column: Column, setting: Setting) -> _Drawn:
    """Over text, as on most letters."""
    top = column.top
    _text(canvas, column, setting, 3)
    bare, middle = canvas.pixels(), ((column.left + column.right) / 2, (top + column.top) / 2)
    stamp(canvas, setting, middle)
    return bare, ""


def _coloured_ink(canvas: Canvas, column: Column, setting: Setting) -> _Drawn:
    return _printed(canvas, column, setting, pick(setting, INKS))


def _pencil(canvas: Canvas, column: Column, setting: Setting) -> _Drawn:
    tone = setting.integer(*_PENCIL)
    return _printed(canvas, column, setting, (tone, tone, tone))


def _printed(canvas: Canvas, column: Column, setting: Setting, ink: Rgb) -> _Drawn:
    bare, before = canvas.pixels(), len(column.lines)
    _text(canvas, column, setting.with_ink(ink), 4)
    return bare, "\n".join(column.lines[before:])


def _highlighter(canvas: Canvas, column: Column, setting: Setting) -> _Drawn:
    spans = _text(canvas, column, setting, 3)
    bare, colour = canvas.pixels(), pick(setting, HIGHLIGHTERS)
    for left, right, top in spans[:3]:
        canvas.tint((left, top, right - 0.2 * (right - left), top + 1.05 * setting.size), colour)
    return bare, ""


MARKS: dict[str, Callable[[Canvas, Column, Setting], _Drawn]] = {
    "photograph": _photograph,
    "stamp": _stamp,
    "coloured ink": _coloured_ink,
    "pencil": _pencil,
    "highlighter": _highlighter,
}
