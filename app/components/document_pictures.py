"""Pictures of pages that a browser can bear: bounded previews, windows at full resolution, a ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

import cv2
import numpy as np
from PIL import Image

from ae.documents.writing import png_names

PREVIEW_SIDE = 1400  # pixels; a page of any size is shown with this many at most along its longer side
_JPEG_QUALITY = 90
_LOCATOR_SIDE = 120
_MARK = (229, 54, 143)


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
    shrink = min(1.0, 400 / max(before.shape[:2]))
    old, new = (_shrunk(grey(pixels), shrink).astype(np.float32) for pixels in (before, after))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    free = (old.shape[0] - size[1], old.shape[1] - size[0])
    if min(free) < 0 or max(free) == 0:
        return 50, 50
    changed = cv2.boxFilter(np.abs(new - old), -1, size, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    ink = cv2.boxFilter(255 - new, -1, size, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    score = (changed * ink)[: free[0] + 1, : free[1] + 1]
    top, left = np.unravel_index(int(score.argmax()), score.shape)
    return round(100 * int(left) / max(free[1], 1)), round(100 * int(top) / max(free[0], 1))


def preview(pixels: np.ndarray, side: int = PREVIEW_SIDE) -> bytes:
    """The page for the screen: PNG as it is when it is small, else a shrunk JPEG."""
    shrink = side / max(pixels.shape[:2])
    if shrink >= 1:
        return _encoded(pixels, "PNG")
    return _encoded(_shrunk(pixels, shrink), "JPEG")


def enlarged(pixels: np.ndarray, zoom: int) -> bytes:
    """A window as PNG, every pixel drawn as zoom x zoom equal ones."""
    return _encoded(pixels.repeat(zoom, axis=0).repeat(zoom, axis=1), "PNG")


def locator(pixels: np.ndarray, window: Window) -> bytes:
    """A small picture of the page with a frame where the window is."""
    shrink = min(1.0, _LOCATOR_SIDE / max(pixels.shape[:2]))
    small = np.ascontiguousarray(_shrunk(pixels, shrink))
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    corner = (round(window.left * shrink), round(window.top * shrink))
    opposite = (
        round((window.left + window.width) * shrink) - 1,
        round((window.top + window.height) * shrink) - 1,
    )
    cv2.rectangle(small, corner, opposite, _MARK, 2)
    return _encoded(small, "PNG")


def channel_sheet(channels: np.ndarray, columns: int = 4, gap: int = 6) -> bytes:
    """Channels (C, h, w) as one PNG with transparent gaps; each is stretched from its least to its most."""
    count, height, width = channels.shape
    rows = -(-count // columns)
    sheet = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 2), np.uint8)
    for index, channel in enumerate(channels):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width, 0] = _stretched(channel)
        sheet[top : top + height, left : left + width, 1] = 255
    return _encoded(sheet, "PNG")


def _stretched(channel: np.ndarray) -> np.ndarray:
    low, high = float(channel.min()), float(channel.max())
    return np.rint((channel - low) / max(high - low, 1e-6) * 255).astype(np.uint8)


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP of named files, stored without a second compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def result_names(names: Iterable[str]) -> list[str]:
    """File names of the clean pages: `page.jpg` gives `page-clean.png`, a second one `page-clean-2.png`."""
    return png_names(f"{PurePath(name).stem}-clean" for name in names)


def grey(pixels: np.ndarray) -> np.ndarray:
    """The luminance of a page, uint8 (H, W)."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)


def _shrunk(pixels: np.ndarray, shrink: float) -> np.ndarray:
    if shrink >= 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _encoded(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    options = {"quality": _JPEG_QUALITY} if kind == "JPEG" else {"compress_level": 3}
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()
