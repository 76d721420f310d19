"""Pale fills behind the print, and grounds that are printed from edge to edge."""

from __future__ import annotations

import numpy as np
import pytest

from ae.data.rendering import fills
from ae.data.rendering.fills import add_fills, on_ground
from ae.recipes.region_pages import region_pages
from tests.ae.test_shapes import page


@pytest.mark.parametrize("colour", [False, True])
def test_fills_only_darken_a_little_and_print_stays_on_top(colour):
    before = page(colour)
    original = before.copy()
    for seed in range(20):
        after = add_fills(before, seed)
        assert (after.shape, after.dtype) == (before.shape, np.uint8)
        assert (after <= before).all()
        assert (after[::20] == 0).all()
        assert (after < before).any()
        assert np.array_equal(after, add_fills(before, seed))
    assert np.array_equal(before, original)


@pytest.mark.parametrize("draw", fills._FILLS, ids=lambda draw: draw.__name__)
def test_every_kind_of_fill_has_flat_tones_and_is_pale(draw):
    for seed in range(10):
        area = np.full((160, 240, 3), 255, np.uint8)
        draw(area, np.random.default_rng(seed))
        _tones, counts = np.unique(area.reshape(-1, 3), axis=0, return_counts=True)
        assert (area < 255).any()
        assert area.max(2).min() >= 255 - 110
        assert np.sort(counts)[::-1][:12].sum() > 0.95 * counts.sum()


def test_a_page_without_room_comes_back():
    small = np.full((100, 500), 255, np.uint8)
    assert np.array_equal(add_fills(small, 1), small)


@pytest.mark.parametrize("colour", [False, True])
def test_a_ground_reaches_to_all_edges_and_shows_the_print(colour):
    for seed in range(12):
        printed = on_ground(page(colour), seed)
        assert (printed.shape, printed.dtype) == (page(colour).shape, np.uint8)
        edges = np.concatenate([printed[1:19, 0].ravel(), printed[1:19, -1].ravel()])
        assert edges.min() < 250
        grey = printed.astype(int) if not colour else printed.astype(int).mean(2)
        assert np.abs(grey[20::20] - grey[10:-10:20]).mean() > 15


@pytest.mark.parametrize("kind", ["filled", "ground"])
def test_pages_of_both_kinds_for_training(kind):
    pairs = list(region_pages(4, 3, kinds={kind: 1}))
    assert all(pair.dirty.shape == pair.clean.shape for pair in pairs)
    if kind == "ground":
        assert all(pair.dirty is pair.clean for pair in pairs)
    else:
        assert any(not np.array_equal(pair.dirty, pair.clean) for pair in pairs)
