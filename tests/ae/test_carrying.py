"""A network's small grey result, carried to a page's own colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.arrays import luminance
from ae.documents import carrying, cleaning
from ae.documents.carrying import with_colour
from ae.documents.division import flattened
from tests.conftest import draw_page

PAPER = np.array([225, 205, 160])
INKS = {"red": (150, 40, 40), "blue": (40, 50, 160), "green": (20, 110, 60), "black": (20, 20, 20)}


def in_ink(ink: tuple[int, int, int], noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A page of text in one ink on brown paper, and the clean luminance it should have."""
    share = draw_page(200, 150)[..., None] / 255
    noisy = PAPER * (share + (1 - share) * np.array(ink) / 255)
    noisy += np.random.default_rng(0).normal(0, noise, noisy.shape)
    white = 255 * share + (1 - share) * np.array(ink)
    return np.clip(noisy, 0, 255).astype(np.uint8), luminance(np.rint(white).astype(np.uint8))


def chroma(page: np.ndarray) -> np.ndarray:
    return page.max(2).astype(int) - page.min(2)


@pytest.mark.parametrize("ink", INKS.values(), ids=INKS)
def test_ink_has_its_own_colour_and_the_clean_darkness(ink):
    page, clean = in_ink(ink)
    result = with_colour(clean, page, 1.0)
    strokes = clean < 1.2 * clean.min()
    assert np.abs(np.median(result[strokes], 0) - ink).max() < 15
    assert np.abs(luminance(result)[strokes].astype(int) - clean[strokes]).mean() < 3


def test_noise_leaves_no_coloured_specks_where_hardly_anything_is_left_of_it():
    page, clean = in_ink(INKS["black"], noise=12)
    traces = np.random.default_rng(1).integers(240, 256, clean.shape)
    result = with_colour(np.minimum(clean, traces).astype(np.uint8), page, 1.0)
    assert np.percentile(chroma(result)[clean == 255], 99) < 20


def test_noise_of_brown_paper_does_not_come_back_in_faded_ink():
    ink = (128, 128, 128)
    page, clean = in_ink(ink, noise=12)
    strokes = clean < 200
    result = with_colour(np.where(strokes, 29, clean).astype(np.uint8), page, 1.0)
    found = luminance(result)[strokes]
    assert found.std() < 6
    assert found.mean() < 35


def test_letters_have_less_colour_than_channels_that_are_a_pixel_apart_would_give_them():
    page, clean = in_ink(INKS["black"])
    page[..., 0], page[..., 2] = np.roll(page[..., 0], 1, 1), np.roll(page[..., 2], -1, 1)
    result = with_colour(clean, page, 1.0)
    strokes = clean < 100
    assert chroma(result)[strokes].mean() < 0.8 * chroma(page)[strokes].mean()


@pytest.mark.parametrize("ink", [(255, 0, 0), (0, 0, 255)], ids=["red", "blue"])
def test_ink_that_is_found_darker_than_its_colour_can_be_does_not_become_black(ink):
    page, clean = in_ink(ink)
    strokes = clean < 200
    result = with_colour(np.where(strokes, 10, clean).astype(np.uint8), page, 2.0)
    assert chroma(result)[strokes].mean() > 180


def test_small_print_beside_large_letters_has_its_own_colour():
    page = np.full((120, 120, 3), 255, np.uint8)
    for index, left in enumerate(range(10, 110, 9)):
        page[20:100, left : left + 3] = INKS["red"] if index % 2 else INKS["blue"]
    result = with_colour(luminance(page), page, 12.0)
    red, blue = ((page == INKS[name]).all(2) for name in ("red", "blue"))
    assert (result[red, 0] > result[red, 2].astype(int) + 90).all()
    assert (result[blue, 2] > result[blue, 0].astype(int) + 90).all()


def test_what_is_white_in_the_clean_page_is_white_whatever_was_there():
    page = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert (with_colour(np.full((40, 50), 255, np.uint8), page, 1.0) == 255).all()


def on_yellow_paper(ink: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A page of opaque ink on yellow paper, and the clean luminance of black print."""
    share = draw_page(200, 150)[..., None] / 255
    page = share * PAPER + (1 - share) * np.array(ink)
    return np.rint(page).astype(np.uint8), draw_page(200, 150).copy()


@pytest.mark.parametrize("ink", [(100, 92, 90), (60, 60, 60), (110, 105, 95)])
def test_print_that_is_grey_on_yellow_paper_is_not_violet_on_white(ink):
    page, clean = on_yellow_paper(ink)
    assert np.percentile(chroma(with_colour(clean, page, 1.0)), 99) < 12


def test_a_black_table_beside_the_page_does_not_decide_what_colour_print_has():
    page, clean = on_yellow_paper((100, 92, 90))
    page[:, :60], clean[:, :60] = (40, 36, 33), 30
    result = with_colour(clean, page, 1.0)
    assert np.percentile(chroma(result[:, 100:]), 99) < 12


def test_blue_ink_on_yellow_paper_stays_blue():
    page, clean = on_yellow_paper((60, 70, 140))
    red, _, blue = np.median(with_colour(clean, page, 1.0)[clean < 100], 0)
    assert blue - red > 60


@pytest.mark.parametrize("ink", INKS.values(), ids=INKS)
def test_bars_that_are_broader_than_the_background_is_measured_are_no_outlines(ink):
    page, clean = on_yellow_paper(ink)
    page[40:120, 30:110], clean[40:120, 30:110] = ink, 60
    result = with_colour(clean, page, 1.0)[40:120, 30:110]
    assert luminance(result).max() < 110
    assert np.abs(result.astype(int) - np.median(result, (0, 1))).max() < 40


def test_the_grain_of_a_broad_stroke_is_not_taken_for_edges_of_letters():
    page = np.random.default_rng(0).normal(230, 3, (300, 300))
    page[80:220, 80:220] -= 205
    inside = flattened(np.rint(page).astype(np.uint8), 1.6, cleaning._LEAST_PAPER)[90:210, 90:210]
    assert inside.max() < 80


def test_a_stamp_and_a_signature_do_not_tint_the_print_beside_them(monkeypatch):
    monkeypatch.setattr(carrying, "_CORE", 100)
    generator = np.random.default_rng(0)
    page = np.repeat(generator.normal(80, 6, (300, 300, 1)), 3, 2)
    which = generator.random((300, 300))
    page[which < 0.28], page[which > 0.8] = (140, 50, 60), (60, 70, 150)
    page = page.clip(0, 255).astype(np.uint8)
    found = carrying._balance(page, page, np.zeros((300, 300), np.uint8), np.full(3, 255.0))
    assert np.abs(found - 1).max() < 0.01


def test_soft_pale_strokes_keep_the_darkness_that_was_found():
    page, clean = in_ink(INKS["black"])
    pale = cv2.GaussianBlur(page, (0, 0), 4.0)
    result = luminance(with_colour(clean, pale, 1.0))
    assert np.median(result[clean < 60]) < 150


def test_ringing_beside_dark_ink_is_left_out_and_pale_strokes_elsewhere_are_not():
    page = np.full((80, 120, 3), 240, np.uint8)
    page[:, 40:60] = 20
    page[:, 60:64] = page[:, 90:94] = 232
    clean = luminance(page)
    clean[:, 60:64] = clean[:, 90:94] = 230
    result = luminance(with_colour(clean, page, 1.0))
    assert (result[:, 61:64] == 255).all()
    assert (result[:, 91:93] < 235).all()
