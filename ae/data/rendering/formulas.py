"""Simple formulas on a line of their own."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import ImageFont

from ae.data.rendering import fonts
from ae.data.rendering.canvas import Canvas
from ae.data.rendering.setting import Setting
from ae.data.rendering.typesetting import ASCENT, Column

_LETTERS = "abcnxyzαβγδλμπσφωθ"
_RELATIONS = "=≤≥≈≠<→"
_SIGNS = "+−×·±"
_LARGE = "∑∫"


@dataclass
class _Pencil:
    """Where the next sign of a formula goes, x on the base line."""

    canvas: Canvas
    setting: Setting
    x: float
    base: float
    right: float

    def font(self, scale: float) -> ImageFont.FreeTypeFont:
        return fonts.open_font(fonts.formula_font(self.setting.held_out), self.setting.size * scale)

    def put(self, text: str, rise: float = 0.0, scale: float = 1.0) -> None:
        """Text, `rise` sizes above the base line."""
        fonts.require_glyphs(fonts.formula_font(self.setting.held_out), text)
        font = self.font(scale)
        self.canvas.text((self.x, self.base - rise * self.setting.size), text, font, self.setting.ink)
        self.x += font.getlength(text) + 0.06 * self.setting.size

    def letter(self) -> str:
        return _LETTERS[self.setting.integer(0, len(_LETTERS) - 1)]


def formula(canvas: Canvas, column: Column, setting: Setting) -> None:
    """One equation with powers, indices, fractions, roots and sums, and mostly its number."""
    if not column.has_room(3.5 * setting.size):
        return
    pencil = _Pencil(
        canvas, setting, column.left + 2 * setting.size, column.top + 1.9 * setting.size, column.right
    )
    pencil.put(pencil.letter())
    pencil.put(_RELATIONS[setting.integer(0, len(_RELATIONS) - 1)])
    terms = (_power, _index, _fraction, _root, _sum)
    for number in range(setting.integer(2, 6)):
        if pencil.x > column.right - 6 * setting.size:
            break
        if number:
            pencil.put(_SIGNS[setting.integer(0, len(_SIGNS) - 1)])
        terms[setting.integer(0, len(terms) - 1)](pencil)
    label = f"({setting.integer(1, 40)})"
    wide = pencil.font(1.0).getlength(label)
    if pencil.x < column.right - wide - setting.size and setting.chance(0.7):
        pencil.x = column.right - wide
        pencil.put(label)
    column.skip((1.9 + 1.6 - ASCENT / 2) * setting.size)


def _power(pencil: _Pencil) -> None:
    pencil.put(pencil.letter())
    pencil.put(str(pencil.setting.integer(2, 9)), rise=0.4, scale=0.65)


def _index(pencil: _Pencil) -> None:
    pencil.put(pencil.letter())
    pencil.put("ijk"[pencil.setting.integer(0, 2)], rise=-0.2, scale=0.65)


def _fraction(pencil: _Pencil) -> None:
    above = f"{pencil.letter()} + {pencil.setting.integer(1, 99)}"
    below = f"{pencil.setting.integer(2, 9)}{pencil.letter()}"
    size, start = pencil.setting.size, pencil.x
    font = pencil.font(0.9)
    wide = max(font.getlength(above), font.getlength(below)) + 0.2 * size
    for text, rise in ((above, 0.6), (below, -0.75)):
        pencil.x = start + (wide - font.getlength(text)) / 2
        pencil.put(text, rise, 0.9)
    bar = pencil.base - 0.3 * size
    pencil.canvas.rule((start, bar), (start + wide, bar), max(1.0, size / 18), pencil.setting.ink)
    pencil.x = start + wide + 0.15 * size


def _root(pencil: _Pencil) -> None:
    size = pencil.setting.size
    pencil.put("√")
    start = pencil.x - 0.06 * size
    pencil.put(f"{pencil.letter()} + {pencil.setting.integer(1, 9)}")
    top = pencil.base - 0.86 * size
    pencil.canvas.rule((start, top), (pencil.x, top), max(1.0, size / 20), pencil.setting.ink)
    pencil.x += 0.1 * size


def _sum(pencil: _Pencil) -> None:
    start, size = pencil.x, pencil.setting.size
    pencil.put(_LARGE[pencil.setting.integer(0, 1)], rise=-0.15, scale=1.6)
    end = pencil.x
    pencil.x = start
    pencil.put(f"{pencil.letter()}=1", rise=-0.9, scale=0.55)
    pencil.x = start + 0.3 * size
    pencil.put(pencil.letter(), rise=1.4, scale=0.55)
    pencil.x = max(end, pencil.x) + 0.1 * size
    pencil.put(pencil.letter())
