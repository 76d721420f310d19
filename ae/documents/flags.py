"""Which of 200 pages need a look? What cleaning took from a page, measured, and the reasons to check it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.documents import division
from ae.documents.light import Light
from ae.documents.page import luminance

INK_REMOVED = "ink removed"
MUCH_CHANGED = "much changed"
CONFIDENCE_FELL = "harder to read"
INVERTED = "inverted"

MOST_INK_REMOVED = 0.02  # of the strokes; about one line of a full page
MOST_CHANGED = 0.06  # of the pixels; a photograph on a seventh of the page, or dirt as bad as it gets
MOST_CONFIDENCE_LOST = 3.0  # points of Tesseract's 0..100

_STROKE = 190  # grey level of the divided page that counts as ink, faint ink included
_KEPT = 0.35  # a stroke that keeps less of its darkness is gone
_CHANGED = 80  # grey levels
_LIGHT_SCALES = (8.0, division.LARGEST_SCALE)  # of the background, times the usual
_INK_SIDE, _CHANGE_SIDE = 2400, 600  # pixels; larger pages are measured on a smaller copy
_DARK, _DARK_SHARE, _EVEN = 100, 0.62, 21.0  # an inverted page: so much of it is darker, and that evenly
_FEWEST_LETTERS = 20
_BRIGHTER = 2.0  # times the ground, light letters in good light; a dim page has nothing so bright


@dataclass(frozen=True)
class Look:
    """How much a page lost, and why a person should look at it.

    `ink_removed`: share 0..1 of the strokes on the page that became white; `changed`: share 0..1 of the
    pixels that differ clearly from the page, both as it was and on even, white paper; `reasons`: texts from
    this module.
    """

    ink_removed: float = 0.0
    changed: float = 0.0
    reasons: tuple[str, ...] = ()


def inspect(before: np.ndarray, after: np.ndarray, confidences: tuple[float, float] | None = None) -> Look:
    """Compare a page before and after cleaning, both uint8 (H, W) or (H, W, 3).

    `confidences` are those of the text before and after, 0..100, where it was read.
    """
    before, after = luminance(before), luminance(after)
    ink, changed = _ink_removed(before, after), _changed(before, after)
    found = {
        INK_REMOVED: ink > MOST_INK_REMOVED,
        MUCH_CHANGED: changed > MOST_CHANGED,
        CONFIDENCE_FELL: confidences is not None and confidences[0] - confidences[1] > MOST_CONFIDENCE_LOST,
        INVERTED: is_inverted(before),
    }
    return Look(ink, changed, tuple(reason for reason, holds in found.items() if holds))


def is_inverted(pixels: np.ndarray) -> bool:
    """Whether a page uint8 (H, W) or (H, W, 3) is light text on a dark ground, such as a negative."""
    grey = _shrunk(luminance(pixels), _CHANGE_SIDE * 2)
    dark = grey[grey < _DARK]
    if dark.size < _DARK_SHARE * grey.size or dark.std() > _EVEN:
        return False
    # Many a photograph is dark as well, but has no letters on it; a dim page has, but dark ones.
    letters = _strokes(division.divide(255 - grey), division.text_height(255 - grey))
    if letters.numbers.size < _FEWEST_LETTERS:
        return False
    lit = Light(grey).lit(grey)
    bright = lit[np.isin(letters.labels, letters.numbers)]
    return bool(np.median(bright) >= _BRIGHTER * np.median(lit))


def turned(pixels: np.ndarray) -> np.ndarray:
    """The page with light and dark exchanged."""
    return 255 - pixels


def _shrunk(grey: np.ndarray, side: int) -> np.ndarray:
    return division.shrunk(grey, max(1.0, max(grey.shape) / side))


@dataclass(frozen=True)
class _Strokes:
    """Letter-like components: `labels` (H, W), and the label and the area in pixels of each."""

    labels: np.ndarray
    numbers: np.ndarray
    areas: np.ndarray


def _strokes(divided: np.ndarray, letter: float) -> _Strokes:
    dark = (divided < _STROKE).astype(np.uint8)
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    _left, _top, width, height, area = stats.T
    like = (height >= 0.4 * letter) & (height < 6 * letter) & (width >= 2)
    like &= (width < 15 * height) & (height < 8 * width) & (area > 0.12 * width * height)
    like[0] = False  # the paper
    numbers = np.flatnonzero(like)
    return _Strokes(labels, numbers, area[numbers])


def _ink_removed(before: np.ndarray, after: np.ndarray) -> float:
    before, after = _shrunk(before, _INK_SIDE), _shrunk(after, _INK_SIDE)
    divided = division.divide(before)
    strokes = _strokes(divided, division.text_height(before))
    if not strokes.numbers.size:
        return 0.0
    left, had = _darkness(strokes, after, divided)
    gone = left < _KEPT * had
    return float(strokes.areas[gone].sum() / strokes.areas.sum())


def _darkness(strokes: _Strokes, *pages: np.ndarray) -> list[np.ndarray]:
    """Total darkness of each stroke on each of the grey pages uint8 (H, W)."""
    labels = strokes.labels.ravel()
    dark = np.flatnonzero(labels)  # little of a page
    labels = labels[dark]
    return [np.bincount(labels, 255.0 - page.ravel()[dark])[strokes.numbers] for page in pages]


def _changed(before: np.ndarray, after: np.ndarray) -> float:
    before, after = _shrunk(before, _CHANGE_SIDE), _shrunk(after, _CHANGE_SIDE)
    # Backgrounds so wide follow the light over the page and the shadow of a fold, but not a photograph or a
    # dark box on it; what is as it was has not changed, whatever they say.
    expected = (before, *(division.divide(before, scale) for scale in _LIGHT_SCALES))
    smooth = cv2.blur(after, (3, 3))
    difference = np.minimum.reduce([cv2.absdiff(cv2.blur(page, (3, 3)), smooth) for page in expected])
    return float(np.mean(difference > _CHANGED))
