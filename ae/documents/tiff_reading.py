"""TIFF pages that Pillow does not understand (many bits, several planes, fractions), read by tifffile."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from ae.documents.document import Document
from ae.documents.kinds import Kind
from ae.documents.limits import Limits, PageError, check_pages, check_pixels
from ae.documents.orientation import SIDEWAYS, upright
from ae.documents.page import Origin, Page, sane_dpi
from ae.documents.pixels import from_numbers, inverted, white_of
from ae.errors import InputError

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what is wrong with a file is told by an error
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Document, description, maker, model, page, date, artist, copyright; and the characters of each, at most.
TEXTS, _LONGEST_TEXT = (269, 270, 271, 272, 285, 306, 315, 33432), 10_000
_MOST_CHANNELS = 8
PAPER_IS_ZERO, _RGB, _PALETTE, _INKS = 0, 2, 3, 5  # what TIFF calls photometric interpretation
_MULTIPLIED, _APART = 1, 2  # what it calls alpha that the colours were multiplied by, and that they were not


class TiffDocument(Document):
    """A TIFF that Pillow cannot open."""

    kind: Kind = "tiff"

    def __init__(self, source: Path | bytes, name: str, size: int, limits: Limits) -> None:
        self.name, self.source, self.bytes, self.limits = name, source, size, limits
        with _opened(source) as file:
            self.page_count = _count(file, limits)
        check_pages(name, self.page_count, limits)

    def page(self, number: int, to: Kind | None = None) -> Page:
        """Decode one page."""
        self._require(number)
        try:
            return read_page(self.source, self.name, number, self.bytes // self.page_count, self.limits)
        except InputError as error:
            raise PageError(str(error), number) from error
        except Exception as error:  # tifffile raises what it meets
            raise PageError(f"{self.place(number)}: the picture is damaged; save it again", number) from error

    def close(self) -> None:
        """Nothing is held."""


def _opened(source: Path | bytes) -> Any:
    return tifffile.TiffFile(io.BytesIO(source) if isinstance(source, bytes) else source)


def _count(file: Any, limits: Limits) -> int:
    count = 0
    with contextlib.suppress(IndexError):
        while count <= limits.pages:
            file.pages[count]
            count += 1
    return count


def read_page(source: Path | bytes, name: str, number: int, size: int, limits: Limits) -> Page:
    """Decode page `number` (from 1) of `size` bytes. Raises InputError, or what tifffile meets."""
    with _opened(source) as file:
        page = file.pages[number - 1]
        _check(page, name, limits)
        orientation = int(page.tags.valueof("Orientation", 1))
        values = upright(_colours(page), orientation)
        found = from_numbers(values, None if page.photometric == _INKS else page.iccprofile)
        dpi = _dpi(page)
        said = texts({tag: page.tags.valueof(tag) for tag in TEXTS}, "utf-8")
    if dpi and orientation in SIDEWAYS:
        dpi = dpi[::-1]
    origin = Origin(size, texts=said)
    return Page(
        found.shown, name, dpi, number, found.is_bw, found.deep, found.icc, note=found.note, origin=origin
    )


def texts(tags: Mapping[int, Any], encoding: str) -> dict[int, bytes]:
    """Of some tags of a TIFF those that are texts, and not too long; a reader decoded them so."""
    found = {tag: value for tag, value in tags.items() if isinstance(value, str)}
    return {
        tag: text.encode(encoding, "replace") for tag, text in found.items() if len(text) <= _LONGEST_TEXT
    }


def _check(page: Any, name: str, limits: Limits) -> None:
    check_pixels(name, (page.imagewidth, page.imagelength), limits)
    check_pixels(name, (page.tilewidth or 1, page.tilelength or 1), limits)
    if page.imagedepth > 1 or page.samplesperpixel > _MOST_CHANNELS:
        raise InputError(f"{name}: this is a stack of measurements, not a page; save it as grey or colour")


def _colours(page: Any) -> np.ndarray:
    """Grey (H, W) or colour (H, W, 3), black at zero."""
    values = page.asarray(maxworkers=1)
    if page.axes == "SYX":
        values = np.moveaxis(values, 0, -1)
    if values.ndim == 2:
        return _one_channel(page, values)
    if page.photometric == _INKS:
        inks = values[..., :4].astype(np.float32) / white_of(values)
        return 1 - np.minimum(inks[..., :3] + inks[..., 3:4], 1)
    channels = 3 if page.photometric == _RGB and values.shape[2] >= 3 else 1
    colours = values[..., :channels]
    extra = int(page.extrasamples[0]) if page.extrasamples else None
    if extra in (_MULTIPLIED, _APART) and values.shape[2] > channels:
        white = white_of(values)
        alpha = np.minimum(values[..., channels : channels + 1].astype(np.float32) / white, 1)
        shown = colours if extra == _MULTIPLIED else colours * alpha
        colours = np.clip(shown + white * (1 - alpha), 0, white).astype(values.dtype)
    return colours if channels == 3 else colours[..., 0]


def _one_channel(page: Any, values: np.ndarray) -> np.ndarray:
    if page.photometric == _PALETTE:
        return np.moveaxis(page.colormap[:, values.astype(np.intp)], 0, -1)
    return inverted(values) if page.photometric == PAPER_IS_ZERO else values


def _dpi(page: Any) -> tuple[float, float] | None:
    if page.tags.valueof("ResolutionUnit", 2) not in (2, 3) or "XResolution" not in page.tags:
        return None
    across, down = page.get_resolution(tifffile.RESUNIT.INCH)
    return sane_dpi(float(across), float(down))
