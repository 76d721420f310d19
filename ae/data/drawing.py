"""A drawing made to look like a digit of MNIST."""

from __future__ import annotations

import numpy as np
from PIL import Image

SIDE = 28
_BOX = 20  # pixels that the ink of an MNIST digit fills at most


def as_digit(drawing: np.ndarray) -> np.ndarray | None:
    """A digit float32 (28, 28) in 0..1 from a white-on-black drawing (H, W) in 0..1; None without ink.

    As MNIST was made (LeCun et al., Proceedings of the IEEE 86:11, 1998): the ink is scaled into a box of
    20 x 20 pixels, its shape kept, and its centre of mass is put into the middle.
    """
    rows, columns = np.nonzero(drawing > 0.1)
    if not len(rows):
        return None
    ink = drawing[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = _BOX / max(ink.shape)
    size = [max(1, round(length * scale)) for length in ink.shape[::-1]]
    grey = Image.fromarray(np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8))
    small = np.asarray(grey.resize((size[0], size[1]), Image.Resampling.BOX), np.float32) / 255
    return _centred(small)


def _centred(ink: np.ndarray) -> np.ndarray:
    """The ink (h, w) on an empty digit, its centre of mass as near to the middle as it fits."""
    weight = max(float(ink.sum()), 1e-6)
    corner = [0, 0]
    for axis, length in enumerate(ink.shape):
        centre = float((ink.sum(axis=1 - axis) * (np.arange(length) + 0.5)).sum()) / weight
        corner[axis] = int(np.clip(round(SIDE / 2 - centre), 0, SIDE - length))
    digit = np.zeros((SIDE, SIDE), np.float32)
    digit[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return digit
