"""Pages photographed by hand, for training."""

from __future__ import annotations

import numpy as np
import pytest

from ae.data.photographs import photograph
from tests.conftest import draw_page

DPI = 120.0
PAGE = draw_page(400, 300)
SEEDS = range(12)


@pytest.mark.parametrize("page", [PAGE, np.dstack([PAGE] * 3)], ids=["grey", "colour"])
def test_a_photograph_has_the_planes_of_its_page_and_depends_on_the_seed_alone(page):
    first, again, other = (photograph(page, seed, DPI) for seed in (3, 3, 4))
    assert all(plane.ndim == page.ndim and plane.dtype == np.uint8 for plane in first)
    assert first[0].shape == first[1].shape
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert other[0].shape != first[0].shape or not np.array_equal(other[0], first[0])


def test_paper_is_darker_in_the_photograph_and_its_ink_stays():
    for seed in SEEDS:
        dirty, clean = photograph(PAGE, seed, DPI)
        paper, ink = clean == 255, clean < 30
        assert dirty[paper].mean() < 245
        assert ink.any()
        assert dirty[ink].mean() < 0.6 * dirty[paper].mean()


def test_the_page_fills_the_photograph():
    for seed in SEEDS:
        _, clean = photograph(np.full_like(PAGE, 255), seed, DPI)
        assert clean.min() == 255
