"""Pages photographed by hand: a sheet or an open book on a table, in the light of a room."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.data.degradation import Dirt, in_order, make_dirty
from ae.data.degradation.fields import blurred, brighten, eight_bit, smooth_noise

_BOOK, _FINGER, _CAST, _ALL_PAGE = 0.5, 0.2, 0.5, 0.2  # shares of photographs
_OUT_OF_SIGHT = -0.05, 0.12  # of the photograph's side beyond the sheet; below 0 the sheet is cut
_MOST_MARGIN = 0.12  # of the page's longer side
_TILT = 0.03  # of its side by which a corner is off
# Red, green and blue of tables from the darkest wood to white, and what a finger looks like.
_TABLES = (40, 30, 26), (88, 58, 38), (140, 105, 70), (70, 74, 80), (120, 122, 120), (205, 203, 198)
_SKIN = (205, 150, 120), (150, 100, 75), (225, 180, 155)
_OLD = (0.99, 0.93, 0.78), (0.93, 0.8, 0.6), (1.0, 1.0, 1.0), (1.0, 0.985, 0.95)  # papers
_PAPER = (("ageing", 0.8), ("show_through", 0.35), ("fold", 0.25), ("creases", 0.25), ("wrinkles", 0.2))
_FALL = 0.15, 0.55  # of the light, from the brightest to the darkest place
_SHADOWS = "hand_shadow", "lighting"
_EDGES = 6, 40  # pixels of a book's other pages, seen from the side


@dataclass(frozen=True)
class Photograph:
    """A photographed page and the clean one below it, uint8 (H, W) or (H, W, 3); `is_page`, bool (H, W), is
    False on what lies around it."""

    dirty: np.ndarray
    clean: np.ndarray
    is_page: np.ndarray


def photograph(page: np.ndarray, seed: int, dpi: float, *, around: bool = True) -> Photograph:
    """The clean page uint8 (H, W) or (H, W, 3) lying on a table, of which some photographs show nothing.

    Without `around` none does, and no thumb.
    """
    generator = np.random.default_rng((seed, 0xF070))
    clean = _with_margins(page if page.ndim == 3 else np.dstack([page] * 3), generator)
    size = clean.shape[:2]
    sheet = _opened(clean, seed, dpi, generator)
    place = _place(sheet.dirty.shape[:2], size, generator, around)
    dirty, clean, is_page = (_laid(plane, place, size) for plane in (sheet.dirty, sheet.clean, sheet.is_page))
    share = _laid(np.ones(sheet.is_page.shape, np.float32), place, size)[..., None]
    scene = eight_bit(_table(size, generator) * (1 - share) + dirty * share)
    if around and generator.random() < _FINGER:
        is_page &= ~_hold(scene, generator)
    dirty = _taken(_lit(scene, seed, dpi, generator), seed, dpi, generator)
    if page.ndim == 2:
        dirty, clean = (cv2.cvtColor(plane, cv2.COLOR_RGB2GRAY) for plane in (dirty, clean))
    return Photograph(dirty, clean, is_page)


def _with_margins(page: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The page with more paper around it."""
    above, below, left, right = (generator.uniform(0, _MOST_MARGIN, 4) * max(page.shape)).astype(int)
    return np.pad(page, ((above, below), (left, right), (0, 0)), constant_values=255)


def _opened(page: np.ndarray, seed: int, dpi: float, generator: np.random.Generator) -> Photograph:
    """The paper of the page uint8 (H, W, 3), which may be in a book; not yet photographed."""
    dirt = [Dirt("grain", generator.uniform(0.1, 0.7))]
    dirt += [Dirt(kind, generator.uniform(0.2, 0.9)) for kind, share in _PAPER if generator.random() < share]
    tint = np.array(_OLD[int(generator.integers(len(_OLD)))], np.float32)
    is_book = generator.random() < _BOOK
    width = int(page.shape[1] * generator.uniform(0.05, 0.3)) if is_book else 0
    clean = np.hstack([page[:, page.shape[1] - width :], page])  # the end of the page before
    dirty = make_dirty(eight_bit(clean * tint), in_order(dirt), seed, dpi)
    is_page = np.ones(clean.shape[:2], bool)
    if not is_book:
        return Photograph(dirty, clean, is_page)
    dirty = _bent(dirty, width, generator)
    edges = _edges(dirty, int(generator.integers(*_EDGES)), generator)
    is_page = np.hstack([is_page, np.zeros(edges.shape[:2], bool)])
    return Photograph(np.hstack([dirty, edges]), np.hstack([clean, edges]), is_page)


def _bent(sheet: np.ndarray, gutter: int, generator: np.random.Generator) -> np.ndarray:
    """The sheet in the shade of its gutter at column `gutter`."""
    away = np.abs(np.arange(sheet.shape[1], dtype=np.float32) - gutter)
    reach = generator.uniform(0.01, 0.12) * sheet.shape[1]
    loss = generator.uniform(0.3, 0.8) * np.exp(-away / reach) + 0.2 * np.exp(-away / 3)
    return brighten(sheet, np.dstack([np.tile(1 - np.minimum(loss, 0.9), (len(sheet), 1))] * 3))


def _edges(sheet: np.ndarray, width: int, generator: np.random.Generator) -> np.ndarray:
    """The other pages of a book as lines of light and shade, uint8 (H, width, 3)."""
    paper = np.percentile(sheet, 80, axis=(0, 1))
    lines = generator.uniform(0.55, 1.0, width) * np.linspace(1, generator.uniform(0.5, 1), width)
    return eight_bit(np.tile(lines[None, :, None] * paper, (len(sheet), 1, 1)))


def _place(
    sheet: tuple[int, ...], size: tuple[int, ...], generator: np.random.Generator, around: bool
) -> np.ndarray:
    """The perspective that lays the sheet onto the photograph, (3, 3)."""
    height, width = size
    room = generator.uniform(*_OUT_OF_SIGHT, 4)
    if not around or generator.random() < _ALL_PAGE:
        room = -_TILT - np.abs(room)
    left, top, right, bottom = room[0], room[1], 1 - room[2], 1 - room[3]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    corners += generator.uniform(-_TILT, _TILT, corners.shape)
    rows, columns = sheet
    known = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    return cv2.getPerspectiveTransform(known, (corners * [width, height]).astype(np.float32))


def _laid(plane: np.ndarray, place: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """A plane of the sheet where it is on the photograph of `size`, 0 around it."""
    numbers = plane.astype(np.uint8) if plane.dtype == bool else plane
    return cv2.warpPerspective(numbers, place, size[::-1], flags=cv2.INTER_AREA).astype(plane.dtype)


def _table(size: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Wood, cloth or plastic, float32 (H, W, 3)."""
    height, width = size
    base = np.array(_TABLES[int(generator.integers(len(_TABLES)))], np.float32)
    rough = smooth_noise(size, generator.uniform(1, 4), generator) - 0.5
    clouds = smooth_noise(size, generator.uniform(60, 300), generator) - 0.5
    field = generator.uniform(0, 0.25) * rough + generator.uniform(0, 0.3) * clouds
    if generator.random() < 0.5:  # the grain of wood is long
        long = generator.uniform(8, 40)
        narrow = smooth_noise((height, int(width / long) + 2), generator.uniform(2, 6), generator)
        wood = cv2.resize(narrow, (width, height), interpolation=cv2.INTER_CUBIC) - 0.5
        field += generator.uniform(0.1, 0.6) * (wood if generator.random() < 0.5 else _turned(wood))
    return base * (1 + field[..., None])


def _turned(field: np.ndarray) -> np.ndarray:
    """The field (H, W) with its rows as columns, of the same shape."""
    return cv2.resize(np.ascontiguousarray(field.T), field.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _hold(scene: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw a thumb that reaches in from an edge, in place; where it is, bool (H, W)."""
    height, width = scene.shape[:2]
    thick = generator.uniform(0.03, 0.06) * max(scene.shape)
    reach = generator.uniform(0.5, 2.5) * thick
    y, x = np.mgrid[:height, :width].astype(np.float32)
    inwards, length = ((y, width), (height - 1 - y, width), (x, height), (width - 1 - x, height))[
        int(generator.integers(4))
    ]
    sidewards = (x if length == width else y) - generator.uniform(0.1, 0.9) * length
    inside = 1 - np.hypot(np.maximum(inwards - reach, 0), sidewards) / thick
    skin = np.array(_SKIN[int(generator.integers(len(_SKIN)))], np.float32)
    shade = 0.6 + 0.4 * np.sqrt(np.clip(inside, 0, 1))
    share = np.clip(inside * thick / 2, 0, 1)[..., None]
    scene[:] = eight_bit(scene * (1 - share) + skin * shade[..., None] * share)
    return inside > 0


def _lit(scene: np.ndarray, seed: int, dpi: float, generator: np.random.Generator) -> np.ndarray:
    """The scene in light that falls off, warmer where it is dark, and in some shadow."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle, bend = generator.uniform(0, 2 * np.pi), generator.uniform(0, 1)
    away = (1 - bend) * (1 + (x * np.cos(angle) + y * np.sin(angle)) / 1.42) / 2
    away += bend * np.hypot(x - generator.uniform(-0.6, 0.6), y - generator.uniform(-0.6, 0.6)) / 2.3
    light = generator.uniform(0.75, 1.05) * (1 - generator.uniform(*_FALL) * away)
    warm = generator.uniform(0, 0.4) if generator.random() < _CAST else 0.0
    lit = brighten(scene, np.dstack([light ** (1 + share * warm) for share in (0, 0.3, 1)]))
    shadows = [Dirt(kind, generator.uniform(0.2, 0.8)) for kind in _SHADOWS if generator.random() < 0.25]
    return make_dirty(lit, shadows, seed + 1, dpi)


def _taken(scene: np.ndarray, seed: int, dpi: float, generator: np.random.Generator) -> np.ndarray:
    """As a phone's camera keeps it: a little soft, noisy, as JPEG."""
    marks = [Dirt("sensor_noise", generator.uniform(0.05, 0.5)), Dirt("jpeg", generator.uniform(0.1, 0.6))]
    return make_dirty(blurred(scene, generator.uniform(0, 1.1)), marks, seed + 2, dpi)
