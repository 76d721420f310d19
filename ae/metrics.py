"""How far a picture is from the one it should be. Arrays are in 0..1 unless a docstring says otherwise."""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity


def mse(result: np.ndarray, truth: np.ndarray) -> float:
    """Mean squared error per pixel."""
    return float(np.mean((result.astype(np.float64) - truth.astype(np.float64)) ** 2))


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in decibels of a mean squared error of pixels in 0..1; 0 error gives inf."""
    return float("inf") if error == 0 else float(-10 * np.log10(error))


def ssim(result: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity of two grey pictures (H, W), at least 7 pixels a side.

    scikit-image's, in even windows of 7 x 7 pixels; those of Wang et al. (2004) have 11 x 11, weighted.
    """
    return float(structural_similarity(result, truth, data_range=1.0))
