"""Which of 200 pages need a look? What cleaning took from a page, measured, and the reasons to check it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.arrays import colourfulness, is_ink_coloured, luminance, shrunk_to_side, weakest
from ae.documents import division
from ae.documents.faintness import darkened
from ae.documents.grounds import is_inverted
from ae.documents.light import evened
from ae.documents.margins import without_margins
from ae.documents.mounts import without_mount
from ae.documents.strokes import Strokes, strokes_on
from ae.documents.text_size import LARGEST_SCALE

INK_REMOVED = "ink removed"
COLOUR_REMOVED = "colour removed"
MUCH_CHANGED = "much changed"
CONFIDENCE_FELL = "harder to read"
INVERTED = "inverted"

MOST_INK_REMOVED = 0.02  # of the strokes; about one line of a full page
MOST_COLOUR_REMOVED = 0.01  # of the page; a box, a few bars of a chart, two lines of highlighter
MOST_CHANGED = 0.06  # of the pixels; a photograph on a seventh of the page, or dirt as bad as it gets
MOST_CONFIDENCE_LOST = 3.0  # points of Tesseract's 0..100

_KEPT = 0.35  # a stroke that keeps less of its darkness is gone
_CHANGED = 80  # grey levels
_COLOUR = 14  # grey levels between the channels of a pale fill on white paper; when removed, it is white
_NO_COLOUR, _WHITE = 6, 245
_LIGHT_SCALES = (8.0, LARGEST_SCALE)  # of the background, times the usual
_INK_SIDE, _CHANGE_SIDE = 2400, 600  # pixels; larger pages are measured on a smaller copy


@dataclass(frozen=True)
class Look:
    """How much a page lost, and why a person should look at it.

    `ink_removed`: share 0..1 of the strokes on the page that became white; `colour_removed`: share 0..1 of
    the page that was coloured and became white, brown and yellow left aside; `changed`: share 0..1 of the
    pixels that differ clearly from the page, both as it was and on even, white paper; `reasons`: texts from
    this module.
    """

    ink_removed: float = 0.0
    colour_removed: float = 0.0
    changed: float = 0.0
    reasons: tuple[str, ...] = ()


def inspect(before: np.ndarray, after: np.ndarray, confidences: tuple[float, float] | None = None) -> Look:
    """Compare a page before and after cleaning, both uint8 (H, W) or (H, W, 3).

    `confidences` are those of the text before and after, 0..100, where it was read.
    """
    page = without_mount(without_margins(before))  # what is beside it is no loss, gone or not
    colour = _colour_removed(page, after) if before.ndim == 3 else 0.0
    pages = [luminance(each) for each in ((before,) if page is before else (before, page))]
    before, after = pages[0], luminance(after)
    ink, changed = _ink_removed(pages[-1], after), min(_changed(each, after) for each in pages)
    found = {
        INK_REMOVED: ink > MOST_INK_REMOVED,
        COLOUR_REMOVED: colour > MOST_COLOUR_REMOVED,
        MUCH_CHANGED: changed > MOST_CHANGED,
        CONFIDENCE_FELL: confidences is not None and confidences[0] - confidences[1] > MOST_CONFIDENCE_LOST,
        INVERTED: is_inverted(before),
    }
    return Look(ink, colour, changed, tuple(reason for reason, holds in found.items() if holds))


def _ink_removed(before: np.ndarray, after: np.ndarray) -> float:
    before, after = shrunk_to_side(before, _INK_SIDE), shrunk_to_side(after, _INK_SIDE)
    strokes, divided = strokes_on(darkened(before))
    if not strokes.numbers.size:
        return 0.0
    left, had = _darkness(strokes, after, divided)
    gone = left < _KEPT * had
    return float(strokes.areas[gone].sum() / strokes.areas.sum())


def _darkness(strokes: Strokes, *pages: np.ndarray) -> list[np.ndarray]:
    """Total darkness of each stroke on each of the grey pages uint8 (H, W)."""
    labels = strokes.labels.ravel()
    dark = np.flatnonzero(labels)  # little of a page
    labels = labels[dark]
    return [np.bincount(labels, 255.0 - page.ravel()[dark])[strokes.numbers] for page in pages]


def _colour_removed(before: np.ndarray, after: np.ndarray) -> float:
    """Both pages uint8, the first (H, W, 3); grey and black-and-white ones have no colour left to lose."""
    if after.ndim == 2:
        return 0.0
    page = cv2.blur(evened(shrunk_to_side(before, _CHANGE_SIDE)), (5, 5))
    after = cv2.blur(shrunk_to_side(after, _CHANGE_SIDE), (5, 5))
    is_white = (weakest(after) >= _WHITE) & (colourfulness(after) < _NO_COLOUR)
    return float(np.mean(is_ink_coloured(page, _COLOUR) & is_white))


def _changed(before: np.ndarray, after: np.ndarray) -> float:
    before, after = shrunk_to_side(before, _CHANGE_SIDE), shrunk_to_side(after, _CHANGE_SIDE)
    # Backgrounds so wide follow the light over the page and the shadow of a fold, but not a photograph or a
    # dark box on it; what is as it was has not changed, whatever they say.
    expected = (before, *(division.divide(before, scale) for scale in _LIGHT_SCALES))
    smooth = cv2.blur(after, (3, 3))
    difference = np.minimum.reduce([cv2.absdiff(cv2.blur(page, (3, 3)), smooth) for page in expected])
    return float(np.mean(difference > _CHANGED))
