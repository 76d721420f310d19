"""What has corners or a single tone was printed; stains and shadows have neither."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.cleaning import load_cleaner
from ae.documents.page import Page
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


def chart() -> np.ndarray:
    """A pie in three pale tones, and a striped table with numbers in it."""
    page = np.full((400, 300), 255, np.uint8)
    for start, tone in ((0, 244), (100, 236), (200, 239)):
        cv2.ellipse(
            page, (150, 100), (80, 80), 0, start, start + 100 if start < 200 else 360, tone, -1, cv2.LINE_AA
        )
    for top in range(220, 380, 40):
        page[top : top + 20, 20:280] = 242
        for left in range(40, 260, 40):
            cv2.putText(page, "42", (left, top + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0, 1, cv2.LINE_AA)
    return page


def test_pale_charts_and_striped_tables_that_a_computer_has_drawn_stay():
    page = chart()
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    assert np.abs(clean.astype(int) - page)[(page > 200) & (page < 255)].mean() < 2


def test_what_has_any_grain_is_not_drawn():
    page = chart()
    grain = np.random.default_rng(0).integers(-2, 3, page.shape)
    scanned = np.clip(page.astype(int) + grain, 0, 255).astype(np.uint8)
    assert not printed_areas(scanned)[30:170, 80:220].any()


def scanned(page: np.ndarray) -> np.ndarray:
    """A page that a scanner has blurred a little, with grain on all that is not white."""
    soft = cv2.GaussianBlur(page, (0, 0), 0.8).astype(np.float64)
    soft += np.random.default_rng(0).normal(0, 1.2, page.shape)
    return np.where(soft >= 250, 255, np.clip(soft, 0, 249)).astype(np.uint8)


def ruled_table(page: np.ndarray) -> None:
    """Rows of two pale tones with words, which thin lines connect to one shape."""
    for number, top in enumerate(range(20, 260, 60)):
        page[top : top + 30, 20:380] = (240, 225)[number % 2]
        cv2.putText(page, "word 123", (60, top + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 90, 1, cv2.LINE_AA)
    page[20:260, 20:380:60] = 200


def test_shaded_rows_of_a_scanned_table_are_found_though_lines_connect_them():
    page = paper()
    ruled_table(page)
    page = scanned(page)
    found = printed_areas(page) > 0
    assert all(found[top + 3 : top + 27, 83:357][page[top + 3 : top + 27, 83:357] < 250].mean() > 0.95
               for top in range(20, 260, 60))  # fmt: skip


@pytest.mark.parametrize("is_stain", [False, True])
def test_a_pale_stain_that_fades_or_has_clouds_is_not_found_and_a_printed_circle_is(is_stain):
    down, across = np.mgrid[:300, :400]
    distance = np.hypot(down - 150, across - 200)
    fading = 255 - 40 * np.clip((100 - distance) / (14 if is_stain else 1), 0, 1)
    clouds = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, paper().shape), (0, 0), 15)
    clouded = np.where(distance < 90, 235 + 1.6 * is_stain * clouds / clouds.std(), 255)
    for page in (fading, clouded):
        page[149:152, 60:340] = 150  # a line that makes it one shape of two tones
        found = printed_areas(scanned(page.astype(np.uint8))) > 0
        assert found[120:140, 180:220].mean() == pytest.approx(1 - is_stain, abs=0.02)
