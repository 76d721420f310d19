"""Dust goes, dots stay."""

from __future__ import annotations

import numpy as np
import pytest

from ae.documents.specks import lone_specks

HEIGHT = 40.0  # of a letter, in pixels


def paper() -> np.ndarray:
    return np.full((200, 300), 255, np.uint8)


def test_dust_on_bare_paper_is_found_with_the_paper_around_it():
    page = paper()
    page[50:52, 60:63] = 40
    found = lone_specks(page, HEIGHT)
    assert found[50:52, 60:63].all()
    assert found.sum() < 80


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


def test_beside_small_letters_nothing_is_small_enough():
    page = paper()
    page[50, 60] = 0
    assert not lone_specks(page, 12.0).any()
