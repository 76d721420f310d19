"""Shadows on pages photographed on a table go; pictures, stamps and the table stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.judged import Judged
from ae.documents.photographed import is_table, shadows
from ae.documents.squares import Groups

SIDE = 480  # pixels: 60 squares
SHADOW = np.s_[24:44, 18:42]  # in squares
MIDDLE = np.s_[192:352, 144:336]  # the same in pixels


def photographed(shadow: int = 160, *, colour: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A page in even light with a brown table around it and a shadow on it, what cleaning leaves of it, and
    how coloured it is, uint8 (SIDE, SIDE)."""
    even = np.full((SIDE, SIDE), 255, np.uint8)
    even[MIDDLE] = shadow
    even[200:344:16, 152:328] = 40  # print
    cleaned = np.where(even > 60, 255, even).astype(np.uint8)
    colours = np.zeros_like(even)
    colours[MIDDLE] = colour
    for plane, value in ((even, 110), (cleaned, 255), (colours, 70)):
        plane[:40], plane[-40:], plane[:, :40], plane[:, -40:] = [value] * 4
    return even, cleaned, colours


def found(even: np.ndarray, cleaned: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Shadows among the squares of such a page, if all of it would be kept."""
    judged = Judged(even, even, cleaned, colours)
    return shadows(np.ones((SIDE // 8, SIDE // 8), bool), judged)


def test_paper_in_shadow_is_found_with_the_print_on_it_and_the_table_is_not():
    squares = found(*photographed())
    assert squares[SHADOW].all()
    squares[SHADOW] = False
    assert not squares.any()


def test_a_shadow_that_touches_the_table_is_found_without_it():
    even, cleaned, colours = photographed()
    even[192:352, 40:336], colours[192:352, 40:336] = 160, 0
    squares = found(even, cleaned, colours)
    assert squares[24:44, 5:42].all()
    assert not squares[:, :5].any()


@pytest.mark.parametrize("kind", ["coloured", "pale", "left by the network", "rough"])
def test_what_is_no_shadow_stays(kind):
    even, cleaned, colours = photographed(230 if kind == "pale" else 160, colour=60 * (kind == "coloured"))
    if kind == "left by the network":
        cleaned[MIDDLE] = 170
    if kind == "rough":
        even[MIDDLE] = np.kron(np.random.default_rng(0).integers(60, 220, (20, 24)), np.ones((8, 8)))
    assert not found(even, cleaned, colours).any()


def test_a_page_without_a_table_around_it_has_none():
    even, cleaned, colours = (plane[40:-40, 40:-40] for plane in photographed())
    planes = [cv2.copyMakeBorder(p, 40, 40, 40, 40, cv2.BORDER_REPLICATE) for p in (even, cleaned, colours)]
    assert not found(*planes).any()


def test_the_grey_sky_of_a_picture_stays():
    even, cleaned, colours = photographed()
    around = np.zeros((SIDE, SIDE), bool)
    around[144:400, 96:384] = True
    around[MIDDLE] = False
    around[:192] = False  # paper above the sky
    even[around] = cleaned[around] = 90
    colours[around] = 80
    assert not found(even, cleaned, colours).any()


def test_a_grey_ground_that_is_printed_to_the_edge_stays():
    even, cleaned, colours = photographed()
    even[:160], cleaned[:160], colours[:160] = 150, 255, 0
    assert not found(even, cleaned, colours)[:20].any()


def test_a_coloured_stamp_in_a_shadow_is_cleaned_with_it():
    even, cleaned, colours = photographed()
    cv2.circle(colours, (240, 272), 24, 120, 2)
    cv2.circle(cleaned, (240, 272), 24, 90, 2)
    assert found(even, cleaned, colours)[SHADOW].all()


def under_a_hand(soft: float, left: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A page that fills its photograph, with a shadow in a corner from there on, so soft in pixels."""
    even = np.full((SIDE, SIDE), 255.0, np.float32)
    even[240:, left:] = 160
    even = cv2.GaussianBlur(even, (0, 0), soft) if soft else even
    even = even.astype(np.uint8)
    even[200:344:16, 152:328] = 40
    return even, np.where(even > 60, 255, even).astype(np.uint8), np.zeros_like(even)


def test_the_shadow_of_a_hand_is_found_without_a_table_and_a_printed_ground_is_not():
    squares = found(*under_a_hand(soft=12))
    assert squares[33:, 42:].all()
    assert not squares[:24].any()
    assert not squares[:, :32].any()
    assert not found(*under_a_hand(soft=0)).any()


def test_what_gets_brighter_but_reaches_three_edges_is_a_ground():
    assert not found(*under_a_hand(soft=12, left=0)).any()


def test_a_soft_shadow_on_little_paper_is_the_sky_of_a_picture():
    even, cleaned, colours = under_a_hand(soft=12)
    even[:180], cleaned[:180], colours[:180] = 90, 90, 80
    assert not found(even, cleaned, colours).any()


def table(without_paper: np.ndarray) -> np.ndarray:
    return is_table(Groups.of(without_paper, connectivity=4))


def test_a_table_has_three_edges_and_leaves_a_page():
    around = np.ones((60, 60), bool)
    around[5:-5, 5:] = False
    assert np.array_equal(table(around), around)
    around[5:-5, :5] = False  # above and below alone
    assert not table(around).any()
    assert not table(np.ones((60, 60), bool)).any()


def test_what_is_beside_a_group_is_counted_at_each_side():
    squares = np.zeros((8, 8), bool)
    squares[2:4, 2:4] = True
    other = np.zeros_like(squares)
    other[:2] = True
    groups = Groups.of(squares, connectivity=4)
    assert groups.beside(other)[2, 2] == 2 / 8
    assert groups.beside(other)[3, 3] == 2 / 8
