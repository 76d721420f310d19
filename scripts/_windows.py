"""Find the part of a page that is worth a look."""

from __future__ import annotations

import numpy as np

Window = tuple[slice, slice]


def largest_window(values: np.ndarray, size: tuple[int, int]) -> tuple[Window, float]:
    """The window of a size (height, width) where the values (H, W) are largest, and their mean in it.

    The window is smaller where the values are.
    """
    height, width = (min(side, most) for side, most in zip(values.shape, size, strict=True))
    total = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = (
        total[height:, width:] - total[:-height, width:] - total[height:, :-width] + total[:-height, :-width]
    )
    top, left = (int(place) for place in np.unravel_index(int(sums.argmax()), sums.shape))
    window = slice(top, top + height), slice(left, left + width)
    return window, float(sums.max()) / (height * width)
