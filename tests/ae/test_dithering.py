"""On a black and white page a picture keeps its greys as dots; print and shaded boxes stay print."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from ae.data.rendering.pictures import crowded
from ae.documents.cleaning import load_cleaner
from ae.documents.dithering import find_pictures, with_dots
from ae.documents.page import Page
from ae.documents.treatment import CleanOptions, cleaned
from ae.models.regions import CELL
from tests.conftest import draw_page

SIZE = 403, 517  # no multiple of a square
PLACE = slice(100, 290), slice(120, 400)


def paper() -> np.ndarray:
    return np.full(SIZE, 255, np.uint8)


def picture(height: int = 190, width: int = 280) -> np.ndarray:
    """Full of things, from dark to bright."""
    things = crowded(np.random.default_rng(2), height, width).mean(2)
    return np.interp(things, np.percentile(things, (2, 98)), (25, 225)).astype(np.uint8)


def pictured() -> np.ndarray:
    page = paper()
    page[PLACE] = picture()
    return page


def thresholded(page: np.ndarray) -> np.ndarray:
    return np.where(page < 128, np.uint8(0), np.uint8(255))


def local_tones(page: np.ndarray) -> np.ndarray:
    return cv2.blur(page, (16, 16)).astype(int)


def test_a_picture_keeps_its_tones_as_dots():
    page = pictured()
    result = with_dots(thresholded(page), page)
    assert set(np.unique(result)) == {0, 255}
    off = np.abs(local_tones(result) - local_tones(page))[PLACE]
    assert off.mean() < 10
    assert np.abs(local_tones(thresholded(page)) - local_tones(page))[PLACE].mean() > 40


def test_what_is_beside_a_picture_stays_as_it_was():
    page = pictured()
    pure = thresholded(page)
    pure[20:40, 20:60] = 0
    result = with_dots(pure, page)
    around = np.ones(SIZE, bool)
    around[PLACE[0].start - 16 : PLACE[0].stop + 16, PLACE[1].start - 16 : PLACE[1].stop + 16] = False
    np.testing.assert_array_equal(result[around], pure[around])
    np.testing.assert_array_equal(pure[PLACE], thresholded(page)[PLACE])  # what it was made of is not changed


def write(page: np.ndarray) -> None:
    for line in range(4):
        cv2.putText(page, "shaded", (130, 140 + 40 * line), cv2.FONT_HERSHEY_SIMPLEX, 1, 10, 3, cv2.LINE_AA)


def shaded_box(page: np.ndarray) -> None:
    page[PLACE] = 170


def box_with_text(page: np.ndarray) -> None:
    page[PLACE] = 150
    write(page)


def slanting_box(page: np.ndarray) -> None:
    """In light that falls off, with text."""
    page[PLACE] = np.linspace(170, 225, 280)
    write(page)


def shaded_table(page: np.ndarray) -> None:
    page[PLACE] = 228
    for row in range(0, 190, 76):
        page[100 + row : 138 + row, 120:400] = 205
    write(page)


def black_block(page: np.ndarray) -> None:
    page[PLACE] = np.linspace(0, 40, 280)


def stain(page: np.ndarray) -> None:
    for radius, tone in ((90, 225), (70, 180), (50, 130)):
        cv2.ellipse(page, (260, 200), (2 * radius, radius // 3), 40, 0, 360, tone, -1)


def small_picture(page: np.ndarray) -> None:
    page[100:170, 120:190] = picture(70, 70)


@pytest.mark.parametrize(
    "draw", [shaded_box, box_with_text, slanting_box, shaded_table, black_block, stain, small_picture]
)
def test_what_is_no_picture_is_not_shown_as_dots(draw):
    page = paper()
    draw(page)
    pure = thresholded(page)
    assert with_dots(pure, page) is pure


def test_a_page_of_print_has_no_picture():
    assert not list(find_pictures(draw_page(900, 700)))


def test_a_bright_part_at_the_edge_of_a_picture_belongs_to_it():
    page = pictured()
    page[100:150, 200:260] = 240
    (found,) = find_pictures(page)
    assert found[120 // CELL, 230 // CELL]


def test_an_oval_picture_ends_where_it_ends():
    page = paper()
    oval = cv2.ellipse(np.zeros(SIZE, np.uint8), (260, 195), (140, 95), 0, 0, 360, 1, -1) > 0
    page[PLACE][oval[PLACE]] = np.minimum(picture(), 220)[oval[PLACE]]
    (found,) = find_pictures(page)
    assert not found[PLACE[0].start // CELL + 1, PLACE[1].start // CELL + 1]
    assert found[195 // CELL, 260 // CELL]


@pytest.mark.parametrize("turns", range(4))
def test_a_picture_in_a_corner_is_found_whole(turns):
    page = paper()
    page[:190, :280] = picture()
    page = np.ascontiguousarray(np.rot90(page, turns))
    result = with_dots(thresholded(page), page)
    printed = page < 250
    assert np.abs(local_tones(result) - local_tones(page))[printed].mean() < 10


def scanned() -> np.ndarray:
    page = draw_page(700, 900).copy()
    page[500:800, 150:550] = picture(300, 400)
    return page


INSIDE = slice(510, 790), slice(160, 540)


def black_and_white(page: np.ndarray, **options: Any) -> np.ndarray:
    _page, clean, _note = cleaned(Page(page), load_cleaner("page"), CleanOptions(**options))
    return clean


@pytest.mark.parametrize("channels", [1, 3])
def test_a_cleaned_page_in_black_and_white_shows_its_picture_as_dots(channels):
    page = scanned()
    clean = black_and_white(page if channels == 1 else np.dstack([page] * 3), colour="bw")
    assert clean.ndim == 2
    assert np.abs(local_tones(clean) - local_tones(page))[INSIDE].mean() < 15


def test_a_page_that_shows_a_picture_as_dots_already_stays_as_it_is():
    once = black_and_white(scanned(), colour="bw")
    np.testing.assert_array_equal(black_and_white(once), once)


@pytest.mark.parametrize("strength", [0, 0.5])
def test_a_page_that_is_not_wholly_cleaned_has_no_dots(strength):
    shade = np.linspace(0.62, 0.92, 700, dtype=np.float32)
    page = np.rint(draw_page(700, 900) * shade).astype(np.uint8)
    clean = black_and_white(page, colour="bw", strength=strength)
    single = (cv2.blur(clean, (3, 3)) > 225) & (clean == 0)  # a black pixel among white ones
    assert single.mean() < 0.001
