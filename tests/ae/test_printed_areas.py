"""What has corners or a single tone was printed; stains and shadows have neither."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.printed_areas import printed_areas


def paper() -> np.ndarray:
    return np.full((300, 400), 255, np.uint8)


def noise(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 8, shape)


def box(page: np.ndarray) -> None:
    page[60:200, 80:300] = np.clip(190 + noise((140, 220)), 145, 245)
    page[100:104, 100:280] = 0  # a line of print in it


def picture(page: np.ndarray) -> None:
    page[60:200, 80:300] = np.linspace(20, 240, 140)[:, None]


def shaded_rows(page: np.ndarray) -> None:
    for top in (40, 120, 200):
        page[top : top + 40, 40:360] = np.clip(215 + noise((40, 320)), 145, 245)
    for place in range(40, 361, 80):
        page[40:240, place : place + 3] = 0


def logo(page: np.ndarray) -> None:
    cv2.circle(page, (200, 150), 90, 200, 25, cv2.LINE_AA)


def watermark(page: np.ndarray) -> None:
    cv2.putText(page, "COPY", (30, 200), cv2.FONT_HERSHEY_SIMPLEX, 4.5, 215, 20, cv2.LINE_AA)


def stain(page: np.ndarray) -> None:
    mask = np.zeros_like(page)
    cv2.ellipse(mask, (200, 150), (150, 80), 30, 0, 360, 255, -1)
    page[...] = np.where(mask > 0, np.clip(200 + noise(page.shape), 145, 245), page)


def shadow(page: np.ndarray) -> None:
    page[180:] = np.clip(225 + noise(page[180:].shape), 145, 245)


def soft_spot(page: np.ndarray) -> None:
    down, across = np.mgrid[:300, :400]
    page[...] = 255 - 90 * np.exp(-((down - 150) ** 2 + (across - 200) ** 2) / 3000)


@pytest.mark.parametrize("draw", [box, picture, shaded_rows, logo, watermark])
def test_what_was_printed_is_found_and_nothing_else(draw):
    page = paper()
    draw(page)
    found = printed_areas(page) > 0
    tinted = cv2.erode(((page < 250) & (page > 10)).astype(np.uint8), np.ones((7, 7))) > 0
    assert found[tinted].mean() > 0.99
    assert not found[page == 255].any()


@pytest.mark.parametrize("draw", [stain, shadow, soft_spot])
def test_dirt_is_not_found(draw):
    page = paper()
    draw(page)
    assert not printed_areas(page).any()


def test_letters_are_no_areas():
    page = paper()
    page[50:70, 50:55] = 0
    page[50:62, 80:92] = 200
    assert not printed_areas(page).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 40)])
@pytest.mark.parametrize("tone", [0, 200, 255])
def test_any_even_page_works(shape, tone):
    assert not printed_areas(np.full(shape, tone, np.uint8)).any()
