"""A page before and after cleaning as a pyramid of small pictures, of which a browser loads what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

TILE = 512  # pixels a side
_BLOCK = 16  # JPEG's largest block: neighbours in one file do not bleed into each other
_QUALITY = 92
_SMALLEST = 1024  # pixels along the longer side of the last level, which is always shown first


@dataclass(frozen=True)
class Level:
    """The page at one size; `tiles` are JPEG files, row by row, each with the part before and after cleaning
    side by side."""

    width: int
    height: int
    tiles: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Pyramid:
    """Levels from full size to the smallest, each half as wide and high as the one before."""

    levels: tuple[Level, ...]

    @property
    def size(self) -> int:
        """Bytes of all tiles."""
        return sum(len(tile) for level in self.levels for tile in level.tiles)


def build(before: np.ndarray, after: np.ndarray) -> Pyramid:
    """The pyramid of two pictures uint8 of the same height and width, each (H, W) or (H, W, 3)."""
    if before.ndim != after.ndim:
        before, after = (_in_colour(pixels) for pixels in (before, after))
    levels = []
    while True:
        height, width = before.shape[:2]
        levels.append(Level(width, height, tuple(_tiles(before, after))))
        if max(width, height) <= _SMALLEST:
            return Pyramid(tuple(levels))
        size = (-(-width // 2), -(-height // 2))
        before, after = (cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) for pixels in (before, after))


def _in_colour(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)


def _tiles(before: np.ndarray, after: np.ndarray) -> Iterator[bytes]:
    height, width = before.shape[:2]
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            box = slice(top, top + TILE), slice(left, left + TILE)
            yield _jpeg(np.hstack([_padded(before[box]), _padded(after[box])]))


def _padded(pixels: np.ndarray) -> np.ndarray:
    """The part with its last row and column repeated up to whole blocks."""
    below, right = (-side % _BLOCK for side in pixels.shape[:2])
    return cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)


def _jpeg(pixels: np.ndarray) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", pixels, options)[1].tobytes()
