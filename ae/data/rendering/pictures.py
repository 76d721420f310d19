"""Pictures as crowded as photographs, in any tones, to be printed on a page: things that hide one another."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ae.data.rendering.figures import noise_field, scene
from ae.data.rendering.shapes import some_window

_SMALLEST, _SMALLEST_PAGE = 48, 160  # pixels of a side
_MOST = 4
_SHARE = 0.15, 0.75  # of the page's sides
_THINGS = 20, 500
_SIZE = 0.012, 0.5  # of a thing, of the picture's shorter side
_CROWDED = 0.75  # of the pictures; the others are scenes
_COLOURED, _SEPIA = 0.45, 0.1  # of the pictures of a page in colour
_SKY, _ALL_TEXTURE, _OVAL, _BORDER = 0.35, 0.15, 0.1, 0.15
# The darkest and the brightest tone of a picture, and how often: as taken, bright, faded, pale, dark.
_TONES = (
    (0.35, (0, 40), (215, 255)),
    (0.25, (70, 150), (215, 255)),
    (0.2, (30, 100), (150, 220)),
    (0.1, (130, 190), (205, 245)),
    (0.1, (0, 20), (90, 180)),
)
_EXTREMES = 1, 99  # percentiles that become them


def add_pictures(page: np.ndarray, seed: int) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) with one to four pictures over what is printed on it.

    A page that is too small for one comes back as it is.
    """
    if min(page.shape[:2]) < _SMALLEST_PAGE:
        return page
    generator = np.random.default_rng((seed, 0x91C))
    page = page.copy()
    for _ in range(int(generator.integers(1, _MOST + 1))):
        height, width = (
            max(_SMALLEST, int(side * generator.uniform(*_SHARE) * generator.uniform(0.5, 1)))
            for side in page.shape[:2]
        )
        _print(generator, some_window(generator, page, height, width), picture(generator, height, width))
    return page


def picture(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A picture uint8 (height, width, 3), in colour, grey or sepia, of any contrast."""
    make = crowded if generator.random() < _CROWDED else scene
    return _toned(make(generator, height, width).astype(np.float32), generator)


def crowded(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Things of all sizes that hide one another, shaded and textured, float32 (height, width, 3).

    What hides one another gives a picture edges and tones much as photographs have them (Lee, Mumford &
    Huang, Occlusion models for natural images, IJCV 41, 2001). Some have a sky, some are one texture.
    """
    things = _things(generator, height, width)
    count = int(things.max()) + 1
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    tones = generator.beta(0.9, 0.9, count).astype(np.float32) * 235 + 10
    slopes = generator.normal(0, 25, (2, count)).astype(np.float32)
    shade = tones[things] + slopes[0][things] * x + slopes[1][things] * y
    least = 0 if count > 1 else 1  # what is all of the picture is not smooth
    depth = generator.exponential(25, count).astype(np.float32) + 60 * least
    texture = _textures(generator, height, width)
    kind = generator.integers(least, len(texture), size=count)[things]
    rough = np.take_along_axis(np.stack(texture), kind[None], 0)[0] - 0.5
    hue = generator.normal(0, 0.12, (count, 3)).astype(np.float32)
    shade = np.maximum(shade + depth[things] * 2 * rough, 0)
    light = 0.6 + 0.8 * noise_field(generator, height, width, 1, 1)
    coloured = (shade * light)[..., None] * (1 + hue[things])
    return cv2.GaussianBlur(np.ascontiguousarray(coloured), (0, 0), generator.uniform(0.4, 1.2))


def _things(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Which thing is seen at every pixel, int32 (height, width), the background being 0."""
    seen = np.zeros((height, width), np.int32)
    if generator.random() < _ALL_TEXTURE:
        return seen
    small, large = (share * min(height, width) for share in _SIZE)
    horizon = height * generator.uniform(0.25, 0.7) if generator.random() < _SKY else 0
    for index in range(1, int(generator.integers(*_THINGS))):
        size = small / (1 - generator.random() * (1 - small / large))  # most are small
        middle = generator.uniform(0, width), generator.uniform(horizon, height)
        outline = _OUTLINES[int(generator.integers(len(_OUTLINES)))](generator)
        turn = generator.uniform(0, np.pi)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = outline * [1, generator.uniform(0.3, 1)] @ spin * size + middle
        cv2.fillPoly(seen, [np.rint(points).astype(np.int32)], index)
    return seen


def _round(generator: np.random.Generator) -> np.ndarray:
    """A smooth outline around the middle, (N, 2)."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = 1 + generator.uniform(0, 0.3) * np.cos(
        int(generator.integers(2, 6)) * turn + generator.uniform(0, 6)
    )
    return np.stack([reach * np.cos(turn), reach * np.sin(turn)], 1)


def _angular(generator: np.random.Generator) -> np.ndarray:
    """Three to six corners around the middle, (N, 2)."""
    turn = np.sort(generator.uniform(0, 2 * np.pi, int(generator.integers(3, 7))))
    return np.stack([np.cos(turn), np.sin(turn)], 1)


def _box(generator: np.random.Generator) -> np.ndarray:
    """A rectangle around the middle, (4, 2)."""
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [1, generator.uniform(0.2, 1)]


_OUTLINES: tuple[Callable[[np.random.Generator], np.ndarray], ...] = (_round, _round, _angular, _box)


def _textures(generator: np.random.Generator, height: int, width: int) -> list[np.ndarray]:
    """Surfaces from smooth to rough, 0..1, float32 (height, width) each."""
    fine = generator.random((height, width), np.float32)
    grain = cv2.GaussianBlur(fine, (0, 0), generator.uniform(0.6, 2.5))
    grain = np.clip(0.5 + (grain - 0.5) / (6 * float(grain.std()) + 1e-6), 0, 1)
    fields = [noise_field(generator, height, width, cells, 5) for cells in (2, 6, 20)]
    return [np.full((height, width), 0.5, np.float32), grain, *fields]


def _toned(pixels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The picture float32 (H, W, 3) between two tones, as it is, grey or sepia: uint8."""
    shares = [share for share, _low, _high in _TONES]
    _share, low, high = _TONES[int(generator.choice(len(_TONES), p=shares))]
    first, last = generator.uniform(*low), generator.uniform(*high)
    kind = generator.random()
    if kind >= _COLOURED:
        pixels = pixels.mean(2, keepdims=True).repeat(3, 2)
    darkest, brightest = np.percentile(pixels, _EXTREMES)
    share = np.clip((pixels - darkest) / max(float(brightest - darkest), 1.0), 0, 1)
    pixels = first + share ** generator.uniform(0.6, 1.6) * (last - first)
    if _COLOURED <= kind < _COLOURED + _SEPIA:
        pixels = pixels * [1.0, 0.93, 0.8]
    pixels += generator.normal(0, generator.uniform(0, 4), (*pixels.shape[:2], 1))
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def _print(generator: np.random.Generator, window: np.ndarray, pixels: np.ndarray) -> None:
    """Put a picture uint8 (h, w, 3) over a part of a page uint8 (h, w) or (h, w, 3), in place.

    Most fill it; some are oval, some have a white border.
    """
    height, width = window.shape[:2]
    inside = np.ones((height, width), np.uint8)
    if generator.random() < _OVAL:
        inside[:] = 0
        cv2.ellipse(inside, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 1, -1)
    elif generator.random() < _BORDER:
        border = int(generator.integers(2, 13))
        window[...] = 255
        inside[:border] = inside[-border:] = inside[:, :border] = inside[:, -border:] = 0
    shown = pixels if window.ndim == 3 else np.rint(pixels.mean(2)).astype(np.uint8)
    window[inside > 0] = shown[inside > 0]
