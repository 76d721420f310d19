"""Divide a page by its background: the filter without learning, and the network's first step.

The recipe (dilate, median, divide, levels) is tuned on NoisyOffice's TR partition, whose letters have a
height of up to `REFERENCE_HEIGHT` pixels; on other pages the kernels grow with the text that is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

REFERENCE_HEIGHT = 15.0  # pixels; nine of ten NoisyOffice TR pages have letters up to this height
DILATE = 5
MEDIAN = 15
BLACK, WHITE = 0.20, 0.85  # ratios page / background that become black and white
DARKEST = 40  # grey levels; what is darker is no paper, and dividing by it would show its noise
LARGEST_SCALE = 12.0
# Pixels of a letter on the smaller copy that is learned from and worked on: two thirds of the work of 15.
WORKING_HEIGHT = 12.0
_EVERY = 4  # one pixel of so many in a row and column is enough to know the paper
_GRAIN = 5  # percent of the pixels of bare paper are darker than what becomes white
_RINGING = 0.88, 0.96  # of the paper: what JPEG leaves around letters, paler the more it is like paper
_BAND = 1024  # rows that are computed at a time, so that float copies stay small
_LARGEST_WORKING_SIDE = 2400
_SMALLER = 20  # percent of the letters of a page
_FAR_SMALLER = 3.0  # text beside a picture
_FILLED = 0.6  # of its box by a letter at most
_IN_ROWS = 0.4  # of letters have a neighbour in their row, of dust hardly any
_MOST_ASKED, _AT_A_TIME = 300, 20  # letters that are compared with all others
_OF_TEXT = 75  # percentile of its heights, since titles count more than dots


@dataclass(frozen=True)
class TextSize:
    """Heights of a page's letters in pixels: the typical one, and one that four of five letters exceed."""

    usual: float = REFERENCE_HEIGHT
    small: float = REFERENCE_HEIGHT


def text_size(grey: np.ndarray) -> TextSize:
    """How large the letters of a page uint8 (H, W) are; `REFERENCE_HEIGHT` if no text is found.

    Letters are connected components of locally dark pixels. For the typical height each counts by its area,
    so that a headline weighs more than the dust between its lines. Where most of them are far smaller and
    stand in rows, they are text all the same, and the large ones a title or parts of a picture.
    """
    shrink = min(1.0, _LARGEST_WORKING_SIDE / max(grey.shape))
    found = _letters(shrunk(grey, 1 / shrink))
    heights = found.heights
    if heights.size < 5:
        return TextSize()
    usual = _text_beside_pictures(found, _by_area(found))
    return TextSize(usual / shrink, float(np.percentile(heights, _SMALLER)) / shrink)


def text_height(grey: np.ndarray) -> float:
    """Typical height of a letter in pixels, for a page uint8 (H, W): see `text_size`."""
    return text_size(grey).usual


@dataclass(frozen=True)
class _Letters:
    """Components that could be letters: heights and areas in pixels, middles (N, 2) across and down.

    `filled`: the share of its box that each fills.
    """

    heights: np.ndarray
    areas: np.ndarray
    middles: np.ndarray
    filled: np.ndarray


def _letters(grey: np.ndarray) -> _Letters:
    block = max(3, min(51, min(grey.shape) // 2 * 2 - 1))
    dark = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 30)
    _count, _labels, stats, middles = cv2.connectedComponentsWithStats(dark, connectivity=8)
    _left, _top, width, height, area = stats[1:].T
    like = (height >= 5) & (height < grey.shape[0] / 3) & (width < 5 * height) & (height < 5 * width)
    filled = area / (width * height)
    like &= filled > 0.1
    heights, areas = height[like].astype(np.float64), area[like].astype(np.float64)
    return _Letters(heights, areas, middles[1:][like], filled[like])


def _by_area(found: _Letters) -> float:
    """The height above which half of the ink is."""
    order = np.argsort(found.heights)
    middle = np.searchsorted(np.cumsum(found.areas[order]), found.areas.sum() / 2)
    return float(found.heights[order][middle])


def _text_beside_pictures(found: _Letters, usual: float) -> float:
    """The height of text far smaller than the `usual` height, or this where most of the rest is no text.

    Text stands in rows; its letters are not all alike, and a leader's dots fill more of their boxes.
    """
    is_small = (found.heights < usual / _FAR_SMALLER) & (found.filled < _FILLED)
    if is_small.mean() <= 0.5:
        return usual
    asked = np.flatnonzero(is_small)[:: 1 + int(is_small.sum()) // _MOST_ASKED]
    parts = np.array_split(asked, -(-asked.size // _AT_A_TIME))
    text = np.concatenate([part[_are_in_rows(found, part)] for part in parts])
    heights = found.heights[text]
    if text.size <= _IN_ROWS * asked.size or np.ptp(np.percentile(heights, [10, 90])) == 0:
        return usual
    return float(np.percentile(heights, _OF_TEXT))


def _are_in_rows(found: _Letters, asked: np.ndarray) -> np.ndarray:
    """Whether the letters of these numbers have a neighbour in their row that is about as high, bool."""
    height = found.heights[asked, None]
    across, down = (np.abs(axis[asked, None] - axis) for axis in found.middles.T)
    beside = (across < 3 * height) & (down < 0.5 * height)
    beside &= np.abs(found.heights - height) < 0.4 * height
    return beside.sum(1) > 1  # itself and another one


def kernel_scale(grey: np.ndarray) -> float:
    """How much larger than the reference this page's letters are, at least 1."""
    return scale_of(text_size(grey).usual)


def scale_of(height: float) -> float:
    """How much larger than the reference letters of so many pixels are, at least 1."""
    return float(np.clip(height / REFERENCE_HEIGHT, 1.0, LARGEST_SCALE))


def working_shrink(scale: float) -> float:
    """How much smaller the copy is that the network works on: 1 up to 1.5 times the reference."""
    return scale * REFERENCE_HEIGHT / WORKING_HEIGHT if scale >= 1.5 else 1.0


def shrunk(grey: np.ndarray, shrink: float) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) made `shrink` times smaller; itself at 1."""
    if shrink == 1:
        return grey
    height, width = grey.shape[:2]
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def background(grey: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """The paper without its ink, uint8 (H, W): brightest neighbour, then a median, kernels times `scale`.

    Where letters are larger than the reference, the median runs on a page shrunk by twice the `scale`: it
    costs less the larger they are.
    """
    size = _odd(DILATE * scale)
    bright = cv2.dilate(grey, cv2.getStructuringElement(cv2.MORPH_RECT, (size, size)))
    if scale <= 1:
        return cv2.medianBlur(bright, MEDIAN)
    height, width = grey.shape
    small = cv2.medianBlur(shrunk(bright, 2 * scale), _odd(MEDIAN / 2))
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _odd(size: float) -> int:
    return 2 * round((size - 1) / 2) + 1


def ratio(grey: np.ndarray, paper: np.ndarray, black: float = BLACK, white: float = WHITE) -> np.ndarray:
    """Page over paper, `black` to `white` stretched to 0..255, uint8 of the page's shape."""
    result, steps = np.empty_like(grey), 255 / (white - black)
    for band in bands(grey.shape[0]):
        share = cv2.divide(grey[band], np.maximum(paper[band], DARKEST), scale=steps, dtype=cv2.CV_32F)
        # One pass for the shift, the rounding and the limits.
        result[band] = cv2.addWeighted(share, 1, share, 0, -black * steps, dtype=cv2.CV_8U)
    return result


def bands(height: int, rows: int | None = None) -> Iterator[slice]:
    """The rows of a page, so many at a time, `_BAND` if it is not said."""
    rows = rows or _BAND
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def divide(grey: np.ndarray, scale: float | None = None) -> np.ndarray:
    """The page divided by its background, uint8 (H, W): the whole filter. The scale is found if not given."""
    return ratio(grey, background(grey, kernel_scale(grey) if scale is None else scale))


def by_channel(
    pixels: np.ndarray, filtered: Callable[[np.ndarray, float], np.ndarray], scale: float
) -> np.ndarray:
    """A page uint8 (H, W, 3), every channel `filtered` by itself, so that tinted paper becomes white."""
    return cv2.merge([filtered(channel, scale) for channel in cv2.split(pixels)])


def flattened(grey: np.ndarray, scale: float) -> np.ndarray:
    """The page over its background, uint8 (H, W): paper becomes white, edges stay as wide as they are.

    What is nearly as bright as paper, such as the ringing of JPEG around letters, becomes paler.
    """
    paper = background(grey, scale)
    return cv2.LUT(ratio(grey, paper, 0.0, _usual_paper(grey, paper)), _without_ringing())


def _usual_paper(grey: np.ndarray, paper: np.ndarray) -> float:
    """How bright nearly all pixels of bare paper are, as a share of `background`, which is as its brightest.

    All that `divide` makes white counts as bare; `WHITE` where nothing does.
    """
    few = np.s_[::_EVERY, ::_EVERY]
    share = grey[few] / np.maximum(paper[few], DARKEST).astype(np.float32)
    bare = share[share >= WHITE]
    return float(np.clip(np.percentile(bare, _GRAIN), WHITE, 1.0)) if bare.size else WHITE


@cache
def _without_ringing() -> np.ndarray:
    """Grey level that becomes of each, uint8 (256,)."""
    level, (first, last) = np.arange(256) / 255, _RINGING
    part = np.clip((level - first) / (last - first), 0, 1)
    return np.rint(255 * (level + (1 - level) * part**2 * (3 - 2 * part))).astype(np.uint8)


def working_planes(grey: np.ndarray, scale: float) -> np.ndarray:
    """`planes` of the copy that the network works on; letters are `scale` times the reference."""
    shrink = working_shrink(scale)
    return planes(shrunk(grey, shrink), scale / shrink)


def planes(grey: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Input of `ae.models.page.PageNet`, uint8 (3, H, W), but for the softness that some are told.

    The page, the page divided by its background, and divided by a background four times wider, which does
    not take the inside of a headline's strokes for paper.
    """
    scale = kernel_scale(grey) if scale is None else scale
    return np.stack([grey, divide(grey, scale), divide(grey, 4 * scale)])
