"""What lies around a sheet: the lid of a scanner that is whiter than it, or the mount of a torn one."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance, shrunk_to_side
from ae.documents.binarise import is_pure
from ae.documents.light import evened
from ae.documents.margins import filled
from ae.documents.squares import Groups, widened
from ae.documents.text_size import has_rows_of_letters

_SIDE = 512  # pixels of the copy on which a mount is looked for
_WITHOUT_INK = 9  # pixels; what is thinner is print or grain
_LEAST, _MOST, _AROUND = 0.02, 0.92, 0.2  # of the picture is mount; of its edge at least
# Grey levels from a mount with holes, and from a black one, to the sheet; holes are no nearer to that than so
# much of the way.
_APART, _ALIKE = 40, 0.25
_BARE = 12  # grey levels from its usual tone, of nearly all of a mount
_NEARBY = 31  # pixels in which the paper at the edge of a sheet is smoothed
_PIECE = 0.02  # of the picture is a sheet at least, of several
_SMOOTHER = 0.5  # of the relief of the sheet is that of the mount at most
_RIM = 2  # pixels of a mount's edge that are of neither tone
_EDGE, _MOSTLY = 4, 0.9  # pixels from the edge, and the share of all there that is nearer to its own tone
# Print on a mount is beyond so many times the sheet, other than the sheet's scraps; a dozen letters are more.
_DARK_PRINT, _LIGHT_PRINT, _SPECKS = 0.6, 1.2, 0.0003
_READABLE, _STROKES = 1600, 7  # pixels of the copy on which print would be seen; its strokes are thinner

# A white mount: so bright, and so many times brighter than the sheet. The sheet is so much of the picture and
# of what a band around it would hold, and rough, be it by its grain alone. Its paper lies in a band of tones
# and one of tints, and has more red than blue: shares of its brightness. A printed box is upright, so that
# each side is off by fewer pixels of standard deviation, and in the middle, but for a share of the width.
_WHITE, _BRIGHTER, _SMALLEST, _FULL, _GRAIN = 215, 1.07, 0.08, 0.7, 0.004
_UPRIGHT, _CENTRED = 0.4, 0.02
_SPREAD, _TINTS, _SLACK, _YELLOW = 0.38, 0.3, 0.03, 0.75
_LIT = 80  # hundredths of it lie in no shadow of the sheet

# A black one: so much darker than the sheet. The sheet is rough as fibres are, and its outline and holes have
# so many corners, from which they are so many pixels off at most. Print is thinner than so many pixels, or so
# many where it stands alone.
_DARKER, _ROUGH, _RAGGED, _OFF, _STROKE, _HOLE = 0.45, 0.02, 24, 3, 9, 15
_BLACK = 95  # hundredths of it; no shadow is seen on it


def without_mount(pixels: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) with paper where it shows what a sheet lies on, same shape; itself
    where it shows no such thing.

    The sheet has rows of letters. What it lies on is of one tone, far from that of the sheet, which ends at
    the sheet's edge, and there is nothing on it but scraps of the sheet. Around a black mount the sheet is
    torn; otherwise the margin of a scanner or a table is what is black.
    """
    if is_pure(pixels):  # two tones are no paper
        return pixels
    small = shrunk_to_side(pixels, _SIDE)
    grey = luminance(small)
    bare = cv2.dilate(small, np.ones((_WITHOUT_INK, _WITHOUT_INK), np.uint8))
    even = cv2.medianBlur(grey, _WITHOUT_INK)
    mount = _white(grey, even, bare)
    mount = _black(grey, even) if mount is None else mount
    if mount is None or not _is_blank(pixels, mount):
        return pixels
    wide = widened(mount, _RIM)
    # No further than half of that does the bare page show a white mount.
    result = filled(pixels.copy(), _continued(bare, ~widened(wide, _WITHOUT_INK // 2 + 1)), wide)
    # Of pale ink one sees it in even light alone, of a rough sheet rather as it is.
    views = result, evened(result)
    return result if any(has_rows_of_letters(luminance(view)) for view in views) else pixels


def _continued(bare: np.ndarray, is_sheet: np.ndarray) -> np.ndarray:
    """The paper of a sheet, bool (h, w), on a page without ink, and beyond it that of the nearest edge.

    The edges of old sheets are darker than their middles, and with any other paper around would look drawn.
    """
    size, mask = (_NEARBY, _NEARBY), is_sheet.astype(np.uint8)
    share = np.maximum(cv2.blur(mask.astype(np.float32), size), 1e-3)
    total = cv2.blur(cv2.copyTo(bare, mask).astype(np.float32), size).reshape(*bare.shape[:2], -1)
    near = total / share[..., None]
    _distance, nearest = cv2.distanceTransformWithLabels(
        1 - mask, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    tones = np.zeros((nearest.max() + 1, near.shape[2]), np.float32)
    tones[nearest[is_sheet]] = near[is_sheet]
    return cv2.blur(tones[nearest], size).clip(0, 255).astype(np.uint8).reshape(bare.shape)


def _white(grey: np.ndarray, even: np.ndarray, bare: np.ndarray) -> np.ndarray | None:
    """Where a grey picture uint8 (h, w) shows a white mount, bool (h, w); None where it shows none.

    `even`: the picture smoothed, `bare`: without ink, uint8 (h, w) or (h, w, 3).
    """
    brightness = luminance(bare)
    edge = _edge_of(brightness)
    is_white = edge >= _WHITE
    if is_white.mean() < _AROUND:
        return None
    tone = float(np.median(edge[is_white]))
    paper = _pieces(cv2.medianBlur(brightness, _WITHOUT_INK) < tone / _BRIGHTER)
    if paper.mean() < _SMALLEST:
        return None
    sheet = float(np.median(brightness[paper]))
    mount = _around(even > (tone + sheet) / 2, even, sheet)
    if not _is_around(mount) or not _is_sharp(even, mount, sheet, _LIT):
        return None
    inside = paper & ~widened(mount, _WITHOUT_INK)
    if not _is_rough(grey, even, inside, mount, _GRAIN) or not _are_of_paper(bare, paper, inside):
        return None
    bands = _bands_around(paper)
    if paper.sum() < _FULL * bands.sum() or _is_box(~mount):
        return None
    return mount | ~widened(bands, _WITHOUT_INK)  # blocks of print are no sheets, however dense


def _are_of_paper(bare: np.ndarray, sheets: np.ndarray, inside: np.ndarray) -> bool:
    """Whether each of some sheets has the tone and the colour of paper `inside`, both bool (h, w).

    `bare`: the picture without ink.
    """
    count, numbers = cv2.connectedComponents(sheets.astype(np.uint8))
    parts = (bare[inside & (numbers == number)] for number in range(1, count))
    return all(_is_of_paper(part) for part in parts if part.size)


def _is_of_paper(bare: np.ndarray) -> bool:
    """Whether what is behind the ink, uint8 (n,) or (n, 3), is paper: of about one tone and one colour, which
    is grey, yellow or brown."""
    colours = bare.reshape(len(bare), -1)[:, [0, -1]].astype(np.float32)
    brightness = np.maximum(luminance(bare.reshape(len(bare), 1, -1)).ravel() if bare.ndim == 2 else bare, 1)
    low, usual, high = np.percentile(brightness, (10, 50, 90))
    yellow = np.percentile((colours[:, 0] - colours[:, 1]) / brightness, (5, 50, 95))
    is_one = high - low <= _SPREAD * usual and yellow[2] - yellow[0] <= _TINTS
    return bool(is_one and -_SLACK <= yellow[1] <= _YELLOW)


def _pieces(where: np.ndarray) -> np.ndarray:
    """Of some places, bool (h, w), those that hang together in pieces as large as sheets."""
    pieces = Groups.of(where, connectivity=8)
    return (pieces.labels > 0) & (pieces.size() >= _PIECE * where.size)


def _bands_around(sheets: np.ndarray) -> np.ndarray:
    """What bands around each of some sheets, bool (h, w), would hold."""
    found = np.zeros(sheets.shape, np.uint8)
    outlines, _ = cv2.findContours(sheets.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in outlines:
        cv2.fillConvexPoly(found, cv2.convexHull(outline), 1)
    return found > 0


def _is_box(sheet: np.ndarray) -> bool:
    """Whether what could be a sheet, bool (h, w), is a printed box: upright and straight, with paper around
    it on all sides, left as much as right."""
    sides = [_margins(np.rot90(sheet, turns)) for turns in range(4)]
    left, _top, right, _bottom = (float(np.median(margins)) for margins in sides)
    are_around = all(margins.min() > 0 and margins.std() < _UPRIGHT for margins in sides)
    return are_around and abs(left - right) <= _CENTRED * sheet.shape[1]


def _margins(sheet: np.ndarray) -> np.ndarray:
    """Pixels from the left to a sheet, bool (h, w), in each of its rows but those of corners, int (n,)."""
    first = sheet.argmax(1)[sheet.any(1)]
    corners = len(first) // 10
    return first[corners : len(first) - corners]


def _black(grey: np.ndarray, even: np.ndarray) -> np.ndarray | None:
    """The same of a black mount; `even`: the picture smoothed."""
    sheet = float(np.median(even))
    is_beyond = even < min(_DARKER * sheet, sheet - _APART)
    if is_beyond.mean() < _LEAST:
        return None
    mount = _around(is_beyond, even, sheet)
    if not _is_around(mount) or not _is_sharp(even, mount, sheet, _BLACK):
        return None
    inside = ~widened(mount, _WITHOUT_INK)
    if not _is_rough(grey, even, inside, mount, _ROUGH):
        return None
    outlines, _ = cv2.findContours(mount.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    corners = sum(len(cv2.approxPolyDP(outline, _OFF, True)) for outline in outlines)
    return mount if corners >= _RAGGED else None


def _around(is_beyond: np.ndarray, even: np.ndarray, sheet: float) -> np.ndarray:
    """Of what is beyond a sheet of this tone, bool (h, w), that which reaches the edge of the picture, and
    holes that are alike; nothing dark that is as thin as the strokes of letters."""
    is_dark = is_beyond.any() and bool(np.median(even[is_beyond]) < sheet)
    found = _reopened(is_beyond, _STROKE) if is_dark else is_beyond
    parts = Groups.of(found, connectivity=4)
    outside = (parts.labels > 0) & (parts.edges() > 0)
    if not outside.any():
        return outside
    tone = float(np.median(even[outside]))
    if abs(tone - sheet) < _APART:  # the brightest of the sheet may be as bright
        return outside
    holes = (parts.labels > 0) & (np.abs(parts.mean(even) - tone) <= _ALIKE * abs(tone - sheet))
    if is_dark:
        holes &= parts.mean(_reopened(found, _HOLE)) > 0
    return outside | holes


def _is_around(mount: np.ndarray) -> bool:
    """Whether a mount, bool (h, w), is much of a picture and of its edge; light letters there are not."""
    return bool(_LEAST <= mount.mean() <= _MOST and _edge_of(mount).mean() >= _AROUND)


def _edge_of(plane: np.ndarray) -> np.ndarray:
    """The outermost pixels of a plane (h, w), (n,)."""
    return np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])


def _reopened(where: np.ndarray, pixels: int) -> np.ndarray:
    """Places, bool (h, w), without what is thinner than so many pixels."""
    inner = ~widened(~where, pixels // 2)
    return widened(inner, pixels) & where


def _is_sharp(even: np.ndarray, mount: np.ndarray, sheet: float, nearly: int) -> bool:
    """Whether a mount, bool (h, w), is of one tone, so many hundredths of it, which ends at its edge; light
    and shadow fade."""
    inner, near, far = (~widened(~mount, pixels) for pixels in (_RIM, _EDGE - 1, _EDGE))
    within, beside = near & ~far, widened(mount, _EDGE) & ~widened(mount, _EDGE - 1)
    if not within.any() or not beside.any():
        return False
    tone = float(np.median(even[inner]))
    is_nearer = np.abs(even - tone) < np.abs(even - sheet)
    is_even = np.percentile(np.abs(even[inner] - tone), nearly) <= _BARE
    return bool(is_even and is_nearer[within].mean() > _MOSTLY and is_nearer[beside].mean() < 1 - _MOSTLY)


def _is_rough(
    grey: np.ndarray, even: np.ndarray, inside: np.ndarray, mount: np.ndarray, least: float
) -> bool:
    """Whether the `inside` of a sheet varies by more than a share of its brightness, and far more than the
    mount; both bool (h, w), `even`: the picture `grey` smoothed."""
    relief = cv2.absdiff(grey, even)
    bare = ~widened(~mount, _EDGE)
    if not inside.any() or not bare.any():
        return False
    of_sheet, of_mount = (float(np.median(relief[part])) for part in (inside, bare))
    return of_sheet >= least * float(np.median(even[inside])) and of_mount <= _SMOOTHER * of_sheet


def _is_blank(pixels: np.ndarray, mount: np.ndarray) -> bool:
    """Whether there is no print on the mount, bool (h, w) of a copy of a page, but scraps of the sheet."""
    grey = shrunk_to_side(luminance(pixels), _READABLE)
    outside = ~widened(_pieces(~mount), _EDGE)
    outside = cv2.resize(outside.astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    if not outside.any():
        return True
    around, sheet = grey[outside], grey[~outside]
    tone = float(np.median(around))
    if tone > np.median(sheet):
        usual = float(sheet.mean())  # the median of a picture's dots may be black
        behind = cv2.dilate(grey, np.ones((_STROKES, _STROKES), np.uint8))[outside]
        is_print = (around < _DARK_PRINT * usual) & (behind > (tone + usual) / 2)
    else:
        is_print = around > _LIGHT_PRINT * np.median(sheet)
    return bool(is_print.mean() <= _SPECKS)
