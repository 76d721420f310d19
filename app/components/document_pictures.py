"""Pictures of pages that a browser can bear: bounded previews, parts, differences, codes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from ae import arrays
from ae.arrays import luminance

PREVIEW_SIDE = 1400  # pixels; a page of any size is shown with this many at most along its longer side
_SEARCHED = 400  # pixels along the longer side of a copy on which a place is looked for
_JPEG_QUALITY = 90
_COLUMNS, _GAP = 4, 6  # of a sheet of channels, pixels between them

Load = Callable[[], tuple[np.ndarray, np.ndarray]]  # a page's pixels before and after cleaning


@dataclass(frozen=True)
class Window:
    """A part of a page, in pixels of the page."""

    left: int
    top: int
    width: int
    height: int

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """The part of a picture (H, W) or (H, W, 3) under the window."""
        return pixels[self.top : self.top + self.height, self.left : self.left + self.width]


def window_at(shape: tuple[int, ...], across: int, down: int, width: int, height: int) -> Window:
    """The window at a place in per cent, 0 0 is the upper left corner; never larger than the page."""
    page_height, page_width = shape[:2]
    width, height = min(width, page_width), min(height, page_height)
    left = round((page_width - width) * across / 100)
    top = round((page_height - height) * down / 100)
    return Window(left, top, width, height)


def busiest_place(before: np.ndarray, after: np.ndarray, width: int, height: int) -> tuple[int, int]:
    """Where a window shows most, in per cent as `window_at` takes it: much was changed, much ink was kept."""
    shrink = min(1.0, _SEARCHED / max(before.shape[:2]))
    old, new = (
        arrays.shrunk_to_side(luminance(pixels), _SEARCHED).astype(np.float32) for pixels in (before, after)
    )
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    free = (old.shape[0] - size[1], old.shape[1] - size[0])
    if min(free) < 0 or max(free) == 0:
        return 50, 50
    changed = cv2.boxFilter(np.abs(new - old), -1, size, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    ink = cv2.boxFilter(255 - new, -1, size, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    score = (changed * ink)[: free[0] + 1, : free[1] + 1]
    top, left = np.unravel_index(int(score.argmax()), score.shape)
    return round(100 * int(left) / max(free[1], 1)), round(100 * int(top) / max(free[0], 1))


def preview(pixels: np.ndarray) -> bytes:
    """The page for the screen: PNG as it is when it is small, else a shrunk JPEG."""
    small = arrays.shrunk_to_side(pixels, PREVIEW_SIDE)
    return _encoded(small, "PNG" if small is pixels else "JPEG")


def difference(page: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How far two grey pages uint8 (H, W) are apart: white where they are alike, black from 127 levels."""
    return 255 - np.minimum(cv2.absdiff(page, truth), 127) * 2


def shrunk(pixels: np.ndarray, most: int) -> np.ndarray:
    """The picture, or a smaller copy of at most so many pixels."""
    return arrays.shrunk(pixels, arrays.shrink_to(most, pixels.shape[0] * pixels.shape[1]))


def channel_sheet(channels: np.ndarray) -> bytes:
    """Channels (C, h, w) as one PNG with transparent gaps; each is stretched from its least to its most."""
    count, height, width = channels.shape
    rows = -(-count // _COLUMNS)
    sheet = np.zeros((rows * (height + _GAP) - _GAP, _COLUMNS * (width + _GAP) - _GAP, 2), np.uint8)
    for index, channel in enumerate(channels):
        top, left = (index // _COLUMNS) * (height + _GAP), (index % _COLUMNS) * (width + _GAP)
        sheet[top : top + height, left : left + width, 0] = _stretched(channel)
        sheet[top : top + height, left : left + width, 1] = 255
    return _encoded(sheet, "PNG")


def _stretched(channel: np.ndarray) -> np.ndarray:
    low, high = float(channel.min()), float(channel.max())
    return np.rint((channel - low) / max(high - low, 1e-6) * 255).astype(np.uint8)


def _encoded(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    options = {"quality": _JPEG_QUALITY} if kind == "JPEG" else {"compress_level": 3}
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()
