"""The dark middle of a shadow, which a network that cleans may take for a picture and leave as it is."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

_DARK, _BRIGHT = 190, 200  # grey levels of a clean page: of what was left, and of paper beside it
_PAPER = 240  # grey level of a divided page
_BROAD = 17  # pixels; letters are thinner at the size at which a network works
_INWARDS, _OUTWARDS, _AWAY = 4, 6, 10  # pixels from the end of a dark area
_GRAIN = 2.0  # pixels of the blur against it
_SOFT = 1.0  # grey levels a pixel; penumbras have 0.6 at most, the ends of print and pictures 5 and more
_OF_END = 0.75  # of the end is so, and as much of it lies beside paper


def without_umbra(clean: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """What a network left of a page, uint8 (h, w), without dark areas that end as softly as shadows do.

    `planes`: what it saw, uint8 (3, h, w): the page, and the page over two backgrounds, which is white in the
    middle of anything broad. What was written in the shadow is taken from the page over the narrower one.
    """
    result = clean.copy()
    for part, area in _dark_areas(clean, planes[1:]):
        if _ends_softly(area, planes[0][part], clean[part]):
            around = _grown(area, _AWAY)
            result[part][around] = np.maximum(clean[part], planes[1][part])[around]
    return result


def _dark_areas(clean: np.ndarray, divided: np.ndarray) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Broad dark areas of a clean page, uint8 (h, w), that are paper over every background, uint8 (n, h, w).

    Of each the part of the page in which it lies, and where it is there, 1 in uint8.
    """
    broad = np.ones((_BROAD, _BROAD), np.uint8)
    dark = cv2.morphologyEx(cv2.inRange(clean, 0, _DARK), cv2.MORPH_OPEN, broad)
    if not dark.any():
        return
    bare = cv2.inRange(divided.min(0), _PAPER, 255)
    dark = cv2.bitwise_and(dark, cv2.morphologyEx(bare, cv2.MORPH_CLOSE, broad))  # written on or not
    _count, labels, stats, _middles = cv2.connectedComponentsWithStats(dark)
    for label, (left, top, width, height, size) in enumerate(stats.tolist()):
        if label > 0 and size >= _BROAD**2:
            part = _with_room(top, height), _with_room(left, width)
            yield part, (labels[part] == label).astype(np.uint8)


def _with_room(start: int, length: int) -> slice:
    return slice(max(0, start - 2 * _BROAD), start + length + 2 * _BROAD)


def _ends_softly(area: np.ndarray, page: np.ndarray, clean: np.ndarray) -> bool:
    """Whether the page hardly changes where an area of it ends in what is paper on the clean page."""
    beside = _grown(area, _AWAY) & ~_grown(area, _OUTWARDS)
    if not beside.any() or np.mean(clean[beside] >= _BRIGHT) < _OF_END:
        return False
    end = _grown(area, _OUTWARDS) & _grown(1 - area, _INWARDS)
    smooth = cv2.GaussianBlur(page, (0, 0), _GRAIN)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    return bool(np.mean(cv2.magnitude(across, down)[end] < _SOFT) >= _OF_END)


def _grown(area: np.ndarray, by: int) -> np.ndarray:
    """An area, 1 there, else 0, and what is so many pixels around it, bool."""
    return cv2.dilate(area, np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0
