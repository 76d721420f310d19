"""Lines that a scanner draws: dirt below its sensor takes light from one column of the whole page.

They run straight from edge to edge, through text and margins alike, and lie anywhere; lines of the page end
before its edge, are coloured, as dark as ink, or at even distances. Since dirt takes a share of the light,
dividing by that share brings back what is below, print included. A single grey rule from edge to edge that
was scanned exactly straight cannot be told from dirt.
"""

from __future__ import annotations

import cv2
import numpy as np

_BANDS = 16  # of the page, each with a brightness of its own for every column
_ROWS = 64  # of each band that are looked at
_PAPER = 95  # percentile: between letters every column and row shows paper
_BESIDE = 1 / 40  # of the page's shorter side: in so wide a stretch of columns a line is less than half
_REACH = 19, 61  # pixels, the same
_FAINTEST = 0.012  # of the light; less is not seen
_DARKEST = 0.7  # of the light; more is a rule of ink
_EDGE = 4  # pixels beside a rule, which belong to it
_STEADY, _OF_BANDS = 0.5, 0.9  # of its usual depth, in so many of the bands, first and last among them
_DRAWN = 0.004  # of the light; a rule on a page that was never scanned does not vary at all
_GREY = 0.4  # of the light that one channel lacks is the least that another does
_RARE = 5.0  # times the usual unevenness of columns
_MOST, _FEW = 20, 3  # lines, more are ruled; and gaps between lines, of which fewer may be alike by chance


def without_lines(pixels: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) without a scanner's lines, upright or level; itself without any.

    A sensor has one direction: a page with lines in both is ruled.
    """
    if min(pixels.shape[:2]) < 4 * _BANDS:
        return pixels
    turned = cv2.transpose(pixels)
    upright, level = _without_upright(pixels), _without_upright(turned)
    if level is turned:
        return upright
    return cv2.transpose(level) if upright is pixels else pixels


def _without_upright(pixels: np.ndarray) -> np.ndarray:
    reach = 2 * round(float(np.clip(_BESIDE * min(pixels.shape[:2]), *_REACH)) / 2) + 1
    planes = np.atleast_3d(pixels)
    losses = np.stack([_loss(planes[..., channel], reach) for channel in range(planes.shape[2])])
    columns = np.flatnonzero(_lines(losses.mean(0)) & ~_are_coloured(losses))
    if not columns.size:
        return pixels
    result = planes.copy()
    for channel, loss in enumerate(losses[..., columns]):
        light = cv2.resize(1 - _steadied(loss), (columns.size, len(pixels)), interpolation=cv2.INTER_LINEAR)
        result[:, columns, channel] = np.clip(np.rint(planes[:, columns, channel] / light), 0, 255)
    return result.reshape(pixels.shape)


def _are_coloured(losses: np.ndarray) -> np.ndarray:
    """Which columns lack much more light of one channel than of another, as no dirt does, bool (W,).

    losses: float32 (channels, `_BANDS`, W).
    """
    usual = np.abs(np.median(losses, 1))
    return usual.min(0) < _GREY * usual.max(0)


def _loss(grey: np.ndarray, reach: int) -> np.ndarray:
    """Share of the light that each column lacks beside its neighbours, float32 (`_BANDS`, W)."""
    paper = _paper(grey)
    half = reach // 2
    wide = np.pad(paper, ((0, 0), (half, half)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, reach, 1)
    beside = np.partition(around, half, axis=2)[..., half]  # the median, six times as fast as np.median
    return np.clip(1 - paper / np.maximum(beside, 1), -0.9, 0.9).astype(np.float32)


def _paper(grey: np.ndarray) -> np.ndarray:
    """The brightness that `_PAPER` percent of a column do not exceed in each band, float32 (`_BANDS`, W).

    The brightest rows so far are kept in order while one row after the other is looked at, in all bands at
    once: five times as fast as sorting.
    """
    height = len(grey) // _BANDS
    rows = np.arange(0, height, max(1, height // _ROWS))
    tops = np.linspace(0, len(grey) - height, _BANDS).astype(int)
    place = (len(rows) - 1) * _PAPER / 100
    brightest = np.zeros((len(rows) - int(place), _BANDS, grey.shape[1]), np.uint8)
    for row in rows:
        rest = grey[tops + row]
        for kept in brightest:
            rest, kept[:] = np.minimum(kept, rest), np.maximum(kept, rest)
    upper, lower = brightest[-2:].astype(np.float32)
    return lower + (upper - lower) * np.float32(place % 1)


def _is_steady(loss: np.ndarray) -> np.ndarray:
    """In which bands a column lacks about as much light as it usually does, bool (`_BANDS`, W)."""
    usual = np.median(loss, 0)
    return np.abs(loss) * (np.sign(loss) == np.sign(usual)) >= _STEADY * np.abs(usual)


def _steadied(loss: np.ndarray) -> np.ndarray:
    """The loss with the usual one of a column where something else lies on the line."""
    usual = np.median(loss, 0)
    odd = ~_is_steady(loss) | (np.abs(loss) > np.abs(usual) / _STEADY)
    return np.where(odd, usual, loss).astype(np.float32)


def _lines(loss: np.ndarray) -> np.ndarray:
    """Which columns a line runs through, bool (W,)."""
    usual, steady = np.median(loss, 0), _is_steady(loss)
    uneven = np.median(np.abs(usual))
    rules = cv2.dilate((usual > _DARKEST).astype(np.uint8)[None], np.ones((1, 2 * _EDGE + 1)))[0] > 0
    found = (np.abs(usual) >= max(_FAINTEST, _RARE * uneven)) & ~rules
    found &= (steady.mean(0) >= _OF_BANDS) & steady[0] & steady[-1]
    found &= np.ptp(loss, 0) > _DRAWN
    middles = _middles(found)
    return found if middles.size <= _MOST and not _is_ruled(middles) else np.zeros_like(found)


def _middles(found: np.ndarray) -> np.ndarray:
    """The middle of each line in pixels; what is a few pixels apart is one."""
    columns = np.flatnonzero(found)
    if not columns.size:
        return columns
    lines = np.split(columns, np.flatnonzero(np.diff(columns) > _EDGE + 2) + 1)
    return np.array([line.mean() for line in lines])


def _is_ruled(middles: np.ndarray) -> bool:
    """Whether half of the lines or more lie at one distance from the next."""
    gaps = np.diff(middles)
    if gaps.size < _FEW:
        return False
    alike = np.abs(gaps[:, None] - gaps) <= np.maximum(1.5, 0.02 * gaps)
    return bool(alike.sum(0).max() >= gaps.size / 2)
