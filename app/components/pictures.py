"""Digits as PNG pictures, enlarged pixel by pixel: one digit, a labelled table of digits, a plain mosaic."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 28
_SCALE = 6
_CELL = SIDE * _SCALE
_GAP = 8
_TITLE, _DETAIL = 38, 30
_TEXT = "#788291"  # can be read on the light and on the dark background alike


@dataclass(frozen=True)
class Row:
    """One row of a table of digits: `images` float32 (n, 28, 28) in 0..1, a name, and a word about it."""

    title: str
    detail: str
    images: np.ndarray


def enlarged(image: np.ndarray, scale: int = _SCALE) -> np.ndarray:
    """A picture in 0..1 as uint8, every pixel drawn as scale x scale equal ones."""
    pixels = np.clip(np.round(image * 255), 0, 255).astype(np.uint8)
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)


def mosaic(images: np.ndarray, columns: int, scale: int = 3) -> np.ndarray:
    """Pictures (n, 28, 28) in 0..1 in rows of `columns`, uint8 (H, W, 4), transparent between them."""
    rows = -(-len(images) // columns)
    cell = SIDE * scale + scale
    sheet = np.zeros((rows * cell - scale, columns * cell - scale, 4), np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * cell, number % columns * cell
        sheet[top : top + SIDE * scale, left : left + SIDE * scale, :3] = enlarged(image, scale)[..., None]
        sheet[top : top + SIDE * scale, left : left + SIDE * scale, 3] = 255
    return sheet


def table_png(rows: Sequence[Row], background: str | None = None) -> bytes:
    """Rows of digits, their names on the left; transparent around the digits unless `background` is given."""
    fonts = ImageFont.load_default(_TITLE), ImageFont.load_default(_DETAIL)
    margin = _label_width(rows, fonts)
    width = margin + max(len(row.images) for row in rows) * (_CELL + _GAP) - _GAP
    height = len(rows) * (_CELL + _GAP) - _GAP
    sheet = Image.new("RGBA", (width, height), background or (0, 0, 0, 0))
    for number, row in enumerate(rows):
        _draw_row(sheet, row, number * (_CELL + _GAP), margin, fonts)
    return _png(sheet)


def _label_width(rows: Sequence[Row], fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]) -> int:
    texts = [(fonts[0], row.title) for row in rows] + [(fonts[1], row.detail) for row in rows]
    return int(max(font.getlength(text) for font, text in texts)) + 24


def _draw_row(
    sheet: Image.Image,
    row: Row,
    top: int,
    margin: int,
    fonts: tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont],
) -> None:
    draw = ImageDraw.Draw(sheet)
    middle = top + _CELL // 2
    if row.detail:
        draw.text((0, middle - 8), row.title, fill=_TEXT, font=fonts[0], anchor="ls")
        draw.text((0, middle + 12), row.detail, fill=_TEXT, font=fonts[1], anchor="lt")
    else:
        draw.text((0, middle), row.title, fill=_TEXT, font=fonts[0], anchor="lm")
    for column, image in enumerate(row.images):
        sheet.paste(Image.fromarray(enlarged(image)), (margin + column * (_CELL + _GAP), top))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
