"""Light that falls off and tinted paper are evened out; what is on the paper stays."""

from __future__ import annotations

import numpy as np
import pytest

from ae.arrays import luminance
from ae.data.rendering import figures
from ae.documents.light import Light, evened
from tests.conftest import draw_page

PAGE = draw_page(400, 500)
FALLING = (np.linspace(1, 0.5, 400)[None] * np.linspace(1, 0.8, 500)[:, None]).astype(np.float32)
BARE = PAGE > 250


def lit(page: np.ndarray, light: np.ndarray | float, tint: tuple[int, int, int] | None = None) -> np.ndarray:
    shaded = page * light
    return np.rint(shaded if tint is None else shaded[..., None] / 255 * np.array(tint)).astype(np.uint8)


def test_light_that_falls_off_becomes_even_and_the_paper_white():
    even = evened(lit(PAGE, FALLING))
    assert np.percentile(even[BARE], 1) >= 248
    assert np.abs(even.astype(int) - PAGE)[PAGE < 100].mean() < 14


def test_tinted_paper_becomes_white_and_coloured_ink_keeps_its_colour():
    page = lit(PAGE, FALLING, (240, 220, 150))
    page[200:260, 100:300] = (120, 30, 30)
    even = evened(page)
    assert np.percentile(even[BARE & (np.indices(BARE.shape)[0] < 190)], 1) >= 246
    red, green, blue = even[230, 200].astype(int)
    assert red > 1.5 * max(green, blue)


@pytest.mark.parametrize("tint", [None, (250, 250, 250), (240, 220, 150)])
def test_a_page_in_even_light_is_left_as_it_is(tint):
    page = lit(PAGE, 1.0, tint)
    light = Light(page)
    assert light.is_even
    assert light.lit(page) is page


@pytest.mark.parametrize("tint", [None, (240, 220, 150)])
@pytest.mark.parametrize("light", [0.3, FALLING * 0.6])
def test_a_dim_page_is_made_as_bright_as_one_in_good_light(light, tint):
    page = lit(PAGE, light, tint)
    shown = Light(page).lit(page)
    paper = shown[BARE].reshape(BARE.sum(), -1).max(1)
    assert np.percentile(paper, [2, 50]) == pytest.approx(220, abs=14)
    assert shown[PAGE < 60].mean() < 60


def test_white_letters_on_a_dark_ground_and_a_dark_photograph_are_not_made_brighter():
    inverted = np.clip(255 - PAGE, 30, 240)
    night = (np.linspace(10, 90, 500)[:, None] * np.ones((1, 400))).astype(np.uint8)
    night[40:90, 60:110] = 250  # the moon
    assert max(Light(inverted).gain, Light(night).gain) < 1.1
    assert Light(lit(PAGE, 0.3)).gain > 2.5


def test_levelling_keeps_the_papers_tint():
    page = lit(PAGE, FALLING, (240, 220, 150))
    light = Light(page)
    assert not light.is_even
    paper = light.lit(page)[BARE].astype(float)
    assert np.ptp(np.percentile(paper, [2, 98], axis=0), axis=0).max() < 14
    assert paper.mean(0) == pytest.approx((240, 220, 150), abs=10)


def test_a_photograph_and_a_dark_box_do_not_become_lighter():
    page = PAGE.copy()
    page[50:300, 40:360] = np.linspace(30, 200, 320)[None]
    page[350:450, 20:380] = 25
    even = evened(lit(page, 0.8)).astype(int)
    assert np.abs(even - page)[60:290, 50:350].mean() < 14
    assert np.abs(even - page)[360:440, 30:370].mean() < 6


@pytest.mark.parametrize("picture", [figures.pebbles, figures.portrait, figures.leaves])
def test_a_picture_on_much_of_a_page_does_not_bend_its_light(picture):
    page = np.full((500, 400), 225, np.uint8)
    page[20:320, 20:380] = luminance(picture(np.random.default_rng(0), 300, 360).astype(np.uint8))
    assert Light(page).is_even
    brighter = np.minimum(page[20:320, 20:380] * (268 / 225), 255)
    assert np.abs(evened(page)[20:320, 20:380] - brighter).mean() < 2


def test_a_part_is_the_same_as_in_the_whole():
    page = lit(PAGE, FALLING)
    part = Light(page).evened(page, slice(100, 180), slice(30, 200))
    assert np.abs(part.astype(int) - evened(page)[100:180, 30:200]).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (17, 5000), (300, 1), (40, 30, 3)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_any_shape_and_an_empty_page_come_back(shape, value):
    even = evened(np.full(shape, value, np.uint8))
    assert even.shape == shape
    assert even.dtype == np.uint8
    assert (even >= 250).all() or value == 0


@pytest.mark.parametrize(
    ("page", "badness"),
    [(PAGE, 0.0), (lit(PAGE, 0.5), 1.0), (lit(PAGE, FALLING), 1.0), (lit(PAGE, 0.79), 0.35)],
)
def test_how_bad_the_light_is(page, badness):
    assert Light(page).badness == pytest.approx(badness, abs=0.1)


def test_light_is_the_same_on_a_copy_of_another_size():
    page = lit(PAGE, FALLING, (240, 220, 150))
    small = page[::2, ::2]
    there = Light(page).on_copy(small.shape).lit(small).astype(int)
    assert np.abs(there - Light(page).lit(page)[::2, ::2]).max() <= 2
