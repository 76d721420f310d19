"""Draw plain office pages whose text is known, and the same pages dirty; any one font will do.

Sizes are given in millimetres and points and follow `dpi`, so that the same seed at another resolution is
the same kind of page. One seed and one font give the same pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ae.data.degradation import Dirt, make_dirty
from ae.data.rendering.page import INK, WHITE, RenderedPage
from ae.data.rendering.texts import (
    OFFICE_HEADINGS,
    OFFICE_LIST_ENTRIES,
    OFFICE_SENTENCES,
    OFFICE_TABLE_DIRT,
    OFFICE_TABLE_HEADER,
    OFFICE_TITLES,
)
from ae.errors import DataError
from ae.units import MM_PER_INCH, POINTS_PER_INCH

A4_MM = (210.0, 297.0)
A5_MM = (148.0, 210.0)

_ROW = 1.35  # height of a table's row in lines
_STANDARD_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf")


@dataclass(frozen=True)
class PageStyle:
    """Size of the paper and of what is on it.

    `points`: size of the running text; `font`: a TrueType file, None takes the first standard font found;
    `table` and `contents`: whether the page may have a table and a list with dot leaders.
    """

    size_mm: tuple[float, float] = A4_MM
    dpi: float = 150.0
    points: float = 11.0
    margin_mm: float = 20.0
    font: str | Path | None = None
    table: bool = True
    contents: bool = True

    def pixels(self, millimetres: float) -> int:
        """A length on paper in whole pixels, at least one."""
        return max(1, round(millimetres / MM_PER_INCH * self.dpi))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        width, height = (self.pixels(side) for side in self.size_mm)
        return height, width


def render_page(seed: int, style: PageStyle | None = None, dirt: Sequence[Dirt] = ()) -> RenderedPage:
    """A page of office text, clean and with `dirt` on it.

    The text is a seeded mix of our own sentences. Without dirt, or at strength 0, dirty equals clean.
    Raises DataError when the font cannot be opened.
    """
    style = style or PageStyle()
    sheet = _Sheet(style)
    for block in _blocks(np.random.default_rng(seed), style):
        if not block.draw(sheet):
            break
    clean = np.asarray(sheet.image).copy()
    return RenderedPage(clean, make_dirty(clean, dirt, seed, style.dpi), "\n".join(sheet.lines), style.dpi)


def load_font(font: str | Path | None, pixels: float) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels. None: DejaVu, else Liberation, else the one that comes with Pillow.

    Raises DataError when a font that was asked for cannot be opened.
    """
    if font is not None:
        try:
            return _truetype(str(font), pixels)
        except OSError as error:
            raise DataError(f"{font}: not a font that can be opened; give the path of a .ttf file") from error
    for name in _STANDARD_FONTS:
        try:
            return _truetype(name, pixels)
        except OSError:
            continue
    bundled = ImageFont.load_default(pixels)
    assert isinstance(bundled, ImageFont.FreeTypeFont)
    return bundled


def _truetype(name: str, pixels: float) -> ImageFont.FreeTypeFont:
    # Basic layout: the same pixels whether or not the complex text library is installed.
    return ImageFont.truetype(name, pixels, layout_engine=ImageFont.Layout.BASIC)


class _Sheet:
    """A white page and the place where the next line goes."""

    def __init__(self, style: PageStyle) -> None:
        height, width = style.shape
        self.image = Image.new("L", (width, height), WHITE)
        self.pen = ImageDraw.Draw(self.image)
        self.size = style.points / POINTS_PER_INCH * style.dpi
        self.font = load_font(style.font, self.size)
        self.title_font = load_font(style.font, self.size * 1.7)
        self.heading_font = load_font(style.font, self.size * 1.2)
        self.left = self.top = style.pixels(style.margin_mm)
        self.right, self.bottom = width - self.left, height - self.top
        self.rule = style.pixels(0.2)
        self.lines: list[str] = []

    @property
    def line_height(self) -> int:
        return round(self.size * 1.45)

    def has_room(self, height: float) -> bool:
        return self.top + height <= self.bottom

    def skip(self, height: float) -> None:
        self.top += round(height)

    def write(self, x: float, text: str, font: ImageFont.FreeTypeFont | None = None) -> None:
        """Text with its left edge at x, on the current line."""
        self.pen.text((x, self.top), text, fill=INK, font=font or self.font)

    def write_right(self, x: float, text: str) -> None:
        """Text with its right edge at x."""
        self.write(x - self.font.getlength(text), text)


@dataclass(frozen=True)
class _Title:
    text: str

    def draw(self, sheet: _Sheet) -> bool:
        return _draw_line(sheet, self.text, sheet.title_font, after=0.5)


@dataclass(frozen=True)
class _Heading:
    text: str

    def draw(self, sheet: _Sheet) -> bool:
        if not sheet.has_room(4 * sheet.line_height):  # no heading alone at the foot of a page
            return False
        sheet.skip(0.35 * sheet.line_height)
        return _draw_line(sheet, self.text, sheet.heading_font, after=0.1)


@dataclass(frozen=True)
class _Paragraph:
    sentences: list[str]

    def draw(self, sheet: _Sheet) -> bool:
        lines = _wrap(" ".join(self.sentences), sheet.font, sheet.right - sheet.left)
        for number, words in enumerate(lines):
            if not sheet.has_room(sheet.line_height):
                return False
            last = number == len(lines) - 1
            _draw_words(sheet, words, justify=not last)
        sheet.skip(0.6 * sheet.line_height)
        return True


@dataclass(frozen=True)
class _Contents:
    """A list whose entries and page numbers are joined by dots."""

    entries: list[tuple[str, int]]

    def draw(self, sheet: _Sheet) -> bool:
        for text, number in self.entries:
            if not sheet.has_room(sheet.line_height):
                return False
            _draw_leader(sheet, text, str(number))
        sheet.skip(0.6 * sheet.line_height)
        return True


@dataclass(frozen=True)
class _Table:
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def draw(self, sheet: _Sheet) -> bool:
        height = len(self.rows) * _ROW * sheet.line_height
        if not sheet.has_room(height):
            return False
        columns = np.linspace(sheet.left, sheet.right, len(self.rows[0]) + 1)
        top = sheet.top
        for row in self.rows:
            _draw_row(sheet, row, columns)
        for x in columns:
            sheet.pen.line((x, top, x, sheet.top), fill=INK, width=sheet.rule)
        sheet.pen.line((sheet.left, sheet.top, sheet.right, sheet.top), fill=INK, width=sheet.rule)
        sheet.skip(0.8 * sheet.line_height)
        return True


_Block = _Title | _Heading | _Paragraph | _Contents | _Table


def _blocks(generator: np.random.Generator, style: PageStyle) -> Iterator[_Block]:
    """A title, paragraphs without end, and now and then a list or a table between them."""
    sentences = _shuffled_without_end(generator, OFFICE_SENTENCES)
    headings = _shuffled_without_end(generator, OFFICE_HEADINGS)
    yield _Title(str(generator.choice(OFFICE_TITLES)))
    yield _paragraph(generator, sentences)
    if style.contents:
        yield _contents(generator)
    while True:
        yield _Heading(next(headings))
        yield _paragraph(generator, sentences)
        yield _paragraph(generator, sentences)
        if style.table:
            yield _table(generator)


def _shuffled_without_end(generator: np.random.Generator, texts: Sequence[str]) -> Iterator[str]:
    while True:
        for index in generator.permutation(len(texts)):
            yield texts[index]


def _paragraph(generator: np.random.Generator, sentences: Iterator[str]) -> _Paragraph:
    return _Paragraph([next(sentences) for _ in range(generator.integers(3, 6))])


def _contents(generator: np.random.Generator) -> _Contents:
    chosen = generator.permutation(len(OFFICE_LIST_ENTRIES))[:5]
    numbers = np.sort(generator.integers(2, 99, len(chosen)))
    return _Contents([(OFFICE_LIST_ENTRIES[i], int(n)) for i, n in zip(chosen, numbers, strict=True)])


def _table(generator: np.random.Generator) -> _Table:
    rows = [
        (f"No. {n}", str(generator.choice(OFFICE_TABLE_DIRT)), f"{generator.uniform(0.01, 0.2):.3f}",
         f"{generator.uniform(0.1, 9):.1f}")
        for n in range(1, int(generator.integers(4, 7)))
    ]  # fmt: skip
    return _Table([OFFICE_TABLE_HEADER, *rows])


def _draw_line(sheet: _Sheet, text: str, font: ImageFont.FreeTypeFont, after: float) -> bool:
    """One line in a larger font, as many words as fit, and `after` lines of space."""
    words = _wrap(text, font, sheet.right - sheet.left)[0]
    line = " ".join(words)
    if not sheet.has_room(font.size * 1.45):
        return False
    sheet.write(sheet.left, line, font)
    sheet.lines.append(line)
    sheet.skip(font.size * 1.45 + after * sheet.line_height)
    return True


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[list[str]]:
    """Words of each line; a word wider than the line stands alone."""
    lines: list[list[str]] = [[]]
    for word in text.split():
        if lines[-1] and font.getlength(" ".join([*lines[-1], word])) > width:
            lines.append([])
        lines[-1].append(word)
    return lines


def _draw_words(sheet: _Sheet, words: list[str], *, justify: bool) -> None:
    widths = [sheet.font.getlength(word) for word in words]
    gap = sheet.font.getlength(" ")
    if justify and len(words) > 1:
        gap = (sheet.right - sheet.left - sum(widths)) / (len(words) - 1)
    x = float(sheet.left)
    for word, width in zip(words, widths, strict=True):
        sheet.write(x, word)
        x += width + gap
    sheet.lines.append(" ".join(words))
    sheet.skip(sheet.line_height)


def _draw_leader(sheet: _Sheet, text: str, number: str) -> None:
    space = sheet.font.getlength(" ")
    start = sheet.left + sheet.font.getlength(text) + space
    end = sheet.right - sheet.font.getlength("99") - space
    dots = "." * max(0, int((end - start) / sheet.font.getlength(".")))
    sheet.write(sheet.left, text)
    sheet.write_right(end, dots)
    sheet.write_right(sheet.right, number)
    sheet.lines.append(f"{text} {dots} {number}")
    sheet.skip(sheet.line_height)


def _draw_row(sheet: _Sheet, row: tuple[str, ...], columns: np.ndarray) -> None:
    sheet.pen.line((sheet.left, sheet.top, sheet.right, sheet.top), fill=INK, width=sheet.rule)
    sheet.skip((_ROW - 0.85) / 2 * sheet.line_height)
    for x, cell in zip(columns, row, strict=False):
        sheet.write(x + 0.4 * sheet.size, cell)
    sheet.lines.append(" ".join(row))
    sheet.skip((_ROW + 0.85) / 2 * sheet.line_height)
