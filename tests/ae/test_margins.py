"""What a scanner sees beside its page becomes paper; what is printed there stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.cleaning import load_cleaner
from ae.documents.margins import without_margins
from ae.documents.page import Page


def written(words: str, paper: int = 255) -> np.ndarray:
    """A page of so many lines of the same words, uint8 (900, 700)."""
    page = np.full((900, 700), paper, np.uint8)
    for top in range(130, 800, 34):
        cv2.putText(page, words, (110, top), cv2.FONT_HERSHEY_COMPLEX, 0.7, 20, 1, cv2.LINE_AA)
    return page


PAGE = written("goods to the address given in it")
GREY_PAPER = np.clip(PAGE * 0.8 + np.random.default_rng(1).normal(0, 3, PAGE.shape), 0, 255).astype(np.uint8)
CORNERS = np.float32([[0, 0], [699, 0], [699, 899], [0, 899]])


def with_bar(page: np.ndarray, tone: int, side: int, noise: float = 2.0, width: int = 50) -> np.ndarray:
    """A page with a bar of one tone along a side: 0 right, 1 bottom, 2 left, 3 top."""
    turned = np.rot90(page, side).copy()
    bar = np.random.default_rng(2).normal(tone, noise, (len(turned), width))
    turned[:, -width:] = bar.clip(0, 255).reshape(*bar.shape, *[1] * (page.ndim - 2))
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


def test_a_dark_picture_beside_a_border_is_no_paper():
    page = PAGE.copy()
    page[600:830, 60:350] = 20
    assert without_margins(with_bar(page, 5, 1))[-50:].min() >= 254


def test_print_beside_a_fold_is_as_dark_beside_its_paper_as_before():
    page = GREY_PAPER.copy()
    cv2.putText(page, "fold", (95, 450), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 3)
    found = without_margins(in_fold(page))
    assert found[:, :60].min() > 170  # paper
    ink = page[425:455, 95:180] < 60
    assert found[425:455, 95:180][ink].mean() < 60


def test_a_fold_is_clean_afterwards():
    clean = load_cleaner("page", "cpu").clean(Page(in_fold(GREY_PAPER))).pixels
    assert (clean[:, :60] >= 250).mean() > 0.98


@pytest.mark.parametrize("tone", [30, 60, 90, 140])
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


@pytest.mark.parametrize("height", [30, 41, 50, 67, 89])
@pytest.mark.parametrize("paper", [(255, 255, 255), (250, 245, 230)])
def test_a_bar_that_a_program_drew_stays(height, paper):
    page = np.minimum(np.dstack([PAGE] * 3), np.uint8(paper))
    page[:height] = 0
    assert without_margins(page) is page


def test_a_printed_frame_stays():
    page = GREY_PAPER.copy()
    for side in range(4):
        page = with_bar(page, 15, side, width=24)
    assert without_margins(page) is page


def test_pictures_stay():
    down = np.arange(900)[:, None] + 20 * np.sin(np.arange(700) / 40)[None]
    sky = np.random.default_rng(3).normal(205, 3, (900, 700))
    sunset = np.where(down < 780, sky, 10).astype(np.uint8)  # and the black ground below it
    assert without_margins(sunset) is sunset


def test_a_black_shape_in_a_corner_that_is_no_wedge_stays():
    page = GREY_PAPER.copy()
    curve = 90 * (1 - (np.arange(700) / 600).clip(0, 1) ** 3)
    page[:700][np.arange(700)[None] < curve[:, None]] = 8
    assert without_margins(page) is page


def test_a_page_number_on_a_bar_stays():
    page = with_bar(cv2.resize(GREY_PAPER, None, fx=3, fy=3), 10, 3, width=200)
    cv2.putText(page, "12", (1900, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.7, 220, 5, cv2.LINE_AA)
    assert without_margins(page) is page


def test_a_picture_that_goes_into_a_fold_keeps_its_tones():
    page = GREY_PAPER.copy()
    page[500:700, :400] = 140
    part = np.s_[520:680, 150:380]
    assert np.abs(without_margins(in_fold(page))[part].astype(int) - in_fold(page)[part]).max() <= 1


def test_the_corners_between_margins_become_paper_and_what_is_no_black_border_on_three_sides_does():
    page = GREY_PAPER.copy()
    for side, width in ((0, 50), (1, 30), (2, 60)):
        page = with_bar(page, 30, side, width=width)  # paler than the black of one border
    found = without_margins(page)
    assert min(found[:, -50:].min(), found[-30:].min(), found[:, :60].min()) > 190


def test_no_print_is_taken_for_a_shadow_where_light_rises_slowly():
    page = in_fold(GREY_PAPER, width=150)
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
