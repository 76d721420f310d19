"""What a scanner sees beside its page becomes paper; what is printed there stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.cleaning import load_cleaner
from ae.documents.margins import without_margins
from ae.documents.page import Page
from tests.conftest import draw_page

PAGE = np.pad(draw_page(500, 700), 100, constant_values=255)
GREY_PAPER = np.clip(PAGE * 0.8 + np.random.default_rng(1).normal(0, 3, PAGE.shape), 0, 255).astype(np.uint8)
CORNERS = np.float32([[0, 0], [699, 0], [699, 899], [0, 899]])


def with_bar(page: np.ndarray, tone: int, side: int, noise: float = 2.0) -> np.ndarray:
    """A page with a bar of one tone along a side: 0 right, 1 bottom, 2 left, 3 top."""
    turned = np.rot90(page, side).copy()
    bar = np.random.default_rng(2).normal(tone, noise, (len(turned), 50))
    turned[:, -50:] = bar.clip(0, 255).reshape(*bar.shape, *[1] * (page.ndim - 2))
    return np.ascontiguousarray(np.rot90(turned, -side))


def askew(page: np.ndarray) -> np.ndarray:
    """A page that lay askew on a scanner with a black lid, at two sides of the picture."""
    moved = CORNERS + np.float32([[0, 0], [-40, 0], [0, -30], [0, 0]])
    return cv2.warpPerspective(
        page, cv2.getPerspectiveTransform(CORNERS, moved), page.shape[1::-1], borderValue=8
    )


def in_fold(page: np.ndarray, width: float = 25.0) -> np.ndarray:
    """A page whose left side goes down into the fold of a book, black for some 50 pixels."""
    light = 1 / (1 + np.exp((70 - np.arange(page.shape[1])) / (width / 3)))
    return (page * light).astype(np.uint8)


@pytest.mark.parametrize("side", range(4))
@pytest.mark.parametrize("colour", [False, True])
def test_a_black_border_becomes_paper(side, colour):
    page = np.dstack([GREY_PAPER] * 3) if colour else GREY_PAPER
    found = without_margins(with_bar(page, 10, side))
    border = np.rot90(found, side)[:, -50:]
    assert found.shape == page.shape
    assert border.min() > 190
    np.testing.assert_array_equal(np.rot90(found, side)[:, :-60], np.rot90(page, side)[:, :-60])


def test_the_wedges_beside_a_page_that_lay_askew_become_paper():
    found = without_margins(askew(GREY_PAPER))
    assert max((part < 190).mean() for part in (found[880:], found[:, 690:])) < 0.003  # but for the last tips


def test_a_black_border_in_two_tones_becomes_paper():
    pure = np.where(with_bar(PAGE, 0, 1, 0) < 128, 0, 255).astype(np.uint8)
    assert without_margins(pure)[-50:].min() == 255


def test_print_beside_a_fold_is_as_dark_beside_its_paper_as_before():
    page = GREY_PAPER.copy()
    cv2.putText(page, "fold", (95, 450), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 3)
    found = without_margins(in_fold(page))
    assert found[:, :100].max(1).min() > 170  # paper
    ink = page[425:455, 95:180] < 60
    assert found[425:455, 95:180][ink].mean() < 60


def test_a_fold_is_clean_afterwards():
    clean = load_cleaner("page", "cpu").clean(Page(in_fold(GREY_PAPER))).pixels
    assert (clean[:, :60] >= 250).mean() > 0.98


@pytest.mark.parametrize("tone", [60, 90, 140])
def test_a_bar_that_is_not_black_stays(tone):
    page = with_bar(GREY_PAPER, tone, 3)
    assert without_margins(page) is page


def test_a_coloured_bar_stays():
    page = with_bar(np.dstack([GREY_PAPER] * 3), 8, 3)
    page[:50, :, 2] = 70
    assert without_margins(page) is page


@pytest.mark.parametrize("words", ["Kim & Sons", "Contents of the third volume"])
def test_white_print_on_a_bar_stays(words):
    page = with_bar(GREY_PAPER, 10, 3)
    cv2.putText(page, words, (60, 33), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 200, 2)
    assert without_margins(page) is page


def test_a_bar_that_a_program_drew_stays():
    page = PAGE.copy()
    page[:50] = 0
    page[60:62, 100:400] = 90  # greys, as letters without steps have them
    assert without_margins(page) is page


def test_a_black_mark_on_a_part_of_a_side_stays():
    page = GREY_PAPER.copy()
    page[200:500, :40] = 8
    page[:150, -40:] = 8
    assert without_margins(page) is page


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (40, 40, 3), (40, 40)])
@pytest.mark.parametrize("tone", [0, 255])
def test_a_page_may_have_any_size_and_one_tone(size, tone):
    page = np.full(size, tone, np.uint8)
    assert without_margins(page) is page


@pytest.mark.parametrize("size", [(1, 90), (90, 1), (2, 300), (7, 9), (60, 200)])
def test_a_margin_may_lie_beside_the_narrowest_page(size):
    page = np.full(size, 220, np.uint8)
    page[:, : max(1, size[1] // 12)] = 5
    found = without_margins(page)
    assert found.shape == size
    assert found.dtype == np.uint8
