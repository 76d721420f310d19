"""Divide a page by its background: the filter without learning, and the network's first step.

The recipe (dilate, median, divide, levels) is tuned on NoisyOffice's TR partition, whose letters have a
height of up to `REFERENCE_HEIGHT` pixels; on other pages the kernels grow with the text that is found.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from ae.arrays import bands, shrunk
from ae.documents.text_size import kernel_scale

DILATE = 5
MEDIAN = 15
BLACK, WHITE = 0.20, 0.85  # ratios page / background that become black and white
DARKEST = 40  # grey levels; what is darker is no paper, and dividing by it would show its noise
_BRIGHTEST = 90  # percentile of the background that counts as the usual one
_EVERY = 4  # one pixel of so many in a row and column is enough to know the paper
_GRAIN = 5  # percent of the pixels of bare paper are darker than what becomes white
_REACH, _DARK_INK = 17, 128  # pixels of ringing, to both sides; grey level of ink over its paper that has it
_RINGING = 0.88, 0.96  # of the paper: what JPEG leaves around letters, paler the more it is like paper


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


def divide(grey: np.ndarray, scale: float | None = None) -> np.ndarray:
    """The page divided by its background, uint8 (H, W): the whole filter. The scale is found if not given."""
    return ratio(grey, background(grey, kernel_scale(grey) if scale is None else scale))


def by_channel(
    pixels: np.ndarray, filtered: Callable[[np.ndarray, float], np.ndarray], scale: float
) -> np.ndarray:
    """A page uint8 (H, W, 3), every channel `filtered` by itself, so that tinted paper becomes white."""
    return cv2.merge([filtered(channel, scale) for channel in cv2.split(pixels)])


def over_background(grey: np.ndarray, scale: float) -> np.ndarray:
    """The page over its background, uint8 (H, W); beside dark ink as `flattened` has it: there is ringing.

    Pale strokes elsewhere keep all of their darkness.
    """
    paper = background(grey, scale)
    plain = ratio(grey, paper, 0.0, 1.0)
    white = np.rint(np.minimum(np.arange(256) / _usual_paper(grey, paper), 255)).astype(np.uint8)
    dark = cv2.erode(plain, np.ones((_REACH, _REACH), np.uint8)) < _DARK_INK
    np.copyto(plain, cv2.LUT(plain, _without_ringing()[white]), where=dark)
    return plain


def flattened(grey: np.ndarray, scale: float, least_paper: float = 0.0) -> np.ndarray:
    """The page over its background, uint8 (H, W): paper becomes white, edges stay as wide as they are.

    What is nearly as bright as paper, such as the ringing of JPEG around letters, becomes paler. Nothing
    below `least_paper` times the usual background counts as paper: it is the inside of a broad stroke, if the
    page is in good light, and its grain would stand out.
    """
    paper = background(grey, scale)
    if least_paper:
        usual = np.percentile(paper[:: _EVERY**2, :: _EVERY**2], _BRIGHTEST)
        paper = np.maximum(paper, np.uint8(least_paper * usual))
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
