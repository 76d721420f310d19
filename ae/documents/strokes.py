"""Connected pixels that look like letters or parts of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.documents import division
from ae.documents.text_size import scale_of, text_height

_INK = 190  # grey level of the divided page, faint ink included


@dataclass(frozen=True)
class Strokes:
    """Letter-like components: `labels` int32 (H, W), and the label and the area in pixels of each."""

    labels: np.ndarray
    numbers: np.ndarray
    areas: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray, letter: float) -> Strokes:
        """Those of a mask (H, W), 0 elsewhere, of a page whose letters are so many pixels high."""
        found = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
        _count, labels, stats, _centres = found
        _left, _top, width, height, area = stats.T
        like = (height >= 0.4 * letter) & (height < 6 * letter) & (width >= 2)
        like &= (width < 15 * height) & (height < 8 * width) & (area > 0.12 * width * height)
        like[0] = False  # what is not in the mask
        numbers = np.flatnonzero(like)
        return cls(labels, numbers, area[numbers])

    def inside(self) -> np.ndarray:
        """Where they are, bool (H, W)."""
        return np.isin(self.labels, self.numbers)


def strokes_on(grey: np.ndarray) -> tuple[Strokes, np.ndarray]:
    """The strokes of ink on a page uint8 (H, W), and the page divided by its background, same shape."""
    letter = text_height(grey)
    divided = division.divide(grey, scale_of(letter))
    return Strokes.of(divided < _INK, letter), divided
