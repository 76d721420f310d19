"""The dark middle of a shadow goes; what is printed stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.umbra import without_umbra


def shaded(penumbra: float) -> tuple[np.ndarray, np.ndarray]:
    """A page with a dark area that ends over so many pixels and a line of print in it: what a network left of
    it, and what it saw, uint8 (480, 480)."""
    light = np.full((480, 480), 230, np.float32)
    light[120:360, 120:360] = 90
    page = cv2.GaussianBlur(light, (0, 0), penumbra).astype(np.uint8)
    divided = np.full_like(page, 255)
    clean = np.where(page < 150, 90, 255).astype(np.uint8)
    divided[238:242, 200:280] = clean[238:242, 200:280] = 20
    return clean, np.stack([page, divided, divided])


def test_a_dark_area_that_ends_softly_is_paper_and_what_is_written_there_stays():
    clean, planes = shaded(penumbra=60)
    found = without_umbra(clean, planes)
    assert (found == planes[1]).all()


@pytest.mark.parametrize("penumbra", [1, 3])
def test_a_printed_area_stays(penumbra):
    clean, planes = shaded(penumbra)
    assert np.array_equal(without_umbra(clean, planes), clean)


def test_what_is_dark_over_a_background_too_is_no_shadow():
    clean, planes = shaded(penumbra=60)
    planes[1:, clean < 190] = 60
    assert np.array_equal(without_umbra(clean, planes), clean)


def test_what_lies_beside_no_paper_is_no_shadow():
    clean, planes = shaded(penumbra=60)
    clean[clean == 255] = 195  # grey, as the rest of a picture
    assert np.array_equal(without_umbra(clean, planes), clean)
