"""What a sheet lies on becomes paper; what could be printed stays."""

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


def cut(degrees: float = 0.0, left: int = 60, top: int = 60) -> np.ndarray:
    """Where a sheet is that was cut, and lies askew by so much, bool."""
    sheet = np.zeros(SHAPE, np.uint8)
    sheet[top:-60, left:-60] = 255
    turn = cv2.getRotationMatrix2D((SHAPE[1] / 2, SHAPE[0] / 2), degrees, 1)
    return cv2.warpAffine(sheet, turn, SHAPE[::-1]) > 127


def lying(
    sheet: np.ndarray, mount: float, *, tone: float = 170, rough: float = 0.03, words: str = "of the ship and"
) -> np.ndarray:
    """A sheet with writing on a mount, uint8."""
    fibres = 1 + rough * (noise(30, 1, 2) + noise(1, 20, 3))
    paper = tone * fibres * (1 - 0.7 * ink(words))
    page = np.where(sheet, paper, mount + noise(1, 1, 4))
    return cv2.GaussianBlur(page, (0, 0), 0.7).clip(0, 255).astype(np.uint8)


def coloured(grey: np.ndarray, sheet: np.ndarray, shares: tuple[float, ...] = BROWN) -> np.ndarray:
    """The sheet brown, or of another colour, the mount grey."""
    return np.dstack([np.where(sheet, grey * share, grey) for share in shares]).astype(np.uint8)


LYING = [
    (torn(), 240),
    (torn(), 15),
    (cut(1), 240),
    (cut(-3), 240),
    (cut(left=0, top=0), 240),
    (cut(left=120), 240),
]


@pytest.mark.parametrize(("sheet", "mount"), LYING)
@pytest.mark.parametrize("colour", [False, True])
def test_what_a_sheet_lies_on_becomes_paper(sheet, mount, colour):
    page = lying(sheet, mount)
    page = coloured(page, sheet) if colour else page
    found = without_mount(page)
    assert found.shape == page.shape
    usual = np.median(page[sheet], 0)
    assert np.abs(np.median(found[~sheet], 0) - usual).max() < 0.15 * usual.max()
    inside = cv2.erode(sheet.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    np.testing.assert_array_equal(found[inside], page[inside])


@pytest.mark.parametrize(("sheet", "mount"), LYING)
def test_old_paper_comes_out_as_ink_on_white_paper(sheet, mount):
    page = coloured(lying(sheet, mount, words="of the goods and of the ship"), sheet)
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    letters = ink() > 0.9
    away = cv2.dilate((ink() > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (clean.min(2)[away] >= 245).mean() > 0.95
    assert (clean.max(2)[letters & sheet] < 130).mean() > 0.95
    assert not inspect(page, clean).reasons


def test_several_sheets_may_lie_side_by_side():
    sheets = [cut(1), cut(-2)]
    page = np.hstack([lying(sheet, 240, tone=tone) for sheet, tone in zip(sheets, (185, 150), strict=True)])
    found = without_mount(page)
    left, right = (np.median(found[:, part]) for part in (np.s_[:40], np.s_[-40:]))
    assert abs(left - 185) < 15
    assert abs(right - 150) < 15


def test_the_shadow_of_a_sheet_goes_with_the_lid():
    sheet = cut(1)
    shadow = cv2.GaussianBlur(np.roll(sheet, (8, 10), (0, 1)).astype(np.float32), (0, 0), 8)
    page = np.where(sheet, lying(sheet, 240), 240 * (1 - 0.25 * shadow)).astype(np.uint8)
    assert np.abs(without_mount(page)[~sheet].astype(int) - 170).mean() < 15


def test_the_paper_around_is_that_of_the_nearest_edge():
    sheet = cut(1)
    across = np.linspace(1, 0.75, SHAPE[1])
    page = np.where(sheet, lying(sheet, 240) * across, 240).astype(np.uint8)
    found = without_mount(page)
    left, right = (np.median(found[100:-100, part]) for part in (np.s_[:20], np.s_[-20:]))
    assert left > 1.2 * right


@pytest.mark.parametrize("mount", [240, 15])
def test_print_on_the_mount_stays(mount):
    page = lying(torn(), mount)
    cv2.putText(page, "Inventory 47", (60, 35), cv2.FONT_HERSHEY_SIMPLEX, 1, 255 - mount, 2)
    assert without_mount(page) is page


def test_a_block_of_print_beside_a_sheet_stays():
    sheet = cut(1, top=300)
    page = lying(sheet, 240)
    for top in range(50, 270, 14):
        cv2.putText(
            page, "of the goods and of the ship and " * 2, (90, top), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 20, 1
        )
    assert without_mount(page) is page


@pytest.mark.parametrize(
    ("sheet", "options"),
    [
        (cut(), {}),  # a box
        (cut(1), {"rough": 0}),  # a box, scanned askew
        (torn(), {"rough": 0}),  # a printed ground
        (torn(), {"words": ""}),  # a picture
        (torn(), {"tone": 232}),  # hardly darker
    ],
)
def test_what_may_be_printed_stays(sheet, options):
    page = lying(sheet, 240, **options)
    assert without_mount(page) is page


@pytest.mark.parametrize("sheet", [cut(), cut(1)])
def test_what_is_black_around_a_sheet_that_is_not_torn_is_a_table(sheet):
    page = lying(sheet, 15)
    assert without_mount(page) is page


def test_a_sheet_of_another_colour_stays():
    sheet = cut(1)
    page = coloured(lying(sheet, 240), sheet, (0.5, 0.7, 0.95))
    assert without_mount(page) is page


def test_a_picture_stays():
    sheet = cut(1)
    page = np.where(sheet, lying(sheet, 240) * (1 + 0.4 * noise(60, 60, 6).clip(-1.5, 0)), 240)
    assert without_mount(page.astype(np.uint8)) is not page
    dark = np.where(sheet, lying(sheet, 240) * (1 + 0.7 * noise(60, 60, 6).clip(-1, 0)), 240).astype(np.uint8)
    assert without_mount(dark) is dark


def test_a_shadow_on_half_of_the_paper_is_no_sheet():
    page = lying(np.ones(SHAPE, bool), 240, tone=240, rough=0.015, words="")
    down, across = np.mgrid[: SHAPE[0], : SHAPE[1]]
    in_shadow = down < 320 + across / 20 + 4 * noise(9, 9, 7)
    page[in_shadow] = lying(np.ones(SHAPE, bool), 240, tone=190, rough=0.015)[in_shadow]
    assert without_mount(page) is page


def test_a_ground_that_a_program_drew_stays():
    sheet = cut(1)
    page = np.where(sheet, lying(sheet, 240, rough=0), 240).astype(np.uint8)
    assert without_mount(page) is page


def test_bold_letters_are_no_holes():
    sheet = torn()
    page = lying(sheet, 15)
    cv2.putText(page, "THE END", (400, 400), cv2.FONT_HERSHEY_SIMPLEX, 3, 20, 14)
    found = without_mount(page)
    assert found is not page
    np.testing.assert_array_equal(found[300:450, 380:700], page[300:450, 380:700])


def test_light_letters_that_reach_the_edge_are_no_mount():
    page = lying(np.ones(SHAPE, bool), 240, tone=90, rough=0.05)
    cv2.putText(page, "MILL", (-30, 690), cv2.FONT_HERSHEY_SIMPLEX, 7, 230, 40)
    assert without_mount(page) is page


def test_light_that_fades_is_no_mount():
    page = lying(np.ones(SHAPE, bool), 240)
    light = 1 + 0.4 * noise(60, 60, 5).clip(0, 1)
    lit = (page * light).clip(0, 255).astype(np.uint8)
    assert without_mount(lit) is lit


@pytest.mark.parametrize("height", [0.45, 0.7, 1.0])
def test_a_few_words_on_the_mount_stay(height):
    page = lying(cut(1), 240)
    cv2.putText(
        page, "Letter of May 4, 1874", (250, 680), cv2.FONT_HERSHEY_SIMPLEX, height, 20, 1, cv2.LINE_AA
    )
    assert without_mount(page) is page
