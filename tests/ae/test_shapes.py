"""Logos, vignettes and watermarks behind the print."""

from __future__ import annotations

import numpy as np
import pytest

from ae.data.rendering import shapes
from ae.data.rendering.shapes import add_shapes


def page(colour: bool) -> np.ndarray:
    grey = np.full((300, 260), 255, np.uint8)
    grey[::20] = 0
    return np.dstack([grey] * 3) if colour else grey


@pytest.mark.parametrize("colour", [False, True])
def test_shapes_only_darken_and_print_stays_on_top(colour):
    before = page(colour)
    original = before.copy()
    for seed in range(12):
        after = add_shapes(before, seed)
        assert after.shape == before.shape
        assert after.dtype == np.uint8
        assert (after <= before).all()
        assert (after[::20] == 0).all()
        assert (after < before).any()
        assert np.array_equal(after, add_shapes(before, seed))
    assert np.array_equal(before, original)


@pytest.mark.parametrize("draw", shapes._SHAPES)
def test_every_outline_fills_a_part_of_its_box_and_no_corner_of_it(draw):
    for seed in range(6):
        mask = np.zeros((90, 120), np.uint8)
        draw(mask, np.random.default_rng(seed))
        assert 0.02 < (mask > 128).mean() < 0.9
        assert mask[[0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


@pytest.mark.parametrize("size", [(5, 7), (41, 39)])
def test_a_small_page_takes_shapes_too(size):
    assert add_shapes(np.full(size, 255, np.uint8), 3).shape == size
