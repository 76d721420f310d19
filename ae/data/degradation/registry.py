"""All families of dirt by name, in the order in which they happen to a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ae.data.degradation import glass, ink, light, optics, prints, scanning, stains, surface
from ae.errors import DataError

Degradation = Callable[[np.ndarray, int, float, float], np.ndarray]


class Stage(IntEnum):
    """When something happens to a page, first to last."""

    INK = 0
    PAPER = 1
    SURFACE = 2
    LIGHT = 3
    GLASS = 4
    OPTICS = 5
    SENSOR = 6
    COPY = 7
    FILE = 8


@dataclass(frozen=True)
class Family:
    """One kind of dirt: `about` says in a sentence what it is, `draw` is its function."""

    name: str
    about: str
    stage: Stage
    draw: Degradation

    def apply(self, page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
        """The page with this dirt: a new array of the same shape.

        page: uint8 (H, W) or (H, W, 3), 0 = black; strength: 0 (the same pixels) to 1 (one would scan it
        again); dpi: pixels per inch of paper, which sets the size of the dirt.
        Raises DataError when the page, the strength or the dpi is none of these.
        """
        if page.dtype != np.uint8 or page.ndim not in (2, 3) or page.size == 0:
            raise DataError(
                f"{self.name}: a page is uint8 (H, W) or (H, W, 3), not {page.dtype} {page.shape}"
            )
        if not 0 <= strength <= 1 or not dpi > 0:
            raise DataError(f"{self.name}: strength {strength} is not in 0..1 or dpi {dpi} not above 0")
        if strength == 0:
            return page.copy()
        return self.draw(page, seed, strength, dpi)


_FUNCTIONS: dict[Stage, tuple[Degradation, ...]] = {
    Stage.INK: (ink.fading, ink.low_ink, ink.bleeding),
    Stage.PAPER: (surface.grain, surface.ageing, surface.tint, ink.show_through),
    Stage.SURFACE: (
        stains.coffee_ring,
        stains.water_stain,
        stains.grease,
        stains.rust,
        stains.tape,
        prints.footprint,
        prints.fingerprints,
        surface.fold,
        surface.creases,
        surface.wrinkles,
    ),
    Stage.LIGHT: (light.lighting, light.hand_shadow, light.binding_shadow),
    Stage.GLASS: (glass.speckle, glass.streaks, glass.roller_marks),
    Stage.OPTICS: (optics.focus, optics.motion),
    Stage.SENSOR: (scanning.sensor_noise,),
    Stage.COPY: (scanning.photocopy, scanning.halftone, scanning.fax, scanning.one_bit),
    Stage.FILE: (scanning.jpeg,),
}


def _family(draw: Degradation, stage: Stage) -> Family:
    name = draw.__name__
    return Family(name, (draw.__doc__ or name).strip().splitlines()[0], stage, draw)


FAMILIES: dict[str, Family] = {
    draw.__name__: _family(draw, stage) for stage, functions in _FUNCTIONS.items() for draw in functions
}

# Never trained on and never tuned to, only measured: each differs in kind from all that are trained on. Four
# were written down before the first training on rendered pages; do not change them afterwards. When the
# cleaner got filters for what scanners and printers draw (streaks, halftones), two were added, unseen.
HELD_OUT: tuple[str, ...] = ("fingerprints", "water_stain", "streaks", "halftone", "rust", "tape")
TRAINED: tuple[str, ...] = tuple(name for name in FAMILIES if name not in HELD_OUT)


def find_family(name: str) -> Family:
    """The family of that name. Raises DataError when there is none."""
    if name not in FAMILIES:
        raise DataError(f"unknown dirt '{name}': choose from {', '.join(FAMILIES)}")
    return FAMILIES[name]
