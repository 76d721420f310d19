"""The eight ways a page can lie, numbered as EXIF does."""

from __future__ import annotations

import numpy as np

SIDEWAYS = (5, 6, 7, 8)  # width and height change places


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn stored pixels (H, W, ...) the way a viewer shows them; anything but 2 to 8 leaves them."""
    if orientation in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def stored(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """The way back: what `upright` makes these pixels from."""
    backwards = {6: 8, 8: 6}
    return upright(pixels, backwards.get(orientation, orientation))
