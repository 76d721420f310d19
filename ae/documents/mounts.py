"""What lies around a torn or holed sheet, such as a papyrus on a white or a black mount."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance, shrunk_to_side
from ae.documents.light import evened
from ae.documents.margins import filled, paper_nearby
from ae.documents.squares import Groups
from ae.documents.text_size import has_rows_of_letters

_SIDE = 512  # pixels of the copy on which a mount is looked for
_WITHOUT_INK = 9  # pixels; what is thinner is print or grain
_BRIGHTER, _DARKER, _APART = 1.2, 0.45, 40  # times the sheet; grey levels besides, in the mean
_LEAST, _MOST, _AROUND = 0.02, 0.55, 0.2  # of the picture is mount; of its edge at least
_STROKE, _HOLE = 9, 15  # pixels; print is thinner than the first, or than the second where it stands alone
_ALIKE = 30  # grey levels by which a hole differs from the mount around at most
_BARE = 12  # grey levels by which nearly all of a mount differs from its usual tone at most
_NEARLY = 95  # percentile
# Print on a mount is beyond so many times the sheet, other than the sheet's scraps; of so much of it at most.
_DARK_PRINT, _LIGHT_PRINT, _SPECKS = 0.6, 1.2, 0.002
_RAGGED, _OFF = 24, 3  # corners of the sheet's outline and holes, from which it is so many pixels off at most
_ROUGH = 0.02  # of its brightness: paper that is smoother may be a printed ground
_RIM = 2  # pixels of a mount's edge that are of neither tone
_EDGE, _MOSTLY = 4, 0.9  # pixels from the edge, and the share of all there that is nearer to its own tone
_READABLE = 1600  # pixels of the copy on which print would be seen


def without_mount(pixels: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) with paper where it shows what a torn sheet lies on, same shape;
    itself where it shows no such thing.

    The sheet is rough, its outline or its holes are ragged and sharp, and it has rows of letters. The mount
    is of one tone, far brighter or far darker than the sheet, with nothing on it but scraps of that.
    """
    small = shrunk_to_side(pixels, _SIDE)
    mount = _mount(luminance(small))
    if mount is None or not _is_blank(pixels, mount):
        return pixels
    bare = cv2.dilate(small, np.ones((_WITHOUT_INK, _WITHOUT_INK), np.uint8))
    wide = _widened(mount, _RIM)
    away = _widened(wide, _WITHOUT_INK // 2 + 1)  # no further does the bare page show a bright mount
    result = filled(pixels.copy(), paper_nearby(bare, ~away), wide)
    # Of pale ink one sees it in even light alone, of a rough sheet rather as it is.
    views = result, evened(result)
    return result if any(has_rows_of_letters(luminance(view)) for view in views) else pixels


def _mount(grey: np.ndarray) -> np.ndarray | None:
    """Where a picture uint8 (h, w) shows a mount, bool (h, w); None where it shows none."""
    even = cv2.medianBlur(grey, _WITHOUT_INK)
    sheet = float(np.median(even))
    for is_beyond in (even > _BRIGHTER * sheet, even < _DARKER * sheet):
        if _LEAST <= is_beyond.mean() <= _MOST:
            mount = _around(is_beyond, even, sheet)
            if _is_around(mount) and _is_sharp(even, mount, sheet) and _is_torn(grey, even, mount):
                return mount
    return None


def _around(is_beyond: np.ndarray, even: np.ndarray, sheet: float) -> np.ndarray:
    """Of what is beyond a sheet, bool (h, w), that which reaches the edge of the picture, and holes that are
    alike; nothing dark that is as thin as the strokes of letters."""
    is_dark = bool(np.median(even[is_beyond]) < sheet)
    found = _reopened(is_beyond, _STROKE) if is_dark else is_beyond
    parts = Groups.of(found, connectivity=4)
    outside = (parts.labels > 0) & (parts.edges() > 0)
    if not outside.any():
        return outside
    tone = float(np.median(even[outside]))
    holes = (parts.labels > 0) & (np.abs(parts.mean(even) - tone) <= _ALIKE)
    if is_dark:
        holes &= parts.mean(_reopened(found, _HOLE)) > 0
    return outside | holes


def _is_around(mount: np.ndarray) -> bool:
    """Whether a mount, bool (h, w), is much of a picture and of its edge; light letters there are not."""
    edge = np.concatenate([mount[0], mount[-1], mount[:, 0], mount[:, -1]])
    return bool(mount.mean() >= _LEAST and edge.mean() >= _AROUND)


def _reopened(where: np.ndarray, pixels: int) -> np.ndarray:
    """Places, bool (h, w), without what is thinner than so many pixels."""
    inner = ~_widened(~where, pixels // 2)
    return _widened(inner, pixels) & where


def _is_sharp(even: np.ndarray, mount: np.ndarray, sheet: float) -> bool:
    """Whether a mount, bool (h, w), is of one tone, which ends at its edge; light and shadow fade."""
    inner, near, far = (~_widened(~mount, pixels) for pixels in (_RIM, _EDGE - 1, _EDGE))
    within, beside = near & ~far, _widened(mount, _EDGE) & ~_widened(mount, _EDGE - 1)
    if not within.any() or not beside.any():
        return False
    tone = float(np.median(even[inner]))
    is_nearer = np.abs(even - tone) < np.abs(even - sheet)
    is_even = abs(tone - sheet) >= _APART and np.percentile(np.abs(even[inner] - tone), _NEARLY) <= _BARE
    return bool(is_even and is_nearer[within].mean() > _MOSTLY and is_nearer[beside].mean() < 1 - _MOSTLY)


def _is_torn(grey: np.ndarray, even: np.ndarray, mount: np.ndarray) -> bool:
    """Whether what lies on a mount, bool (h, w), is ragged and rough."""
    inside = ~_widened(mount, _WITHOUT_INK)
    if not inside.any():
        return False
    relief = np.median(cv2.absdiff(grey, even)[inside]) / max(float(np.median(even[inside])), 1.0)
    outlines, _ = cv2.findContours(mount.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    corners = sum(len(cv2.approxPolyDP(outline, _OFF, True)) for outline in outlines)
    return bool(relief >= _ROUGH and corners >= _RAGGED)


def _is_blank(pixels: np.ndarray, mount: np.ndarray) -> bool:
    """Whether there is no print on the mount, bool (h, w) of a copy of a page, but scraps of the sheet."""
    grey = shrunk_to_side(luminance(pixels), _READABLE)
    pieces = Groups.of(~mount, connectivity=8)
    outside = ~_widened(pieces.size() * ~mount == pieces.sizes[1:].max(), _EDGE)
    outside = cv2.resize(outside.astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    if not outside.any():
        return True
    tone, sheet = float(np.median(grey[outside])), float(np.median(grey))
    is_print = grey[outside] < _DARK_PRINT * sheet if tone > sheet else grey[outside] > _LIGHT_PRINT * sheet
    return bool(is_print.mean() <= _SPECKS)


def _widened(where: np.ndarray, pixels: int) -> np.ndarray:
    """Places, bool (h, w), and what is so near to them."""
    near = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return cv2.dilate(where.astype(np.uint8), near) > 0
