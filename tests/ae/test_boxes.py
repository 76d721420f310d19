"""Pale boxes behind print stay on scans, and dirt is no box."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.documents import region_rules, treatment
from ae.documents.boxes import boxes_behind_print, boxes_on, drawn, without_boxes
from ae.documents.cleaning import load_cleaner
from ae.documents.page import Page
from ae.documents.treatment import CleanOptions, Region, treat
from ae.evaluation.two_tone import f_measure
from ae.models.regions import CELL, View

TOP, LEFT, HEIGHT, WIDTH = 120, 80, 90, 400


def text(page: np.ndarray, left: int, top: int, ink: int = 30) -> None:
    for row in range(3):
        place = (left, top + 22 + 26 * row)
        cv2.putText(page, f"Field {row}: annual income", place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 2)


def form(tone: int, paper: int = 255, size: tuple[int, int] = (480, 640)) -> np.ndarray:
    """A page with text above a box with text in it, uint8 (H, W)."""
    page = np.full(size, paper, np.uint8)
    text(page, LEFT, 20)
    page[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = tone
    text(page, LEFT + 12, TOP)
    return page


def turned(page: np.ndarray, turn: float, around: int = 0) -> np.ndarray:
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=around)


def scanned(page: np.ndarray, turn: float = 0.0, seed: int = 3) -> np.ndarray:
    """As a scanner gives it: a little turned and blurred, with grain."""
    page = turned(page, turn, int(page[0, 0]))
    grain = np.random.default_rng(seed).normal(0, 3, page.shape)
    blurred = cv2.GaussianBlur(page, (0, 0), 0.9).astype(np.float64)
    return np.clip(blurred + cv2.GaussianBlur(grain, (0, 0), 0.7), 0, 255).astype(np.uint8)


def share_found(page: np.ndarray) -> float:
    """Of the pixels of the page's box."""
    inside = np.s_[TOP + 6 : TOP + HEIGHT - 6, LEFT + 6 : LEFT + WIDTH - 6]
    return float(drawn(boxes_on(page), page.shape)[inside].mean())


@pytest.mark.parametrize("turn", [0.0, 0.8, -1.5])
@pytest.mark.parametrize("tone", [120, 190, 225])
def test_a_box_with_print_in_it_is_found_on_a_scan(tone, turn):
    found = drawn(boxes_on(scanned(form(tone), turn)), (480, 640))
    box = np.zeros((480, 640), np.uint8)
    box[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = 1
    near = np.ones((9, 9), np.uint8)
    assert found[cv2.erode(turned(box, turn), near) > 0].all()
    assert not found[cv2.dilate(turned(box, turn), near) == 0].any()


def test_a_box_on_a_page_that_lies_on_a_dark_table_is_found():
    page = np.pad(scanned(form(190)), 60, constant_values=60)
    found = drawn(boxes_on(page), page.shape)[60:-60, 60:-60]
    assert found[TOP + 6 : TOP + HEIGHT - 6, LEFT + 6 : LEFT + WIDTH - 6].mean() == 1


def test_a_stripe_between_rules_and_a_box_with_a_frame_are_found():
    page = form(215)
    page[300:342, 60:600] = 215
    cv2.rectangle(page, (LEFT, TOP), (LEFT + WIDTH, TOP + HEIGHT), 0, 2)
    for row in (300, 342, 384):
        page[row : row + 2, 60:600] = 20
    for column in (60, 240, 420, 598):
        page[300:386, column : column + 2] = 20
    found = drawn(boxes_on(scanned(page)), page.shape)
    assert share_found(scanned(page)) == 1
    assert found[304:338, 70:590].all()
    assert not found[350:380].any()


def test_what_no_printer_makes_is_no_box():
    clean = np.full((480, 640), 250, np.uint8)
    disc, soft, side, few = (clean.copy() for _ in range(4))
    cv2.circle(disc, (300, 240), 90, 205, -1)
    soft[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = 205
    soft = cv2.GaussianBlur(soft, (0, 0), 5)
    side[:, :70] = 90  # a table beside the page
    few[64:80, 64:96] = 225  # blocks of JPEG
    text(clean, 60, 60)
    for page in (clean, disc, soft, side, few):
        assert boxes_on(scanned(page)) == []


def test_a_thick_frame_around_paper_is_no_box():
    page = np.full((480, 640), 245, np.uint8)
    page[60:420, 60:580], page[76:404, 76:564] = 200, 245
    text(page, 120, 100)
    assert boxes_on(scanned(page)) == []
    page[76:404, 76:564] = np.minimum(page[76:404, 76:564], 200)
    assert boxes_on(scanned(page)) != []


def test_a_slip_of_paper_at_an_angle_is_no_box():
    assert boxes_on(scanned(form(205), 4)) != []
    assert boxes_on(scanned(form(205), 20)) == []


@pytest.mark.parametrize(("tone", "has_print", "stays"), [
    ((230, 205, 150), False, False),  # adhesive tape
    ((230, 205, 150), True, True),
    ((200, 215, 240), False, True),
])  # fmt: skip
def test_what_may_be_tape_is_left_to_the_network(tone, has_print, stays):
    page = np.full((480, 640, 3), 250, np.uint8)
    page[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = tone
    if has_print:
        text(page, LEFT + 12, TOP)
    flat, _others = region_rules._boxes(page, CELL)
    assert flat[20:24, 16:50].all() == flat.any() == stays


def test_a_box_is_shown_whole_in_one_light():
    flat = np.zeros((6, 20), bool)
    flat[1:5, 1:8] = flat[1:5, 12:18] = True
    shares = np.zeros((6, 20, len(View)), np.float32)
    shares[..., View.CLEANED] = 1
    shares[2:4, 2:7] = shares[3:4, 13:15] = np.eye(len(View))[View.UNTOUCHED]
    region_rules._keep_boxes(shares, flat)
    assert (shares[1:5, 12:18, View.EVENED] == 1).all()
    assert len({int(view) for view in shares[1:5, 1:8].argmax(2).ravel()}) == 1
    assert (shares[~flat][:, View.CLEANED] == 1).all()


def test_a_box_may_touch_the_edge_of_its_page_with_one_side():
    page = np.full((480, 640), 250, np.uint8)
    page[100:200, 300:] = 205
    assert drawn(boxes_on(scanned(page)), page.shape)[108:192, 310:630].all()
    page[:110, 300:] = 205
    assert boxes_on(scanned(page)) == []


def test_a_picture_that_shines_through_is_no_box():
    tones = np.random.default_rng(0).integers(185, 240, (12, 16)).astype(np.uint8)
    page = np.full((480, 640), 250, np.uint8)
    page[100:300, 100:400] = cv2.resize(tones, (300, 200), interpolation=cv2.INTER_CUBIC)
    assert boxes_on(scanned(page)) == []
    page[100:300, 100:400] = 210
    assert boxes_on(scanned(page)) != []


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (49, 49), (50, 3000)])
def test_a_page_of_any_shape_may_have_no_boxes(shape):
    assert boxes_on(np.full(shape, 200, np.uint8)) == []


@pytest.mark.parametrize("paper", [225, 245])
def test_a_scanned_form_keeps_its_boxes_whole_and_its_paper_becomes_white(paper):
    page = scanned(form(paper * 215 // 255, paper))
    clean = load_cleaner("page", "cpu").clean(Page(page)).pixels
    bare = clean[TOP + 8 : TOP + HEIGHT - 8, LEFT + WIDTH - 90 : LEFT + WIDTH - 10].astype(float)
    assert 205 < bare.mean() < 235
    assert bare.std() < 8  # nothing of it is bleached
    assert np.median(clean[300:]) == 255


@pytest.mark.parametrize("tone", [150, 190, 225])
def test_print_in_a_box_can_be_read_in_black_and_white(tone):
    page = form(tone, 245)
    treated = treat(Page(scanned(page)), load_cleaner("page", "cpu"), CleanOptions(colour="bw"))
    for top, ground, least in ((20, 245, 0.95), (TOP + 2, tone, 0.88)):  # above the box, and in it
        part = slice(top, top + 85), slice(LEFT + 4, LEFT + 380)
        assert f_measure(treated.page.pixels[part] == 0, page[part] < 0.6 * ground) > least


def test_boxes_with_white_print_and_dark_ones_without_any_do_not_become_white():
    page = np.full((480, 640), 255, np.uint8)
    page[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = 150
    assert len(boxes_on(page)) == 1
    assert boxes_behind_print(page) == []
    text(page, LEFT + 12, TOP, ink=255)
    assert len(boxes_on(page)) == 1
    assert boxes_behind_print(page) == []
    assert without_boxes(page, []) is page


def test_boxes_behind_print_become_white():
    page = form(150)
    page[300:390, 80:480] = 215  # an empty field
    boxes = boxes_behind_print(page)
    assert len(boxes) == 2
    without = without_boxes(page, boxes)
    assert np.median(without[TOP + 6 : TOP + HEIGHT - 6, LEFT + 6 : LEFT + WIDTH - 6]) == 255
    assert (without[306:384, 86:474] == 255).all()
    assert (without[TOP : TOP + HEIGHT] < 100).sum() > 2000


def test_a_photograph_keeps_its_tones_in_black_and_white():
    page = np.full((800, 800), 255, np.uint8)
    page[200:600, 150:650] = np.minimum(190, np.linspace(60, 240, 500)).astype(np.uint8)
    text(page, 150, 60)
    pure = treat(Page(page), load_cleaner("page", "cpu"), CleanOptions(colour="bw")).page.pixels
    shares = [float((part == 0).mean()) for part in np.array_split(pure[200:600, 150:650], 5, axis=1)]
    assert shares == sorted(shares, reverse=True)
    assert 0.15 < shares[-1] < shares[0] < 0.85


def test_what_is_to_be_kept_is_no_box(monkeypatch):
    page = scanned(form(255, 245))
    page[300:440, 80:480] = 200
    text(page, 100, 310, ink=110)
    seen = []
    monkeypatch.setattr(treatment, "binarise", lambda _page, clean: seen.append(clean) or clean)
    options = CleanOptions(colour="bw", keep=(Region(80, 300, 400, 140),))
    treat(Page(page), load_cleaner("division"), options)
    assert np.array_equal(seen[0][300:440, 80:480], page[300:440, 80:480])
