"""Pages photographed by hand, for training."""

from __future__ import annotations

import numpy as np
import pytest

from ae.data import photographs
from ae.data.photographs import photograph
from tests.conftest import draw_page

DPI = 120.0
PAGE = draw_page(400, 300)
BLANK = np.full((400, 300, 3), 255, np.uint8)
SEEDS = range(12)


@pytest.fixture
def plain(monkeypatch):
    """White paper without dirt, neither in a book nor in a shadow or in warm light."""
    for name in ("_BOOK", "_CAST", "_SHADOW"):
        monkeypatch.setattr(photographs, name, 0.0)
    monkeypatch.setattr(photographs, "_PAPER", ())
    monkeypatch.setattr(photographs, "_OLD", ((1.0, 1.0, 1.0),))


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


def areas(photo: np.ndarray) -> np.ndarray:
    """Mean brightness of nine parts of a photograph, (3, 3)."""
    rows = np.array_split(photo.mean(2), 3, axis=0)
    return np.array([[part.mean() for part in np.array_split(row, 3, axis=1)] for row in rows])


def test_light_falls_off_and_a_camera_adds_noise(plain):
    photos = [photograph(BLANK, seed, DPI)[0] for seed in SEEDS]
    assert np.median([areas(photo).min() / areas(photo).max() for photo in photos]) < 0.95
    assert min(np.abs(np.diff(photo[..., 1].astype(int), axis=1)).mean() for photo in photos) > 0.3


def test_warm_light_is_warmer_where_it_is_darker(plain, monkeypatch):
    monkeypatch.setattr(photographs, "_CAST", 1.0)
    photo, _ = photograph(BLANK, 1, DPI)
    red, blue = photo[..., 0].astype(float), photo[..., 2].astype(float)
    dark = red < np.percentile(red, 30)
    assert (blue / red)[dark].mean() < (blue / red)[~dark].mean()


def test_a_book_has_a_dark_gutter_beside_the_page_before(plain, monkeypatch):
    sheets = photograph(BLANK, 2, DPI)[0].mean(2).mean(0)
    monkeypatch.setattr(photographs, "_BOOK", 1.0)
    books = [photograph(BLANK, seed, DPI)[0].mean(2).mean(0) for seed in SEEDS]
    steepest = [float(np.abs(np.diff(columns)).max()) for columns in books]
    assert np.median(steepest) > 3 * np.abs(np.diff(sheets)).max()


def test_the_page_is_turned(plain):
    ruled = np.full((400, 300), 255, np.uint8)
    ruled[200:204] = 0
    heights = [np.argmin(photograph(ruled, seed, DPI)[1], axis=0) for seed in SEEDS]
    assert max(abs(int(line[10]) - int(line[-10])) for line in heights) > 3
