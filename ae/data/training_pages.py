"""Pairs of dirty and clean pages to train on: rendered ones, and NoisyOffice's dirt under other text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ae.data.degradation import lay_on_background, make_dirty, random_dirt
from ae.data.noisyoffice import PagePair
from ae.data.rendering import render_training_page

_BACKGROUND_SHARE = 0.25


def rendered_pairs(count: int, seed: int, backgrounds: Sequence[np.ndarray] = ()) -> Iterator[PagePair]:
    """`count` rendered pages with random dirt; some lie on one of the backgrounds, where there are any.

    The same seed gives the same pages. Nothing that is held out for evaluation occurs.
    """
    generator = np.random.default_rng(seed)
    for index in range(count):
        page_seed = seed * 1_000_003 + index
        page = render_training_page(page_seed)
        if len(backgrounds) and generator.random() < _BACKGROUND_SHARE:
            background = backgrounds[int(generator.integers(len(backgrounds)))]
            dirty = lay_on_background(page.clean, background, page_seed, float(generator.uniform(0.4, 1)))
        else:
            dirty = make_dirty(page.clean, random_dirt(page_seed), page_seed, page.dpi)
        yield PagePair(f"rendered-{page_seed}", dirty, page.clean)
