"""What a scanner sees beside its page: black borders, and the black fold of a book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ae.arrays import bands, colourfulness, enlarged, luminance, shrunk_to_side
from ae.documents.binarise import is_pure
from ae.documents.squares import Groups
from ae.documents.text_size import has_rows_of_letters

_SIDE = 512  # pixels of the copy on which margins are looked for
_SPECK = 5  # pixels; what is smaller in a margin is noise, or white print on a bar
_PAPER = 90  # percentile of brightness
# Shares of the paper's brightness: on what is darker than the first nothing can be read; a margin ends where
# the second is reached, and its shadow where the third is.
_BLACK, _DARK, _PALE = 0.2, 0.5, 0.9
# Print has no edge of so many pixels. A shadow that is broader, as a share of the width, is no fold's, and
# there is print in it.
_SOFT, _SHADOW = 4, 0.1
_PRINTED = 0.12  # of the paper's brightness; where it is paler, a sharp edge may be that of a printed bar,
_SIDES, _FRAME = 3, 3  # but not on so many sides; four that differ by so few pixels in width are a frame
_LEAST, _MOST = 1, 0.2  # pixels of a margin's width at least; share of the page's at most
_COLOURED = 25  # grey levels between the channels; black lids have fewer, coloured bars and tables more
# So different from what is around it, as a share of the paper, is no more of a bare margin than
# this share and so many pixels, farther than that from its edge; two digits have more.
_PRINT, _BARE, _SPECKS, _RIM = 0.25, 0.004, 16, 3
_LETTER = 50  # a letter that touches the margin is lower than so great a part of the side
# Beside a page that lay askew is a wedge: along so much of a side, to so many pixels, and so straight.
_SHARE, _TAPERED, _STRAIGHT = 0.15, 4, 1.5
_BEYOND = 2  # pixels of a margin's edge that are not quite black
_DRAWN = 0.3  # of a page that a program drew is of one tone
_BRIGHTER = 3.0  # times, in a shadow, at most
_WITHOUT_INK = np.ones((9, 9), np.uint8)  # what is thinner is no paper
_NEARBY = 2 * _SIDE // 5 * 2 + 1  # pixels; there is paper so near to the widest margin
_HARDLY_ANY = 1e-3  # of what is nearby is paper


@dataclass(frozen=True, eq=False)
class _Margin:
    """Along the left side of a picture: some of its rows, how wide it is there, and how wide it is with its
    shadow, int (rows,), and how bright beside paper."""

    rows: slice
    width: np.ndarray
    to_paper: np.ndarray
    brightness: float

    @property
    def is_soft(self) -> bool:
        """Whether it is the shadow of a fold."""
        return bool((self.to_paper > self.width).any())


def without_margins(pixels: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) with paper where it shows what is beside it, same shape; itself where
    it shows nothing else.

    Margins are all black and grey, with nothing on them, along a side of the picture or as a wedge from one
    of its corners, on a page with rows of letters. The shadow beside the fold of a book is made bright.
    """
    if not _has_dark_sides(pixels):
        return pixels
    small = shrunk_to_side(pixels, _SIDE)
    beside, shaded = _margins(small)
    if not beside.any() or _is_drawn(pixels, small, beside):
        return pixels
    bare = cv2.dilate(small, _WITHOUT_INK)
    is_page = ~(beside | shaded) & _is_bright(luminance(bare))  # a dark picture beside it is no paper
    if not is_page.any() or not has_rows_of_letters(luminance(pixels)):
        return pixels
    paper = _paper(bare, is_page)
    gain = np.where(shaded, luminance(paper) / np.maximum(luminance(bare), 1.0), 1).clip(1, _BRIGHTER)
    return filled(_brightened(pixels, gain.astype(np.float32)), paper, beside)


def _has_dark_sides(pixels: np.ndarray) -> bool:
    """Whether a margin is possible, by the outermost pixels of a page uint8 (H, W) or (H, W, 3) alone."""
    sides = pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]
    return any(np.mean(side < _DARK * 255) >= _SHARE for side in sides)


def _is_bright(bare: np.ndarray) -> np.ndarray:
    """Where a page without ink uint8 (h, w) may be paper, bool (h, w)."""
    return bare >= _DARK * np.percentile(bare, _PAPER)


def _brightened(pixels: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) times `gain`, float32 (h, w) of a small copy; a copy."""
    (height, width), result = pixels.shape[:2], np.empty_like(pixels)
    step = gain.shape[0] / height, gain.shape[1] / width
    for band in bands(height):
        part = enlarged(gain, step, band, slice(0, width))
        part = cv2.merge([part] * 3) if pixels.ndim == 3 else part
        cv2.multiply(pixels[band], part, dst=result[band], dtype=cv2.CV_8U)
    return result


def filled(pixels: np.ndarray, paper: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) with `paper`, uint8, in places, bool, of a small copy, in place."""
    size = pixels.shape[1::-1]
    mask = cv2.resize(where.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR), mask, pixels)
    return pixels


def _is_drawn(pixels: np.ndarray, small: np.ndarray, beside: np.ndarray) -> bool:
    """Whether a program drew margins, bool (h, w) of a page's small copy: all of one tone, as its paper."""
    wide = 2 * (_SPECK // 2 + 2 * _BEYOND) + 1  # what is nearer to the edge is neither
    inner = cv2.erode(beside.astype(np.uint8), np.ones((wide, wide), np.uint8)) > 0
    grey = luminance(small)
    is_flat = not inner.any() or np.ptp(grey[inner]) == 0
    return bool(is_flat and np.bincount(grey[~beside]).max() >= _DRAWN * grey.size) and not is_pure(pixels)


def _paper(bare: np.ndarray, is_page: np.ndarray) -> np.ndarray:
    """The paper nearby, uint8 of the shape of a page without ink (h, w) or (h, w, 3), from where `is_page`,
    bool (h, w); the usual paper where there is none."""
    weights, size = is_page.astype(np.float32), (_NEARBY, _NEARBY)
    share = cv2.blur(weights, size, borderType=cv2.BORDER_CONSTANT)
    found = []
    for channel in cv2.split(bare):
        seen = cv2.multiply(channel, weights, dtype=cv2.CV_32F)
        mean = cv2.blur(seen, size, borderType=cv2.BORDER_CONSTANT) / np.maximum(share, _HARDLY_ANY)
        found.append(np.where(share > _HARDLY_ANY, np.rint(mean), np.median(channel[is_page])))
    return cv2.merge([channel.astype(np.uint8) for channel in found]).reshape(bare.shape)


def _margins(small: np.ndarray) -> np.ndarray:
    """Where a page uint8 (h, w) or (h, w, 3) shows what is beside it, and where it lies in the shadow of
    that, bool (2, h, w)."""
    grey = luminance(small)
    even = cv2.medianBlur(grey, _SPECK)
    paper = max(float(np.percentile(even, _PAPER)), 1.0)
    planes = np.stack([even / paper, cv2.absdiff(grey, even) / paper, colourfulness(small)])
    sides = [list(_along_left(*np.rot90(planes, turns, (1, 2)))) for turns in range(4)]
    found = np.zeros((2, *grey.shape), bool)
    if _are_frame(sides):
        return found
    are_around = sum(map(bool, sides)) >= _SIDES
    for turns, side in enumerate(sides):
        for margin in side:
            if are_around or margin.is_soft or margin.brightness < _PRINTED:
                _draw(np.rot90(found, turns, (1, 2)), margin)
    if found.any():
        found[0] |= _corners(planes[0] < _DARK, found[0])
    return found


def _are_frame(sides: list[list[_Margin]]) -> bool:
    """Whether margins of one width are around a page, as a printed frame is."""
    widths = np.concatenate([margin.width for side in sides for margin in side] or [np.zeros(1)])
    return all(sides) and bool(np.ptp(widths) <= _FRAME)


def _draw(planes: np.ndarray, margin: _Margin) -> None:
    """Set what a margin covers, and what its shadow does, in planes bool (2, h, w), in place."""
    columns = np.arange(planes.shape[2])
    planes[0, margin.rows] |= columns < margin.width[:, None] + _BEYOND
    planes[1, margin.rows] |= columns < margin.to_paper[:, None]


def _corners(dark: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """What is dark in a corner between two margins, of bool (h, w) planes, bool (h, w)."""
    corners = np.zeros_like(dark)
    corners[np.ix_([0, -1], [0, -1])] = True
    gaps = Groups.of(dark & ~beside, connectivity=4)
    in_corner = (gaps.labels > 0) & (gaps.span() <= _MOST) & (gaps.edges() == 2)
    return in_corner & (gaps.mean(corners) > 0)


def _along_left(brightness: np.ndarray, relief: np.ndarray, colour: np.ndarray) -> Iterator[_Margin]:
    """What may be margins along the left side of planes (h, w)."""
    width, to_paper = (_widths(brightness >= least) for least in (_DARK, _PALE))
    columns = np.arange(brightness.shape[1])
    for rows in _runs(width, _MOST * len(columns)):
        inside = columns < width[rows, None]
        core = columns < width[rows, None] / 2
        black = float(np.median(brightness[rows][core]))
        printed = np.count_nonzero(relief[rows][columns < width[rows, None] - _RIM] > _PRINT)
        is_bare = printed <= min(_BARE * np.count_nonzero(inside), _SPECKS)
        is_bare &= colour[rows][inside].mean() < _COLOURED
        reach = to_paper[rows] - width[rows]
        shadow, most = int(np.median(reach)), _SHADOW * len(columns)
        if black < _BLACK and is_bare and shadow < most:
            # A picture goes on beyond the shadow.
            reach = np.where(reach < most, reach, shadow) if shadow >= _SOFT else 0
            yield _Margin(rows, width[rows], width[rows] + reach, black)


def _widths(is_paper: np.ndarray) -> np.ndarray:
    """Pixels from the left to paper, bool (h, w), for each row without a letter's height, int (h,)."""
    thick = np.ones((_SPECK, _SPECK), np.uint8)
    is_paper = cv2.morphologyEx(is_paper.astype(np.uint8), cv2.MORPH_OPEN, thick)
    first = np.where(is_paper.any(1), is_paper.argmax(1), is_paper.shape[1])
    odd = 2 * (len(first) // _LETTER) + 1
    return cv2.medianBlur(first.clip(0, 255).astype(np.uint8)[:, None], odd)[:, 0].astype(int)


def _runs(width: np.ndarray, most: float) -> Iterator[slice]:
    """Rows along which a margin of these widths, int (h,), lies from corner to corner, or from one to where
    it has narrowed to nothing."""
    # In a corner it is as wide as the margin along the other side is long.
    is_margin, is_corner = (width >= _LEAST) & (width <= most), np.pad(width > most, 1, constant_values=True)
    ends = np.flatnonzero(np.diff(np.pad(is_margin, 1).astype(np.int8)))
    for start, stop in ends.reshape(-1, 2).tolist():
        corners = int(is_corner[start]) + int(is_corner[stop + 1])
        is_whole = corners == 2 or (corners == 1 and _is_wedge(width[start:stop]))
        if is_whole and stop - start >= _SHARE * len(width):
            yield slice(start, stop)


def _is_wedge(width: np.ndarray) -> bool:
    """Whether widths, int (rows,), narrow along a straight line."""
    if len(width) < 3 or min(width[0], width[-1]) > _TAPERED:
        return False
    rows = np.arange(len(width))
    off = np.abs(width - np.polyval(np.polyfit(rows, width, 1), rows))
    return bool(np.median(off) <= _STRAIGHT)
