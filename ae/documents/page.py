"""A page of a document: pixels, and what has to survive cleaning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from ae.arrays import luminance
from ae.documents.binarise import binarise, is_pure
from ae.units import LEAST_DPI, MM_PER_INCH, MOST_DPI

ColourKind = Literal["bw", "grey", "colour"]
_ROUNDED = 0.5  # dots per inch, by which what files say may be off: some kinds count dots per metre


def sane_dpi(across: float, down: float) -> tuple[float, float] | None:
    """Dots per inch that a page may have, None for what can only be a mistake (0, 1, 100,000)."""
    low, high = LEAST_DPI - _ROUNDED, MOST_DPI + _ROUNDED
    return (across, down) if low <= across <= high and low <= down <= high else None


@dataclass(frozen=True)
class Origin:
    """How the file stored a page, so that it can be stored alike.

    `size` of the stored picture in bytes (0: unknown); `compression`: Pillow's name of it, "jpeg", one of
    those of `ae.documents.jpeg2000`, "lossless" of a WebP, "lossy" for other kinds with loss, or "";
    `jpeg_tables` and `subsampling` as Pillow takes them; `colours` of the palette (0: no palette);
    `orientation`: how the picture lies, in EXIF's numbers; `exif` without it; `is_layered`: several pictures
    were drawn as one; `texts`: titles, dates and names of a TIFF's page.
    """

    size: int = 0
    compression: str = ""
    jpeg_tables: dict[int, list[int]] | None = None
    subsampling: int = -1
    colours: int = 0
    exif: bytes | None = None
    is_layered: bool = False
    texts: Mapping[int, bytes] = field(default_factory=dict)
    orientation: int = 1


@dataclass(frozen=True, eq=False)
class Page:
    """One upright page.

    `pixels` uint8 (H, W) grey or (H, W, 3) colour, 0 = black; this is what is cleaned. `dpi` across and down,
    None if unknown. `number` counts from 1. `is_bw`: the source has one bit a pixel, and the page is grey.
    `deep` holds the same pixels as uint16 where the source has 16 bits. `icc` is the colour profile.
    `sheet_mm` is the size of the sheet where that is more than pixels and DPI say (a PDF page with margins).
    `untouched`: the page passes through as it is, since it was born digital. `fewest_shades`: in how few
    shades the page may be stored if its bytes would grow, 0: in all it has. `note` is a half sentence to be
    shown with the page, such as "was re-rendered, since it is made of strips".
    """

    pixels: np.ndarray
    name: str = ""
    dpi: tuple[float, float] | None = None
    number: int = 1
    is_bw: bool = False
    deep: np.ndarray | None = None
    icc: bytes | None = None
    sheet_mm: tuple[float, float] | None = None
    untouched: bool = False
    fewest_shades: int = 0
    note: str = ""
    origin: Origin = field(default_factory=Origin)

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def is_colour(self) -> bool:
        """Whether the pixels have three channels."""
        return self.pixels.ndim == 3

    @property
    def kind(self) -> ColourKind:
        """Black-and-white, grey or colour."""
        if self.is_bw:
            return "bw"
        return "colour" if self.is_colour else "grey"

    @property
    def bits(self) -> int:
        """Bits a channel, 8 or 16."""
        return 8 if self.deep is None else 16

    @cached_property
    def digest(self) -> str:
        """What tells the pixels from others of their shape: their SHA-256."""
        return hashlib.sha256(np.ascontiguousarray(self.pixels).data).hexdigest()

    @property
    def size_mm(self) -> tuple[float, float] | None:
        """Width and height of the sheet in millimetres, None if unknown."""
        if self.sheet_mm or not self.dpi:
            return self.sheet_mm
        across, down = self.dpi
        return self.width / across * MM_PER_INCH, self.height / down * MM_PER_INCH

    def with_pixels(self, pixels: np.ndarray) -> Page:
        """The same page with other pixels, uint8 of the same height and width.

        The 16-bit pixels follow: unchanged where the 8 bits are, else the new value with the old fine steps.
        """
        deep = None
        if self.deep is not None and pixels.shape == self.pixels.shape:
            deep = _follow(self.deep, self.pixels, pixels)
        return replace(self, pixels=pixels, deep=deep)

    def converted(self, kind: ColourKind) -> Page:
        """The same page in colour, grey or black-and-white; itself where it is that already."""
        if kind == self.kind and kind != "bw":
            return self
        if kind == "colour":
            colour = self.pixels if self.is_colour else cv2.cvtColor(self.pixels, cv2.COLOR_GRAY2RGB)
            return replace(self, pixels=colour, deep=None, is_bw=False, icc=None)
        grey = luminance(self.pixels)
        # A profile describes one kind of colour only.
        icc = None if self.is_colour else self.icc
        if kind == "grey":
            return replace(self, pixels=grey, deep=None, is_bw=False, icc=icc)
        pixels = grey if is_pure(grey) else binarise(grey)
        return replace(self, pixels=pixels, deep=None, is_bw=True, icc=None)


def _follow(deep: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """`after` in 16 bits."""
    fine = deep.astype(np.int32) - before.astype(np.int32) * 257
    pure = (after == 0) | (after == 255)
    wide = after.astype(np.int32) * 257 + np.where(pure, 0, fine)
    return np.where(after == before, deep, np.clip(wide, 0, 65535)).astype(np.uint16)
