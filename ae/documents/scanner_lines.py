"""Lines that a scanner draws: dirt below its sensor takes light from one column of the whole page.

What runs straight from edge to edge, through text and margins alike, is no rule of the page's own. Since the
dirt takes a share of the light, dividing by that share brings back what is below, print included.
"""

from __future__ import annotations

import cv2
import numpy as np

from ae.documents.page import luminance

_BANDS = 16  # of the page, each with a brightness of its own for every column
_ROWS = 64  # of each band that are looked at
_PAPER = 95  # percentile: between letters every column and row shows paper
_BESIDE = 1 / 40  # of the page's shorter side: in so wide a stretch of columns a line is less than half
_REACH = 19, 61  # pixels, the same
_FAINTEST = 0.012  # of the light; less is not seen
_DARKEST = 0.7  # of the light; more is a rule of ink
_EDGE = 4  # pixels beside a rule, which belong to it
_STEADY = 0.5, 0.9  # so much of its usual depth, in so many of the bands, first and last among them
_DRAWN = 0.004  # of the light; a rule on a page that was never scanned does not vary at all
_RARE = 5.0  # times the usual unevenness of columns
_MOST = 20  # lines; more of them are ruled


def without_lines(pixels: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) without a scanner's lines, upright or level; itself without any."""
    if min(pixels.shape[:2]) < 4 * _BANDS:
        return pixels
    level = _without_upright(pixels)
    turned = cv2.transpose(level)
    result = _without_upright(turned)
    return level if result is turned else cv2.transpose(result)


def _without_upright(pixels: np.ndarray) -> np.ndarray:
    reach = 2 * round(float(np.clip(_BESIDE * min(pixels.shape[:2]), *_REACH)) / 2) + 1
    loss = _loss(luminance(pixels), reach)
    columns = np.flatnonzero(_lines(loss))
    if not columns.size:
        return pixels
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    result = planes.copy()
    for channel in range(planes.shape[2]):
        light = 1 - _loss(planes[..., channel], reach)[:, columns]
        light = cv2.resize(light, (columns.size, len(pixels)), interpolation=cv2.INTER_LINEAR)
        result[:, columns, channel] = np.clip(np.rint(planes[:, columns, channel] / light), 0, 255)
    return result.reshape(pixels.shape)


def _loss(grey: np.ndarray, reach: int) -> np.ndarray:
    """Share of the light that each column lacks beside its neighbours, float32 (`_BANDS`, W)."""
    bands = [band[:: max(1, len(band) // _ROWS)] for band in np.array_split(grey, _BANDS)]
    paper = np.stack([np.percentile(band, _PAPER, 0) for band in bands]).astype(np.float32)
    pad = reach // 2
    wide = np.pad(paper, ((0, 0), (pad, pad)), mode="edge")
    beside = np.median(np.lib.stride_tricks.sliding_window_view(wide, reach, 1), 2)
    return np.clip(1 - paper / np.maximum(beside, 1), -0.9, 0.9).astype(np.float32)


def _lines(loss: np.ndarray) -> np.ndarray:
    """Which columns a line runs through, bool (W,)."""
    usual = np.median(loss, 0)
    uneven = np.median(np.abs(usual))
    share, bands = _STEADY
    steady = np.abs(loss) * (np.sign(loss) == np.sign(usual)) >= share * np.abs(usual)
    rules = cv2.dilate((usual > _DARKEST).astype(np.uint8)[None], np.ones((1, 2 * _EDGE + 1)))[0] > 0
    found = (np.abs(usual) >= max(_FAINTEST, _RARE * uneven)) & ~rules
    found &= (steady.mean(0) >= bands) & steady[0] & steady[-1]
    found &= np.ptp(loss, 0) > _DRAWN
    lines = np.count_nonzero(np.diff(found.astype(np.int8), prepend=0) > 0)
    return found if lines <= _MOST else np.zeros_like(found)
