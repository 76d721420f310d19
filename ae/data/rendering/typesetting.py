"""Lines of text in a column."""

from __future__ import annotations

from dataclasses import dataclass, field

from ae.data.rendering import fonts
from ae.data.rendering.canvas import Canvas, Rgb
from ae.data.rendering.scripts import Script
from ae.data.rendering.setting import Setting, Typeface, tokens

ASCENT = 0.82  # share of a font's size that stands above the base line


@dataclass
class Column:
    """A column of a page in pixels; `top` moves down as it fills, `lines` keeps what was printed."""

    left: float
    right: float
    top: float
    bottom: float
    lines: list[str] = field(default_factory=list)

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    def skip(self, height: float) -> None:
        """Leave white."""
        self.top += height

    def has_room(self, height: float) -> bool:
        """Whether so much still fits."""
        return self.top + height <= self.bottom

    def part(self, left: float, right: float) -> Column:
        """A narrower column at the same height that writes down its own lines."""
        return Column(left, right, self.top, self.bottom)


def break_lines(text: str, face: Typeface, width: float, script: Script) -> list[list[str]]:
    """Words of each line. A word that is wider than a line is left out: it would run over its neighbour."""
    gap = face.width(" ") if script.spaced else 0.0
    lines: list[list[str]] = []
    used = width
    for word in tokens(text, script):
        wide = face.width(word)
        if wide > width:
            continue
        if used + gap + wide > width:
            lines.append([])
            used = -gap
        lines[-1].append(word)
        used += gap + wide
    return lines


def print_line(
    canvas: Canvas,
    column: Column,
    setting: Setting,
    words: list[str],
    face: Typeface,
    align: str = "start",
    ink: Rgb | None = None,
) -> tuple[float, float]:
    """One line at the top of the column, which moves on; `align`: start, end, centre or justify.

    Returns where the line begins and ends, in pixels from the left side of the page.
    """
    text = setting.joiner.join(words)
    if not text:
        return column.left, column.left
    fonts.require_glyphs(face.file, text, face.bold)
    colour = setting.ink if ink is None else ink
    base = column.top + ASCENT * face.size
    if align == "justify" and len(words) > 1:
        _spread(canvas, column, setting, words, face, base, colour)
        span = column.left, column.right
    else:
        wide = face.width(text)
        left = _start(column, wide, align, setting.script.right_to_left)
        write(canvas, setting, (left, base), text, face, colour)
        span = left, left + wide
    column.lines.append(text)
    column.skip(face.size * setting.leading)
    return span


def write(
    canvas: Canvas, setting: Setting, place: tuple[float, float], text: str, face: Typeface, ink: Rgb
) -> None:
    """Text whose left end stands at `place`, in the direction of the script."""
    canvas.text(place, text, face.font, ink, right_to_left=setting.script.right_to_left, bolder=face.bolder)


def _start(column: Column, wide: float, align: str, right_to_left: bool) -> float:
    if align == "centre":
        return (column.left + column.right - wide) / 2
    at_right = (align == "end") != right_to_left
    return column.right - wide if at_right else column.left


def _spread(
    canvas: Canvas,
    column: Column,
    setting: Setting,
    words: list[str],
    face: Typeface,
    base: float,
    ink: Rgb,
) -> None:
    widths = [face.width(word) for word in words]
    gap = (column.width - sum(widths)) / (len(words) - 1)
    x = column.left
    order = list(zip(words, widths, strict=True))
    for word, wide in reversed(order) if setting.script.right_to_left else order:
        if x < canvas.width and x + wide > 0:
            write(canvas, setting, (x, base), word, face, ink)
        x += wide + gap


def print_text(
    canvas: Canvas,
    column: Column,
    setting: Setting,
    text: str,
    face: Typeface | None = None,
    align: str = "start",
    most: int = 1000,
) -> list[tuple[float, float, float]]:
    """Text in as many lines as fit, `most` at the most; (left, right, top) of each line."""
    face = face or setting.face()
    lines = break_lines(text, face, column.width, setting.script)[:most]
    spans = []
    for number, words in enumerate(lines):
        if not column.has_room(face.size):
            break
        last = number == len(lines) - 1
        top = column.top
        left, right = print_line(
            canvas, column, setting, words, face, "start" if last and align == "justify" else align
        )
        spans.append((left, right, top))
    return spans
