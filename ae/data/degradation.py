"""What happens to paper: stains, folds, wrinkles, bad light, dust.

Every function takes a page uint8 (H, W), a seed, a strength and the page's dots per inch, and returns a
new page. Strength 0 gives the same pixels, 1 is a page that one would scan again. Lengths are millimetres
on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ae.errors import DataError

_MM_PER_INCH = 25.4

Degradation = Callable[[np.ndarray, int, float, float], np.ndarray]


@dataclass(frozen=True)
class Dirt:
    """One degradation by name (see `DEGRADATIONS`) and how strong it is, 0 or more."""

    kind: str
    strength: float = 1.0


def make_dirty(page: np.ndarray, dirt: Sequence[Dirt], seed: int, dpi: float) -> np.ndarray:
    """All of the dirt on one page, in the order given; each layer has its own seed.

    Raises DataError when a kind is unknown.
    """
    for layer, entry in enumerate(dirt):
        if entry.kind not in DEGRADATIONS:
            raise DataError(f"unknown dirt '{entry.kind}': choose from {', '.join(DEGRADATIONS)}")
        page = DEGRADATIONS[entry.kind](page, seed * 100 + layer, entry.strength, dpi)
    return page.copy()


def coffee_ring(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """The print of a wet cup: a dark outer rim, a paler wash inside it, and a few drops."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    unit = dpi / _MM_PER_INCH
    rows, columns = _grid(page.shape)
    centre = generator.uniform(0.3, 0.7, 2) * (height, width)
    angle = np.arctan2(rows - centre[0], columns - centre[1])
    radius = unit * generator.uniform(34, 41) * (1 + _wobble(angle, generator, 0.012))
    inside = (radius - np.hypot(rows - centre[0], columns - centre[1])) / unit  # mm inside the rim
    rim = np.exp(-((inside / 0.6) ** 2)) + 0.55 * np.exp(-np.maximum(inside, 0) / 1.6) * (inside > 0)
    stain = 0.42 * rim * (0.65 + _wobble(angle, generator, 0.5)) + 0.10 * _soft_step(inside)
    for drop in range(4):
        stain = np.maximum(stain, _drop(page.shape, generator, centre, unit, size=0.5 + 0.5 * drop))
    stain *= 0.8 + 0.4 * smooth_noise(page.shape, 3 * unit, generator)
    return _darken(page, strength * stain)


def _drop(
    shape: tuple[int, ...], generator: np.random.Generator, centre: np.ndarray, unit: float, size: float
) -> np.ndarray:
    """A round drop of `size` mm that fell just outside of the cup."""
    rows, columns = _grid(shape)
    direction, distance = generator.uniform(0, 2 * np.pi), unit * generator.uniform(46, 60)
    row, column = centre[0] + distance * np.sin(direction), centre[1] + distance * np.cos(direction)
    angle = np.arctan2(rows - row, columns - column)
    edge = unit * size * (1 + _wobble(angle, generator, 0.05))
    inside = (edge - np.hypot(rows - row, columns - column)) / unit
    return 0.08 * _soft_step(inside) + 0.20 * np.exp(-((inside / 0.3) ** 2))


def fold(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Two folds across, as in a letter: a worn crease, and paper that leans away from the light beside it."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    unit = dpi / _MM_PER_INCH
    rows, columns = _grid(page.shape)
    shade = np.zeros(page.shape, np.float32)
    worn = np.zeros(page.shape, np.float32)
    for share in (1 / 3, 2 / 3):
        middle = height * share + generator.uniform(-3, 3) * unit
        tilt = generator.uniform(-0.008, 0.008)
        line = middle + tilt * (columns - width / 2) + 0.25 * unit * _wave(columns, 25 * unit, generator)
        away = (rows - line) / unit  # mm below the crease
        reach = generator.uniform(16, 26)
        shade += 0.26 * np.exp(-np.maximum(away, 0) / reach) * (away > 0)
        shade += 0.09 * np.exp(-np.maximum(-away, 0) / 6) * (away <= 0)
        shade += 0.30 * np.exp(-((away / 0.28) ** 2)) * (0.5 + smooth_noise(page.shape, 2 * unit, generator))
        flakes = np.clip(3 * smooth_noise(page.shape, 0.7 * unit, generator) - 1.6, 0, 1)
        worn += np.exp(-(((away + 0.3) / 0.3) ** 2)) * flakes
    lighter = page + strength * 70 * np.minimum(worn, 1)  # ink breaks off along a crease
    return _darken(np.clip(lighter, page, 255), strength * shade)


def wrinkles(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Crumpled paper that was smoothed out again: flat facets, each turned a little to or from the light."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    unit = dpi / _MM_PER_INCH
    rows, columns = _grid(page.shape)
    light = np.zeros(page.shape, np.float32)
    for _ in range(26):
        direction = generator.uniform(0, np.pi)
        row, column = generator.uniform(0, 1, 2) * (height, width)
        away = (rows - row) * np.cos(direction) - (columns - column) * np.sin(direction)
        away = (away + 1.5 * unit * _wave(rows + columns, 45 * unit, generator)) / unit
        along = ((rows - row) * np.sin(direction) + (columns - column) * np.cos(direction)) / unit
        length, reach = generator.uniform(15, 60), generator.uniform(4, 14)
        kink = np.tanh(away / 0.35) * np.exp(-np.abs(away) / reach) * np.exp(-((along / length) ** 2))
        light += generator.choice((-1, 1)) * generator.uniform(0.06, 0.16) * kink.astype(np.float32)
    light += 0.10 * (smooth_noise(page.shape, 14 * unit, generator) - 0.5)
    return _darken(page, strength * np.maximum(0.10 + light, 0))


def lighting(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """One lamp, too near to a corner: bright below it, dark at the far end."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    rows, columns = _grid(page.shape)
    lamp = generator.uniform(0.05, 0.3, 2) * (height, width)
    far = np.hypot(rows - lamp[0], columns - lamp[1]) / np.hypot(height, width)
    return _darken(page, strength * 0.75 * np.clip(far - 0.08, 0, None) ** 1.3)


def hand_shadow(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """The soft shadow of an arm or a phone that leans into the light from below."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    unit = dpi / _MM_PER_INCH
    rows, columns = _grid(page.shape)
    slope, start = generator.uniform(0.5, 0.9), generator.uniform(0.55, 0.75)
    edge = height * start + slope * (width * 0.75 - columns) + 5 * unit * _wave(columns, 70 * unit, generator)
    inside = (rows - edge) / unit
    return _darken(page, strength * 0.38 / (1 + np.exp(-np.clip(inside / 3.5, -30, 30))))


def speckle(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Dust on the glass and crumbs of toner: small dark and light specks."""
    generator = np.random.default_rng(seed)
    height, width = page.shape
    unit = dpi / _MM_PER_INCH
    square_centimetres = height * width / (10 * unit) ** 2
    specks = page.astype(np.float32)
    for _ in range(round(1.1 * strength * square_centimetres)):
        centre = generator.uniform(0, 1, 2) * (width, height)
        radius = unit * generator.gamma(2.0, 0.055)
        change = -generator.uniform(40, 190) if generator.random() < 0.8 else 60.0
        _add_speck(specks, centre, radius, change)
    return _eight_bit(specks)


def _add_speck(page: np.ndarray, centre: np.ndarray, radius: float, change: float) -> None:
    """Add `change` within the radius, smooth at the edge; works in place on a small window."""
    reach = int(radius + 2)
    column, row = (int(value) for value in centre)
    top, left = max(0, row - reach), max(0, column - reach)
    window = page[top : row + reach + 1, left : column + reach + 1]
    rows, columns = np.mgrid[top : top + window.shape[0], left : left + window.shape[1]]
    distance = np.hypot(rows - centre[1], columns - centre[0])
    window += change * np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)


def grain(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Fibres of the paper and noise of the sensor."""
    generator = np.random.default_rng(seed)
    unit = dpi / _MM_PER_INCH
    fibres = (
        smooth_noise(page.shape, 0.5 * unit, generator) + smooth_noise(page.shape, 2 * unit, generator) - 1
    )
    noise = generator.standard_normal(page.shape, np.float32)
    return _eight_bit(page + strength * (22 * fibres + 3 * noise))


def ageing(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Paper gone grey in patches, pale ink, and a scan that is not quite sharp."""
    generator = np.random.default_rng(seed)
    unit = dpi / _MM_PER_INCH
    blur = 0.07 * unit
    soft = cv2.GaussianBlur(page, (0, 0), blur) if blur > 0.1 else page
    share = min(strength, 1.0)
    mixed = (1 - share) * page + share * soft.astype(np.float32)
    pale = mixed + strength * 45 * (255 - mixed) / 255
    return _darken(pale, strength * (0.10 + 0.08 * smooth_noise(page.shape, 30 * unit, generator)))


DEGRADATIONS: dict[str, Degradation] = {
    entry.__name__: entry
    for entry in (coffee_ring, fold, wrinkles, lighting, hand_shadow, speckle, grain, ageing)
}


def smooth_noise(shape: tuple[int, ...], size: float, generator: np.random.Generator) -> np.ndarray:
    """Random clouds, float32 (H, W) in 0..1, whose spots are about `size` pixels wide."""
    height, width = shape[:2]
    rows, columns = (max(2, round(side / max(size, 1)) + 1) for side in (height, width))
    coarse = generator.random((rows, columns), np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


def _grid(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of every pixel, float32, ready to broadcast."""
    height, width = shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    return rows, columns


def _wobble(angle: np.ndarray, generator: np.random.Generator, size: float) -> np.ndarray:
    """A smooth closed curve around the circle, about -size..size."""
    curve = np.zeros_like(angle)
    for turns in range(1, 6):
        curve += np.sin(turns * angle + generator.uniform(0, 2 * np.pi)) / turns
    return (size * 0.6 * curve).astype(np.float32)


def _wave(x: np.ndarray, length: float, generator: np.random.Generator) -> np.ndarray:
    """A smooth open curve along x, about -1..1, with waves of `length` pixels and shorter."""
    curve = np.zeros_like(x)
    for octave in (1, 2.3, 4.1):
        curve += np.sin(2 * np.pi * octave * x / length + generator.uniform(0, 2 * np.pi)) / octave
    return 0.6 * curve


def _soft_step(inside: np.ndarray) -> np.ndarray:
    """0 outside, 1 inside, over a quarter of a millimetre."""
    return np.clip(inside / 0.25, 0, 1)


def _darken(page: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Take the share `loss` (0..1) of the light away."""
    return _eight_bit(page * (1 - np.clip(loss, 0, 1)))


def _eight_bit(page: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(page, 0, 255)).astype(np.uint8)
