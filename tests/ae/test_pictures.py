"""Pictures for training: of any tone, sharp at their edges, over what is printed on the page."""

from __future__ import annotations

import numpy as np
import pytest

from ae.data.rendering.pictures import add_pictures, picture


@pytest.fixture(scope="module")
def drawn() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [picture(generator, 90, 120) for _ in range(60)]


def test_pictures_are_dark_bright_and_of_little_contrast(drawn):
    medians = [np.median(pixels) for pixels in drawn]
    ranges = [np.ptp(np.percentile(pixels, (2, 98))) for pixels in drawn]
    assert min(medians) < 60
    assert max(medians) > 190
    assert min(ranges) < 90
    assert max(ranges) > 200


def test_some_pictures_are_grey_and_some_coloured(drawn):
    coloured = [bool(np.ptp(pixels.astype(int), axis=2).max() > 30) for pixels in drawn]
    assert 0.2 < np.mean(coloured) < 0.8


def test_pictures_have_edges_and_textures(drawn):
    steps = [np.abs(np.diff(pixels.mean(2), axis=1)) for pixels in drawn]
    assert np.mean([np.percentile(step, 99) > 15 for step in steps]) > 0.6


@pytest.mark.parametrize("shape", [(400, 300), (400, 300, 3)])
def test_pictures_lie_over_a_part_of_the_page(shape):
    page = np.full(shape, 255, np.uint8)
    for seed in range(6):
        result = add_pictures(page, seed)
        assert result.shape == page.shape
        assert 0.01 < np.mean(result != page) < 0.95
        np.testing.assert_array_equal(result, add_pictures(page, seed))
    assert (page == 255).all()


def test_a_page_that_is_too_small_stays_as_it_is():
    page = np.full((60, 200), 255, np.uint8)
    assert add_pictures(page, 0) is page
