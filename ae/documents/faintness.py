"""Pages on which all ink is faint: worn-out copies, pencil, prints of long ago. They are darkened before
anything is made of them, since what is so pale on other pages is dirt.
"""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance, shrunk
from ae.documents.text_size import has_rows_of_letters

_INK, _SHARE = 0.62, 0.0005  # of the paper; where so much of a page is darker, its ink is not faint
# The same, where a pen pressed: of all that is darker than `_ANY_INK` of the paper; of the page at most.
_ANY_INK, _OF_INK, _MOST_DARK = 0.85, 0.04, 0.005
_EDGE = 0.05  # of the page's height and width
_SIDE = 300  # pixels of the shorter side of a copy on which the paper is found
_WHITE, _PAPER = 7, 31  # pixels of that copy: what is thinner is ink; a median
_NOISE = 1.0  # pixels of the blur against it
_CORE = 75  # percentile of the darkness of strokes, which are paler at their edges
_WANTED = 90  # grey levels from paper to ink
_LEAST, _MOST = 14, 5.0  # grey levels of ink without noise, at least; times darker, at most


def darkened(lit: np.ndarray) -> np.ndarray:
    """A page in good light, uint8 (H, W) or (H, W, 3), with its ink as dark as faint ink is on other pages.

    Itself where some of it is darker, be it a stamp or a table around it, and where nothing on it stands
    in rows like letters. The edges, where scanners leave shadows, do not count.
    """
    grey = luminance(lit)
    paper = _paper(grey)
    inside = tuple(slice(int(_EDGE * side), side - int(_EDGE * side)) for side in grey.shape)
    dark, ink = (_darker(grey[inside], paper[inside], share) for share in (_INK, _ANY_INK))
    if dark > max(_SHARE, min(_OF_INK * ink, _MOST_DARK)):
        return lit
    gain = _gain(grey[inside], paper[inside])
    if gain <= 1:
        return lit
    paper = paper if lit.ndim == 2 else _paper(lit)
    result = cv2.addWeighted(lit, gain, paper, 1 - gain, 0)
    return result if has_rows_of_letters(luminance(result)) else lit


def _darker(grey: np.ndarray, paper: np.ndarray, share: float) -> float:
    """How much of a page uint8 (H, W) is darker than so much of its paper, 0..1."""
    is_darker = cv2.compare(grey, cv2.convertScaleAbs(paper, alpha=share), cv2.CMP_LT)
    return cv2.countNonZero(is_darker) / grey.size


def _paper(page: np.ndarray) -> np.ndarray:
    """The page without its ink, same shape."""
    small = cv2.GaussianBlur(shrunk(page, max(1.0, min(page.shape[:2]) / _SIDE)), (0, 0), _NOISE)
    small = cv2.medianBlur(cv2.dilate(small, np.ones((_WHITE, _WHITE), np.uint8)), _PAPER)
    return cv2.resize(small, page.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _gain(grey: np.ndarray, paper: np.ndarray) -> float:
    """How many times darker the ink has to become; 1 where none is found."""
    smooth = cv2.subtract(paper, cv2.GaussianBlur(grey, (0, 0), _NOISE))
    least, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    is_ink = smooth > least
    if not is_ink.any() or np.median(smooth[is_ink]) < _LEAST:
        return 1.0
    # Not of the smooth page, on which thin strokes are paler.
    usual = np.percentile(cv2.subtract(paper, grey)[is_ink], _CORE)
    return min(_WANTED / max(float(usual), 1.0), _MOST)
