"""What the page network sees: a copy on which letters have the size that it knows, over two backgrounds."""

from __future__ import annotations

import numpy as np

from ae.arrays import shrunk
from ae.documents.division import divide
from ae.documents.text_size import REFERENCE_HEIGHT, kernel_scale

# Pixels of a letter on the smaller copy that is learned from and worked on: two thirds of the work of 15.
WORKING_HEIGHT = 12.0


def working_shrink(scale: float) -> float:
    """How much smaller the copy is that the network works on: 1 up to 1.5 times the reference."""
    return scale * REFERENCE_HEIGHT / WORKING_HEIGHT if scale >= 1.5 else 1.0


def working_planes(grey: np.ndarray, scale: float) -> np.ndarray:
    """`planes` of the copy that the network works on; letters are `scale` times the reference."""
    shrink = working_shrink(scale)
    return planes(shrunk(grey, shrink), scale / shrink)


def planes(grey: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Input of `ae.models.page.PageNet`, uint8 (3, H, W), but for the softness that some are told.

    The page, the page divided by its background, and divided by a background four times wider, which does
    not take the inside of a headline's strokes for paper.
    """
    scale = kernel_scale(grey) if scale is None else scale
    return np.stack([grey, divide(grey, scale), divide(grey, 4 * scale)])
