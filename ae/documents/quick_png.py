"""Pages kept for a while, without loss and in little time."""

from __future__ import annotations

import cv2
import numpy as np

_QUICKLY = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def packed(pixels: np.ndarray) -> bytes:
    """A page uint8 (H, W) or (H, W, 3) as PNG."""
    return cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels, _QUICKLY)[1].tobytes()


def unpacked(png: bytes) -> np.ndarray:
    """What was packed, uint8 (H, W) or (H, W, 3). Raises ValueError when it is damaged."""
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) if png else None
    if pixels is None:
        raise ValueError("is no picture")
    return np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels
