"""Areas on a white page that somebody printed there: pictures, boxes, shaded rows of tables, flat logos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ae.documents.squares import PALE, WHITE

_SMALLEST = 16  # pixels a side
_RECTANGLE = 0.85  # of its bounding box is filled
_FLAT = 2.5  # grey levels, standard deviation
# An even area differs by no more from pixel to pixel, and by hardly anything from place to place: stains have
# clouds. Just beyond its edge, so wide on a scan, hardly anything is between its tone and paper.
_CALM, _CLOUDS, _PLACE = 8, 0.75, (9, 9)
_STEP, _MOST_SOFT, _RIM, _BEYOND = 3, 0.25, np.ones((11, 11), np.uint8), np.ones((13, 13), np.uint8)
_LINE = np.ones((25, 25), np.uint8)  # a line of print on it is no higher
_SAME, _BESIDE = 0.7, np.ones((3, 3), np.uint8)  # of the pixels are as those beside them
_EDGE = np.ones((5, 5), np.uint8)  # what is nearer to the outline may be blurred


@dataclass(frozen=True)
class _Areas:
    """Connected pixels: `labels` int32 (H, W), 0 elsewhere, and for each the row of cv2's statistics."""

    labels: np.ndarray
    stats: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> _Areas:
        """Of a mask of 0 or 1, uint8 (H, W)."""
        _count, labels, stats, _middles = cv2.connectedComponentsWithStats(mask, connectivity=4)
        stats[0] = 0  # all that is no area
        return cls(labels, stats)

    def are_possible(self) -> np.ndarray:
        """Whether each is larger than a letter's part and no strip all across the page, as a shadow is."""
        left, top, width, height, _area = self.stats.T
        rows, columns = self.labels.shape
        edges = np.stack([left == 0, top == 0, left + width == columns, top + height == rows])
        return (np.minimum(width, height) >= _SMALLEST) & (edges.sum(0) < 3)

    def are_rectangles(self) -> np.ndarray:
        """Whether each has corners."""
        _left, _top, width, height, area = self.stats.T
        return area >= _RECTANGLE * width * height

    def are_flat(self, page: np.ndarray, most: float = _FLAT) -> np.ndarray:
        """Whether each has a single tone, as no stain has."""
        tones = page[self._inside].astype(np.float64)
        count, total, squares = (self._sums(weights) for weights in (None, tones, tones**2))
        count = np.maximum(count, 1)
        return (total > 0) & (squares / count - (total / count) ** 2 <= most**2)

    def are_drawn(self, page: np.ndarray) -> np.ndarray:
        """Whether nearly all pixels of each are just as those beside them, as nothing is that was scanned."""
        same = cv2.morphologyEx(page, cv2.MORPH_GRADIENT, _BESIDE) == 0
        share = self._sums(same[self._inside].astype(np.float64)) / np.maximum(self._sums(None), 1)
        return share >= _SAME

    def are_sharp(self, page: np.ndarray) -> np.ndarray:
        """Whether each ends at an edge instead of fading into the paper."""
        plane = self.labels.astype(np.float32)
        beyond = np.where(cv2.dilate(plane, _RIM) == 0, cv2.dilate(plane, _BEYOND), 0).astype(np.int32)
        numbers, levels = beyond[beyond > 0], page[beyond > 0]
        tones = self._sums(page[self._inside].astype(np.float64)) / np.maximum(self._sums(None), 1)
        soft = (levels < WHITE) & (levels > tones[numbers] + _STEP)
        count, soft = (np.bincount(numbers, weights, len(self.stats)) for weights in (None, soft))
        return soft <= _MOST_SOFT * count

    @cached_property
    def _inside(self) -> np.ndarray:
        """What is no outline, bool (H, W)."""
        return cv2.erode((self.labels > 0).astype(np.uint8), _EDGE) > 0

    def _sums(self, weights: np.ndarray | None) -> np.ndarray:
        """Of each area the sum over its inside, or how many pixels that has."""
        return np.bincount(self.labels[self._inside], weights, len(self.stats))


def printed_areas(page: np.ndarray) -> np.ndarray:
    """1 in the printed areas of a page with white paper, 0 elsewhere; both uint8 (H, W).

    Stains have neither corners nor a single tone, nor several ones, each without any grain, as charts have
    that a computer has drawn. An area may be all that is not white, or all that is pale, as between the black
    lines of a table.
    """
    tinted = (page < WHITE).astype(np.uint8)
    found = _even_areas(page, tinted)
    for areas, are_printed in _judged(page, tinted):
        found |= (areas.are_possible() & are_printed).astype(np.uint8)[areas.labels]
    return found


def _even_areas(page: np.ndarray, tinted: np.ndarray) -> np.ndarray:
    """1 in areas of one tone and on print in them, whatever lines and other tones they hang together with.

    `tinted`: 1 where the page, uint8 (H, W), is not white.
    """
    steps = cv2.morphologyEx(cv2.blur(page, (3, 3)), cv2.MORPH_GRADIENT, _EDGE)
    areas = _Areas.of(tinted * (steps <= _CALM))
    are_even = areas.are_flat(page) & areas.are_flat(cv2.blur(page, _PLACE), _CLOUDS) & areas.are_sharp(page)
    are_even &= areas.are_possible()
    found = are_even.astype(np.uint8)[areas.labels]
    return tinted * cv2.morphologyEx(cv2.dilate(found, _RIM), cv2.MORPH_CLOSE, _LINE)


def _judged(page: np.ndarray, tinted: np.ndarray) -> Iterator[tuple[_Areas, np.ndarray]]:
    areas = _Areas.of(tinted)
    yield areas, areas.are_rectangles()
    pale = _Areas.of(tinted * (page >= PALE))
    yield pale, pale.are_rectangles() | pale.are_flat(page) | pale.are_drawn(page)
