"""Which pages need a look: those that lost a photograph, and not those that lost their dirt."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae.arrays import luminance
from ae.data.rendering.figures import scene
from ae.data.samples import sample_pages
from ae.documents import division, flags
from ae.documents.reading import read_file
from tests.conftest import draw_page


def page_with_photograph(seed: int, share: float) -> tuple[np.ndarray, tuple[slice, slice]]:
    """Text around a photograph that takes this share of the page, and where that is; uint8 (840, 600)."""
    image = Image.new("L", (600, 840), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for top in range(30, 810, 20):
        pen.text((30, top), "what was said and done on that day, and by whom; " * 2, font=font, fill=25)
    page = np.array(image)
    height, width = (round(side * share**0.5) for side in page.shape)
    top, left = (page.shape[0] - height) // 2, (page.shape[1] - width) // 2
    box = slice(top, top + height), slice(left, left + width)
    photograph = scene(np.random.default_rng(seed), height, width)
    if photograph.dtype != np.uint8:
        photograph = np.rint(photograph * (255 if photograph.max() <= 1 else 1)).astype(np.uint8)
    page[box] = luminance(np.ascontiguousarray(photograph))
    return page, box


def in_bad_light(page: np.ndarray) -> np.ndarray:
    fall = np.linspace(1, 0.7, page.shape[1])
    return (page * (fall if page.ndim == 2 else fall[:, None])).astype(np.uint8)


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_lost_photograph_is_told_and_one_that_stays_is_not(seed, share):
    page, box = page_with_photograph(seed, share)
    dirty, without = in_bad_light(page), page.copy()
    without[box] = 255
    assert flags.MUCH_CHANGED in flags.inspect(dirty, without).reasons
    assert flags.MUCH_CHANGED in flags.inspect(dirty, division.divide(dirty)).reasons
    assert flags.MUCH_CHANGED not in flags.inspect(dirty, page).reasons
    assert flags.MUCH_CHANGED not in flags.inspect(page, page).reasons


@pytest.mark.parametrize("sample", sample_pages(), ids=lambda sample: sample.name)
def test_a_page_that_lost_its_dirt_only_needs_no_look(sample):
    dirty, clean = (luminance(read_file(path).pixels) for path in (sample.dirty, sample.clean))
    assert flags.inspect(dirty, clean).reasons == ()
    assert flags.inspect(dirty, division.divide(dirty)).reasons == ()
    nothing = np.full_like(clean, 255)
    assert flags.INK_REMOVED in flags.inspect(dirty, nothing).reasons


def in_colour(tone: tuple[int, int, int], paper: tuple[int, int, int]) -> np.ndarray:
    """A page of print on paper, with a box of a pale tone behind some of it."""
    page = np.dstack([draw_page(400, 500)] * 3)
    page[100:260, 60:340] = page[100:260, 60:340] * (np.array(tone) / 255)
    return np.rint(page * (np.array(paper) / 255)).astype(np.uint8)


@pytest.mark.parametrize("paper", [(255, 255, 255), (245, 240, 225), (220, 200, 160)])
@pytest.mark.parametrize("tone", [(225, 235, 255), (255, 225, 230), (225, 250, 230)])
def test_a_pale_fill_that_became_white_is_told(tone, paper):
    page = in_colour(tone, paper)
    white = np.dstack([draw_page(400, 500)] * 3)
    assert flags.COLOUR_REMOVED in flags.inspect(page, white).reasons
    assert flags.COLOUR_REMOVED in flags.inspect(in_bad_light(page), white).reasons
    assert flags.COLOUR_REMOVED not in flags.inspect(page, in_colour(tone, (255, 255, 255))).reasons


@pytest.mark.parametrize("stain", [(255, 240, 205), (235, 215, 185)])
def test_a_brown_stain_that_became_white_is_what_was_wanted(stain):
    page = in_colour(stain, (250, 248, 240))
    white = np.dstack([draw_page(400, 500)] * 3)
    assert flags.COLOUR_REMOVED not in flags.inspect(page, white).reasons


@pytest.mark.parametrize(("words", "is_told"), [("", False), ("Kim & Sons", True)])
@pytest.mark.parametrize("colour", [False, True])
def test_a_black_border_that_became_white_is_no_loss_and_a_bar_with_print_is(words, is_told, colour):
    clean = np.full((900, 700), 255, np.uint8)
    for top in range(180, 860, 40):
        cv2.putText(
            clean, "goods to the address given", (60, top), cv2.FONT_HERSHEY_COMPLEX, 0.9, 20, 1, cv2.LINE_AA
        )
    dirty = np.clip(0.8 * clean + np.random.default_rng(0).normal(0, 3, clean.shape), 0, 240).astype(np.uint8)
    dirty[:90] = np.random.default_rng(1).normal(12, 2, (90, 700)).clip(0, 30)
    cv2.putText(dirty, words, (60, 60), cv2.FONT_HERSHEY_COMPLEX, 1.2, 200, 2, cv2.LINE_AA)
    before, after = (np.dstack([each] * 3) if colour else each for each in (dirty, clean))
    assert (flags.MUCH_CHANGED in flags.inspect(before, after).reasons) == is_told
