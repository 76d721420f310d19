"""Which pages need a look: those that lost a photograph, and not those that lost their dirt."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae.data.rendering.figures import scene
from ae.data.samples import sample_pages
from ae.documents import division, flags
from ae.documents.page import luminance
from ae.documents.reading import read_file


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
    return (page * np.linspace(1, 0.7, page.shape[1])).astype(np.uint8)


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
