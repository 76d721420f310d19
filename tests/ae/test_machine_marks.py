"""Dots of a halftone and lines of a scanner go; what is printed stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from ae import arrays
from ae.data.rendering import render_text_page
from ae.documents import cleaning
from ae.documents.page import Page
from ae.documents.scanner_lines import without_lines
from ae.documents.screens import find_pitch, is_dithered, without_screen
from ae.documents.treatment import treat
from tests.conftest import draw_page

SIZE = 480, 640  # pixels, width and height


def drawn() -> np.ndarray:
    """Lines of bars with wide margins, as uneven as letters, uint8."""
    generator, clean = np.random.default_rng(1), np.full(SIZE[::-1], 255, np.uint8)
    for top in range(70, SIZE[1] - 80, 26):
        left = 70
        while left < SIZE[0] - 80:
            clean[top : top + generator.integers(10, 17), left : left + 4] = 10
            left += int(generator.integers(7, 16))
    return clean


def page() -> np.ndarray:
    """The same on grey paper with a little noise, as scanned."""
    noise = np.random.default_rng(0).normal(0, 2, SIZE[::-1])
    return np.clip(0.85 * drawn() + noise, 0, 255).astype(np.uint8)


def ordered(grey: np.ndarray) -> np.ndarray:
    """In two tones, by a threshold that repeats every four pixels."""
    pattern = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8
    rows, columns = (-(-side // 4) for side in grey.shape)
    return np.where(
        grey > np.tile(pattern, (rows, columns))[: grey.shape[0], : grey.shape[1]], 255, 0
    ).astype(np.uint8)


def dotted(grey: np.ndarray, pitch: float, degrees: float) -> np.ndarray:
    """Round dots in squares of `pitch` pixels, the larger the darker."""
    y, x = np.indices(grey.shape)
    turn = np.deg2rad(degrees)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    offsets = (axis / pitch - np.round(axis / pitch) for axis in (along, across))
    distance = np.hypot(*offsets)
    return np.where(distance < np.sqrt((1 - grey / 255) / np.pi), 0, 255).astype(np.uint8)


def lined(grey: np.ndarray, column: int, width: int, light: float) -> np.ndarray:
    """A line from edge to edge that takes light, a little more here than there."""
    taken = 1 - (1 - light) * (1 + 0.1 * np.sin(np.linspace(0, 5, len(grey))))
    result = grey.astype(float)
    result[:, column : column + width] *= taken[:, None]
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("pitch", [4.0, 5.0, 8.0])
@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_a_screen_is_found_with_its_pitch(pitch, degrees):
    assert find_pitch(dotted(page(), pitch, degrees)) == pytest.approx(pitch, rel=0.1)


def test_pages_without_a_screen_come_back_as_they_are():
    lattice = np.full((400, 400), 255, np.uint8)
    lattice[::20] = lattice[:, ::20] = 120  # squared paper
    stripes = page()
    stripes[::4] //= 2
    for grey in (page(), drawn(), lattice, stripes, np.full((300, 300), 200, np.uint8)):
        assert without_screen(grey) is grey


@pytest.mark.parametrize("pitch", [4, 6, 8, 12, 24])
def test_squared_paper_is_no_screen(pitch):
    grey = page()
    for rows, tone in ((slice(None, None, pitch), 170), (slice(None, None, 5 * pitch), 140)):
        grey[rows] = np.minimum(grey[rows], tone)
        grey[:, rows] = np.minimum(grey[:, rows], tone)
    scanned = cv2.GaussianBlur(grey, (0, 0), 0.7)
    assert without_screen(scanned) is scanned


def test_a_page_of_zeros_is_no_screen():
    zeros = cv2.resize(draw_page(800, 600), (400, 300), interpolation=cv2.INTER_AREA)
    assert without_screen(zeros) is zeros


def test_pale_dots_below_close_lines_of_print_are_a_screen():
    generator, grey = np.random.default_rng(0), np.full((400, 400), 240, np.uint8)
    for top in range(4, 390, 14):
        for left in range(6, 380, 10):
            grey[top : top + 8, left : left + int(generator.integers(2, 7))] = 10
    assert find_pitch(dotted(grey, 5, 20)) == pytest.approx(5, rel=0.1)


def test_dots_as_wide_as_letters_stay():
    dots = dotted(page(), 14, 45)
    assert without_screen(dots) is dots


def test_the_weave_of_paper_is_no_screen():
    y, x = np.indices(SIZE[::-1])
    weave = 4 * np.cos(2 * np.pi * x / 5) * np.cos(2 * np.pi * y / 5)
    woven = np.clip(page() + weave, 0, 255).astype(np.uint8)
    assert without_screen(woven) is woven


def test_a_screen_on_half_of_a_page_is_none_of_the_page():
    grey = page()
    grey[: SIZE[1] // 2] = dotted(grey, 5, 45)[: SIZE[1] // 2]
    assert without_screen(grey) is grey


def test_pages_too_small_for_a_spectrum_come_back():
    small = dotted(np.full((40, 40), 200, np.uint8), 4, 45)
    assert without_screen(small) is small


def test_a_screen_in_a_picture_is_no_screen_of_the_page():
    grey = page()
    grey[200:400, 100:300] = dotted(np.full((200, 200), 140, np.uint8), 5, 45)
    assert without_screen(grey) is grey


@pytest.mark.parametrize("screen", [ordered, lambda grey: dotted(grey, 3.5, 30)])
def test_a_page_of_dots_becomes_the_page_that_it_shows(screen):
    grey = page()
    dots, ink = screen(grey), drawn() < 128
    result = without_screen(dots)
    assert np.abs(result[~ink].astype(float) - grey[~ink]).mean() < 20
    assert np.abs(dots[~ink].astype(float) - grey[~ink]).mean() > 40
    assert result[ink].mean() < result[~ink].mean() - 60


def test_a_screen_goes_from_colour_pages():
    grey = page()
    dots = np.dstack([dotted(grey, 4, degrees) for degrees in (15, 45, 75)])
    assert without_screen(dots).shape == dots.shape
    assert without_screen(dots).std() < 0.8 * dots.std()


def test_bands_leave_no_seams(monkeypatch):
    dots = dotted(page(), 5, 30)
    whole = without_screen(dots)
    monkeypatch.setattr(arrays, "_BAND", 50)
    assert np.array_equal(without_screen(dots), whole)


def diffused(grey: np.ndarray) -> np.ndarray:
    """In two tones, the error of each pixel passed on to those after it."""
    return np.asarray(Image.fromarray(grey).convert("1")).astype(np.uint8) * 255


@pytest.mark.parametrize("paper", [150, 170, 200, 225, 240])
def test_dithered_paper_is_grey_again_and_its_letters_stay(paper):
    text = render_text_page(1, "latin", 200.0).clean
    grey = (text * (paper / 255)).astype(np.uint8)
    for two_tones in (diffused, ordered):
        dots = two_tones(grey)
        assert is_dithered(dots)
        result = treat(Page(dots, is_bw=True), cleaning.load_cleaner("page", "cpu")).page.pixels
        ink = text < 100
        assert set(np.unique(result)) == {0, 255}
        assert (result[ink] == 0).mean() > 0.9
        far = cv2.erode(text, np.ones((9, 9))) == 255
        assert (result[far] == 255).mean() > 0.998


def test_text_in_two_tones_is_not_dithered_with_specks_neither():
    generator = np.random.default_rng(0)
    small = render_text_page(1, "latin", 100.0).clean
    for grey in (small, drawn()):
        pure = np.where(grey > 128, 255, 0).astype(np.uint8)
        specks = generator.random(pure.shape) < 0.01
        assert not is_dithered(pure)
        assert not is_dithered(np.where(specks, 255 - pure, pure))
        assert without_screen(pure) is pure
    assert not is_dithered(page())  # greys


def test_a_dithered_picture_stays_on_white_paper_and_alone():
    dots = np.full((800, 600), 255, np.uint8)
    dots[100:350, 100:400] = diffused(np.tile(np.linspace(30, 220, 300).astype(np.uint8), (250, 1)))
    rows, columns = np.mgrid[:800, :600]
    filling = diffused((110 + 60 * np.sin(rows / 90) + 50 * np.cos(columns / 70)).astype(np.uint8))
    framed = cv2.copyMakeBorder(filling, *[20] * 4, cv2.BORDER_CONSTANT, value=255)
    for picture in (dots, filling, framed):
        assert not is_dithered(picture)
        assert without_screen(picture) is picture


@pytest.mark.parametrize("light", [0.5, 0.8, 0.95, 1.15])
@pytest.mark.parametrize("turned", [False, True])
def test_a_line_from_edge_to_edge_goes_and_what_is_below_comes_back(light, turned):
    grey = page()
    line = lined(grey, 201, 4, light)
    result = without_lines(line.T.copy() if turned else line)
    result = result.T if turned else result
    below = np.abs(result[:, 201:205].astype(float) - grey[:, 201:205])
    assert below.mean() < 3
    assert np.array_equal(result[:, :195], grey[:, :195])
    assert np.array_equal(result[:, 210:], grey[:, 210:])


def test_a_line_goes_from_every_channel():
    grey = page()
    colour = np.dstack([lined(grey, 201, 3, light) for light in (0.8, 0.6, 0.7)])
    result = without_lines(colour)
    assert np.abs(result[:, 201:204].astype(float) - grey[:, 201:204, None]).mean() < 3


def rule(grey: np.ndarray, rows: slice, tone: float) -> np.ndarray:
    result = grey.copy()
    result[rows, 300:303] = tone * result[rows, 300:303]
    return result


@pytest.mark.parametrize(
    "kept",
    [
        rule(page(), slice(20, 620), 0.5),  # a rule that ends in the margins
        rule(page(), slice(None), 0.25),  # one as dark as ink
        rule(rule(page(), slice(None, 250), 0.5), slice(400, None), 0.5),  # one with a gap
        rule(drawn(), slice(None), 0.6),  # drawn, never scanned
        page(),
        drawn(),
        np.full((60, 60), 255, np.uint8),
    ],
)
def test_rules_and_clean_pages_stay_as_they_are(kept):
    assert np.array_equal(without_lines(kept), kept)


def with_lines(places: range | list[int], light: float = 0.7) -> np.ndarray:
    grey = page()
    for column in places:
        grey = lined(grey, column, 2, light)
    return grey


@pytest.mark.parametrize(
    "ruled",
    [
        with_lines(range(5, 475, 25)),  # paper with lines
        with_lines(range(5, 475, 16)),
        with_lines([60, 72, 84, 96, 108, 240, 252, 264, 276, 288]),  # music
        with_lines([80, 190, 300, 410]),  # columns of a table
    ],
)
def test_ruled_paper_stays_ruled(ruled):
    assert without_lines(ruled) is ruled
    turned = ruled.T.copy()
    assert without_lines(turned) is turned


def test_several_lines_at_uneven_distances_go():
    assert np.abs(without_lines(with_lines([31, 77, 190, 263, 400])).astype(float) - page()).mean() < 0.3


def test_lines_in_both_directions_are_the_page_s_own():
    crossed = lined(with_lines([31, 190]).T.copy(), 77, 2, 0.7).T.copy()
    assert without_lines(crossed) is crossed


def test_a_coloured_line_is_ink():
    grey = page()
    margin = np.dstack([lined(grey, 70, 2, light) for light in (0.98, 0.5, 0.55)])
    assert without_lines(margin) is margin


def test_uneven_paper_has_no_lines():
    uneven = np.random.default_rng(3).uniform(0.95, 1.05, SIZE[0])
    grey = np.clip(page() * uneven, 0, 255).astype(np.uint8)
    assert without_lines(grey) is grey


def test_what_lies_on_a_line_is_brought_back_as_the_rest_of_it():
    grey = page()
    grey[300:345, 190:215] = 11  # a box as dark as ink
    result = without_lines(lined(grey, 201, 4, 0.8))
    assert np.abs(result[:, 201:205].astype(float) - grey[:, 201:205]).mean() < 3


def test_the_cleaner_undoes_both_before_anything_else():
    grey = page()
    both = lined(grey, 201, 4, 0.6)
    cleaner = cleaning.load_cleaner("page", "cpu")
    expected = cleaner.clean(Page(without_lines(both))).pixels
    assert np.array_equal(cleaner.clean(Page(both)).pixels, expected)
    dots = dotted(grey, 4, 45)
    result = cleaner.clean(Page(dots)).pixels
    ink = drawn() < 128
    assert (result[~ink] > 200).mean() > 0.9
    assert (result[ink] < 160).mean() > 0.8
