"""Dust that is too small beside the letters to be a full stop."""

from __future__ import annotations

import cv2
import numpy as np

_SIZE = 0.08  # of a letter's height; full stops, dots and leaders have 0.15 and more
_ALONE = 0.06  # of a letter's height; no letter may be nearer
_DENSEST = 0.04  # of a square of a letter's height; a halftone has more
_DARK = 200  # grey level of the divided page


def lone_specks(divided: np.ndarray, letter_height: float) -> np.ndarray:
    """Where a divided page uint8 (H, W) has specks on bare paper, with the paper around them, bool (H, W).

    Specks that stand close together are none: they may be a halftone.
    """
    size, around = int(_SIZE * letter_height), round(_ALONE * letter_height)
    none = np.zeros(divided.shape, bool)
    if size < 1:
        return none
    dark = (divided < _DARK).astype(np.uint8)
    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= size) & (stats[:, cv2.CC_STAT_HEIGHT] <= size)
    if not small.any():
        return none
    specks = small.astype(np.uint8)[labels]
    near = cv2.dilate(dark - specks, _square(2 * around + 1))
    side = round(letter_height)
    dense = cv2.boxFilter(specks, cv2.CV_32F, (side, side)) > _DENSEST
    small[labels[(specks > 0) & ((near > 0) | dense)]] = False
    return cv2.dilate(small.astype(np.uint8)[labels], _square(2 * around + 1)) > near


def _square(side: int) -> np.ndarray:
    return np.ones((side, side), np.uint8)
