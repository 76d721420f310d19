"""How large the letters of a page are: what the filter and the network work by, and nobody has to say."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.arrays import shrunk

REFERENCE_HEIGHT = 15.0  # pixels; nine of ten NoisyOffice TR pages have letters up to this height
LARGEST_SCALE = 12.0
_LARGEST_WORKING_SIDE = 2400
_SMALLER = 20  # percent of the letters of a page
_FAR_SMALLER = 3.0  # text beside a picture
_FILLED = 0.6  # of its box by a letter at most
# Times the usual letter's area; times wider than high; of the rectangle around it: a box or frame.
_LARGE, _WIDE, _RECTANGULAR = 20, 1.3, 0.9
_IN_ROWS = 0.4  # of letters have a neighbour in their row, of dust hardly any
_MOST_ASKED, _AT_A_TIME = 300, 20  # letters that are compared with all others
# A page of text has so many letters, and so many of them in rows; more, if half of its ink is no higher than
# so many pixels, as grain is.
_FEWEST, _MOSTLY_IN_ROWS, _SMALL_IN_ROWS, _DUST = 20, 0.5, 0.6, 16
# Print is at most so many times higher than its strokes are broad (Devanagari, thin Chinese), words in one
# stroke are so from there on; a printed letter is so high.
_CURSIVE, _PRINT = (13.0, 17.0), 9.0
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
    stand in rows, they are text all the same, and the large ones a title or parts of a picture. Words in one
    stroke have the height of print that is as broad.
    """
    shrink = min(1.0, _LARGEST_WORKING_SIDE / max(grey.shape))
    found = _letters(shrunk(grey, 1 / shrink))
    heights = found.heights
    if heights.size < 5:
        return TextSize()
    usual = _of_one_letter(found, _text_beside_pictures(found, _by_area(found)))
    return TextSize(usual / shrink, float(np.percentile(heights, _SMALLER)) / shrink)


def text_height(grey: np.ndarray) -> float:
    """Typical height of a letter in pixels, for a page uint8 (H, W): see `text_size`."""
    return text_size(grey).usual


def has_rows_of_letters(grey: np.ndarray) -> bool:
    """Whether most of what could be letters on a page uint8 (H, W) stands in rows; grain and dust do not."""
    found = _letters(shrunk(grey, max(1.0, max(grey.shape) / _LARGEST_WORKING_SIDE)))
    asked = np.flatnonzero(found.filled < _FILLED)
    if asked.size < _FEWEST:
        return False
    asked = _some(asked)
    least = _MOSTLY_IN_ROWS if _by_area(found) > _DUST else _SMALL_IN_ROWS
    return bool(_are_in_rows(found, asked).mean() > least)


@dataclass(frozen=True)
class _Letters:
    """Components that could be letters: heights and areas in pixels, middles (N, 2) across and down.

    `filled`: the share of its box that each fills; `strokes`: how broad those of each are, in pixels.
    """

    heights: np.ndarray
    areas: np.ndarray
    middles: np.ndarray
    filled: np.ndarray
    strokes: np.ndarray


def _letters(grey: np.ndarray) -> _Letters:
    block = max(3, min(51, min(grey.shape) // 2 * 2 - 1))
    dark = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 30)
    _count, labels, stats, middles = cv2.connectedComponentsWithStats(dark, connectivity=8)
    left, top, width, height, area = stats[1:].T
    like = (height >= 5) & (height < grey.shape[0] / 3) & (width < 5 * height) & (height < 5 * width)
    filled = area / (width * height)
    like &= filled > 0.1
    large = like & (width > _WIDE * height)
    large &= area > _LARGE * np.median(area[like]) if like.any() else like
    for number in np.flatnonzero(large).tolist():
        part = np.s_[top[number] : top[number] + height[number], left[number] : left[number] + width[number]]
        like[number] = not _is_rectangle(labels[part] == number + 1)
    heights, areas = height[like].astype(np.float64), area[like].astype(np.float64)
    edges = np.bincount(labels[dark > cv2.erode(dark, np.ones((3, 3), np.uint8))], minlength=len(stats))
    return _Letters(heights, areas, middles[1:][like], filled[like], 2 * areas / edges[1:][like])


def _is_rectangle(part: np.ndarray) -> bool:
    """Whether a component bool (h, w) is a box or a frame, and so no letter, however large."""
    (outline, *_), _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    _middle, (width, height), _turn = cv2.minAreaRect(outline)
    return cv2.contourArea(outline) >= _RECTANGULAR * width * height


def _by_area(found: _Letters) -> float:
    """The height above which half of the ink is."""
    return _half_above(found.heights, found.areas)


def _half_above(values: np.ndarray, weights: np.ndarray) -> float:
    """The value above which half of the weights are."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def _of_one_letter(found: _Letters, usual: float) -> float:
    """The height of a letter where words are written in one stroke, which are as high as all that stands out.

    Their strokes are thinner than those of any print of their height.
    """
    stroke = _half_above(found.strokes, found.areas)
    high = usual / stroke
    return float(min(usual, stroke * np.interp(high, _CURSIVE, (_CURSIVE[0], _PRINT))))


def _text_beside_pictures(found: _Letters, usual: float) -> float:
    """The height of text far smaller than the `usual` height, or this where most of the rest is no text.

    Text stands in rows; its letters are not all alike, and a leader's dots fill more of their boxes.
    """
    is_small = (found.heights < usual / _FAR_SMALLER) & (found.filled < _FILLED)
    if is_small.mean() <= 0.5:
        return usual
    asked = _some(np.flatnonzero(is_small))
    text = asked[_are_in_rows(found, asked)]
    heights = found.heights[text]
    if text.size <= _IN_ROWS * asked.size or np.ptp(np.percentile(heights, [10, 90])) == 0:
        return usual
    return float(np.percentile(heights, _OF_TEXT))


def _some(numbers: np.ndarray) -> np.ndarray:
    """Of so many letters as many as are asked."""
    return numbers[:: 1 + numbers.size // _MOST_ASKED]


def _are_in_rows(found: _Letters, asked: np.ndarray) -> np.ndarray:
    """Whether the letters of these numbers have a neighbour in their row that is about as high, bool."""
    parts = np.array_split(asked, -(-asked.size // _AT_A_TIME))
    return np.concatenate([_have_neighbours(found, part) for part in parts])


def _have_neighbours(found: _Letters, asked: np.ndarray) -> np.ndarray:
    """The same of a few letters, each of which is compared with all."""
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
