"""Pictures on pages that become black and white: their greys are shown as dots, not cut at a threshold."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from ae.documents.squares import Groups, of_cells, widened
from ae.documents.tiling import pad
from ae.models.regions import CELL

_NO_PAPER = 235  # grey level of the brightest pixel of a square
_LEAST_SQUARES = 100  # of a picture
_FILLED = 0.75  # of the rectangle around a picture; what is left of a stain has ragged edges
_SIDES = 3  # that are straight, of a rectangle: bright parts at its edge belong to it
_GREY, _SHARE_GREY = (60, 215), 0.25  # levels of squares; a block of print has hardly any of these
_TONE, _ONE_TONE = 16, 0.85  # grey levels, and the share of a picture that lies within so many at most
_WITHOUT_TEXT = 5  # squares; a median so wide leaves the tone of a box under its text
_THICK = np.ones((3, 3), np.uint8)  # squares; a line is thinner


def with_pictures(pure: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """The black and white page with the pictures of the clean one as dots, all uint8 (H, W)."""
    result = pure
    for rows, columns, inside in pictures(clean):
        if result is pure:
            result = pure.copy()
        # Errors go to the pixels beside (Floyd & Steinberg, Proceedings of the SID 17:2, 1976).
        dots = np.asarray(Image.fromarray(clean[rows, columns]).convert("1"))
        result[rows, columns][inside] = np.where(dots, 255, 0)[inside]
    return result


def pictures(clean: np.ndarray) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Rows, columns and bool (h, w) of what is a picture there, for every picture of a clean page (H, W)."""
    page = pad(clean[None], CELL)[0]
    has_none = (of_cells(page, np.max) < _NO_PAPER).astype(np.uint8)
    groups = Groups.of(cv2.morphologyEx(has_none, cv2.MORPH_OPEN, _THICK) > 0, connectivity=4)
    for group in (np.flatnonzero(groups.sizes[1:] >= _LEAST_SQUARES) + 1).tolist():
        box = groups.box(group)
        squares = groups.labels[box] == group
        if squares.mean() >= _FILLED and _has_tones(page[_pixels(box)], squares):
            is_upright = groups.straight_sides(group) >= _SIDES
            yield _with_edge(box, squares | is_upright | _are_holes(squares), clean.shape)


def _pixels(box: tuple[slice, slice]) -> tuple[slice, slice]:
    """Rows and columns of pixels of a box of squares."""
    rows, columns = (slice(int(part.start) * CELL, int(part.stop) * CELL) for part in box)
    return rows, columns


def _has_tones(page: np.ndarray, squares: np.ndarray) -> bool:
    """Whether some squares (h, w) of a part of a page are a picture, not print or a shaded box."""
    rows, columns = squares.shape
    parts = page.reshape(rows, CELL, columns, CELL).swapaxes(1, 2).reshape(rows, columns, -1)
    middle = np.partition(parts, CELL**2 // 2, axis=2)[..., CELL**2 // 2]
    tones = cv2.medianBlur(middle, _WITHOUT_TEXT)[squares]
    low, high = _GREY
    levels = np.bincount(tones, minlength=256)
    most = np.convolve(levels, np.ones(_TONE, int)).max()
    return bool(levels[low:high].sum() >= _SHARE_GREY * len(tones) and most <= _ONE_TONE * len(tones))


def _are_holes(squares: np.ndarray) -> np.ndarray:
    """Those of a picture's rectangle, bool (rows, columns), that its squares enclose."""
    outside = Groups.of(np.pad(~squares, 1, constant_values=True), connectivity=4)
    return (outside.labels != outside.labels[0, 0])[1:-1, 1:-1] & ~squares


def _with_edge(
    box: tuple[slice, slice], squares: np.ndarray, shape: tuple[int, ...]
) -> tuple[slice, slice, np.ndarray]:
    """Pixels of a box of squares and of those around it: rows, columns, and bool (h, w) where `squares` say.

    An edge of a picture lies within a square that has paper, too.
    """
    inside = widened(np.pad(squares, 1)).repeat(CELL, 0).repeat(CELL, 1)
    parts = []
    for axis, part in enumerate(_pixels(box)):
        start, stop = max(0, part.start - CELL), min(part.stop + CELL, shape[axis])
        first = start - (part.start - CELL)
        inside = inside.take(range(first, first + stop - start), axis)
        parts.append(slice(start, stop))
    return parts[0], parts[1], inside
