"""Pages that are printed from edge to edge stay as they are; those with paper are cleaned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae.data.degradation import Dirt, make_dirty
from ae.data.rendering.fills import on_ground
from ae.documents.cleaning import load_cleaner
from ae.documents.grounds import has_light_print
from ae.documents.page import Page
from ae.documents.treatment import CleanOptions, treat
from tests.conftest import draw_page

GROUNDS = {
    "teal": (50, 140, 135), "lilac": (185, 165, 210), "orange": (230, 150, 50), "slide": (22, 40, 95),
    "dark": (30, 31, 33), "grey": (140, 140, 140),
}  # fmt: skip
SHAPE = 1000, 760


def letters() -> np.ndarray:
    """Darkness 0..1 of a page full of print."""
    return (255 - draw_page(SHAPE[1], SHAPE[0])[..., None].astype(np.float32)) / 255


def in_light_print(ground: tuple[int, int, int]) -> np.ndarray:
    page = np.array(ground) + (245 - np.array(ground)) * letters()
    fall = np.linspace(1, 0.9, SHAPE[1], dtype=np.float32)[:, None]
    noise = np.random.default_rng(0).normal(0, 2, page.shape)
    return np.clip(page * fall + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS)
def test_a_page_in_light_print_stays_as_it_is_and_says_so(ground):
    page = in_light_print(ground)
    treated = treat(Page(page), load_cleaner("page", "cpu"))
    assert np.array_equal(treated.page.pixels, page)
    assert "stays as it is" in treated.facts.note


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_it_is_said_whenever_that_is_why_the_page_stays(strength):
    page = in_light_print(GROUNDS["teal"])
    treated = treat(Page(page), load_cleaner("page", "cpu"), CleanOptions(strength=strength))
    assert np.array_equal(treated.page.pixels, page)
    assert ("stays as it is" in treated.facts.note) == (strength > 0)


@pytest.mark.parametrize("screen", ["halftone", "dither"])
def test_so_does_one_in_two_tones(screen):
    ground = np.full(SHAPE, 140, np.uint8)
    words = Image.fromarray(ground)
    pen, font = ImageDraw.Draw(words), ImageFont.load_default(40)
    for top in range(30, SHAPE[0] - 60, 60):
        pen.text((30, top), "words in white on a dark ground", 255, font)
    page = np.asarray(words)
    if screen == "dither":
        page = np.asarray(words.convert("1").convert("L"))
    else:
        page = make_dirty(page, (Dirt("halftone", 1.0),), 3, 200)
        page = np.where(page > 127, 255, 0).astype(np.uint8)
    treated = treat(Page(page, is_bw=True), load_cleaner("page", "cpu"))
    assert np.array_equal(treated.page.pixels, page)
    assert "stays as it is" in treated.facts.note


def test_so_does_one_with_some_dark_print():
    page = in_light_print(GROUNDS["teal"])
    dark = np.array(GROUNDS["teal"]) * (1 - letters())
    page[700:] = dark[700:]
    assert has_light_print(page)


def test_drawn_posters_are_found():
    text = draw_page(SHAPE[1], SHAPE[0])
    found = [has_light_print(on_ground(np.dstack([text] * 3), seed)) for seed in range(20)]
    assert np.mean(found) >= 0.7


def dark_print(paper: tuple[int, int, int]) -> np.ndarray:
    return np.rint(np.array(paper) * (1 - letters())).astype(np.uint8)


@pytest.mark.parametrize(
    "paper", [(250, 250, 250), (240, 225, 170), (90, 80, 60), (250, 190, 200), (60, 60, 60)]
)
def test_dark_print_is_on_paper_of_any_colour(paper):
    assert not has_light_print(dark_print(paper))


def test_an_inverted_block_on_a_page_is_no_ground():
    page = dark_print((245, 245, 240))
    page[100:600] = in_light_print((30, 30, 30))[100:600]
    assert not has_light_print(page)


def test_a_page_on_a_dark_table_is_none():
    page = dark_print((240, 235, 225))
    page = cv2.copyMakeBorder(page, 150, 150, 150, 150, cv2.BORDER_CONSTANT, value=(50, 40, 35))
    assert not has_light_print(page)


@pytest.mark.parametrize("seed", range(3))
def test_crumpled_speckled_paper_is_none(seed):
    dirt = [Dirt(kind, 1.0) for kind in ("ageing", "wrinkles", "creases", "speckle", "grain")]
    page = make_dirty(draw_page(SHAPE[1], SHAPE[0]), dirt, seed, 100)
    assert not has_light_print(page // 2)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3, 3)])
def test_pages_of_any_size_are_looked_at(shape):
    assert not has_light_print(np.full(shape, 128, np.uint8))
