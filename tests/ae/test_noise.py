"""The noise of a camera in the dark goes before a page is cleaned; other pages are not blurred."""

from __future__ import annotations

import numpy as np
import pytest

from ae.documents.cleaning import load_cleaner
from ae.documents.noise import _noise, without_noise
from ae.documents.page import Page
from tests.conftest import draw_page


def noisy(page: np.ndarray, share: float, paper: int = 90) -> np.ndarray:
    """A page in so little light, with noise of that share of its brightness."""
    noise = np.random.default_rng(0).normal(0, share * paper, page.shape)
    return np.clip(page / 255 * paper + noise, 0, 255).astype(np.uint8)


PAGE = draw_page(900, 700)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.12])
@pytest.mark.parametrize("colour", [False, True])
def test_noise_is_measured_beside_the_print(share, colour):
    page = np.dstack([PAGE] * 3) if colour else PAGE
    expected = share * np.sqrt(0.299**2 + 0.587**2 + 0.114**2) if colour else share
    assert _noise(noisy(page, share)) == pytest.approx(expected, rel=0.2)


def test_a_noisy_page_is_clean_after_it():
    cleaner = load_cleaner("page", "cpu")
    dark = noisy(PAGE, 0.06)
    error = np.sqrt(np.mean((cleaner.clean(Page(dark)).pixels - PAGE.astype(float)) ** 2)) / 255
    assert error < 0.06


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_a_page_with_little_noise_is_itself(share):
    page = noisy(PAGE, share)
    assert without_noise(page) is page


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15), (40, 40, 3)])
def test_a_page_may_have_any_size_and_be_black(size):
    page = np.zeros(size, np.uint8)
    assert without_noise(page) is page
