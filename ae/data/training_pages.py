"""Pairs of dirty and clean pages to train on: rendered ones, and NoisyOffice's dirt under other text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Literal

import cv2
import numpy as np

from ae.data.degradation import (
    Dirt,
    backgrounds_below,
    draw_blur,
    find_family,
    lay_on_background,
    make_dirty,
    office_dirt,
    random_dirt,
    recover_backgrounds,
    shading_dirt,
    softening_dirt,
    swap_background,
    weakening_dirt,
    with_dust,
)
from ae.data.degradation.fields import blurred, brighten
from ae.data.noisyoffice import PagePair
from ae.data.photographs import photograph
from ae.data.rendering import (
    BY_HAND,
    EVERYTHING,
    MOSTLY_FAINT,
    PLAIN,
    WITHOUT_PICTURES,
    RenderedPage,
    render_training_page,
)

_BACKGROUND_SHARE = 0.25
_DEPTHS = 0.4, 1.0  # of a background's darkness
# Dirt that only takes light, so that the blur and grain of the scan stay; TR has a single coffee stain.
_STAINS = (
    *["coffee_ring"] * 3, "grease", "footprint", "fold", "creases", "wrinkles", "lighting", "ageing",
)  # fmt: skip
_STAIN_DPI = 60.0, 140.0
_SECOND_STAIN = 0.4
_WORN_SHAPE = 480, 512  # pixels; a small sheet, so that stains cover much of it
_SEEDS_APART = 1_000_003  # a prime number, far above the pages of any training

# What soft pages show, more often if named more often: they are notes and letters rather than print.
_SOFT = *[BY_HAND] * 5, *[MOSTLY_FAINT] * 3, *[WITHOUT_PICTURES] * 2
_BLUR = 0.2, 0.9  # strength, of the corpus's soft pages
_SCAN_DPI = 90.0  # of the corpus
_SMALLER = 0.4  # of the resolution that a page in deep shadow has at least: small print gets lost there

_Kind = Literal["any", "soft", "faint", "worn", "office", "photographed", "shaded"]


@dataclass(frozen=True)
class _Order:
    """One page to make; `depth` says how dark its background is.

    `photographed` pages and `soft` ones, which are out of focus, are mostly written by hand, `faint` pages
    have ink that is easily lost, `shaded` ones lie in deep shadow, often in small print, `office` pages have
    the dirt of an office scan, `worn` pages plain text below much of it. With a chance of `dusty` the glass
    of the scanner is, too.
    """

    seed: int
    background: np.ndarray | None = None
    depth: float = 1.0
    pictures: bool = True
    kind: _Kind = "any"
    dusty: float = 0.0


def rendered_pairs(
    count: int,
    seed: int,
    backgrounds: Sequence[np.ndarray] = (),
    workers: int = 1,
    *,
    pictures: bool = True,
    faint: float = 0.0,
    office: float = 0.0,
    worn: float = 0.0,
    dusty: float = 0.0,
    soft: float = 0.0,
    photographed: float = 0.0,
    shaded: float = 0.0,
) -> Iterator[PagePair]:
    """`count` rendered pages with random dirt; some lie on one of the backgrounds, where there are any.

    The share `photographed` of them is what a phone sees of a page; of the others, the share `shaded` lies in
    deep shadow; of the others, the share `soft` is out of
    focus; half of both are notes, mostly in pencil; of the others, the share `faint` is
    mostly pale and handwritten, and blurred or faded; of the others, the share `worn` is plain
    text, crumpled and stained as dark as print; of the rest, the share `office` looks like an office scan
    with dark stains. The share `dusty` of all but photographs and those on a background has crumbs and hairs
    besides.

    The same seed gives the same pages, made by one process or by several `workers`. Nothing that is held
    out for evaluation occurs; without `pictures` there is only what is written and drawn.
    """
    shares: dict[_Kind, float] = {
        "photographed": photographed,
        "shaded": shaded,
        "soft": soft,
        "faint": faint,
        "worn": worn,
        "office": office,
    }
    drawn = _orders(count, seed, backgrounds, shares)
    orders = (replace(order, pictures=pictures, dusty=dusty) for order in drawn)
    if workers <= 1:
        yield from map(_make, orders)
        return
    # Started afresh: a fork of a process in which torch has threads can hang.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(_make, orders, chunksize=8)


def page_seeds(seed: int, count: int) -> range:
    """The seeds of `count` pages that are made together, of which no other `seed` has any."""
    return range(seed * _SEEDS_APART, seed * _SEEDS_APART + count)


def draw_background(
    backgrounds: Sequence[np.ndarray], generator: np.random.Generator
) -> tuple[np.ndarray, float]:
    """One of the backgrounds uint8 (H, W), of which there is at least one, and how dark it is to be."""
    background = backgrounds[int(generator.integers(len(backgrounds)))]
    return background, float(generator.uniform(*_DEPTHS))


def _orders(
    count: int, seed: int, backgrounds: Sequence[np.ndarray], shares: dict[_Kind, float]
) -> Iterator[_Order]:
    generator = np.random.default_rng(seed)
    for page_seed in page_seeds(seed, count):
        kind = _draw_kind(shares, generator)
        if kind == "any" and len(backgrounds) and generator.random() < _BACKGROUND_SHARE:
            yield _Order(page_seed, *draw_background(backgrounds, generator))
        else:
            yield _Order(page_seed, kind=kind)


def _draw_kind(shares: dict[_Kind, float], generator: np.random.Generator) -> _Kind:
    """The first kind that is drawn by its share of the pages that are left."""
    return next((kind for kind, share in shares.items() if share and generator.random() < share), "any")


def _make(order: _Order) -> PagePair:
    page = _page(order)
    if order.kind == "photographed":
        return PagePair(f"photographed-{order.seed}", *photograph(page.clean, order.seed, page.dpi))
    if order.background is not None:
        dirty = lay_on_background(page.clean, order.background, order.seed, order.depth)
    else:
        dirty = make_dirty(page.clean, _dirt(order), order.seed, page.dpi)
    return PagePair(f"rendered-{order.seed}", dirty, page.clean)


def _page(order: _Order) -> RenderedPage:
    if order.kind == "worn":
        return render_training_page(order.seed, shape=_WORN_SHAPE, content=PLAIN)
    if order.kind in ("soft", "photographed"):
        return render_training_page(order.seed, content=_SOFT[order.seed % len(_SOFT)])
    if order.kind == "shaded":
        return _smaller(render_training_page(order.seed, content=WITHOUT_PICTURES), order.seed)
    if order.kind == "faint":
        return render_training_page(order.seed, content=MOSTLY_FAINT)
    return render_training_page(order.seed, content=EVERYTHING if order.pictures else WITHOUT_PICTURES)


def _smaller(page: RenderedPage, seed: int) -> RenderedPage:
    """The page at a lower resolution."""
    factor = float(np.random.default_rng((seed, 0x5AADE)).uniform(_SMALLER, 1))
    clean = cv2.resize(page.clean, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return replace(page, clean=clean, dpi=page.dpi * factor)


def _dirt(order: _Order) -> tuple[Dirt, ...]:
    if order.kind == "soft":
        dirt = softening_dirt(order.seed)
    elif order.kind == "faint":
        dirt = weakening_dirt(order.seed)
    elif order.kind == "shaded":
        dirt = shading_dirt(order.seed)
    elif order.kind == "any":
        dirt = random_dirt(order.seed)
    else:
        dirt = office_dirt(order.seed, worn=order.kind == "worn")
    return with_dust(dirt, order.seed, order.dusty)


def swapped_pairs(
    pages: Sequence[PagePair],
    count: int,
    seed: int,
    stained: float = 0.0,
    dusty: float = 0.0,
    soft: float = 0.0,
) -> Iterator[PagePair]:
    """`count` of the corpus's own pages, each moved to another of its backgrounds.

    Letters keep the blur and grain of the scan, which rendered ones do not have, and meet dirt that lies
    elsewhere than on the pages themselves: a partition has only four backgrounds. The share `stained` of
    them gets drawn stains besides, since a background has no more than one or two of its own, the share
    `dusty` crumbs and hairs, and the share `soft` is out of focus.
    """
    backgrounds = recover_backgrounds(pages)
    below = backgrounds_below(pages, backgrounds)
    generator = np.random.default_rng(seed)
    for index, page_seed in enumerate(page_seeds(seed, count)):
        drawn = int(generator.integers(len(pages)))
        other = backgrounds[int(generator.integers(len(backgrounds)))]
        page = pages[drawn]
        dirty = swap_background(page, below[drawn], other, page_seed)
        dirty = _dusty(_stained(dirty, page_seed, stained), page_seed, dusty)
        yield PagePair(f"{page.name}-{index}", _softened(dirty, page_seed, soft), page.clean)


def _stained(dirty: np.ndarray, seed: int, share: float) -> np.ndarray:
    """The page uint8 (H, W) with one or two drawn stains, as soft as its scan, or as it is."""
    generator = np.random.default_rng((seed, 7))  # apart from the numbers that moved the page
    if generator.random() >= share:
        return dirty
    light = np.full(dirty.shape, 255, np.uint8)
    for _ in range(1 + (generator.random() < _SECOND_STAIN)):
        light = _drawn_over(light, _STAINS[int(generator.integers(len(_STAINS)))], generator)
    return _below(light, dirty, generator)


def _dusty(dirty: np.ndarray, seed: int, share: float) -> np.ndarray:
    """The page uint8 (H, W) with drawn crumbs and hairs, as soft as its scan, or as it is."""
    generator = np.random.default_rng((seed, 0xD057))
    if generator.random() >= share:
        return dirty
    light = np.full(dirty.shape, 255, np.uint8)
    return _below(_drawn_over(light, "speckle", generator), dirty, generator)


def _softened(dirty: np.ndarray, seed: int, share: float) -> np.ndarray:
    """The page uint8 (H, W) out of focus or moved, or as it is."""
    generator = np.random.default_rng((seed, 0x50F7))
    if generator.random() >= share:
        return dirty
    strength = float(generator.uniform(*_BLUR))
    return make_dirty(dirty, [Dirt(draw_blur(generator), strength)], seed, _SCAN_DPI)


def _drawn_over(light: np.ndarray, kind: str, generator: np.random.Generator) -> np.ndarray:
    strength, dpi = float(generator.beta(2, 2)), float(generator.uniform(*_STAIN_DPI))
    return find_family(kind).apply(light, int(generator.integers(1 << 30)), strength, dpi)


def _below(light: np.ndarray, page: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The page uint8 (H, W) below so much light, uint8 (H, W), which is made as soft as a scan."""
    return brighten(page, blurred(light, float(generator.uniform(0.3, 0.8))).astype(np.float32) / 255)
