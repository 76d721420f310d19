"""The lens: out of focus, or moved while the shutter was open."""

from __future__ import annotations

import cv2
import numpy as np

from ae.data.degradation.fields import blurred
from ae.units import MM_PER_INCH


def focus(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Out of focus: up to a quarter of a millimetre of blur, so that small print is just readable."""
    generator = np.random.default_rng(seed)
    widest = generator.uniform(0.13, 0.25) * dpi / MM_PER_INCH
    return blurred(page, np.sqrt(strength) * max(0.9, widest))


def motion(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Moved while it was photographed: blur along a short line in one direction."""
    generator = np.random.default_rng(seed)
    angle = generator.uniform(0, np.pi)
    length = strength * max(2.0, generator.uniform(0.5, 1.2) * dpi / MM_PER_INCH)  # pixels
    return cv2.filter2D(page, -1, _line(length, angle), borderType=cv2.BORDER_REFLECT)


def _line(length: float, angle: float) -> np.ndarray:
    """A kernel with a straight line through its centre, so that nothing is moved."""
    reach = int(np.ceil(length / 2)) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = rows * np.cos(angle) - columns * np.sin(angle)
    kernel = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)
