"""What a torn sheet lies on becomes paper; what could be printed stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents.cleaning import load_cleaner
from ae.documents.flags import inspect
from ae.documents.mounts import without_mount
from ae.documents.page import Page

SHAPE = 700, 900
BROWN = (0.9, 0.7, 0.5)  # of a sheet's brightness, in each channel


def noise(across: float, down: float, seed: int) -> np.ndarray:
    """Smooth noise of unit spread, float32."""
    grain = np.random.default_rng(seed).normal(0, 1, SHAPE).astype(np.float32)
    smooth = cv2.GaussianBlur(grain, (0, 0), sigmaX=across, sigmaY=down)
    return smooth / smooth.std()


def ink(words: str = "of the goods and of the ship") -> np.ndarray:
    """Lines of the same words, 0..1."""
    page = np.zeros(SHAPE, np.uint8)
    for top in range(130, 620, 44):
        cv2.putText(page, words, (150, top), cv2.FONT_HERSHEY_COMPLEX, 1.1, 255, 2, cv2.LINE_AA)
    return page / np.float32(255)


def torn() -> np.ndarray:
    """Where a sheet is, whose edge and a hole are ragged, bool."""
    down, across = np.mgrid[: SHAPE[0], : SHAPE[1]]
    from_edge = np.minimum.reduce([down, across, SHAPE[0] - down, SHAPE[1] - across])
    return from_edge + 22 * noise(9, 9, 1) > 60


def straight() -> np.ndarray:
    """Where a sheet is that was cut, bool."""
    sheet = np.zeros(SHAPE, bool)
    sheet[60:-60, 60:-60] = True
    return sheet


def lying(
    sheet: np.ndarray, mount: float, *, tone: float = 170, rough: float = 0.03, words: str = "of the ship and"
) -> np.ndarray:
    """A sheet with writing on a mount, uint8."""
    fibres = 1 + rough * (noise(30, 1, 2) + noise(1, 20, 3))
    paper = tone * fibres * (1 - 0.7 * ink(words))
    page = np.where(sheet, paper, mount + noise(1, 1, 4))
    return cv2.GaussianBlur(page, (0, 0), 0.7).clip(0, 255).astype(np.uint8)


def coloured(grey: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """The sheet brown, the mount grey."""
    return np.dstack([np.where(sheet, grey * share, grey) for share in BROWN]).astype(np.uint8)


@pytest.mark.parametrize("mount", [240, 15])
@pytest.mark.parametrize("colour", [False, True])
def test_what_a_torn_sheet_lies_on_becomes_paper(mount, colour):
    sheet = torn()
    page = lying(sheet, mount)
    page = coloured(page, sheet) if colour else page
    found = without_mount(page)
    assert found.shape == page.shape
    usual = np.median(page[sheet], 0)
    assert np.abs(np.median(found[~sheet], 0) - usual).max() < 0.15 * usual.max()
    inside = cv2.erode(sheet.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    np.testing.assert_array_equal(found[inside], page[inside])


@pytest.mark.parametrize("mount", [240, 15])
def test_a_papyrus_comes_out_as_ink_on_white_paper(mount):
    sheet = torn()
    page = coloured(lying(sheet, mount, words="of the goods and of the ship"), sheet)
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    letters = ink() > 0.9
    away = cv2.dilate((ink() > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (clean.min(2)[away] >= 245).mean() > 0.95
    assert (clean.max(2)[letters & sheet] < 130).mean() > 0.95
    assert not inspect(page, clean).reasons


def test_print_on_the_mount_stays():
    page = lying(torn(), 240)
    cv2.putText(page, "Inventory number 4713", (60, 35), cv2.FONT_HERSHEY_SIMPLEX, 1, 20, 2)
    assert without_mount(page) is page


@pytest.mark.parametrize(
    ("sheet", "options"),
    [
        (straight(), {}),  # a box, or a picture
        (torn(), {"rough": 0.005}),  # a printed ground
        (torn(), {"words": ""}),  # a picture
        (torn(), {"tone": 215}),  # hardly darker
    ],
)
def test_what_may_be_printed_stays(sheet, options):
    page = lying(sheet, 240, **options)
    assert without_mount(page) is page


def test_light_letters_that_reach_the_edge_are_no_mount():
    page = lying(np.ones(SHAPE, bool), 240, tone=90, rough=0.05)
    cv2.putText(page, "MILL", (-30, 690), cv2.FONT_HERSHEY_SIMPLEX, 7, 230, 40)
    assert without_mount(page) is page


def test_light_that_fades_is_no_mount():
    page = lying(np.ones(SHAPE, bool), 240)
    light = 1 + 0.4 * noise(60, 60, 5).clip(0, 1)
    lit = (page * light).clip(0, 255).astype(np.uint8)
    assert without_mount(lit) is lit
