"""Dust on bare paper: too small beside the letters to be a full stop, or where no full stop would be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

# Lengths are shares of the height of a page's smaller letters; full stops and dots have 0.2 and more.
_TINY, _ALONE = 0.11, 0.08  # a speck no larger than this is dust where no ink is nearer than that
_LEAST = 2  # pixels
_SMALL, _LONELY = 0.26, 1.0  # a larger one only where it is far from all letters
_ROW, _IN_LINE = 3.0, 0.12  # and where no other speck continues it to a leader or a list of points
# One as large as a bullet only far from everything, not in line with writing, and in no drawing.
_CRUMB, _APART, _BESIDE, _DRAWING = 0.55, 1.2, 4.0, 4.0
_OF_A_SIZE, _DRAWN = 1.1, 0.6  # times as large as each other are so many of all crumbs where they are drawn
_LEADER, _IN_LEADER = 6, 0.03  # so many specks so exactly in a row are a leader, however small they are
_DENSEST = 0.04  # of a square of a letter's height; a halftone has more
_INK, _PAPER = 225, 232  # grey levels: ink is darker than the first, bare paper no darker than the second
_RING = 0.3  # so far around a speck one looks whether it lies on paper


@dataclass(frozen=True)
class _Parts:
    """Connected dark pixels: `labels` int32 (H, W), and OpenCV's statistics and middles by label."""

    labels: np.ndarray
    stats: np.ndarray
    middles: np.ndarray

    @classmethod
    def of(cls, dark: np.ndarray) -> _Parts:
        """Of a page that is 1 where it is dark, uint8 (H, W)."""
        _count, labels, stats, middles = cv2.connectedComponentsWithStats(dark, connectivity=8)
        return cls(labels, stats, middles)

    def up_to(self, largest: float) -> _Specks:
        """Those of at most so many pixels, and none at the edge, which cuts letters."""
        first, size = self.stats[:, :2], self.stats[:, 2:4]
        is_inside = (first > 0).all(1) & (first + size < self.labels.shape[::-1]).all(1)
        return self._chosen(np.flatnonzero((size.max(1) <= largest) & is_inside))

    def _chosen(self, numbers: np.ndarray) -> _Specks:
        stats = self.stats[numbers]
        return _Specks(self.labels, numbers, self.middles[numbers], stats[:, 2:4].max(1), stats[:, 4])

    def spread_over(self, side: float) -> np.ndarray:
        """1 in the box around each that is at least so high and wide, uint8 (H, W)."""
        boxes = np.zeros(self.labels.shape, np.uint8)
        for left, top, width, height, _area in self.stats[1:][(self.stats[1:, 2:4] >= side).all(1)]:
            boxes[top : top + height, left : left + width] = 1
        return boxes


@dataclass(frozen=True)
class _Specks:
    """Small connected dark pixels: `labels` int32 (H, W); of each speck its number, middle, side and area."""

    labels: np.ndarray
    numbers: np.ndarray
    middles: np.ndarray
    sizes: np.ndarray
    areas: np.ndarray

    @cached_property
    def points(self) -> np.ndarray:
        """1 in the middle of each speck, uint8 (H, W)."""
        points = np.zeros(self.labels.shape, np.uint8)
        across, down = np.rint(self.middles).astype(int).T
        points[down, across] = 1
        return points


def without_specks(pixels: np.ndarray, grey: np.ndarray, letter_height: float) -> np.ndarray:
    """A cleaned page uint8 (H, W) or (H, W, 3) with paper where it had dust; itself where it had none.

    `grey`: its luminance uint8 (H, W); `letter_height`: of its smaller letters, in pixels.
    """
    dust = lone_specks(grey, letter_height)
    if not dust.any():
        return pixels
    paper = cv2.dilate(pixels, _square(2 * int(_CRUMB * letter_height) + 3))
    dust = dust if pixels.ndim == 2 else dust[..., None]
    return np.where(dust, paper, pixels)


def lone_specks(page: np.ndarray, letter_height: float) -> np.ndarray:
    """Where a page uint8 (H, W) has specks on bare paper, with the paper around them, bool (H, W).

    Specks that stand close together are none, they may be a halftone; nor are those in a row or column.
    """
    dark = (page < _INK).astype(np.uint8)
    parts = _Parts.of(dark)
    dust = _small_dust(page, dark, parts.up_to(_SMALL * letter_height), letter_height)
    dust |= _crumbs(page, dark, parts, letter_height)
    if not dust.any():
        return np.zeros(page.shape, bool)
    return cv2.dilate(dust, _square(2 * _skirt(letter_height) + 1)) > dark - dust


def _small_dust(page: np.ndarray, dark: np.ndarray, found: _Specks, letter_height: float) -> np.ndarray:
    """1 where specks no larger than a full stop are dust, uint8 (H, W)."""
    if not found.numbers.size:
        return np.zeros_like(dark)
    is_speck = _all_of(found)
    letters = dark - is_speck
    half = found.sizes.max() / 2
    alone = _far_from(letters, found, _ALONE * letter_height + half)
    alone &= _on_paper(page, dark, found, letter_height) & ~_is_dense(is_speck, found, letter_height)
    return _chosen(
        found, alone & (_is_tiny(found, letter_height) | _is_lonely(letters, found, letter_height))
    )


def _crumbs(page: np.ndarray, dark: np.ndarray, parts: _Parts, letter_height: float) -> np.ndarray:
    """1 where specks larger than a full stop, but no larger than a bullet, are dust, uint8 (H, W)."""
    found = parts.up_to(_CRUMB * letter_height)
    if not found.numbers.size:
        return np.zeros_like(dark)
    apart, beside, half = _APART * letter_height, _BESIDE * letter_height, found.sizes.max() / 2
    others = dark - _all_of(found)
    line = np.ones((2 * round(letter_height / 2 + half) + 1, 2 * round(beside + half) + 1), np.uint8)
    drawing = parts.spread_over(_DRAWING * letter_height)
    alone = (found.sizes > _SMALL * letter_height) & (_within(found, apart, apart) == 1)
    alone &= (_at(cv2.dilate(others, line), found) == 0) & (_at(drawing, found) == 0)
    others[0] = others[-1] = others[:, 0] = others[:, -1] = 1  # what the edge cuts may go on
    alone &= _far_from(others, found, apart + half) & _is_single(found, letter_height)
    alone &= _on_paper(page, dark, found, letter_height)
    return np.zeros_like(dark) if _are_drawn(found.areas[alone]) else _chosen(found, alone)


def _are_drawn(areas: np.ndarray) -> bool:
    """Whether many of these areas are the same: points of a chart are, dust is not."""
    areas = np.sort(areas)
    alike = np.searchsorted(areas, areas * _OF_A_SIZE, "right") - np.arange(areas.size)
    return areas.size > 0 and bool(alike.max() > max(3, _DRAWN * areas.size))


def _is_tiny(found: _Specks, letter_height: float) -> np.ndarray:
    """Whether a speck is too small for a full stop and in no leader, bool for each.

    Of small letters even a dot may be a single pixel.
    """
    largest = int(_TINY * letter_height)
    in_row = _within(found, _ROW * letter_height, max(1, _IN_LEADER * letter_height))
    return (largest >= _LEAST) & (found.sizes <= largest) & (in_row < _LEADER)


def _is_lonely(letters: np.ndarray, found: _Specks, letter_height: float) -> np.ndarray:
    """Whether a speck stands where no writing is, bool for each."""
    distance = _LONELY * letter_height + found.sizes.max() / 2
    return _is_single(found, letter_height) & _far_from(letters, found, distance)


def _is_single(found: _Specks, letter_height: float) -> np.ndarray:
    """Whether no other speck is in a row or a column with one, bool for each."""
    long, wide = _ROW * letter_height, _IN_LINE * letter_height
    return (_within(found, long, wide) == 1) & (_within(found, wide, long) == 1)


def _on_paper(page: np.ndarray, dark: np.ndarray, found: _Specks, letter_height: float) -> np.ndarray:
    """Whether what is no ink around a speck is bare paper, bool for each; in a picture it is darker."""
    skirt = _skirt(letter_height)
    inked = cv2.dilate(dark, _square(2 * skirt + 1))
    paper = np.where(inked, np.uint8(255), page)
    side = 2 * (round(_RING * letter_height) + skirt) + 1
    return _at(cv2.erode(paper, _square(side)), found) >= _PAPER


def _skirt(letter_height: float) -> int:
    """Pixels around ink that its blur may have darkened."""
    return max(1, round(_ALONE * letter_height))


def _all_of(found: _Specks) -> np.ndarray:
    return _chosen(found, np.ones(found.numbers.size, bool))


def _chosen(found: _Specks, which: np.ndarray) -> np.ndarray:
    """1 where the chosen specks are, uint8 (H, W)."""
    table = np.zeros(int(found.labels.max()) + 1, np.uint8)
    table[found.numbers[which]] = 1
    return table[found.labels]


def _at(field: np.ndarray, found: _Specks) -> np.ndarray:
    """The value of a field (H, W) in the middle of each speck."""
    across, down = np.rint(found.middles).astype(int).T
    return field[down, across]


def _far_from(letters: np.ndarray, found: _Specks, distance: float) -> np.ndarray:
    """Whether no letter is within so many pixels of a speck's middle, bool for each."""
    return _at(cv2.dilate(letters, _square(2 * round(distance) + 1)), found) == 0


def _is_dense(specks: np.ndarray, found: _Specks, letter_height: float) -> np.ndarray:
    """Whether there is much of other specks around one, bool for each."""
    side = max(1, round(letter_height))
    share = _at(cv2.blur(specks * np.uint8(255), (side, side)), found) / 255
    return share - (found.sizes / side) ** 2 > _DENSEST


def _within(found: _Specks, across: float, down: float) -> np.ndarray:
    """How many specks, itself included and at most 255, lie within so many pixels beside and below each."""
    window = 2 * round(across) + 1, 2 * round(down) + 1
    counts = cv2.boxFilter(found.points, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return _at(counts, found)


def _square(side: int) -> np.ndarray:
    return np.ones((side, side), np.uint8)
