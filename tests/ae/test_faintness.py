"""Pages on which all ink is faint are darkened; dirt without text is not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae.documents.cleaning import load_cleaner
from ae.documents.faintness import darkened
from ae.documents.page import Page
from ae.documents.treatment import CleanOptions, cleaned
from ae.evaluation.two_tone import f_measure


def faint(contrast: float, paper: tuple[int, ...] = (205,)) -> tuple[np.ndarray, np.ndarray]:
    """A page of letters of that contrast in grey levels on grainy paper, and where they are."""
    image = Image.new("L", (900, 700), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(34)
    for top in range(20, 650, 50):
        pen.text((20 + top % 7, top), "what was once written here can hardly be read"[top % 9 :], 0, font)
    clean = np.asarray(image)
    ink = 1 - clean[..., None] / 255.0
    grain = np.random.default_rng(0).normal(0, 2, clean.shape)[..., None]
    page = np.clip(np.array(paper) - contrast * ink + grain, 0, 255).astype(np.uint8)
    return page[..., 0] if len(paper) == 1 else page, clean < 128


@pytest.mark.parametrize("paper", [(205,), (210, 200, 170)], ids=["grey", "brown"])
@pytest.mark.parametrize("contrast", [26, 40])
def test_faint_print_is_not_cleaned_away(contrast, paper):
    page, ink = faint(contrast, paper)
    _page, pixels, _note = cleaned(Page(page), load_cleaner("page", "cpu"), CleanOptions(colour="bw"))
    assert f_measure(pixels < 128, ink) > 0.85


def test_the_dark_edge_of_a_scan_does_not_decide_that_ink_is_dark():
    page, ink = faint(30)
    page[:, :12], page[-15:] = 30, 20
    _page, pixels, _note = cleaned(Page(page), load_cleaner("page", "cpu"), CleanOptions(colour="bw"))
    assert f_measure(pixels[:-60, 60:] < 128, ink[:-60, 60:]) > 0.85


def test_a_faint_page_on_which_the_pen_pressed_here_and_there_is_darkened():
    page, _ink = faint(40)
    few = np.s_[60:140, 20:140]
    page[few] = np.where(page[few] < 185, page[few] - 70, page[few])
    assert (page < 0.62 * 205).mean() > 0.0005
    assert darkened(page) is not page


def test_faint_colour_stays_what_it_is():
    page, ink = faint(30, (205, 205, 205))
    page[..., 2] = page[..., 2] // 4 + 154  # of blue ink hardly anything is missing in blue
    result = darkened(page)
    red, _green, blue = np.median(result[ink], axis=0)
    assert red < 130
    assert blue > red + 50


@pytest.mark.parametrize("contrast", [120, 180])
def test_what_has_dark_ink_stays_as_it_is(contrast):
    page, _ink = faint(contrast)
    assert darkened(page) is page


@pytest.mark.parametrize("noise", [2, 6, 12])
def test_dirt_without_text_stays_as_it_is(noise):
    page = np.random.default_rng(0).normal(200, noise, (700, 500))
    page[100:130, 50:400] -= 25
    page[300:500, 200:215] -= 40
    page = np.clip(page, 0, 255).astype(np.uint8)
    assert darkened(page) is page


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
def test_a_page_may_have_any_size(size):
    page = np.full(size, 200, np.uint8)
    assert darkened(page) is page


@pytest.mark.parametrize(("contrast", "spread"), [(36, 0.1), (65, 0.06)], ids=["faint", "faded"])
def test_faint_ink_on_mottled_paper_has_one_colour(contrast, spread):
    page, ink = faint(contrast, (200, 165, 115))
    mottles = np.random.default_rng(1).normal(0, 5, (3, 12, 15)).astype(np.float32)
    planes = [Image.fromarray(plane).resize(page.shape[1::-1], Image.Resampling.BICUBIC) for plane in mottles]
    page = np.clip(page + np.dstack([np.asarray(plane) for plane in planes]), 0, 255).astype(np.uint8)
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    darkness = 255 - clean[ink & (clean.max(2) < 200)].astype(int)
    colour = darkness[:, [0, 2]] / darkness[:, 1:2]
    assert np.percentile(np.abs(colour - np.median(colour, axis=0)), 90) < spread


def test_a_table_around_a_page_does_not_colour_its_faded_print():
    page, ink = faint(60, (190, 180, 165))
    wood = np.random.default_rng(2).normal((95, 60, 35), 6, (900, 960, 3))
    taken = wood.clip(0, 255).astype(np.uint8)
    taken[100:800, 30:930] = page[:700]
    clean = load_cleaner("page", "cpu").clean(Page(taken)).pixels[100:800, 30:930]
    print_ = clean[ink[:700] & (clean.max(2) < 200)].astype(int)
    assert np.median(np.ptp(print_, axis=1)) < 25
