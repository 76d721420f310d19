"""Rendered pages for the network that tells what to keep: every kind of page that it has to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from ae.arrays import luminance
from ae.data import degradation
from ae.data.noisyoffice import PagePair
from ae.data.photographs import photograph, taken
from ae.data.rendering import RenderedPage, render_training_page
from ae.data.rendering.figures import scene
from ae.data.rendering.fills import add_fills, on_ground
from ae.data.rendering.pictures import add_pictures
from ae.data.rendering.shapes import add_shapes
from ae.data.training_pages import draw_background, page_seeds

_SHAPE = 768, 640  # pixels of the rendered pages
_COLOUR = 0.6
# Shares of pages: `single` have one kind of dirt, `corpus` lie on a background of the corpus if they are grey
# and there is one, else they are as `any`; `_white` ones are white again after the scan; `office` and `worn`
# ones have dark stains (`degradation.office_dirt`); `photographed` ones are taken by hand; a `picture` fills
# its page; `pictured` ones have pictures of any tone on paper of any tone, `filled` ones pale fills; a
# `ground` is printed from edge to edge.
KINDS = {"clean": 0.12, "scanned": 0.14, "single": 0.22, "single_white": 0.07, "corpus": 0.08, "any": 0.37}
LATER_KINDS = {
    "clean": 0.09,
    "scanned": 0.06,
    "single": 0.1,
    "single_white": 0.05,
    "corpus": 0.03,
    "any": 0.16,
    "stained_white": 0.09,
    "shadowed": 0.09,
    "office": 0.06,
    "worn": 0.05,
    "photographed": 0.08,
    "picture": 0.04,
    "pictured": 0.1,
}
# Last came pages with pale fills, which are what a page shares with stains and shadows.
FILLED_KINDS = {kind: 0.63 * share for kind, share in LATER_KINDS.items()} | {"filled": 0.28, "ground": 0.07}
FILLED_KINDS["picture"] += 0.02
# What a page without anything else on it may have; dirt that is alone looks most like print.
_ALONE = (
    "show_through", "show_through", "ageing", "tint", "lighting", "binding_shadow", "hand_shadow",
    "coffee_ring", "grease", "footprint", "fold", "creases", "wrinkles", "speckle", "fading", "photocopy",
)  # fmt: skip
# What is left when the scanner has made the paper white.
_STAINS = (
    *["coffee_ring"] * 4, *["grease"] * 3, *["footprint"] * 2, *["creases"] * 2, "fold", "wrinkles",
    "hand_shadow", "binding_shadow", "speckle", "roller_marks", "show_through",
)  # fmt: skip
_SECOND_STAIN = 0.4
_PAPER = 0.62, 1.0  # the brightness of paper with pictures on it, and how much of its blue is gone at most
_BROWNEST = 0.35
_PICTURED_STAIN, _PICTURED_WHITE = 0.25, 0.2  # shares of such pages
_DIGITAL, _WELL_SCANNED, _FILLED_STAINED = 0.1, 0.25, 0.15  # shares of pages with fills
_SHADOWS = "hand_shadow", "hand_shadow", "lighting", "binding_shadow", "fold", "wrinkles"


def region_pages(
    count: int,
    seed: int,
    backgrounds: Sequence[np.ndarray] = (),
    *,
    kinds: Mapping[str, float] = KINDS,
    shapes: float = 0.0,
) -> Iterator[PagePair]:
    """Rendered pages with photographs and highlighted text, grey or in colour, dirty or clean (`KINDS`).

    The share `shapes` of them has logos, watermarks and the like besides. Raises ValueError for an unknown
    kind.
    """
    generator = np.random.default_rng(seed)
    for page_seed in page_seeds(seed, count):
        page = render_training_page(page_seed, shape=_SHAPE, colour=bool(generator.random() < _COLOUR))
        if np.random.default_rng((page_seed, 3)).random() < shapes:
            page = replace(page, clean=add_shapes(page.clean, page_seed))
        kind = str(generator.choice(list(kinds), p=list(kinds.values())))
        dirty, clean = _made(kind, page, page_seed, generator, backgrounds)
        yield PagePair(f"rendered-{page_seed}", dirty, clean)


def _made(
    kind: str,
    page: RenderedPage,
    seed: int,
    generator: np.random.Generator,
    backgrounds: Sequence[np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """A page of one of the kinds before and after."""
    clean = page.clean
    if kind == "clean":
        return clean, clean
    if kind == "scanned":
        scanned = _scanned(clean, generator)
        return scanned, scanned
    if kind == "picture":
        picture = _picture(page, generator)
        return picture, picture
    if kind == "pictured":
        clean = add_pictures(clean, seed)
        return _pictured(replace(page, clean=clean), seed, generator), clean
    if kind == "filled":
        clean = add_fills(clean, seed)
        return _filled(replace(page, clean=clean), seed, generator), clean
    if kind == "ground":
        ground = _as_taken(on_ground(clean, seed), page.dpi, generator)
        return ground, ground
    if kind == "photographed":
        return photograph(clean, seed, page.dpi)
    if kind == "corpus" and backgrounds and clean.ndim == 2:
        background, depth = draw_background(backgrounds, generator)
        return degradation.lay_on_background(clean, background, seed, depth), clean
    if kind in _DIRT:
        return degradation.make_dirty(clean, _DIRT[kind](seed), seed, page.dpi), clean
    if kind not in _SCANS:
        raise ValueError(f"unknown kind of page '{kind}'")
    return _SCANS[kind](page, seed, generator), clean


def _single(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    """One kind of dirt alone."""
    dirt = degradation.Dirt(_ALONE[int(generator.integers(len(_ALONE)))], generator.uniform(0.3, 1))
    return degradation.make_dirty(page.clean, [dirt], seed, page.dpi)


def _single_white(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    return _white_paper(_single(page, seed, generator))


def _stained_white(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    """One or two stains on paper that is white again after the scan."""
    dirt = [degradation.Dirt("grain", generator.uniform(0, 0.6))]
    for _ in range(1 + (generator.random() < _SECOND_STAIN)):
        kind = _STAINS[int(generator.integers(len(_STAINS)))]
        dirt.append(degradation.Dirt(kind, generator.uniform(0.3, 1)))
    return _scanned(_white_paper(degradation.make_dirty(page.clean, dirt, seed, page.dpi)), generator)


def _shadowed(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    """One to three strong shadows on grainy paper."""
    kinds = generator.choice(_SHADOWS, size=int(generator.integers(1, 4)), replace=False)
    shadows = [degradation.Dirt(str(kind), generator.uniform(0.5, 1)) for kind in kinds]
    paper = [degradation.Dirt("ageing", generator.uniform(0, 0.8)), degradation.Dirt("grain", 0.35)]
    return degradation.make_dirty(page.clean, [*paper, *shadows], seed, page.dpi)


def _pictured(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    """On paper of any tone, in light that falls off, with a stain on some."""
    brown = generator.uniform(0, _BROWNEST) * (generator.random() < 0.5)
    paper = generator.uniform(*_PAPER) * (1 - brown * np.array([0, 0.3, 1]))
    tone = paper if page.clean.ndim == 3 else paper.mean()
    dirt = [degradation.Dirt(kind, generator.uniform(0, 0.6)) for kind in ("grain", "lighting")]
    if generator.random() < _PICTURED_STAIN:
        kind = _STAINS[int(generator.integers(len(_STAINS)))]
        dirt.append(degradation.Dirt(kind, generator.uniform(0.3, 1)))
    dirt += [degradation.Dirt(kind, generator.uniform(0, 0.5)) for kind in ("sensor_noise", "jpeg")]
    on_paper = np.rint(page.clean * tone).astype(np.uint8)
    dirty = degradation.make_dirty(on_paper, degradation.in_order(dirt), seed, page.dpi)
    return _white_paper(dirty) if generator.random() < _PICTURED_WHITE else dirty


_DIRT: dict[str, Callable[[int], tuple[degradation.Dirt, ...]]] = {
    "any": degradation.random_dirt,
    "corpus": degradation.random_dirt,
    "office": degradation.office_dirt,
    "worn": partial(degradation.office_dirt, worn=True),
}
_SCANS: dict[str, Callable[[RenderedPage, int, np.random.Generator], np.ndarray]] = {
    "single": _single,
    "single_white": _single_white,
    "stained_white": _stained_white,
    "shadowed": _shadowed,
}


def _filled(page: RenderedPage, seed: int, generator: np.random.Generator) -> np.ndarray:
    """As it was made, scanned well, or on paper of any tone, with a stain on some."""
    kind = generator.random()
    if kind < _DIGITAL:
        return page.clean
    if kind < _DIGITAL + _WELL_SCANNED:
        return _scanned(page.clean, generator)
    if kind < 1 - _FILLED_STAINED:
        return _pictured(page, seed, generator)
    return _stained_white(page, seed, generator)


def _picture(page: RenderedPage, generator: np.random.Generator) -> np.ndarray:
    """A photograph as large as the page, with nothing else, grey or coloured as the page is."""
    picture = scene(generator, *page.clean.shape[:2])
    return _as_taken(picture if page.clean.ndim == 3 else luminance(picture), page.dpi, generator)


def _as_taken(page: np.ndarray, dpi: float, generator: np.random.Generator) -> np.ndarray:
    """A page uint8 (H, W) or (H, W, 3) as a camera keeps it."""
    colours = page if page.ndim == 3 else np.dstack([page] * 3)
    seen = taken(colours, dpi, generator)
    return seen if page.ndim == 3 else luminance(seen)


def _white_paper(dirty: np.ndarray) -> np.ndarray:
    """As scanners do it that make the paper white: what is nearly as bright is cut off."""
    paper = np.percentile(dirty.reshape(-1, *dirty.shape[2:]), 60, axis=0)
    return np.clip(dirty * (258 / np.maximum(paper, 1)), 0, 255).astype(np.uint8)


def _scanned(clean: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """As a good scanner gives a clean page: nearly white, a little soft, a little noise."""
    soft = cv2.GaussianBlur(clean, (0, 0), generator.uniform(0.3, 0.8)).astype(np.float32)
    noise = generator.normal(0, generator.uniform(0, 1.5), clean.shape)
    return np.clip(np.rint(soft * generator.uniform(0.98, 1) + noise), 0, 255).astype(np.uint8)
