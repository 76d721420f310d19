"""Boxes on a page: fields of forms, stripes of tables, bars of charts, and pictures.

They are rectangles with straight, sharp sides, as no stain and hardly any shadow has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ae.arrays import shrink_to, shrunk
from ae.documents.division import BLACK

_TONES = 243, 230, 210, 180  # grey levels in even light that a box may be darker than
_MOST_PIXELS = 6_000_000  # of a page; a larger one is looked at on a smaller copy
_HALF = 2  # times smaller copy on which boxes are looked for
_LINES = np.ones((5, 5), np.uint8)  # what is thinner on it connects no boxes: rules, letters
_SHORTEST, _LONGEST = 12, 0.9  # pixels of the copy; share of the page's diagonal
_SMALLEST = 500  # pixels of the copy: a few blocks of JPEG may be as dark as each other
_UPRIGHT = 40  # degrees from a diagonal: a slip of paper may lie at any angle
_FILL = 0.88  # of its rectangle by a box, whose corners may be round
_MARGIN, _FLANK = 12, 4  # pixels that are looked at on both sides of an edge, and those at both ends of them
_ALONG = 9  # pixels along a side that are averaged against grain
_STEP = 7  # grey levels from the paper to a box, at least
_NARROW = 3  # pixels that most of the step takes
_NEAR, _STRAIGHT = 1.5, 0.75  # pixels from a line, by so much of a side
_MOST_ASKED = 200  # columns of a side, rows and columns of a box
_SIDES = 3  # the fourth may be crossed by something
_PALE, _ONE_TONE = 180, 8  # grey level; levels between the quarters of what is not print on it
_EDGE = 4  # pixels, which may be blurred
_SAME = 6  # pixels
_DARK = 110  # grey level; print on a darker box is white
_PRINT, _SOME = 25, 0.002  # grey levels darker or lighter than the box, and the share of it at least
_GRAIN = 5  # percent of the pixels of a bare box are darker than what becomes white

Rectangle = tuple[tuple[float, float], tuple[float, float], float]  # middle, sides, degrees: as OpenCV has it


@dataclass(frozen=True)
class Box:
    """A `rectangle` in pixels of its page; `has_one_tone` but for print on it, darker than it or lighter."""

    rectangle: Rectangle
    has_one_tone: bool
    has_print: bool
    has_light_print: bool


def boxes_on(even: np.ndarray) -> list[Box]:
    """The boxes on a page in even light, uint8 (H, W).

    What touches the page's edge with more than one side is none: scanners leave such shadows.
    """
    shrink = shrink_to(_MOST_PIXELS, even.size)
    page = shrunk(even, shrink)
    small = cv2.blur(shrunk(page, _HALF), (3, 3))
    found: list[Box] = []
    for tone in _TONES:
        for rectangle in _rectangles(cv2.inRange(small, 0, tone)):
            rectangle = _scaled(rectangle, _HALF)
            if any(_are_near(rectangle, box.rectangle) for box in found):
                continue  # it was found by a paler tone
            if box := _judged(rectangle, _upright(page, rectangle), tone):
                found.append(box)
    return [replace(box, rectangle=_scaled(box.rectangle, shrink)) for box in found]


def _are_near(one: Rectangle, other: Rectangle) -> bool:
    (x, y), (width, height), _turn = one
    (u, v), (wide, high), _turned = other
    return max(abs(x - u), abs(y - v)) < _SAME and max(abs(width - wide), abs(height - high)) < 2 * _SAME


def _scaled(rectangle: Rectangle, factor: float) -> Rectangle:
    """The same on a page so many times larger, on which the middles of pixels are whole numbers."""
    (x, y), (width, height), turn = rectangle
    half = (factor - 1) / 2
    return (x * factor + half, y * factor + half), (width * factor, height * factor), turn


def drawn(boxes: Sequence[Box], shape: tuple[int, ...], corner: tuple[int, int] = (0, 0)) -> np.ndarray:
    """Where boxes are on a part of a page of this shape, with its upper left `corner` so far across and down:
    1 there, else 0, uint8 (H, W)."""
    plane = np.zeros(shape[:2], np.uint8)
    for box in boxes:
        cv2.fillConvexPoly(
            plane, np.rint(cv2.boxPoints(box.rectangle) - np.array(corner)).astype(np.int32), 1
        )
    return plane


def tone_of(page: np.ndarray, box: Box) -> np.ndarray:
    """The usual grey level, or red, green and blue, of a box on a page uint8 (H, W) or (H, W, 3)."""
    inside = _inside(_upright(page, box.rectangle))
    return np.median(inside.reshape(-1, *inside.shape[2:]), axis=0)


def boxes_behind_print(clean: np.ndarray) -> list[Box]:
    """The boxes on a clean page uint8 (H, W) that may become white in black and white.

    Pictures may not, nor boxes with white print, nor dark ones without any, such as the bars of charts.
    """
    return [box for box in boxes_on(clean) if box.has_one_tone and not box.has_light_print
            and (tone := tone_of(clean, box)) > _DARK and (box.has_print or tone >= _PALE)]  # fmt: skip


def without_boxes(page: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
    """The page uint8 (H, W) with white instead of boxes behind print."""
    result = page.copy() if boxes else page
    for box in boxes:
        left, top, width, height = cv2.boundingRect(cv2.boxPoints(box.rectangle))
        corner = max(0, left), max(0, top)
        part = np.s_[corner[1] : top + height, corner[0] : left + width]
        inside = drawn([box], page[part].shape, corner) > 0
        white = _on_white(page[part][inside], float(tone_of(page, box)))
        result[part][inside] = np.maximum(result[part][inside], white)
    return result


def _on_white(levels: np.ndarray, tone: float) -> np.ndarray:
    """Grey levels uint8 (n,) of a box, stretched so that its grain becomes white and pencil stays dark."""
    bare = levels[np.abs(levels - tone) < _PRINT]
    white = float(np.percentile(bare, _GRAIN)) if bare.size else tone
    black = BLACK * tone
    return np.clip((levels - black) * (255 / max(white - black, 1.0)), 0, 255).astype(np.uint8)


def _rectangles(dark: np.ndarray) -> Iterator[Rectangle]:
    """Rectangles that parts of the copy, 255 where it is dark, fill."""
    whole = cv2.morphologyEx(dark, cv2.MORPH_OPEN, _LINES)
    # Boxes may lie inside of others, and all of them inside of the table on which the page was photographed.
    contours, inside = cv2.findContours(whole, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    longest = _LONGEST * np.hypot(*dark.shape)
    for contour, (*_others, is_in) in zip(contours, inside[0] if contours else (), strict=True):
        if is_in >= 0:  # the outline of a hole
            continue
        if min(cv2.boundingRect(contour)[2:]) < _SHORTEST:
            continue
        (x, y), (width, height), turn = cv2.minAreaRect(contour)
        if min(width, height) < _SHORTEST or max(width, height) > longest or abs(turn % 90 - 45) < _UPRIGHT:
            continue
        if cv2.contourArea(contour) >= max(_SMALLEST, _FILL * width * height):
            yield (x, y), (width, height), turn


def _upright(page: np.ndarray, rectangle: Rectangle) -> np.ndarray:
    """What is in a rectangle and a margin around it, turned upright, uint8 (h, w); black beyond the page."""
    (x, y), (width, height), turn = rectangle
    size = round(width) + 2 * _MARGIN, round(height) + 2 * _MARGIN
    matrix = cv2.getRotationMatrix2D((x, y), turn, 1.0)
    matrix[:, 2] += np.array([size[0] / 2 - x - 0.5, size[1] / 2 - y - 0.5])
    return cv2.warpAffine(page, matrix, size, flags=cv2.INTER_LINEAR, borderValue=0)


def _judged(rectangle: Rectangle, upright: np.ndarray, tone: int) -> Box | None:
    """The box that a rectangle with a margin around it is, found as darker than `tone`.

    None where its sides are not sharp, and of a frame around paper. What is pale has one tone: a picture on
    the other side of the sheet may shine through with sharp sides.
    """
    sides = (np.rot90(upright, turns)[: 2 * _MARGIN, _MARGIN:-_MARGIN] for turns in range(4))
    if sum(map(_is_sharp, sides)) < _SIDES:
        return None
    inside = _inside(upright)
    usual = float(np.median(inside))
    low, high = np.percentile(inside[inside > usual - _PRINT], (25, 75))
    has_one_tone = bool(high - low <= _ONE_TONE)
    if usual > tone or not (has_one_tone or usual < _PALE):
        return None
    darker, lighter = (
        bool(np.mean(part) > _SOME) for part in (inside < usual - _PRINT, inside > usual + _PRINT)
    )
    return Box(rectangle, has_one_tone, darker, lighter)


def _inside(upright: np.ndarray) -> np.ndarray:
    """Some pixels of an upright box without its margin and edge, smoothed, uint8 (h, w) or (h, w, 3)."""
    whole = slice(_MARGIN + _EDGE, -_MARGIN - _EDGE)
    inside = cv2.blur(upright[whole, whole], (3, 3))
    return inside[:: 1 + len(inside) // _MOST_ASKED, :: 1 + inside.shape[1] // _MOST_ASKED]


def _is_sharp(side: np.ndarray) -> bool:
    """Whether it becomes darker inwards, within a few pixels, along a straight line."""
    smooth = cv2.blur(np.ascontiguousarray(side), (_ALONG, 1))
    smooth = smooth[:, :: 1 + smooth.shape[1] // _MOST_ASKED].astype(np.float32)
    # The brightest of some rows, since there may be print in others.
    outside, inside = (np.median(rows.max(0)) for rows in (smooth[:_FLANK], smooth[-_FLANK:]))
    step = outside - inside
    if step < _STEP:
        return False
    first, middle, last = (_depth(smooth >= outside - share * step) for share in (0.25, 0.5, 0.75))
    return bool(np.median(last - first) <= _NARROW and np.mean(_off_line(middle) <= _NEAR) >= _STRAIGHT)


def _depth(bright: np.ndarray) -> np.ndarray:
    """How far in each column of a side, bool (depth, length), is bright; 0 where none of it is."""
    return np.where(bright.any(0), len(bright) - np.argmax(bright[::-1], axis=0), 0)


def _off_line(values: np.ndarray) -> np.ndarray:
    """How far each of values (n,) is from the line through the medians of both halves."""
    places = np.arange(values.size)
    halves = np.array_split(places, 2)
    (x, u), (y, v) = (halves[0].mean(), halves[1].mean()), (np.median(values[half]) for half in halves)
    return np.abs(values - (y + (places - x) * (v - y) / (u - x)))
