"""Several kinds of dirt on one page: given by name, or drawn at random for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ae.data.degradation.registry import FAMILIES, HELD_OUT, Stage, find_family

CLEAN_SHARE = 0.06  # of the random pages get no dirt at all
HEAVY_SHARE = 0.2

_COUNTS = (1, 2, 3, 4, 5)
_COUNT_SHARES = (0.12, 0.24, 0.28, 0.22, 0.14)
_LAYERS = 100  # seeds of two pages never meet as long as a page has fewer layers

# How often each family is drawn, 1 if not named. Paper and light are on every real scan; two-tone copies
# destroy too much to be frequent.
_WEIGHTS = {
    "grain": 4.0,
    "ageing": 2.5,
    "fading": 1.3,
    "lighting": 1.6,
    "wrinkles": 1.6,
    "coffee_ring": 2.2,
    "footprint": 1.3,
    "sensor_noise": 1.5,
    "one_bit": 0.35,
    "fax": 0.3,
    "photocopy": 0.7,
    "motion": 0.5,
    "tint": 0.7,
}
# What makes ink paler or blurs it, and what lies over it on the way; named twice, drawn twice as often.
_WEAKENING = (
    "focus", "focus", "motion", "fading", "fading", "low_ink", "low_ink", "photocopy", "sensor_noise",
    "lighting", "wrinkles",
)  # fmt: skip
_OTHERWISE = 0.35  # of the pages with weakened ink have any dirt instead
# What lies on pages that are out of focus, what else has happened to their ink, and what came after the lens.
_BELOW_BLUR = (
    *["ageing"] * 4, *["tint"] * 2, "show_through", "coffee_ring", "grease", "footprint", "fold", "creases",
    "wrinkles", "lighting", "hand_shadow",
)  # fmt: skip
_PALE = "fading", "low_ink"
_ANY, _SPOILT, _PALER, _MOVED = 0.4, 0.6, 0.3, 0.4  # shares of soft pages
_AFTER_BLUR = {"sensor_noise": 0.65, "jpeg": 0.5}  # shares, too: sharp, unlike all that is below the blur


@dataclass(frozen=True)
class _Spoilt:
    """What lay on an office's papers: kinds, more often if named more often, how many kinds on a page with
    what shares, and from one to how many layers of each."""

    kinds: tuple[str, ...]
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    layers: dict[str, int]


_ON_A_DESK = _Spoilt(
    (*["coffee_ring"] * 4, "grease", "footprint", "fold", "creases", "wrinkles", "wrinkles", "lighting"),
    (0, 1, 2, 3),
    (0.12, 0.4, 0.33, 0.15),
    {"coffee_ring": 3},  # a cup is put down again; where rings meet they are as dark as print
)
_WORN = _Spoilt(
    (*["coffee_ring"] * 2, *["wrinkles"] * 2, "fold", "footprint", "creases", "grease", "lighting"),
    (1, 2, 3),
    (0.55, 0.33, 0.12),
    {"coffee_ring": 7, "wrinkles": 6, "fold": 2, "footprint": 2, "creases": 2, "grease": 2, "lighting": 2},
)
# Light that falls on a book or a bent sheet; two of them are on a page in deep shadow.
_SHADES = "lighting", "hand_shadow", "hand_shadow", "binding_shadow", "binding_shadow"
_SHADED = {"ageing": 0.5, "sensor_noise": 0.7, "photocopy": 0.4, "jpeg": 0.7}  # shares of such pages
# At most one per page: nothing in one of these stages happens twice.
_SINGLE = (Stage.INK, Stage.OPTICS, Stage.COPY)


@dataclass(frozen=True)
class Dirt:
    """One family by name (see `FAMILIES`) and how strong it is, 0 to 1."""

    kind: str
    strength: float = 1.0


def make_dirty(page: np.ndarray, dirt: Sequence[Dirt], seed: int, dpi: float) -> np.ndarray:
    """All of the dirt on one page uint8 (H, W) or (H, W, 3), in the order given; each layer has its own seed.

    Nothing on the page moves. Raises DataError when a kind is unknown or a strength is not in 0..1.
    """
    families = [find_family(entry.kind) for entry in dirt]
    for layer, (family, entry) in enumerate(zip(families, dirt, strict=True)):
        page = family.apply(page, seed * _LAYERS + layer, entry.strength, dpi)
    return page.copy()


def in_order(dirt: Sequence[Dirt]) -> tuple[Dirt, ...]:
    """The dirt in the order in which it happens to a page."""
    return tuple(sorted(dirt, key=lambda entry: list(FAMILIES).index(entry.kind)))


def random_dirt(seed: int, *, held_out: bool = False) -> tuple[Dirt, ...]:
    """Up to five families in the order in which they happen to a page; some pages get none.

    Most pages are moderately dirty, some heavily. With `held_out` each page has one or two families of
    `HELD_OUT` among the others and none is clean; without it, as in training, none of them is ever drawn.
    """
    generator = np.random.default_rng((seed, 0x0D1127))
    if not held_out and generator.random() < CLEAN_SHARE:
        return ()
    count = int(generator.choice(_COUNTS, p=_COUNT_SHARES))
    chosen = _draw_kinds(generator, [name for name in FAMILIES if name not in HELD_OUT], count)
    if held_out:
        unseen = _draw_kinds(generator, list(HELD_OUT), int(generator.integers(1, 3)))
        chosen = unseen + _allowed_beside(unseen, chosen)[:2]
    heavy = generator.random() < HEAVY_SHARE
    kinds = sorted(chosen, key=list(FAMILIES).index)
    return tuple(Dirt(kind, _draw_strength(generator, heavy)) for kind in kinds)


def weakening_dirt(seed: int) -> tuple[Dirt, ...]:
    """The grain of paper and one family that weakens ink, in their order; on a third of pages any dirt."""
    generator = np.random.default_rng((seed, 0xFA))
    if generator.random() < _OTHERWISE:
        return random_dirt(seed)
    kind = _WEAKENING[int(generator.integers(len(_WEAKENING)))]
    grain = Dirt("grain", float(generator.beta(2.0, 2.6)))
    return in_order([grain, Dirt(kind, float(generator.uniform(0.2, 0.85)))])


def softening_dirt(seed: int) -> tuple[Dirt, ...]:
    """A page out of focus or moved, with any dirt below it or with grain, a stain and pale ink.

    The noise and the JPEG that mostly come after it are sharp, and are no edges of letters.
    """
    generator = np.random.default_rng((seed, 0x50F7))
    if generator.random() < _ANY:
        chosen = [entry for entry in random_dirt(seed) if FAMILIES[entry.kind].stage not in _SINGLE]
    else:
        chosen = [Dirt("grain", float(generator.uniform(0, 0.7)))]
        for share, kinds in ((_SPOILT, _BELOW_BLUR), (_PALER, _PALE)):
            if generator.random() < share:
                kind = kinds[int(generator.integers(len(kinds)))]
                chosen.append(Dirt(kind, float(generator.uniform(0.3, 1))))
    for kind, share in _AFTER_BLUR.items():
        if generator.random() < share and kind not in {entry.kind for entry in chosen}:
            chosen.append(Dirt(kind, float(generator.uniform(0.1, 0.9))))
    return in_order([*chosen, Dirt(draw_blur(generator), float(generator.uniform(0.3, 0.95)))])


def draw_blur(generator: np.random.Generator) -> str:
    """The family that blurs a soft page: it has moved, or is out of focus."""
    return "motion" if generator.random() < _MOVED else "focus"


def office_dirt(seed: int, *, worn: bool = False) -> tuple[Dirt, ...]:
    """A page as an office scanner sees it: pale and slightly soft ink, grain, noise, dark stains and creases.

    Unlike `random_dirt`, nothing that a scan always has is left out, and stains are strong; those of `worn`
    pages lie in many layers, as dark as print.
    """
    generator = np.random.default_rng((seed, 0x0FF1CE))
    chosen = [
        Dirt("fading", float(generator.uniform(0.02, 0.5))),
        Dirt("grain", float(generator.uniform(0.4, 1))),
        Dirt("focus", float(generator.uniform(0.01, 0.25))),
        Dirt("sensor_noise", float(generator.uniform(0.05, 0.4))),
    ]
    if generator.random() < _OTHERWISE:
        chosen.append(Dirt("ageing", float(generator.uniform(0.1, 0.8))))
    spoilt = _WORN if worn else _ON_A_DESK
    count = int(generator.choice(spoilt.counts, p=spoilt.shares))
    for kind in generator.choice(spoilt.kinds, size=count).tolist():
        layers = int(generator.integers(1, spoilt.layers.get(kind, 1) + 1))
        chosen += [Dirt(kind, float(generator.uniform(0.4, 1))) for _ in range(layers)]
    return in_order(chosen)


def shading_dirt(seed: int) -> tuple[Dirt, ...]:
    """Two deep shadows on grainy paper, and what cameras and copiers make of the dark, in their order."""
    generator = np.random.default_rng((seed, 0x5AADE))
    kinds = generator.choice(_SHADES, size=2, replace=False).tolist()
    chosen = [Dirt("grain", float(generator.uniform(0.2, 1)))]
    chosen += [Dirt(kind, float(generator.uniform(0.6, 1))) for kind in kinds]
    for kind, share in _SHADED.items():
        if generator.random() < share:
            chosen.append(Dirt(kind, float(generator.uniform(0.2, 0.9))))
    return in_order(chosen)


def with_dust(dirt: tuple[Dirt, ...], seed: int, share: float) -> tuple[Dirt, ...]:
    """The dirt with crumbs and hairs among it, in their order, if a chance of `share` says so."""
    generator = np.random.default_rng((seed, 0xD057))
    if generator.random() >= share:
        return dirt
    others = [entry for entry in dirt if entry.kind != "speckle"]
    dust = Dirt("speckle", float(generator.uniform(0.3, 1)))
    return in_order([*others, dust])


def _draw_kinds(generator: np.random.Generator, names: list[str], count: int) -> list[str]:
    """Different families by weight, at most `count`, no two of a stage that happens once."""
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in names])
    order = generator.choice(names, size=len(names), replace=False, p=weights / weights.sum()).tolist()
    chosen: list[str] = []
    for name in order:
        chosen += _allowed_beside(chosen, [name])
    return chosen[:count]


def _allowed_beside(chosen: list[str], names: list[str]) -> list[str]:
    """Those of the names whose stage may happen besides what was chosen."""
    taken = {FAMILIES[name].stage for name in chosen}
    return [
        name for name in names if FAMILIES[name].stage not in taken or FAMILIES[name].stage not in _SINGLE
    ]


def _draw_strength(generator: np.random.Generator, heavy: bool) -> float:
    """About 0.4 on most pages, 0.8 on heavy ones."""
    strength = generator.uniform(0.6, 1.0) if heavy else generator.beta(2.0, 2.6)
    return float(np.clip(strength, 0.05, 1.0))
