"""How soft a page is: whether a lens, a hand or a filter has blurred its ink."""

from __future__ import annotations

import cv2
import numpy as np

# Pixels over which the ink's edges turn from dark to bright, where a page begins to be soft and where it is
# soft altogether. NoisyOffice's scans have up to 2.28, rendered pages 2.0, with much JPEG or copied 2.4.
_SHARP, _SOFT = 2.28, 2.5
_WINDOW = np.ones((7, 7), np.uint8)  # holds both sides of an edge
_BESIDE = np.ones((3, 3), np.uint8)
_CONTRAST = 50.0  # grey levels between both sides of ink's edge; stains and shadows mostly have less
_WIDEST = 10.0  # pixels; what is wider is no edge
_OF_EDGES = 25  # percentile, since letters that touch and dirt have the wider ones
_LEAST_EDGES = 50
_BAND = 256  # rows that are looked at a time, so that float copies stay small


def softness(grey: np.ndarray) -> float:
    """0 for a sharp page uint8 (H, W) at the size on which networks work, 1 for a soft one; 0 without ink."""
    tops = range(0, len(grey), _BAND)
    widths = np.concatenate([_edge_widths(grey[top : top + _BAND]) for top in tops])
    if widths.size < _LEAST_EDGES:
        return 0.0
    return float(np.clip((np.percentile(widths, _OF_EDGES) - _SHARP) / (_SOFT - _SHARP), 0, 1))


def _edge_widths(grey: np.ndarray) -> np.ndarray:
    """Contrast over slope at the steepest places of edges, in pixels."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, dy, ksize=3, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    slope = cv2.magnitude(across, down)
    contrast = cv2.subtract(cv2.dilate(grey, _WINDOW), cv2.erode(grey, _WINDOW))
    edges = (slope >= cv2.dilate(slope, _BESIDE)) & (contrast >= _CONTRAST) & (_WIDEST * slope > contrast)
    return contrast[edges] / slope[edges]
