"""Ink that faded, made as dark as ink is on fresh pages; what is pale beside dark ink stays pale."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import bands, luminance, weakest
from ae.documents.text_size import has_rows_of_letters

_USUAL = 95  # percentile of the darkness of ink
_WANTED = 230  # grey levels from paper to ink; clean print that is fresh has 240 or more
_MOST = 2.5  # times darker
_BRIGHT, _MOSTLY = 250, 0.5  # so much paper that no light and no age has touched: its ink is as it is meant


def with_dark_ink(clean: np.ndarray, page: np.ndarray) -> np.ndarray:
    """A clean page uint8 (H, W) or (H, W, 3), its ink made darker where nearly all of it is pale.

    `page`: what it was before, uint8 of the same shape. Itself if that had bright paper, or if the clean one
    has no rows of letters. A pixel's channels share their gain, so that ink keeps its hue.
    """
    if _has_bright_paper(page):
        return clean
    darkness = ~weakest(clean)
    table = _table(darkness)
    if table is None:
        return clean
    is_grey = clean.ndim == 2
    result = cv2.bitwise_not(cv2.LUT(darkness, table)) if is_grey else _darker(clean, darkness, table)
    return result if has_rows_of_letters(luminance(result)) else clean


def is_faded(clean: np.ndarray, page: np.ndarray) -> bool:
    """Whether nearly all ink of a clean page uint8 (H, W) is pale, and the page uint8 (H, W) or (H, W, 3)
    before it had no bright paper."""
    return not _has_bright_paper(page) and _table(~clean) is not None


def _has_bright_paper(page: np.ndarray) -> bool:
    bright = cv2.inRange(luminance(page), _BRIGHT, 255)
    return cv2.countNonZero(bright) >= _MOSTLY * bright.size


def _table(darkness: np.ndarray) -> np.ndarray | None:
    """For each of 256 darknesses the new one, uint8; None where ink is dark, or there is none.

    What is much paler than ink gains less: it may be a trace of dirt.
    """
    otsu, _ = cv2.threshold(darkness, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    edge = max(1, int(otsu))
    counts = cv2.calcHist([darkness], [0], None, [256], [0, 256]).ravel()
    counts[: edge + 1] = 0
    total = counts.cumsum()
    usual = int(np.searchsorted(total, _USUAL / 100 * total[-1]))
    if usual == 0 or usual >= _WANTED:
        return None
    old = np.arange(256)
    gain = min(_WANTED / usual, _MOST) - 1
    return np.rint(np.minimum(old * (1 + gain * np.minimum(old / edge, 1)), 255)).astype(np.uint8)


def _darker(clean: np.ndarray, darkness: np.ndarray, table: np.ndarray) -> np.ndarray:
    """A colour page uint8 (H, W, 3) whose weakest channel gets the darkness that the table says."""
    gains = (table / np.maximum(np.arange(256), 1)).astype(np.float32)
    result = np.empty_like(clean)
    for rows in bands(len(clean)):
        gain = cv2.LUT(darkness[rows], gains)
        cv2.bitwise_not(cv2.multiply(~clean[rows], cv2.merge([gain] * 3), dtype=cv2.CV_8U), result[rows])
    return result
