"""Pictures on pages that become black and white: their greys are shown as dots, not cut at a threshold."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from ae.documents.squares import NO_PAPER, Groups, enclosed, of_cells, widened, without_lines
from ae.documents.tiling import pad
from ae.models.regions import CELL

_LEAST_SQUARES = 100  # of a picture
_FILLED = 0.75  # of the rectangle around a picture; what is left of a stain has ragged edges
_SIDES = 3  # that are straight, of a rectangle: bright parts at its edge belong to it
_GREY, _SHARE_GREY = (60, 215), 0.25  # levels of squares; a block of print has hardly any of these
_WRITTEN = 0.6  # of the brightness of a square's brightest pixel; where one is darker there may be print
# Grey levels around a plane, and the share of a picture in so many bands of them at most: a shaded box or
# table is one tone or two under its print, whatever light falls on it.
_TONE, _TONES, _FEW_TONES = 12, 2, 0.9
_ROUNDS, _NEAR = 4, 12  # in which the plane is fitted to tones that are not farther from it


def with_dots(black_white: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """A black and white page with the pictures of the grey one as dots, all uint8 (H, W).

    Both show the same clean page.
    """
    result = black_white
    for squares in find_pictures(grey):
        rows, columns, inside = _pixels_of(squares, grey.shape)
        if result is black_white:
            result = black_white.copy()
        # Errors go to the pixels beside (Floyd & Steinberg, Proceedings of the SID 17:2, 1976).
        dots = np.asarray(Image.fromarray(grey[rows, columns]).convert("1"))
        np.copyto(result[rows, columns], dots * np.uint8(255), where=inside)
    return result


def find_pictures(grey: np.ndarray) -> Iterator[np.ndarray]:
    """The squares, bool (rows, columns), of every picture on a clean page uint8 (H, W)."""
    page = pad(grey[None], CELL)[0]
    brightest = of_cells(page, np.max)
    thick = without_lines(brightest < NO_PAPER)
    groups = Groups.of(thick, connectivity=4)
    for group in (np.flatnonzero(groups.sizes[1:] >= _LEAST_SQUARES) + 1).tolist():
        box = groups.box(group)
        squares = groups.labels[box] == group
        if squares.mean() >= _FILLED and _has_tones(page[_pixels(box)], brightest[box], squares):
            is_upright = groups.straight_sides(group) >= _SIDES
            found = np.zeros_like(thick)
            found[box] = squares | is_upright | enclosed(squares)
            yield widened(found)  # an edge lies within a square that has paper, too


def _pixels(box: tuple[slice, slice]) -> tuple[slice, slice]:
    """Rows and columns of pixels of a box of squares."""
    rows, columns = (slice(int(part.start) * CELL, int(part.stop) * CELL) for part in box)
    return rows, columns


def _has_tones(page: np.ndarray, brightest: np.ndarray, squares: np.ndarray) -> bool:
    """Whether some squares (h, w) of a part of a page are a picture, not print or a shaded box.

    `brightest`: the brightest pixel of each square.
    """
    few = page[::2, ::2]  # a quarter of the pixels has the same medians
    side = CELL // 2
    parts = few.reshape(len(squares), side, -1, side).swapaxes(1, 2).reshape(*squares.shape, -1)
    tones = np.partition(parts, side**2 // 2, axis=2)[..., side**2 // 2]
    low, high = _GREY
    if np.mean((tones[squares] >= low) & (tones[squares] < high)) < _SHARE_GREY:
        return False
    bare = squares & (parts.min(2) >= _WRITTEN * brightest)
    return not bare.any() or not _are_few(_without_slope(tones.astype(np.float32), bare)[bare])


def _without_slope(tones: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Tones (h, w) over the plane that most of those `among` them, bool (h, w), are near, same shape."""
    down, across = np.mgrid[-1 : 1 : tones.shape[0] * 1j, -1 : 1 : tones.shape[1] * 1j]
    basis = np.stack([np.ones(tones.shape), down, across], 2)
    rest, near = tones, among
    for _ in range(_ROUNDS):
        plane = basis @ np.linalg.lstsq(basis[near], tones[near], rcond=None)[0]
        rest = tones - plane
        near = among & (np.abs(rest) <= max(_NEAR, float(np.median(np.abs(rest[among])))))
    return rest


def _are_few(tones: np.ndarray) -> bool:
    """Whether nearly all tones (N,) lie in a few narrow bands."""
    levels = np.bincount(np.rint(tones - tones.min()).astype(int), minlength=_TONE)
    inside = 0
    for _ in range(_TONES):
        counts = np.convolve(levels, np.ones(_TONE, int), "valid")
        start = int(counts.argmax())
        inside += int(counts[start])
        levels[start : start + _TONE] = 0
    return inside >= _FEW_TONES * tones.size


def _pixels_of(squares: np.ndarray, shape: tuple[int, ...]) -> tuple[slice, slice, np.ndarray]:
    """Rows and columns around some squares, bool, of a page of this shape, and bool (h, w) where they are."""
    left, top, width, height = cv2.boundingRect(squares.astype(np.uint8))
    box = slice(top, top + height), slice(left, left + width)
    rows, columns = (slice(p.start, min(p.stop, end)) for p, end in zip(_pixels(box), shape, strict=True))
    inside = squares[box].repeat(CELL, 0).repeat(CELL, 1)
    return rows, columns, inside[: rows.stop - rows.start, : columns.stop - columns.start]
