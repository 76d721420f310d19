"""What a network finds on a small grey copy of a page, carried to the page's own size and colours."""

from __future__ import annotations

import cv2
import numpy as np

from ae.documents import division

_MOST_GAIN = 4.0  # faint ink is darkened at most so often
_MOST_DETAIL = 1.5  # more would sharpen noise
_MOST_DARKER = 2.5  # times what the small copy shows; a speck that is black at full size hardly shows there
_SHARE_STEPS = 160  # of a share that is kept in 8 bits: 1.5 x 160 fits


def with_detail(clean: np.ndarray, full: np.ndarray) -> np.ndarray:
    """The clean small copy uint8 (h, w) at full size, with the edges of the flattened page uint8 (H, W).

    Letters far above the size that the network knows are judged on a smaller copy. Detail that `full` has
    beyond a copy of that size is added as far as the network kept what it belongs to: all of a letter's
    edge, nothing of a speck, of which the copy shows a trace at most.
    """
    copy = cv2.resize(full, clean.shape[::-1], interpolation=cv2.INTER_AREA)
    # One grey level more, so that white paper beside a letter counts as kept and its edge is whole.
    kept = np.minimum(_gain(copy, clean, 1), _MOST_DETAIL)
    share = np.rint(kept * _SHARE_STEPS).astype(np.uint8)
    clean, copy, share = (
        cv2.resize(plane, full.shape[::-1], interpolation=cv2.INTER_LINEAR) for plane in (clean, copy, share)
    )
    result = np.empty_like(full)
    for band in division.bands(full.shape[0]):
        detail = cv2.subtract(full[band], copy[band], dtype=cv2.CV_16S)
        detail = cv2.multiply(detail, share[band].astype(np.int16), scale=1 / _SHARE_STEPS)
        darkest = -_MOST_DARKER * (255 - clean[band].astype(np.float32))
        result[band] = cv2.add(clean[band], cv2.max(detail, darkest.astype(np.int16)), dtype=cv2.CV_8U)
    return result


def with_colour(clean: np.ndarray, pixels: np.ndarray, scale: float) -> np.ndarray:
    """The clean luminance uint8 (H, W) in the colours of the page uint8 (H, W, 3): one gain for all channels.

    `scale`: of its background (`division.scale_of`).
    The gain works on darkness (1 - value), which is what ink adds to paper; where the network takes all
    of it, white is left, whatever the tint was.
    """
    result = division.by_channel(pixels, division.flattened, scale)
    for band in division.bands(len(result)):
        gain = _gain(cv2.cvtColor(result[band], cv2.COLOR_RGB2GRAY), clean[band])
        darkness = (255 - result[band].astype(np.float32)) * gain[..., None]
        result[band] = np.rint(255 - np.clip(darkness, 0, 255))
    return result


def _gain(before: np.ndarray, clean: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Clean darkness over darkness before, float32 (H, W), with the `least` added to both."""
    before, after = (255 - plane.astype(np.float32) + least for plane in (before, clean))
    return np.minimum(after / np.maximum(before, 1), _MOST_GAIN)
