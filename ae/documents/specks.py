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
# A compact one nearly as large as a bullet only far from everything, not in line with writing, in no drawing.
_CRUMB, _APART, _BESIDE, _DRAWING = 0.45, 1.2, 8.0, 4.0
_COMPACT = 0.6, 1.6  # so much of its box is dark, whose sides differ so many times at most; digits differ
_SHEET = 0.9  # of the page's height and width: what spans more is a frame or the edge of the scanner
# Points of a chart: four that differ no more in area (times, plus pixels) and tone, and a share of crumbs.
_SAME_AREA, _SAME_TONE, _POINTS, _DRAWN, _MOST = (1.1, 2), 12, 4, 0.3, 3000
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
        numbers = np.flatnonzero((size.max(1) <= largest) & is_inside)
        sides, areas = size[numbers], self.stats[numbers, cv2.CC_STAT_AREA]
        return _Specks(self.labels, numbers, self.middles[numbers], sides.max(1), sides.min(1), areas)

    def spread_over(self, side: float) -> np.ndarray:
        """1 in the box around each drawing at least so high and wide, uint8 (H, W)."""
        boxes = np.zeros(self.labels.shape, np.uint8)
        size, first, page = self.stats[:, 2:4], self.stats[:, :2], np.array(self.labels.shape[::-1])
        is_drawing = (size >= side).all(1) & (size < _SHEET * page).any(1)
        is_drawing &= (first > 0).all(1) & (first + size < page).all(1)
        is_drawing[0] = False  # the paper
        for left, top, width, height, _area in self.stats[is_drawing]:
            boxes[top : top + height, left : left + width] = 1
        return boxes


@dataclass(frozen=True)
class _Specks:
    """Small connected dark pixels: `labels` int32 (H, W); of each its number, middle, longer side (`sizes`),
    shorter side and area."""

    labels: np.ndarray
    numbers: np.ndarray
    middles: np.ndarray
    sizes: np.ndarray
    shorter: np.ndarray
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
    dust, largest = _dust(grey, letter_height)
    if not largest:
        return pixels
    paper = cv2.dilate(pixels, _square(2 * largest + 3))
    return np.where(dust if pixels.ndim == 2 else dust[..., None], paper, pixels)


def _dust(page: np.ndarray, letter_height: float) -> tuple[np.ndarray, int]:
    """Where dust is, with the paper around it, bool (H, W), and the size of the largest, 0 without any.

    Specks that stand close together are none, they may be a halftone; nor are those in a row or column.
    """
    dark = (page < _INK).astype(np.uint8)
    parts = _Parts.of(dark)
    small, large = parts.up_to(_SMALL * letter_height), parts.up_to(_CRUMB * letter_height)
    if not large.numbers.size:  # and so none that are small
        return np.zeros(page.shape, bool), 0
    bare = _bare(page, dark, letter_height)
    kinds = [
        (small, _are_dust(dark, small, bare, letter_height)),
        (large, _are_crumbs(page, dark, parts, large, bare, letter_height)),
    ]
    numbers = np.concatenate([found.numbers[chosen] for found, chosen in kinds])
    if not numbers.size:
        return np.zeros(page.shape, bool), 0
    dust = _painted(parts.labels, numbers)
    largest = int(parts.stats[numbers, 2:4].max())
    return cv2.dilate(dust, _square(2 * _skirt(letter_height) + 1)) > dark - dust, largest


def _are_dust(dark: np.ndarray, found: _Specks, bare: np.ndarray, letter_height: float) -> np.ndarray:
    """Which of the specks, no larger than a full stop, are dust, bool for each."""
    if not found.numbers.size:
        return np.zeros(0, bool)
    is_speck = _painted(found.labels, found.numbers)
    letters = dark - is_speck
    half = found.sizes.max() / 2
    alone = _far_from(letters, found, _ALONE * letter_height + half)
    alone &= _at(bare, found) & ~_is_dense(is_speck, found, letter_height)
    return alone & (_is_tiny(found, letter_height) | _is_lonely(letters, found, letter_height))


def _are_crumbs(
    page: np.ndarray, dark: np.ndarray, parts: _Parts, found: _Specks, bare: np.ndarray, letter_height: float
) -> np.ndarray:
    """Which of the specks are larger than a full stop and dust all the same, bool for each."""
    apart, beside = _APART * letter_height, _BESIDE * letter_height
    alone = (found.sizes > _SMALL * letter_height) & _are_compact(found)
    if not alone.any():
        return alone
    half = found.sizes.max() / 2
    alone &= (_within(found, apart, apart) == 1) & _is_single(found, letter_height) & _at(bare, found)
    others = dark - _painted(found.labels, found.numbers)
    alone &= _count(others, found, beside + half, letter_height / 2 + half) == 0
    alone &= _at(parts.spread_over(_DRAWING * letter_height), found) == 0
    others[0] = others[-1] = others[:, 0] = others[:, -1] = 1  # what the edge cuts may go on
    alone &= _far_from(others, found, apart + half)
    alone[alone] = ~_are_points(found.areas[alone], _at(page, found)[alone])
    return alone


def _are_compact(found: _Specks) -> np.ndarray:
    """Whether a speck is a blob, unlike the digits of a page's number, bool for each."""
    least, longest = _COMPACT
    is_full = found.areas >= least * found.sizes * found.shorter
    return is_full & (found.sizes <= longest * found.shorter)


def _are_points(areas: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """Which crumbs have so many like them that they are a chart's points, bool for each; dust varies."""
    if areas.size > _MOST:
        return np.ones(areas.size, bool)
    times, plus = _SAME_AREA
    smaller, larger = np.minimum.outer(areas, areas), np.maximum.outer(areas, areas)
    tones = tones.astype(np.int16)
    alike = (larger <= times * smaller + plus) & (np.abs(np.subtract.outer(tones, tones)) <= _SAME_TONE)
    return alike.sum(1) >= max(_POINTS, _DRAWN * areas.size)


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


def _bare(page: np.ndarray, dark: np.ndarray, letter_height: float) -> np.ndarray:
    """Where what is no ink around is bare paper, bool (H, W); in a picture it is darker."""
    skirt = _skirt(letter_height)
    paper = cv2.dilate(dark, _square(2 * skirt + 1))
    paper *= 255  # in place, as what follows: a large page has no room for three copies
    cv2.max(paper, page, dst=paper)
    side = 2 * (round(_RING * letter_height) + skirt) + 1
    return cv2.erode(paper, _square(side), dst=paper) >= _PAPER


def _skirt(letter_height: float) -> int:
    """Pixels around ink that its blur may have darkened."""
    return max(1, round(_ALONE * letter_height))


def _painted(labels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """1 where the parts of these numbers are, uint8 (H, W)."""
    table = np.zeros(int(labels.max()) + 1, np.uint8)
    table[numbers] = 1
    return table[labels]


def _at(field: np.ndarray, found: _Specks) -> np.ndarray:
    """The value of a field (H, W) in the middle of each speck."""
    across, down = np.rint(found.middles).astype(int).T
    return field[down, across]


def _far_from(letters: np.ndarray, found: _Specks, distance: float) -> np.ndarray:
    """Whether no letter is within so many pixels of a speck's middle, bool for each."""
    return _count(letters, found, distance, distance) == 0


def _is_dense(specks: np.ndarray, found: _Specks, letter_height: float) -> np.ndarray:
    """Whether there is much of other specks around one, bool for each."""
    side = max(1, round(letter_height))
    share = _at(cv2.blur(specks * np.uint8(255), (side, side)), found) / 255
    return share - (found.sizes / side) ** 2 > _DENSEST


def _within(found: _Specks, across: float, down: float) -> np.ndarray:
    """How many specks, itself included and at most 255, lie within so many pixels beside and below each."""
    return _count(found.points, found, across, down)


def _count(marked: np.ndarray, found: _Specks, across: float, down: float) -> np.ndarray:
    """How many pixels that are 1, at most 255, lie within so many beside and below each speck's middle."""
    window = 2 * round(across) + 1, 2 * round(down) + 1
    return _at(cv2.boxFilter(marked, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT), found)


def _square(side: int) -> np.ndarray:
    return np.ones((side, side), np.uint8)
