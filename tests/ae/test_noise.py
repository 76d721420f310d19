"""The noise of a camera in the dark goes before a page is cleaned; other pages stay as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents import noise
from ae.documents.cleaning import load_cleaner
from ae.documents.noise import much_noise, without_noise
from ae.documents.page import Page
from ae.errors import Cancelled
from tests.conftest import draw_page


def noisy(page: np.ndarray, share: float, paper: int = 90) -> np.ndarray:
    """A page in so little light, with noise of that share of its brightness."""
    found = np.random.default_rng(0).normal(0, share * paper, page.shape)
    return np.clip(page / 255 * paper + found, 0, 255).astype(np.uint8)


def as_camera(page: np.ndarray) -> np.ndarray:
    """A page whose noise was smoothed by a camera and its JPEG."""
    written = cv2.imencode(".jpg", cv2.GaussianBlur(page, (0, 0), 0.7), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return cv2.imdecode(written, cv2.IMREAD_UNCHANGED)


def error(page: np.ndarray) -> float:
    """RMSE of what the cleaner makes of a page, 0..1."""
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    truth = {PAGE.shape: PAGE, NIGHT.shape: SHEET}[page.shape]
    return float(np.sqrt(np.mean((clean - truth.astype(float)) ** 2))) / 255


PAGE = draw_page(900, 700)
COLOUR = np.dstack([PAGE] * 3)
SHEET = np.pad(COLOUR, [(100, 100), (100, 100), (0, 0)], constant_values=255)
NIGHT = as_camera(noisy(SHEET, 0.3, 60))


@pytest.mark.parametrize("share", [0.05, 0.12])
@pytest.mark.parametrize("colour", [False, True])
def test_noise_is_measured_beside_the_print(share, colour):
    expected = 90 * share * (np.sqrt(0.299**2 + 0.587**2 + 0.114**2) if colour else 1)
    found = much_noise(noisy(COLOUR if colour else PAGE, share)) * 2 * np.sqrt(90 / 255)  # of the root
    assert found == pytest.approx(expected, rel=0.2)


def test_noise_on_paper_is_found_beside_a_dark_table_without_any():
    page = noisy(PAGE, 0.06)
    table = np.pad(page, 200, constant_values=5)
    assert much_noise(table) == pytest.approx(much_noise(page), rel=0.1)


def test_a_noisy_page_is_clean_after_it():
    assert error(noisy(PAGE, 0.06)) < 0.06


def test_a_night_that_jpeg_smoothed_is_clean_after_it(monkeypatch):
    assert error(NIGHT) < 0.1
    monkeypatch.setattr(noise, "_COARSE", 1.0)
    assert error(NIGHT) > 0.3


def test_letters_in_a_shadow_stay_though_they_differ_less_than_noise_does_beside_it():
    light = np.where(np.arange(900) < 450, 0.7, 0.14)
    grain = np.random.default_rng(0).normal(1, 0.08, PAGE.shape)
    dark = (PAGE * light * grain).clip(0, 255).astype(np.uint8)
    contrasts = []
    for page in (PAGE * light, without_noise(dark, much_noise(dark))):
        shaded, is_ink = page[:, 500:], PAGE[:, 500:] < 128
        contrasts.append(shaded[~is_ink].mean() - shaded[is_ink].mean())
    assert contrasts[1] > 0.9 * contrasts[0]


def test_a_night_on_a_black_table_is_clean_after_it():
    table = np.pad(NIGHT, [(60, 60), (80, 80), (0, 0)], constant_values=3)
    clean = load_cleaner("page", "cpu").clean(Page(table)).pixels[60:-60, 80:-80]
    assert np.sqrt(np.mean((clean - SHEET.astype(float)) ** 2)) / 255 < 0.15


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        noisy(PAGE, 0.02),
        noisy(COLOUR, 0.02),
        as_camera(noisy(COLOUR, 0.08, 200)),  # by day
        as_camera(noisy(PAGE, 0.12)),  # without colour it may be fine print
        np.dstack([as_camera(noisy(PAGE, 0.12))] * 3),
    ],
)
def test_a_page_with_little_noise_is_itself(page):
    assert much_noise(page) == 0
    assert without_noise(page, 0) is page


@pytest.mark.parametrize("colour", [False, True])
def test_a_page_in_bands_is_as_whole(monkeypatch, colour):
    page = noisy(COLOUR if colour else PAGE, 0.1)[:300, :200]
    whole = without_noise(page, 8)
    monkeypatch.setattr(noise, "bands", lambda height: (slice(top, top + 50) for top in range(0, height, 50)))
    assert np.array_equal(without_noise(page, 8), whole)


def test_it_can_be_cancelled():
    with pytest.raises(Cancelled):
        without_noise(PAGE, 8, lambda: True)


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15), (40, 40, 3), (1, 1, 3)])
def test_a_page_may_have_any_size_and_be_black(size):
    page = np.zeros(size, np.uint8)
    assert much_noise(page) == 0
    assert without_noise(page, 5).shape == page.shape
