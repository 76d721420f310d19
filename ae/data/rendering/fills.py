"""Pale fills behind print: boxes of text, striped tables, charts, columns of calendars; and coloured grounds.

Boxes, stripes and charts of one pale tone are what a page shares with stains and shadows. A page whose ground
is printed from edge to edge has no paper that could become white.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ae.arrays import luminance
from ae.data.rendering.figures import noise_field
from ae.data.rendering.shapes import some_window

_SMALLEST_PAGE = 160  # pixels of a side
_MOST = 3
_SHARE = 0.2, 0.95  # of the page's sides
_DARKNESS = 5.0, 110.0  # grey levels darker than paper in the strongest channel
_GREY = 0.4  # of the fills of a page in colour
_ROUNDED = 0.35  # of the boxes
_BAND = 0.3  # of the striped tables have a header, darker than the stripes
_WHITE = 255
_STEPS = 3  # binary digits after the point of OpenCV's coordinates
_DARK_GROUND, _TWO_TONES = 0.4, 0.3  # of the grounds
_DARK = 8, 90  # grey levels
_LIGHT = 0.4, 2.0  # of a page's height has white print, where that is not all of it

Draw = Callable[[np.ndarray, np.random.Generator], None]


def add_fills(page: np.ndarray, seed: int) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) with one to three groups of fills behind what is printed on it.

    On a page in colour most of them are coloured. A page that is too small for one comes back as it is.
    """
    if min(page.shape[:2]) < _SMALLEST_PAGE:
        return page
    generator = np.random.default_rng((seed, 0xF111))
    page = page.copy()
    for _ in range(int(generator.integers(1, _MOST + 1))):
        height, width = (int(side * generator.uniform(*_SHARE)) for side in page.shape[:2])
        window = some_window(generator, page, height, width)
        fill = np.full((height, width, 3), _WHITE, np.uint8)
        _FILLS[int(generator.integers(len(_FILLS)))](fill, generator)
        behind = fill if page.ndim == 3 else luminance(fill)
        window[...] = cv2.multiply(window, behind, scale=1 / _WHITE)
    return page


def on_ground(page: np.ndarray, seed: int) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) printed on a ground of one or two tones, dark or of a strong colour.

    Print is white on most of it, as on posters and slides; on grey and nearly black all over.
    """
    generator = np.random.default_rng((seed, 0x960D))
    height, width = page.shape[:2]
    is_dark = page.ndim == 2 or generator.random() < _DARK_GROUND
    tones = _dark(generator) if is_dark else _coloured(generator)
    ground = _blended(tones, generator, height, width)
    ink = 1 - page.reshape(height, width, -1).astype(np.float32) / _WHITE
    light, dark = ground + (generator.uniform(210, 255) - ground) * ink, ground * (1 - ink)
    is_light = np.zeros((height, 1, 1), bool)
    is_light[: height if is_dark else int(height * generator.uniform(*_LIGHT))] = True
    printed = np.rint(np.where(is_light, light, dark)).astype(np.uint8)
    return printed if page.ndim == 3 else luminance(printed)


def _dark(generator: np.random.Generator) -> np.ndarray:
    """Two tones that are grey or nearly black, float32 (2, 3)."""
    tones = generator.uniform(*_DARK, (2, 1)) + generator.uniform(-8, 25, (2, 3))
    return tones.astype(np.float32)


def _coloured(generator: np.random.Generator) -> np.ndarray:
    """Two strong colours, float32 (2, 3), neither yellow nor brown, which are the colours of paper."""
    hue = generator.choice((generator.uniform(0, 8), generator.uniform(45, 178)), 2)
    strength, value = generator.uniform(90, 255, 2), generator.uniform(60, 235, 2)
    hsv = np.stack([hue, strength, value], 1).astype(np.uint8)[None]
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0].astype(np.float32)


def _blended(tones: np.ndarray, generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """The first of two tones (2, 3), or both by places, float32 (height, width, 3)."""
    if generator.random() >= _TWO_TONES:
        tones = tones[[0, 0]]
    share = noise_field(generator, height, width, 1, 1)[..., None]
    blended: np.ndarray = np.clip(tones[0] + (tones[1] - tones[0]) * share, 0, _WHITE).astype(np.float32)
    return blended


def _tone(generator: np.random.Generator) -> tuple[float, float, float]:
    """A pale colour or grey, each channel 0..255."""
    low, high = np.log(_DARKNESS)
    darkness = float(np.exp(generator.uniform(low, high)))
    share = np.ones(3) if generator.random() < _GREY else generator.uniform(0, 1, 3)
    red, green, blue = _WHITE - darkness * share / share.max()
    return float(red), float(green), float(blue)


def _boxes(behind: np.ndarray, generator: np.random.Generator) -> None:
    """One to four boxes below each other, square or rounded."""
    height, width = behind.shape[:2]
    count = int(generator.integers(1, 5))
    corner = int(generator.uniform(4, 24)) if generator.random() < _ROUNDED else 0
    for index in range(count):
        top = int(height * index / count)
        bottom = int(height * (index + generator.uniform(0.5, 1)) / count)
        right = int(width * (1 if generator.random() < 0.6 else generator.uniform(0.4, 1)))
        _box(behind, (0, top, right, bottom), corner, _tone(generator))


def _stripes(behind: np.ndarray, generator: np.random.Generator) -> None:
    """Every other row of a table, or column of a calendar."""
    height, width = behind.shape[:2]
    across = generator.random() < 0.25
    side = width if across else height
    step = max(8, int(generator.uniform(0.03, 0.2) * side))
    tone = _tone(generator)
    for start in range(0, side, 2 * step):
        end = min(start + step, side)
        box = (start, 0, end, height) if across else (0, start, width, end)
        _box(behind, box, 0, tone)
    if generator.random() < _BAND:
        _box(behind, (0, 0, width, step), 0, _tone(generator))


def _bars(behind: np.ndarray, generator: np.random.Generator) -> None:
    """Bars of a chart, in one tone or in many."""
    height, width = behind.shape[:2]
    count, one = int(generator.integers(2, 12)), _tone(generator)
    is_many = generator.random() < 0.6
    step = width / count
    for index in range(count):
        left, thick = int(index * step), max(2, int(step * generator.uniform(0.4, 1)))
        top = int(height * generator.uniform(0, 0.9))
        _box(behind, (left, top, left + thick, height), 0, _tone(generator) if is_many else one)


def _pie(behind: np.ndarray, generator: np.random.Generator) -> None:
    """A circle of two to six pieces."""
    height, width = behind.shape[:2]
    radius = min(height, width) / 2 - 1
    middle = np.array([width / 2, height / 2])
    cuts = np.sort(generator.uniform(0, 2 * np.pi, int(generator.integers(2, 7))))
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + 2 * np.pi], strict=True):
        turn = np.linspace(start, end, 60)
        outline = middle + radius * np.stack([np.cos(turn), np.sin(turn)], 1)
        points = np.rint(np.vstack([middle, outline]) * 2**_STEPS).astype(np.int32)
        cv2.fillPoly(behind, [points], _tone(generator), cv2.LINE_AA, _STEPS)


def _whole(behind: np.ndarray, generator: np.random.Generator) -> None:
    """All of the part, as a box beside the text or a band at the page's edge."""
    behind[:] = np.rint(_tone(generator))


_FILLS: tuple[Draw, ...] = (_boxes, _boxes, _stripes, _stripes, _bars, _pie, _whole)


def _box(
    behind: np.ndarray, box: tuple[int, int, int, int], corner: int, tone: tuple[float, float, float]
) -> None:
    """A rectangle, left, top, right and bottom, with corners of a radius, in place."""
    left, top, right, bottom = box
    corner = min(corner, (right - left) // 2, (bottom - top) // 2)
    cv2.rectangle(behind, (left + corner, top), (right - 1 - corner, bottom - 1), tone, -1)
    cv2.rectangle(behind, (left, top + corner), (right - 1, bottom - 1 - corner), tone, -1)
    for x in (left + corner, right - 1 - corner):
        for y in (top + corner, bottom - 1 - corner):
            cv2.circle(behind, (x, y), corner, tone, -1, cv2.LINE_AA)
