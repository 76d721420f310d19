"""Ink that faded is dark on the clean page; what is pale on purpose stays pale."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae.documents.cleaning import load_cleaner
from ae.documents.fading import with_dark_ink
from ae.documents.page import Page
from ae.evaluation.two_tone import f_measure

SCAN = np.full((700, 700), 210, np.uint8)


def lettered(ink: int | tuple[int, ...], paper: int | tuple[int, ...] = 255) -> np.ndarray:
    """A page of letters, uint8 (700, 700) or (700, 700, 3)."""
    image = Image.new("L" if isinstance(ink, int) else "RGB", (700, 700), paper)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(34)
    for top in range(40, 650, 50):
        pen.text((20 + top % 7, top), "what was once written here can hardly be read"[top % 9 :], ink, font)
    return np.array(image)


def hue(colour: tuple[int, ...] | np.ndarray) -> float:
    """In degrees."""
    return 360 * colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))[0]


@pytest.mark.parametrize("ink", [90, 120])
def test_faded_print_is_dark_when_it_is_clean(ink):
    page = lettered(ink, 205)
    dirty = page + np.random.default_rng(0).normal(0, 3, page.shape)
    clean = load_cleaner("page", "cpu").clean(Page(np.clip(dirty, 0, 255).astype(np.uint8))).pixels
    assert f_measure(clean < 128, lettered(0) < 128) > 0.95
    assert np.median(clean[lettered(0) < 20]) < 60


def test_ink_becomes_dark_and_paper_stays_white():
    result = with_dark_ink(lettered(140), SCAN)
    assert 15 <= result.min() <= 35
    assert result.max() == 255


def test_what_is_pale_beside_dark_ink_stays_pale():
    page = np.minimum(lettered(20), 255)
    page[100:400] = lettered(170)[100:400]
    assert with_dark_ink(page, SCAN) is page


def test_grey_print_on_bright_paper_is_meant_to_be_grey():
    page = lettered(140)
    assert with_dark_ink(page, page) is page


def test_faded_ink_keeps_its_hue():
    brown = 170, 140, 120
    result = with_dark_ink(lettered(brown, (255, 255, 255)), np.dstack([SCAN] * 3))
    darkest = result.reshape(-1, 3)[result.sum(2).argmin()]
    assert darkest.min() < 40
    assert abs(hue(brown) - hue(darkest)) < 3


def test_strong_colour_is_no_faded_ink():
    page = lettered((255, 150, 20), (255, 255, 255))
    assert with_dark_ink(page, np.dstack([SCAN] * 3)) is page


def test_traces_of_dirt_are_no_faded_ink():
    page = np.full((700, 700), 255, np.uint8)
    page[100:130, 50:400], page[300:500, 200:215] = 190, 150
    page[np.random.default_rng(0).random(page.shape) < 0.001] = 160
    assert with_dark_ink(page, SCAN) is page


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (50, 40, 3)])
@pytest.mark.parametrize("level", [0, 100, 255])
def test_a_page_may_have_any_size_and_be_empty(size, level):
    page = np.full(size, level, np.uint8)
    assert with_dark_ink(page, np.full(size, 200, np.uint8)) is page
