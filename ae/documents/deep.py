"""Colours of 16 bits a channel, which Pillow reduces to 8: read and written by OpenCV."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from ae.documents.orientation import upright
from ae.documents.page import Page
from ae.units import MM_PER_INCH

_SIGNATURE_AND_HEADER = 8 + 25  # bytes of a PNG before the place for other chunks


def read_colour(source: Path | bytes, index: int, shown: np.ndarray, orientation: int) -> np.ndarray | None:
    """Picture `index` (from 0) of a PNG, TIFF or PPM as uint16 in the shape of `shown`, which are its 8 bits.

    None when OpenCV sees another picture than Pillow did.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    buffer = np.frombuffer(data, np.uint8)
    try:
        _, found = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(index, index + 1))
    except cv2.error:
        return None
    if not found or found[0].dtype != np.uint16:
        return None
    deep = _on_white(found[0])
    deep = deep[..., ::-1] if shown.ndim == 3 else deep[..., 0]
    for turned in (deep, upright(deep, orientation)):  # some kinds of file are turned by OpenCV itself
        if turned.shape == shown.shape and np.abs((turned >> 8).astype(np.int16) - shown).mean() < 1:
            return np.ascontiguousarray(turned)
    return None


def _on_white(pixels: np.ndarray) -> np.ndarray:
    """Blue, green, red (H, W, 3) of a picture that may be grey or have alpha as its fourth channel."""
    if pixels.ndim == 2:
        return np.dstack([pixels] * 3)
    if pixels.shape[2] < 4:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 65535
    return np.rint(pixels[..., :3] * alpha + 65535 * (1 - alpha)).astype(np.uint16)


def encode_png(page: Page, exif: bytes = b"") -> bytes:
    """A 16-bit PNG of the page's `deep` pixels with DPI, profile and camera data."""
    assert page.deep is not None
    pixels = page.deep[..., ::-1] if page.deep.ndim == 3 else page.deep
    data = cv2.imencode(".png", pixels)[1].tobytes()
    extra = b""
    if page.icc:
        extra += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(page.icc))
    if page.dpi:
        across, down = (round(dpi * 1000 / MM_PER_INCH) for dpi in page.dpi)
        extra += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if exif:
        extra += _chunk(b"eXIf", exif.removeprefix(b"Exif\0\0"))
    return data[:_SIGNATURE_AND_HEADER] + extra + data[_SIGNATURE_AND_HEADER:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
