"""One page as a TIFF of its own, of which `ae.documents.tiff` makes one with many."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import tifffile
from PIL import Image

from ae.documents.encoding import Quality, picture, save, steps, within, without_loss
from ae.documents.page import Page

_ONE_STRIP = 1 << 30  # bytes: each strip costs some, and fax pages are small
_OF_DOTS = 0.5  # of a bit for each pixel; print takes a tenth of it, dots a whole one
_KEPT = ("tiff_lzw", "tiff_adobe_deflate", "packbits")
_PREDICTOR, _DIFFERENCES = 317, 2
_PHOTOMETRIC, _OFFSETS, _LENGTHS = 262, 273, 279
_UNIT, _NO_UNIT = 296, 1  # without it, no resolution reads as one dot per inch
_DESCRIPTION = 270  # tifffile has an option of its own for it
_ENTRY = 12  # bytes


def encode_tiff(page: Page, wanted: Quality) -> bytes:
    """Black-and-white as fax group 4, the rest compressed as its source was, or without loss.

    A pattern of dots, for which that code is not made, is compressed as the rest.
    """
    options = _options(page)
    if page.is_bw:
        fax = _fax(page)
        has_dots = len(fax) > _OF_DOTS * page.width * page.height / 8
        return min(fax, _flat(page, options), key=len) if has_dots else fax
    if wanted.bits == 16 and page.deep is not None:
        return _deep(page)
    if page.origin.compression == "jpeg":
        image = picture(page, "tiff")
        return within(
            page,
            steps(wanted),
            lambda quality: save(image, "TIFF", compression="jpeg", quality=quality, **options),
        )
    return without_loss(page, lambda version: _flat(version, options))


def _flat(page: Page, options: dict[str, Any]) -> bytes:
    """Without loss. Differences of neighbours suit photographs, and letters on white paper do without."""
    compression = page.origin.compression if page.origin.compression in _KEPT else "tiff_adobe_deflate"

    def attempts() -> Iterator[bytes]:
        image = picture(page, "tiff")
        yield save(image, "TIFF", compression=compression, **options)
        if image.mode == "P":  # a palette alone takes 1.5 kB
            image = Image.fromarray(page.pixels)
            yield save(image, "TIFF", compression=compression, **options)
        if compression != "packbits" and not page.is_bw:
            tags = options.get("tiffinfo", {}) | {_PREDICTOR: _DIFFERENCES}
            yield save(image, "TIFF", compression=compression, **options | {"tiffinfo": tags})

    return min(attempts(), key=len)


def _options(page: Page) -> dict[str, Any]:
    tags = {**page.origin.texts, **({} if page.dpi else {_UNIT: _NO_UNIT})}
    options: dict[str, Any] = {"dpi": page.dpi} if page.dpi else {}
    return options | {"tiffinfo": tags} | ({"icc_profile": page.icc} if page.icc else {})


def _fax(page: Page) -> bytes:
    data = bytearray(_inked(page.pixels, **_options(page)))
    # The code is made for white that is zero. Pillow writes it like that a pixel at a time.
    struct.pack_into("<H", data, _entry(data, _PHOTOMETRIC) + 8, 0)
    return bytes(data)


def _inked(pixels: np.ndarray, **options: Any) -> bytes:
    """A TIFF in which ink is one and paper zero, in one strip."""
    image = Image.fromarray(pixels < 128)
    return save(image, "TIFF", compression="group4", strip_size=_ONE_STRIP, **options)


def fax_strip(pixels: np.ndarray) -> bytes:
    """A page uint8 (H, W), 0 or 255, in fax group 4, in which ink is one."""
    data = _inked(pixels)
    start, size = (struct.unpack_from("<I", data, _entry(data, tag) + 8)[0] for tag in (_OFFSETS, _LENGTHS))
    return data[start : start + size]


def _entry(data: bytes | bytearray, tag: int) -> int:
    """Where a tag is described in a TIFF as Pillow writes it."""
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    places = range(directory + 2, directory + 2 + count * _ENTRY, _ENTRY)
    return next(place for place in places if struct.unpack_from("<H", data, place)[0] == tag)


def _deep(page: Page) -> bytes:
    """Pillow writes no 16-bit colours; tifffile does."""
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        page.deep,
        byteorder="<",
        photometric="rgb" if page.is_colour else "minisblack",
        compression="zlib",
        predictor=True,
        resolution=page.dpi or (72, 72),
        resolutionunit="INCH" if page.dpi else "NONE",
        iccprofile=page.icc,
        metadata=None,
        description=page.origin.texts.get(_DESCRIPTION),
        extratags=[
            (tag, "s", len(text) + 1, text + b"\0", True)
            for tag, text in page.origin.texts.items()
            if tag != _DESCRIPTION
        ],
        software=False,
    )
    return buffer.getvalue()
