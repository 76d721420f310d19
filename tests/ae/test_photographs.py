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
    assert first.dirty.ndim == page.ndim
    assert first.dirty.shape == first.clean.shape
    assert first.dirty.shape[:2] == first.is_page.shape
    assert first.dirty.dtype == first.clean.dtype == np.uint8
    assert np.array_equal(first.dirty, again.dirty)
    assert first.dirty.shape != other.dirty.shape or not np.array_equal(first.dirty, other.dirty)


def test_paper_is_white_before_and_darker_in_the_photograph_where_its_ink_stays():
    for seed in SEEDS:
        photo = photograph(PAGE, seed, DPI)
        paper, ink = (photo.clean == 255) & photo.is_page, (photo.clean < 30) & photo.is_page
        assert paper.any()
        assert photo.dirty[paper].mean() < 245
        if ink.any():
            assert photo.dirty[ink].mean() < 0.6 * photo.dirty[paper].mean()


def test_some_photographs_show_the_table_or_a_book_and_some_the_page_alone():
    shares = [photograph(PAGE, seed, DPI).is_page.mean() for seed in SEEDS]
    assert min(shares) < 0.9
    assert max(shares) > 0.99
    assert min(shares) > 0.4
