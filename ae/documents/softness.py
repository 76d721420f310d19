"""How soft a page is: whether a lens, a hand or a filter has blurred its ink."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ae.arrays import bands


class _Direction(NamedTuple):
    """In which edges are measured: a `step` across them, (down, right), how many steps to each side are
    looked at, and over how many pixels `sharp` ink turns from dark to bright."""

    step: tuple[int, int]
    reach: int
    sharp: float


# For slopes whose angle is 0, 45, 90 and 135 degrees. NoisyOffice's training scans have up to 2.04, 1.97,
# 2.14 and 2.00 pixels, clean rendered pages 2.0, 1.8, 2.0, 1.8.
_ACROSS = (
    _Direction((0, 1), 2, 2.06),
    _Direction((1, 1), 1, 2.0),
    _Direction((1, 0), 2, 2.2),
    _Direction((1, -1), 1, 2.02),
)
_SOFT = 0.15  # more pixels than sharp ink, where a page is soft altogether
_BESIDE = np.ones((3, 3), np.uint8)
_CONTRAST = 50  # grey levels between both sides of ink's edge; stains and shadows mostly have less
_WIDEST = 10  # pixels; what is wider is no edge
_OF_EDGES = 25  # percentile, since letters that touch and dirt have the wider ones
_LEAST_EDGES = 50
_MARGIN = max(direction.reach for direction in _ACROSS)
_BAND = 256  # rows that are looked at a time, so that float copies stay small


def softness(grey: np.ndarray) -> float:
    """0 for a sharp page uint8 (H, W) at the size on which networks work, 1 for a soft one; 0 without ink.

    A hand that moves blurs what lies across its way alone, so the softest direction counts.
    """
    found = [_edge_widths(grey[rows]) for rows in bands(len(grey), _BAND)]
    widths = (np.concatenate(of_direction) for of_direction in zip(*found, strict=True))
    return max(_softness(width, direction.sharp) for width, direction in zip(widths, _ACROSS, strict=True))


def _softness(widths: np.ndarray, sharp: float) -> float:
    if widths.size < _LEAST_EDGES:
        return 0.0
    return float(np.clip((np.percentile(widths, _OF_EDGES) - sharp) / _SOFT, 0, 1))


def _edge_widths(grey: np.ndarray) -> list[np.ndarray]:
    """Contrast over slope at the steepest places of edges, in pixels, for each direction."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, dy, ksize=3, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    slope = cv2.magnitude(across, down)
    steep = (slope >= cv2.dilate(slope, _BESIDE)) & (_WIDEST * slope > _CONTRAST)
    rows, columns = np.nonzero(steep)
    slopes = slope[steep]
    angles = np.rint(np.arctan2(down[steep], across[steep]) / (np.pi / 4)).astype(int) % len(_ACROSS)
    bordered = np.pad(grey, _MARGIN, "edge")
    found = []
    for angle, direction in enumerate(_ACROSS):
        here = angles == angle
        contrast = _contrast(bordered, rows[here] + _MARGIN, columns[here] + _MARGIN, direction)
        is_ink = (contrast >= _CONTRAST) & (_WIDEST * slopes[here] > contrast)
        found.append(contrast[is_ink] / slopes[here][is_ink])
    return found


def _contrast(grey: np.ndarray, rows: np.ndarray, columns: np.ndarray, across: _Direction) -> np.ndarray:
    """Brightest less darkest pixel on a line through each place."""
    down, right = across.step
    steps = range(-across.reach, across.reach + 1)
    line = np.stack([grey[rows + n * down, columns + n * right] for n in steps])
    return np.ptp(line, axis=0)
