"""Pages as arrays: grey of colours, smaller copies, and some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import cv2
import numpy as np

LUMINANCE = 0.299, 0.587, 0.114  # of red, green and blue (ITU-R BT.601), as OpenCV has them
_BROWN = 1 / 3  # of the colour, by which red and green exceed blue
_BAND = 1024  # rows that are computed at a time, so that float copies stay small


def luminance(pixels: np.ndarray) -> np.ndarray:
    """Grey uint8 (H, W) of pixels uint8 (H, W) or (H, W, 3)."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def is_grey(pixels: np.ndarray) -> bool:
    """Whether pixels uint8 (H, W) or (H, W, 3) have no colour."""
    return pixels.ndim == 2 or all(np.array_equal(pixels[..., 0], pixels[..., each]) for each in (1, 2))


def weakest(pixels: np.ndarray) -> np.ndarray:
    """The least of each pixel's channels, uint8 (H, W), of pixels uint8 (H, W) or (H, W, 3)."""
    # NumPy, which goes from pixel to pixel, takes twenty times as long.
    return pixels if pixels.ndim == 2 else reduce(cv2.min, cv2.split(pixels))


def strongest(pixels: np.ndarray) -> np.ndarray:
    """The most of each pixel's channels, as `weakest`."""
    return pixels if pixels.ndim == 2 else reduce(cv2.max, cv2.split(pixels))


def colourfulness(pixels: np.ndarray) -> np.ndarray:
    """Grey levels between each pixel's strongest and weakest channel, uint8 (H, W); 0 on a grey page."""
    return np.zeros_like(pixels) if pixels.ndim == 2 else strongest(pixels) - weakest(pixels)


def is_ink_coloured(pixels: np.ndarray, least: int) -> np.ndarray:
    """Where a page uint8 (H, W, 3) is at least so colourful and neither brown nor yellow, bool (H, W).

    Old paper and coffee are both: red and green exceed blue by a large share of the colour.
    """
    red, green, blue = cv2.split(pixels)
    colour = colourfulness(pixels)
    yellow = cv2.subtract(cv2.min(red, green), blue)  # 0 where blue is more
    return (colour >= least) & (yellow < _BROWN * colour)


def shrink_to(most: int, pixels: int) -> float:
    """How many times smaller the sides of a page of so many `pixels` become to have `most`; at least 1."""
    return max(1.0, (pixels / most) ** 0.5)


def shrunk(grey: np.ndarray, shrink: float) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) made `shrink` times smaller; itself at 1."""
    if shrink == 1:
        return grey
    height, width = grey.shape[:2]
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def shrunk_to_side(page: np.ndarray, side: int) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) with so many pixels at most along its longer side."""
    return shrunk(page, max(1.0, max(page.shape[:2]) / side))


def enlarged(small: np.ndarray, step: tuple[float, float], rows: slice, columns: slice) -> np.ndarray:
    """A part of a page from a small copy, float32 (h, w) or (h, w, C) of it; its edges go on beyond them.

    `step`: rows and columns of the copy to a pixel of the page. A whole page would take too much memory.
    """
    down, across = step
    middle = [(start + 0.5) * step - 0.5 for start, step in ((columns.start, across), (rows.start, down))]
    places = np.array([[across, 0, middle[0]], [0, down, middle[1]]], np.float32)
    size = columns.stop - columns.start, rows.stop - rows.start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(small, places, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def bands(height: int, rows: int | None = None) -> Iterator[slice]:
    """The rows of a page, so many at a time, `_BAND` if it is not said."""
    rows = rows or _BAND
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
