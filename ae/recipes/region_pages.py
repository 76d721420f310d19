"""Rendered pages for the network that tells what to keep: every kind of page that it has to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ae.data import degradation
from ae.data.noisyoffice import PagePair
from ae.data.rendering import RenderedPage, render_training_page
from ae.data.rendering.shapes import add_shapes
from ae.data.training_pages import draw_background, page_seeds

_SHAPE = 768, 640  # pixels of the rendered pages
_COLOUR = 0.6
# Shares of pages: `single` have one kind of dirt, `corpus` lie on a background of the corpus if they are grey
# and there is one, else they are as `any`; `_white` ones are white again after the scan.
KINDS = {"clean": 0.12, "scanned": 0.14, "single": 0.22, "single_white": 0.07, "corpus": 0.08, "any": 0.37}
LATER_KINDS = {
    "clean": 0.12,
    "scanned": 0.12,
    "single": 0.1,
    "single_white": 0.04,
    "corpus": 0.04,
    "any": 0.18,
    "stained_white": 0.18,
    "shadowed": 0.22,
}
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
    """A page of one of `KINDS` before and after."""
    clean = page.clean
    if kind == "clean":
        return clean, clean
    if kind == "scanned":
        scanned = _scanned(clean, generator)
        return scanned, scanned
    if kind in ("single", "single_white"):
        dirt = degradation.Dirt(_ALONE[int(generator.integers(len(_ALONE)))], generator.uniform(0.3, 1))
        dirty = degradation.make_dirty(clean, [dirt], seed, page.dpi)
        return _white_paper(dirty) if kind == "single_white" else dirty, clean
    if kind == "corpus" and backgrounds and clean.ndim == 2:
        background, depth = draw_background(backgrounds, generator)
        return degradation.lay_on_background(clean, background, seed, depth), clean
    if kind == "stained_white":
        return _stained_white(page, seed, generator), clean
    if kind == "shadowed":
        return _shadowed(page, seed, generator), clean
    if kind not in ("any", "corpus"):
        raise ValueError(f"unknown kind of page '{kind}'")
    return degradation.make_dirty(clean, degradation.random_dirt(seed), seed, page.dpi), clean


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


def _white_paper(dirty: np.ndarray) -> np.ndarray:
    """As scanners do it that make the paper white: what is nearly as bright is cut off."""
    paper = np.percentile(dirty.reshape(-1, *dirty.shape[2:]), 60, axis=0)
    return np.clip(dirty * (258 / np.maximum(paper, 1)), 0, 255).astype(np.uint8)


def _scanned(clean: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """As a good scanner gives a clean page: nearly white, a little soft, a little noise."""
    soft = cv2.GaussianBlur(clean, (0, 0), generator.uniform(0.3, 0.8)).astype(np.float32)
    noise = generator.normal(0, generator.uniform(0, 1.5), clean.shape)
    return np.clip(np.rint(soft * generator.uniform(0.98, 1) + noise), 0, 255).astype(np.uint8)
