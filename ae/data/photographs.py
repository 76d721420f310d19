"""Pages photographed by hand: a sheet or an open book that fills the photograph, in the light of a room."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance
from ae.data.degradation import Dirt, in_order, make_dirty
from ae.data.degradation.fields import blurred, brighten, eight_bit

_BOOK, _CAST, _SHADOW = 0.5, 0.5, 0.25  # shares of photographs
_MOST_MARGIN = 0.12  # of the page's longer side
_TILT, _CUT = 0.03, 0.12  # of the photograph's side: a corner is off, and what is out of sight
_OLD = (0.99, 0.93, 0.78), (0.93, 0.8, 0.6), (1.0, 1.0, 1.0), (1.0, 0.985, 0.95)  # papers
_PAPER = (("ageing", 0.8), ("show_through", 0.35), ("fold", 0.25), ("creases", 0.25), ("wrinkles", 0.2))
_FALL = 0.15, 0.55  # of the light, from the brightest to the darkest place
_SHADOWS = "hand_shadow", "lighting"


def photograph(page: np.ndarray, seed: int, dpi: float) -> tuple[np.ndarray, np.ndarray]:
    """The page uint8 (H, W) or (H, W, 3) as a phone sees it, and clean in the same place.

    Both uint8 of one shape, as grey or coloured as the page, and larger by up to 24 % of the page's longer
    side. `dpi`: of the page. The same seed gives the same photograph.
    """
    generator = np.random.default_rng((seed, 0xF070))
    clean = _with_margins(page if page.ndim == 3 else np.dstack([page] * 3), generator)
    size = clean.shape[:2]
    clean, sheet = _on_paper(clean, seed, dpi, generator)
    place = _place(clean.shape[:2], size, generator)
    clean, sheet = (cv2.warpPerspective(plane, place, size[::-1]) for plane in (clean, sheet))
    dirty = taken(_lit(sheet, dpi, generator), dpi, generator)
    if page.ndim == 2:
        dirty, clean = (luminance(plane) for plane in (dirty, clean))
    return dirty, clean


def _with_margins(page: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The page with more paper around it."""
    above, below, left, right = (generator.uniform(0, _MOST_MARGIN, 4) * max(page.shape)).astype(int)
    return np.pad(page, ((above, below), (left, right), (0, 0)), constant_values=255)


def _on_paper(
    page: np.ndarray, seed: int, dpi: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The page uint8 (H, W, 3), with part of the one before it where it is in a book, clean and on paper."""
    dirt = [Dirt("grain", generator.uniform(0.1, 0.7))]
    dirt += [Dirt(kind, generator.uniform(0.2, 0.9)) for kind, share in _PAPER if generator.random() < share]
    tint = np.array(_OLD[int(generator.integers(len(_OLD)))], np.float32)
    gutter = int(page.shape[1] * generator.uniform(0.05, 0.3)) if generator.random() < _BOOK else 0
    clean = np.hstack([page[:, page.shape[1] - gutter :], page])
    sheet = make_dirty(eight_bit(clean * tint), in_order(dirt), seed, dpi)
    return clean, _shaded(sheet, gutter, generator) if gutter else sheet


def _shaded(sheet: np.ndarray, gutter: int, generator: np.random.Generator) -> np.ndarray:
    """The sheet in the shade of its gutter at column `gutter`."""
    away = np.abs(np.arange(sheet.shape[1], dtype=np.float32) - gutter)
    reach = generator.uniform(0.01, 0.12) * sheet.shape[1]
    loss = generator.uniform(0.3, 0.8) * np.exp(-away / reach) + 0.2 * np.exp(-away / 3)
    return brighten(sheet, np.dstack([np.tile(1 - np.minimum(loss, 0.9), (len(sheet), 1))] * 3))


def _place(sheet: tuple[int, ...], size: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """The perspective from the sheet to a photograph that it more than fills, (3, 3)."""
    left, top, right, bottom = -_TILT - generator.uniform(0, _CUT, 4)
    corners = np.array([[left, top], [1 - right, top], [1 - right, 1 - bottom], [left, 1 - bottom]])
    corners += generator.uniform(-_TILT, _TILT, corners.shape)
    (rows, columns), (height, width) = sheet, size
    known = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    return cv2.getPerspectiveTransform(known, (corners * [width, height]).astype(np.float32))


def _lit(scene: np.ndarray, dpi: float, generator: np.random.Generator) -> np.ndarray:
    """The scene in light that falls off, warmer where it is dark, and in some shadow."""
    height, width = scene.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle, bend = generator.uniform(0, 2 * np.pi), generator.uniform(0, 1)
    away = (1 - bend) * (1 + (x * np.cos(angle) + y * np.sin(angle)) / 1.42) / 2
    away += bend * np.hypot(x - generator.uniform(-0.6, 0.6), y - generator.uniform(-0.6, 0.6)) / 2.3
    light = generator.uniform(0.75, 1.05) * (1 - generator.uniform(*_FALL) * away)
    warm = generator.uniform(0, 0.4) if generator.random() < _CAST else 0.0
    lit = brighten(scene, np.dstack([light ** (1 + share * warm) for share in (0, 0.3, 1)]))
    shadows = [Dirt(kind, generator.uniform(0.2, 0.8)) for kind in _SHADOWS if generator.random() < _SHADOW]
    return make_dirty(lit, shadows, _some_seed(generator), dpi)


def taken(scene: np.ndarray, dpi: float, generator: np.random.Generator) -> np.ndarray:
    """The scene uint8 (H, W, 3) as a phone's camera keeps it: a little soft, noisy, as JPEG."""
    marks = [Dirt("sensor_noise", generator.uniform(0.1, 0.9)), Dirt("jpeg", generator.uniform(0.1, 0.6))]
    return make_dirty(blurred(scene, generator.uniform(0, 1.1)), marks, _some_seed(generator), dpi)


def _some_seed(generator: np.random.Generator) -> int:
    """One that is no other page's."""
    return int(generator.integers(1 << 30))
