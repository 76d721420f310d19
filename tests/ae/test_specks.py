"""Dust goes, dots stay."""

from __future__ import annotations

import numpy as np
import pytest

from ae.documents.specks import without_specks

HEIGHT = 40.0  # of a letter, in pixels


def paper() -> np.ndarray:
    return np.full((200, 300), 255, np.uint8)


def lone_specks(page: np.ndarray, letter_height: float) -> np.ndarray:
    """Where something is taken from a page uint8 (H, W), bool (H, W)."""
    return without_specks(page, page, letter_height) != page


def test_dust_on_bare_paper_goes_with_its_skirt():
    page = paper()
    page[49:53, 59:64] = 225
    page[50:52, 60:63] = 40
    assert (without_specks(page, page, HEIGHT) == 255).all()


@pytest.mark.parametrize("side", [6, 8, 12])
def test_full_stops_and_dots_are_none(side):
    page = paper()
    for left in range(20, 280, 3 * side):
        page[100 : 100 + side, left : left + side] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_a_speck_at_a_letter_is_part_of_it():
    page = paper()
    page[40:80, 100:106] = 0
    page[50:52, 107:109] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_a_halftone_is_none():
    page = paper()
    page[20:180:6, 20:280:6] = 0
    page[21:180:6, 20:280:6] = 0
    assert not lone_specks(page, HEIGHT)[40:160, 40:260].any()


@pytest.mark.parametrize("side", [4, 6, 10])
def test_a_larger_speck_goes_where_no_writing_is(side):
    page = paper()
    page[100:140, 20:26] = 0
    page[50 : 50 + side, 200 : 200 + side] = 0
    found = lone_specks(page, HEIGHT)
    assert found[50 : 50 + side, 200 : 200 + side].all()
    assert not found[100:140].any()


def test_a_full_stop_stays_beside_its_letter_and_at_the_end_of_a_line():
    page = paper()
    page[60:100, 100:106] = 0
    page[92:100, 115:123] = 0
    assert not lone_specks(page, HEIGHT).any()


def places(count: int) -> list[tuple[int, int]]:
    """Far from each other and from the line of `crumbs`."""
    return [(240 + 60 * number, 150 + (230 * number) % 600) for number in range(count)]


def crumbs(*sides: int, tone: int = 0) -> np.ndarray:
    """A page with a line of letters, and below it crumbs of these sides."""
    page = np.full((900, 900), 255, np.uint8)
    page[100:140, 100:700:30] = page[100:140, 104:700:30] = 0
    for side, (top, left) in zip(sides, places(len(sides)), strict=True):
        page[top : top + side, left : left + side] = tone
    return page


def gone(page: np.ndarray, count: int) -> list[bool]:
    """Which of the crumbs are found, by their first pixel."""
    return [bool(lone_specks(page, HEIGHT)[place]) for place in places(count)]


def test_a_crumb_nearly_as_large_as_a_bullet_goes_far_from_all_writing():
    page = crumbs(12, 18, 30)
    assert gone(page, 3) == [True, True, False]
    assert not lone_specks(page, HEIGHT)[:200].any()


def test_a_bullet_before_a_line_a_point_in_a_drawing_and_one_at_the_edge_stay():
    page = crumbs()
    page[112:124, 30:42] = 0  # before the line
    page[400:402, 200:500] = page[400:600, 200:202] = 0  # two axes
    page[500:512, 350:362] = 0
    page[300:312, 4:16] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_a_frame_around_the_page_makes_no_drawing_of_it():
    page = crumbs()
    page[400:412, 450:462] = 0
    page[10:13, 10:890] = page[887:890, 10:890] = page[10:890, 10:13] = page[10:890, 887:890] = 0
    assert lone_specks(page, HEIGHT)[406, 456]


def test_a_page_number_stays():
    page = crumbs()
    page[800:817, 450:452] = page[800:817, 458:460] = page[800:802, 450:460] = page[815:817, 450:460] = 0
    page[800:817, 250:254] = 0  # a one
    assert not lone_specks(page, HEIGHT).any()


def test_points_of_one_size_are_a_chart_and_dust_around_them_goes():
    assert gone(crumbs(14, 14, 14, 14, 14, 11, 12, 17), 8) == [False] * 5 + [True] * 3
    assert gone(crumbs(12, 14, 16, 17, 18), 5) == [True] * 5


@pytest.mark.parametrize("side", [3, 12])
def test_the_paper_that_takes_the_place_of_dust_is_from_beside_it(side):
    page = np.dstack([crumbs()] * 3)
    page[300:700, 300:800] = (255, 250, 236)
    page[315 : 315 + side, 315 : 315 + side] = 30
    clean = without_specks(page, page[..., 0], HEIGHT)
    assert (clean[315 : 315 + side, 315 : 315 + side] == (255, 250, 236)).all()


@pytest.mark.parametrize("along", [0, 1])
def test_points_in_a_row_or_a_column_stay(along):
    page = paper()
    for place in (20, 100, 180):
        row, column = (place, 140) if along else (100, place)
        page[row : row + 8, column : column + 8] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_a_leader_of_tiny_dots_stays():
    page = paper()
    page[100:103, 20:280:12] = page[100:103, 21:280:12] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_a_speck_in_a_picture_stays():
    page = paper()
    page[20:180, 20:280] = 228
    page[100:103, 100:103] = 60
    assert not lone_specks(page, HEIGHT).any()


def test_what_the_edge_of_the_page_cuts_stays():
    page = paper()
    page[:3, 100:103] = page[100:103, -3:] = 0
    assert not lone_specks(page, HEIGHT).any()


def test_beside_small_letters_nothing_but_a_lonely_speck_is_small_enough():
    page = paper()
    page[50, 60] = page[50, 200] = 0
    page[44:56, 66:68] = 0
    found = lone_specks(page, 12.0)
    assert not found[50, 60]
    assert found[50, 200]


@pytest.mark.parametrize("channels", [(), (3,)])
def test_dust_becomes_the_paper_around_it(channels):
    page = np.full((200, 300, *channels), 244, np.uint8)
    page[50:52, 60:63] = 40
    clean = without_specks(page, page if not channels else page[..., 0], HEIGHT)
    assert (clean == 244).all()
    assert without_specks(clean, clean if not channels else clean[..., 0], HEIGHT) is clean
