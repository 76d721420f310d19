"""Noise of a camera in hardly any light, which is far more than scanners and photographs by day have."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance

_SQUARE, _EVERY = 16, 4  # pixels of the squares in which noise is measured; one row of them of so many
_BARE = 10  # percentile of the noise of squares: there is neither print nor a picture's detail in them
_PAPER = 85  # percentile of the grey levels
_MUCH = 0.035  # deviation of noise, as a share of the brightness of paper: more than the networks know well
_WANTED = 0.02
_MOST_BLUR = 2.0  # pixels
# The mean size of what this finds of normal noise of deviation 1; structure of ramps and edges drops out.
# Immerkaer, Fast noise variance estimation, Computer Vision and Image Understanding 1996.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_MEAN_OF_MASK = 6 * np.sqrt(2 / np.pi)
_LEFT_BY_BLUR = 1 / (2 * np.sqrt(np.pi))  # deviation of white noise after a blur of one pixel


def without_noise(pixels: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) blurred against noise; itself where that would be no help."""
    noise = _noise(pixels)
    if noise < _MUCH:
        return pixels
    return cv2.GaussianBlur(pixels, (0, 0), min(_LEFT_BY_BLUR * noise / _WANTED, _MOST_BLUR))


def _noise(pixels: np.ndarray) -> float:
    """Deviation of the noise on bare paper, as a share of the paper's brightness."""
    found, levels = [], []
    for top in range(0, len(pixels) - _SQUARE + 1, _EVERY * _SQUARE):
        grey = luminance(pixels[top : top + _SQUARE])
        rough = np.abs(cv2.filter2D(grey, cv2.CV_32F, _MASK))
        squares = grey.shape[1] // _SQUARE
        found.append(rough[:, : squares * _SQUARE].reshape(_SQUARE, squares, _SQUARE).mean((0, 2)))
        levels.append(grey[::_SQUARE].ravel())
    noises = np.concatenate(found) if found else np.zeros(0)
    if not noises.size:
        return 0.0
    paper = max(float(np.percentile(np.concatenate(levels), _PAPER)), 1.0)
    return float(np.percentile(noises, _BARE)) / _MEAN_OF_MASK / paper
