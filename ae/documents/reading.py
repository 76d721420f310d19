"""Bytes of a PNG or JPEG file to a `Page`. The bytes are not trusted: limits hold before decoding."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ae.documents.page import Page
from ae.errors import InputError

FORMATS = ("PNG", "JPEG")
EXTENSIONS = (".png", ".jpg", ".jpeg")
_MILLION = 1_000_000
# `Limits` is checked as soon as the header is read; Pillow's fixed bound would refuse larger limits.
Image.MAX_IMAGE_PIXELS = None
_SANE_DPI = (10.0, 10_000.0)


@dataclass(frozen=True)
class Limits:
    """Largest file in bytes and largest page in pixels that are accepted."""

    bytes: int = 100 * _MILLION
    pixels: int = 100 * _MILLION


def read_file(path: Path, limits: Limits | None = None) -> Page:
    """Read a page from disk. Raises InputError as `read_page` does, and when the file cannot be opened."""
    limits = limits or Limits()
    try:
        size = path.stat().st_size
        _check_bytes(str(path), size, limits)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check its name and folder") from error
    return read_page(data, str(path), limits)


def read_page(data: bytes, name: str, limits: Limits | None = None) -> Page:
    """Decode one page: upright (EXIF), transparency laid on white, 8 bits, grey or colour.

    Raises InputError, whose text names the file, says what is wrong and what to do.
    """
    limits = limits or Limits()
    _check_bytes(name, len(data), limits)
    image = _open(data, name)
    _check_pixels(name, image.size, limits)
    dpi = _dpi(image)
    upright, turned = _decode(image, name)
    if dpi and turned:
        dpi = dpi[::-1]
    return Page(_eight_bit(upright), name, dpi)


def _check_bytes(name: str, size: int, limits: Limits) -> None:
    if size == 0:
        raise InputError(f"{name}: the file is empty; save or upload it again")
    if size > limits.bytes:
        raise InputError(
            f"{name}: {size / _MILLION:.0f} MB is more than the limit of {limits.bytes / _MILLION:.0f} MB;"
            " save it smaller"
        )


def _check_pixels(name: str, size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width * height > limits.pixels:
        raise InputError(
            f"{name}: {width} x {height} pixels is more than the limit of"
            f" {limits.pixels / _MILLION:g} million pixels; scan it at a lower resolution"
        )


def _open(data: bytes, name: str) -> Image.Image:
    """Read the header only."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise InputError(f"{name}: not a PNG or JPEG picture; save it as one of these") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{name}: the picture is damaged; save or upload it again") from error


def _decode(image: Image.Image, name: str) -> tuple[Image.Image, bool]:
    """The upright picture, and whether width and height changed places."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata that is a little off, which hurts nobody
            turned = image.getexif().get(0x0112) in (5, 6, 7, 8)
            return ImageOps.exif_transpose(image), turned
    except (
        Exception
    ) as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error, zlib.error ...
        raise InputError(f"{name}: the picture is cut off or damaged; save or upload it again") from error


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Dots per inch across and down, None when absent or absurd."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = _SANE_DPI
    return (across, down) if low <= across <= high and low <= down <= high else None


def _eight_bit(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I") or image.mode == "F":
        return np.clip(np.asarray(image) // 256, 0, 255).astype(np.uint8)
    if image.has_transparency_data:
        image = _on_white(image)
    target = "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(image.convert(target))


def _on_white(image: Image.Image) -> Image.Image:
    """Lay transparent pixels on white paper; grey stays grey."""
    grey = image.mode in ("1", "L", "LA", "La")
    layers = image.convert("LA" if grey else "RGBA")
    paper = Image.new(layers.mode, layers.size, "white")
    paper.paste(layers, mask=layers.getchannel("A"))
    return paper.convert("L" if grey else "RGB")
