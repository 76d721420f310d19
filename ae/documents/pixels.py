"""A decoded Pillow picture to the arrays of a `Page`: upright, on white, grey or colour, 8 and 16 bits."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

from ae.arrays import is_grey

_UNSEEN = 240  # grey level; on white paper nothing is seen that is so pale
_GREY_MODES = ("1", "L", "LA", "La")


@dataclass(frozen=True)
class Pixels:
    """`shown` uint8 and, of 16-bit pictures, `deep` uint16; (H, W) or (H, W, 3)."""

    shown: np.ndarray
    deep: np.ndarray | None = None
    is_bw: bool = False
    icc: bytes | None = None
    note: str = ""


def from_picture(image: Image.Image, *, has_no_sign: bool = False, is_negative: bool = False) -> Pixels:
    """Convert a picture that is upright already. Raises what Pillow raises.

    `has_no_sign`: its numbers are 32 bits without a sign, which Pillow gives with one. `is_negative`: its
    numbers grow from white to black, and have more than 8 bits; fewer are turned by Pillow.
    """
    icc = image.info.get("icc_profile") or None
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        values = values.view(np.uint32) if has_no_sign else values
        return from_numbers(inverted(values) if is_negative else values, icc)
    if image.mode == "P":
        image = _without_palette(image)
    if image.has_transparency_data:
        image = _on_paper(image)
    if image.mode == "1":
        return Pixels(np.asarray(image.convert("L")), is_bw=True)
    if image.mode == "L":
        return Pixels(np.asarray(image), icc=icc)
    if image.mode in ("CMYK", "LAB"):
        return Pixels(np.asarray(_in_srgb(image, icc)))
    return Pixels(np.asarray(image.convert("RGB")), icc=icc)


def from_numbers(values: np.ndarray, icc: bytes | None = None) -> Pixels:
    """Grey (H, W) or colour (H, W, 3) of any number type; black is 0, white the largest the type allows.

    Fractions are taken as 0..1 unless one is larger. Scanners and microscopes often store 10 or 12 bits in
    16; those are spread, or the page would be black.
    """
    if values.dtype == np.bool_:
        return Pixels(np.where(values, 255, 0).astype(np.uint8), is_bw=values.ndim == 2)
    if values.dtype == np.uint8:
        return Pixels(values, icc=icc)
    if values.dtype.kind == "f":
        white = white_of(values)
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=white, neginf=0.0)
        deep = np.rint(np.clip(values / white, 0, 1) * 65535).astype(np.uint16)
        return Pixels((deep >> 8).astype(np.uint8), deep, icc=icc)
    largest = int(values.max(initial=0))
    if largest > 65535:
        values = values >> int(np.iinfo(values.dtype).max).bit_length() - 16
    values = np.clip(values, 0, 65535).astype(np.uint16)
    steps = next((bits for bits in (8, 10, 12) if largest < 1 << bits), 16)
    if steps == 16 or largest == 0:
        return Pixels((values >> 8).astype(np.uint8), values, icc=icc)
    deep = (values.astype(np.uint32) * 65535 // ((1 << steps) - 1)).astype(np.uint16)
    note = f"used only {steps} of its 16 bits, and was stretched to all of them"
    return Pixels((deep >> 8).astype(np.uint8), deep, icc=icc, note=note)


def inverted(values: np.ndarray) -> np.ndarray:
    """Numbers of any type that grow from white to black, the other way round."""
    return ~values if values.dtype.kind in "bu" else (white_of(values) - values).astype(values.dtype)


def white_of(values: np.ndarray) -> float:
    """The number that stands for white: the type's largest, or of fractions 1, 255 or 65535."""
    if values.dtype.kind != "f":
        return float(np.iinfo(values.dtype).max)
    largest = float(np.max(values, initial=0.0, where=np.isfinite(values)))
    return 1.0 if largest <= 1 else 255.0 if largest <= 255 else 65535.0


def _without_palette(image: Image.Image) -> Image.Image:
    """Black-and-white, grey or colour, as the palette entries that occur are; transparency is kept."""
    if "transparency" in image.info:
        image = image.convert("RGBA")
        return image.convert("LA") if is_grey(np.asarray(image.convert("RGB"))) else image
    colours = image.convert("RGB")
    if not is_grey(np.asarray(colours)):
        return colours
    grey = colours.getchannel("R")
    used = {value for _, value in grey.getcolors(256) or ()}
    return grey.convert("1", dither=Image.Dither.NONE) if used <= {0, 255} else grey


def _on_paper(image: Image.Image) -> Image.Image:
    """Lay transparent pixels on white paper, or on black if nothing would be seen there; grey stays grey."""
    grey = image.mode in _GREY_MODES
    layers = image.convert("LA" if grey else "RGBA")
    flat = _laid(layers, "white")
    if np.asarray(flat.convert("L")).min() >= _UNSEEN and layers.getchannel("A").getextrema() == (0, 255):
        flat = _laid(layers, "black")
    flat.info = {key: image.info[key] for key in ("icc_profile",) if key in image.info}
    return flat


def _laid(layers: Image.Image, colour: str) -> Image.Image:
    paper = Image.new(layers.mode, layers.size, colour)
    paper.paste(layers, mask=layers.getchannel("A"))
    return paper.convert(layers.mode[:-1])


def _in_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Inks or CIE Lab as a screen shows them, by the picture's own profile where that is a sound one."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc or b""))
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        converted = None
    return converted or image.convert("RGB")
