"""The judge of regions: what it says is shown where it says it, and nothing else changes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from ae import weights
from ae.arrays import luminance, shrunk
from ae.data.noisyoffice import PagePair
from ae.data.photographs import photograph
from ae.data.rendering import render_training_page
from ae.data.rendering.pictures import picture
from ae.documents import region_rules, regions
from ae.documents.cleaning import NetworkCleaner, load_cleaner
from ae.documents.judged import Judged
from ae.documents.light import Light
from ae.documents.page import Page
from ae.documents.planes import working_shrink
from ae.documents.regions import RegionJudge, Shares
from ae.documents.squares import Squares, of_cells
from ae.documents.text_size import kernel_scale
from ae.errors import WeightsError
from ae.models import build
from ae.models.regions import CELL, VIEWS, View
from ae.recipes import regions as region_recipe
from ae.recipes.region_pages import KINDS, LATER_KINDS, region_pages
from ae.recipes.regions import (
    RegionCrops,
    RegionRecipe,
    mixture_errors,
    pinned_loss,
    planes_of,
    region_loss,
    views_of,
)
from tests.ae.test_rendering import TRAINING
from tests.ae.test_training_pages import corpus
from tests.conftest import draw_page, make_dirty

PAGE = make_dirty(draw_page(400, 300))
CLEAN = draw_page(400, 300)


def shares_of(view: str, shape: tuple[int, int] = PAGE.shape) -> Shares:
    """All of the page shown in one view."""
    cells = np.zeros((-(-shape[0] // CELL), -(-shape[1] // CELL), len(VIEWS)), np.float32)
    cells[..., VIEWS.index(view)] = 1
    return Shares(cells, (1 / CELL, 1 / CELL))


@pytest.mark.parametrize("colour", [False, True])
def test_each_view_alone_is_that_view(colour):
    page, clean = (np.dstack([p] * 3) if colour else p for p in (PAGE, CLEAN))
    light = Light(page)
    shown = {view: regions.mixed(page, light, clean, shares_of(view)) for view in VIEWS}
    assert np.array_equal(shown["untouched"], page)
    assert np.array_equal(shown["cleaned"], clean)
    assert (shown["white"] == 255).all()
    whole = light.evened(page, slice(0, page.shape[0]), slice(0, page.shape[1]))
    assert np.array_equal(shown["evened"], whole)


def test_what_is_cleaned_beside_the_table_around_a_page_is_no_part_of_a_picture():
    brightest = np.full((60, 60), 255, np.uint8)
    brightest[:4], brightest[-4:], brightest[:, :4], brightest[:, -4:] = 90, 90, 90, 90
    brightest[20:30, 4:20] = 200  # the shadow of a hand
    shares = np.zeros((60, 60, 4), np.float32)
    shares[..., View.CLEANED] = 1
    shares[brightest < 100] = np.eye(4, dtype=np.float32)[View.UNTOUCHED]
    squares = Squares(brightest, brightest - 20)
    beside_a_table, without = shares.copy(), shares.copy()
    region_rules._keep_pictures(beside_a_table, squares)
    assert (beside_a_table[20:30, 4:20, View.CLEANED] == 1).all()
    brightest[:30], brightest[-4:], brightest[:, :4], brightest[:, -4:] = 90, 255, 255, 255
    brightest[30:] = 255  # a picture that bleeds over the upper half of its page
    brightest[20:30, 4:20] = 200
    without[..., View.CLEANED], without[..., View.UNTOUCHED] = 1, 0
    without[brightest < 100] = np.eye(4, dtype=np.float32)[View.UNTOUCHED]
    region_rules._keep_pictures(without, Squares(brightest, squares.darkest))
    assert (without[20:30, 4:20, View.CLEANED] == 0).all()


@pytest.mark.parametrize(("edge", "goes"), [(240, True), (255, False)])
def test_paper_that_bends_down_to_a_table_is_no_part_of_it_and_a_sky_that_ends_at_an_edge_is(edge, goes):
    brightest = np.full((60, 60), edge, np.uint8)
    brightest[:, :20], brightest[:, 20:26] = 90, np.linspace(200, 234, 6)
    shares = np.zeros((60, 60, len(VIEWS)), np.float32)
    shares[..., View.CLEANED] = 1
    shares[:, :20] = np.eye(len(VIEWS), dtype=np.float32)[View.UNTOUCHED]
    region_rules._keep_pictures(shares, Squares(brightest, brightest))
    assert (shares[:, 20:26, View.CLEANED] == 1).all() == goes
    assert (shares[:, :20, View.UNTOUCHED] == 1).all()


@pytest.mark.parametrize(("kept", "stays"), [(0.7, True), (0.4, False)])
def test_the_sky_of_a_picture_with_branches_before_it_stays_with_the_picture(kept, stays):
    brightest, darkest = np.full((60, 60), 255, np.uint8), np.full((60, 60), 240, np.uint8)
    brightest[10:50, 10:50], darkest[10:50, 10:50] = 200, 60
    darkest[10:20, 10:50] = 190
    darkest[10:20, 20:28] = 60  # branches
    shares = np.zeros((60, 60, 4), np.float32)
    shares[..., View.CLEANED] = 1
    rows = slice(50 - round(40 * kept), 50)
    shares[rows, 10:50] = np.eye(4, dtype=np.float32)[View.UNTOUCHED]
    region_rules._keep_pictures(shares, Squares(brightest, darkest))
    assert (shares[10:20, 10:50, View.CLEANED] == 0).all() == stays


def test_views_meet_softly_where_the_shares_say(monkeypatch):
    shares = shares_of("cleaned")
    shares.cells[:, :25] = shares_of("untouched").cells[:, :25]
    page, clean = np.full(PAGE.shape, 100, np.uint8), np.full(PAGE.shape, 200, np.uint8)
    whole = regions.mixed(page, Light(page), clean, shares)
    assert (whole[:, :190] == 100).all()
    assert (whole[:, 210:] == 200).all()
    assert np.abs(np.diff(whole.astype(int), axis=1)).max() <= 14
    monkeypatch.setattr(regions, "_TILE", 64)
    assert np.abs(regions.mixed(page, Light(page), clean, shares).astype(int) - whole).max() <= 1


def test_a_page_of_twice_the_size_has_its_shares_at_the_same_places():
    shares = shares_of("cleaned")
    shares.cells[10:20, 10:20] = shares_of("white").cells[10:20, 10:20]
    large = Shares(shares.cells, (0.5 / CELL, 0.5 / CELL))
    small = shares.of(slice(0, 300), slice(0, 400))[..., VIEWS.index("white")]
    twice = large.of(slice(0, 600), slice(0, 800))[..., VIEWS.index("white")]
    assert np.abs(twice[::2, ::2] - small).max() < 0.1
    assert not large.are_cleaned(slice(160, 320), slice(160, 320))
    assert large.are_cleaned(slice(400, 600), slice(400, 800))


def judge(view: str) -> RegionJudge:
    """A network that says the same of everything."""
    model = build("regions", {"widths": [4, 6]}).eval()
    with torch.no_grad():
        model.leave.bias.fill_(-20)
        model.leave.bias[VIEWS.index(view)] = 20
    return RegionJudge(model)


@pytest.mark.parametrize("shape", [(300, 400), (1, 1), (17, 900), (333, 251, 3)])
def test_a_judge_that_keeps_everything_gives_the_page_back(shape):
    page = np.resize(np.arange(255, -1, -1), shape).astype(np.uint8)  # which begins with white
    cleaner = load_cleaner("page", "cpu")
    cleaner._judge = judge("untouched")
    assert np.abs(cleaner.clean(Page(page)).pixels.astype(int) - page).max() <= 1


def test_a_large_page_is_judged_by_a_smaller_copy(monkeypatch):
    monkeypatch.setattr(regions, "_MOST_PIXELS", 20_000)
    shares = judge("untouched").shares(CLEAN, Light(CLEAN), CLEAN)
    assert shares.cells.shape[0] * shares.cells.shape[1] * CELL**2 < 60_000
    assert np.array_equal(regions.mixed(CLEAN, Light(CLEAN), np.zeros_like(CLEAN), shares), CLEAN)


def test_what_is_kept_of_a_page_in_bad_light_is_shown_in_good_light():
    page = np.full((400, 400), 120, np.uint8)
    page[100:300, 100:300] = np.linspace(10, 90, 200)[None]  # a photograph
    cells = judge("untouched").shares(page, Light(page), page).cells
    assert (cells[..., VIEWS.index("evened")] == 1).all()


def test_between_good_light_and_bad_the_brightness_of_a_photograph_does_not_jump():
    evened = []
    for paper in range(224, 170, -2):
        page = np.full((400, 400), paper, np.uint8)
        page[100:300, 100:300] = np.linspace(10, 90, 200)[None]
        cells = judge("untouched").shares(page, Light(page), page).cells
        evened.append(float(cells[..., VIEWS.index("evened")].max()))
    assert (evened[0], evened[-1]) == pytest.approx((0, 1), abs=1e-6)
    assert 0 <= np.diff(evened).min() <= np.diff(evened).max() < 0.1


def test_a_photograph_without_paper_has_a_light_of_its_own():
    night = np.random.default_rng(0).integers(0, 120, (400, 400)).astype(np.uint8)
    cells = judge("untouched").shares(night, Light(night), night).cells
    assert cells[..., VIEWS.index("untouched")].min() > 0.99


def test_the_card_of_a_cleaner_names_its_judge():
    assert weights.read_card("page").regions == "regions"
    assert weights.read_card("regions").task == "regions"


def test_weights_of_another_family_cannot_judge(tmp_path):
    folder = tmp_path / "pretrained"
    shutil.copytree(weights.FOLDER / "page", folder / "page")
    card = json.loads((folder / "page" / "card.json").read_text())
    card["regions"] = "page"
    (folder / "page" / "card.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="cannot judge pages"):
        load_cleaner("page", "cpu", folder)


@pytest.fixture
def without_box_rule(monkeypatch):
    """Boxes, which stay by a rule of their own, would hide what another rule does."""
    monkeypatch.setattr(region_rules, "boxes_on", lambda _page: [])


def unsure(page: np.ndarray, cleaned: np.ndarray) -> np.ndarray:
    """Shares (rows, columns, 4) of a page on which no view is better than another."""
    network = build("regions", {"widths": [4, 6]}).eval()
    torch.nn.init.zeros_(network.leave.bias)
    return RegionJudge(network).shares(page, Light(page), cleaned).cells


@pytest.mark.usefixtures("without_box_rule")
@pytest.mark.parametrize(("paper", "most"), [(235, "cleaned"), (255, "untouched")])
def test_in_doubt_pale_dirt_goes_from_dull_paper_and_shaded_rows_stay_on_white(paper, most):
    page = np.full((256, 256), paper, np.uint8)
    page[96:160, 64:192] = 205
    cells = unsure(page, np.full_like(page, 255))
    inside = cells[14:18, 12:20].mean((0, 1))
    kept = inside[[VIEWS.index("untouched"), VIEWS.index("evened")]].max()
    assert (inside[VIEWS.index("cleaned")] > kept) == (most == "cleaned")


@pytest.mark.parametrize(("kept", "stays"), [(0.7, False), (0.97, True)])
def test_there_is_no_doubt_about_pale_areas_of_which_the_network_is_certain(kept, stays):
    page = np.full((256, 256), 235, np.uint8)
    page[96:160, 64:192] = 205
    planes = np.stack([page, page, np.full_like(page, 255), np.zeros_like(page)])
    cells = np.zeros((32, 32, len(VIEWS)), np.float32)
    cells[..., VIEWS.index("evened")], cells[..., VIEWS.index("cleaned")] = kept, 1 - kept
    shares = region_rules._weighed(cells, Judged(*planes))
    assert (shares[14:18, 12:20, VIEWS.index("evened")].min() > 0.5) == stays


@pytest.mark.usefixtures("without_box_rule")
@pytest.mark.parametrize(
    ("paper", "ink", "width", "goes"),
    [((208, 176, 136), (62, 46, 28), 3, True), ((208, 176, 136), (40, 60, 130), 3, False),
     ((208, 176, 136), (40, 60, 130), 1, True),  # the coloured fringe of a letter
     ((200, 200, 200), (62, 46, 28), 3, False)],
)  # fmt: skip
def test_brown_stains_go_where_all_of_the_paper_is_brown_but_not_beside_coloured_ink(paper, ink, width, goes):
    page = np.full((256, 256, 3), paper, np.uint8)
    page[64:192, 64:192] = (np.array(paper) * (0.95, 0.9, 0.85)).astype(np.uint8)  # foxed
    page[(np.indices((256, 256)) % 8 < width).all(0)] = ink
    cells = unsure(page, np.where(page.max(2) > 150, 255, 0).astype(np.uint8))
    inside = cells[10:22, 10:22].mean((0, 1))
    assert (inside[VIEWS.index("cleaned")] > 0.9) == goes


def test_a_page_with_much_white_is_not_in_bad_light():
    page = np.full((400, 400), 255, np.uint8)
    page[120:] = np.linspace(250, 110, 280)[:, None]
    assert not Light(page).is_even
    cells = judge("untouched").shares(page, Light(page), page).cells
    assert cells[..., VIEWS.index("untouched")].min() > 0.99


@pytest.mark.parametrize(("shadow", "stays"), [(255, True), (235, False)])
def test_a_page_with_nothing_but_ink_on_white_paper_stays_and_one_with_a_shadow_does_not(shadow, stays):
    page = np.full((256, 256), 255, np.uint8)
    page[::16, ::4] = 0
    page[128:] = np.minimum(page[128:], shadow)
    cells = unsure(page, np.where(page > 128, 255, 0).astype(np.uint8))
    assert (cells[..., VIEWS.index("untouched")].min() > 0.8) == stays


def test_thin_lines_on_a_clean_page_stay_where_the_network_would_keep_some_of_them_in_even_light():
    page = np.full((256, 256), 255, np.uint8)
    page[::16] = 200
    network = build("regions", {"widths": [4, 6]}).eval()
    with torch.no_grad():  # as of squared paper: 0.04, 0.23, 0.59 and 0.14
        for view, logit in (
            (View.UNTOUCHED, -3.2),
            (View.EVENED, -1.5),
            (View.CLEANED, -0.5),
            (View.WHITE, -2),
        ):
            network.leave.bias[view] = logit
    cells = RegionJudge(network).shares(page, Light(page), page).cells
    assert cells[..., View.UNTOUCHED].min() > 0.9


@pytest.mark.parametrize(("noise", "stays"), [(0, True), (8, False)])
def test_a_printed_area_stays_on_a_white_page_and_a_stain_does_not(noise, stays):
    page = np.full((256, 256), 255, np.uint8)
    cv2.ellipse(page, (128, 128), (100, 60), 30, 0, 360, 200, -1)
    inside = page < 250
    page[inside] = np.clip(200 + np.random.default_rng(0).normal(0, noise, inside.sum()), 145, 245)
    untouched = unsure(page, np.full_like(page, 255))[..., VIEWS.index("untouched")]
    squares = inside.reshape(32, 8, 32, 8).all((1, 3))
    assert (untouched[squares].min() > 0.95) == stays


@pytest.mark.usefixtures("without_box_rule")
@pytest.mark.parametrize("colour", [(255, 240, 90), (255, 205, 120), (255, 180, 215), (160, 225, 255)])
def test_nothing_of_a_highlighted_line_is_cleaned_away(colour):
    cells = unsure(painted(np.multiply(colour, 235 / 255)), np.full((256, 256), 255, np.uint8))
    kept = cells[..., [VIEWS.index("untouched"), VIEWS.index("evened")]].sum(2)
    assert kept[13:19, 9:23].min() > 0.99
    assert kept[24:].max() < 0.99


@pytest.mark.parametrize("colour", [(200, 150, 90), (222, 190, 150), (215, 185, 140)])
def test_coffee_and_tea_are_not_taken_for_a_highlighter(colour):
    page = painted(np.array(colour))
    page[99:131, 67:131] = 235  # a stain is no rectangle
    cells = unsure(page, np.full((256, 256), 255, np.uint8))
    assert cells[..., VIEWS.index("cleaned")].min() > 0.01


def painted(colour: np.ndarray) -> np.ndarray:
    """A grey page of text with a coloured field that no square of the network ends with."""
    page = np.full((256, 256, 3), 235, np.uint8)
    page[99:163, 67:195] = colour
    page[4::16, ::4] = 0
    return page


@pytest.mark.parametrize(
    ("colour", "stays"),
    [
        ((150, 110, 190), True),  # a stamp's purple
        ((90, 120, 220), True),
        ((225, 90, 100), True),
        ((180, 140, 90), False),  # coffee
        ((190, 190, 140), False),  # old paper
        ((160, 160, 160), False),
    ],
)
def test_a_broad_coloured_stroke_that_the_cleaner_took_away_stays(colour, stays):
    page = np.full((256, 256, 3), 235, np.uint8)
    page[100:108, 40:216] = colour
    cells = unsure(page, np.full((256, 256), 255, np.uint8))
    lost = cells[13, 6:26, [VIEWS.index("cleaned"), VIEWS.index("white")]]
    assert (lost.max() == 0) == stays
    assert cells[20:, :, VIEWS.index("cleaned")].min() > 0


def test_a_coloured_stroke_that_the_cleaner_kept_is_left_to_it_and_so_is_a_coloured_fringe():
    page = np.full((256, 256, 3), 235, np.uint8)
    page[100:108, 40:216] = (150, 110, 190)
    page[180:182, 40:216] = (150, 110, 190)
    cleaned = np.full((256, 256), 255, np.uint8)
    cleaned[100:108, 40:216] = 130
    assert unsure(page, cleaned)[..., VIEWS.index("cleaned")].min() > 0


def test_a_coloured_stroke_in_a_shadow_is_left_to_the_cleaner_if_it_is_paler_only_as_its_paper_is():
    page = np.full((256, 256, 3), 235, np.uint8)
    page[70:140] = 150
    page[100:108, 40:216] = (75, 50, 100)
    cleaned = np.full((256, 256), 255, np.uint8)
    cleaned[100:108, 40:216] = 115
    assert unsure(page, cleaned)[13, 6:26, VIEWS.index("cleaned")].min() > 0
    cleaned[100:108, 40:216] = 200
    assert unsure(page, cleaned)[13, 6:26, VIEWS.index("cleaned")].max() == 0


def preferring(view: str) -> RegionJudge:
    """Prefers a view a little, whatever there is."""
    network = build("regions", {"widths": [4, 6]}).eval()
    with torch.no_grad():
        network.leave.bias.copy_(torch.tensor([0.7 * (other == view) for other in VIEWS]))
    return RegionJudge(network)


@pytest.mark.parametrize(("preferred", "stays"), [("evened", True), ("cleaned", False)])
def test_a_picture_stays_whole_or_is_cleaned_as_the_network_prefers_for_most_of_it(preferred, stays):
    page = np.full((256, 256), 235, np.uint8)
    page[64:192, 64:192] = np.linspace(60, 130, 128).astype(np.uint8)
    page[64:128, 64:128] = 235  # no rectangle
    cells = preferring(preferred).shares(page, Light(page), np.full_like(page, 255)).cells
    assert (cells[17:24, 8:24, VIEWS.index("cleaned")].max() == 0) == stays
    assert cells[:7, :, VIEWS.index("cleaned")].min() > 0


@pytest.mark.usefixtures("without_box_rule")
def test_a_picture_that_fills_a_rectangle_stays_against_the_network_and_a_scanners_border_goes():
    page = np.full((256, 256), 235, np.uint8)
    page[64:192, 64:192] = np.linspace(60, 130, 128).astype(np.uint8)
    page[:, :32] = 40
    cells = preferring("cleaned").shares(page, Light(page), np.full_like(page, 255)).cells
    assert cells[8:24, 8:24, VIEWS.index("cleaned")].max() == 0
    assert cells[:, :4, VIEWS.index("cleaned")].min() > 0.5


@pytest.mark.parametrize(("edge", "stays"), [(12, False), (38, True), (60, True)])
@pytest.mark.parametrize("is_exact", [True, False])
def test_a_pale_box_stays_whole_if_it_fills_its_rectangle_exactly_and_ends_at_an_edge(edge, is_exact, stays):
    page = np.full((256, 256), 240, np.uint8)
    page[64:192, 64:192] = 240 - edge
    if not is_exact:
        page[64:88, 64:88] = 240
    shares = np.zeros((32, 32, len(VIEWS)), np.float32)
    shares[..., View.CLEANED] = 1
    region_rules._keep_rectangles(shares, Squares.of(page))
    kept = bool(shares[12:23, 12:23, View.CLEANED].max() == 0)
    assert kept == (stays and (is_exact or edge > 45))


@pytest.mark.parametrize(("straight", "stays"), [(True, True), (False, False)])
def test_a_picture_of_which_one_side_fades_into_the_paper_stays_whole(straight, stays):
    page = np.full((512, 512), 240, np.uint8)
    page[96:416, 96:416] = np.linspace(60, 130, 320).astype(np.uint8)
    rows, columns = np.mgrid[:512, :512]
    page[(rows < 180) & (np.abs(columns - 256) < 176 - rows * 0.7)] = 240  # the sky
    if not straight:
        page[np.abs(columns - 256) > 90 + 60 * np.sin(rows / 40)] = 240
    cells = preferring("cleaned").shares(page, Light(page), np.full_like(page, 255)).cells
    assert (cells[30:50, 14:50, VIEWS.index("cleaned")].max() == 0) == stays


def test_bright_spots_of_a_picture_stay_with_it_and_bare_paper_does_not():
    pictures = np.zeros((20, 20), bool)
    pictures[4:16, 4:16] = True
    pictures[8:11, 8:11] = False  # a spot
    pictures[0, 1] = pictures[1, 0] = True  # a corner of the page is cut off
    expected = pictures.copy()
    expected[8:11, 8:11] = True
    assert np.array_equal(region_rules._with_holes(pictures), expected)
    assert not region_rules._with_holes(np.zeros((4, 6), bool)).any()


def sure_of(form: str) -> tuple[np.ndarray, Squares]:
    """Cells (40, 40, 4) of a network that would keep a form, and the squares of its page."""
    rows, columns = np.mgrid[:40, :40]
    inside = (np.abs(rows - 20) < 10) & (np.abs(columns - 20) < 10)
    if form == "round":
        inside = np.hypot(rows - 20, columns - 20) < 10
    if form == "one straight side":
        inside &= (rows - 20) + np.abs(columns - 20) < 8 + 2 * (columns % 3)
        inside &= rows + 5 > 20 - 3 * (columns % 2)
    if form == "across the page":
        inside = np.abs(rows - 20) < 10
    if form == "frame":
        inside &= (np.abs(rows - 20) > 7) | (np.abs(columns - 20) > 7)
    if form == "small":
        inside = (np.abs(rows - 20) < 5) & (np.abs(columns - 20) < 5)
    cells = np.zeros((40, 40, len(VIEWS)), np.float32)
    cells[..., View.CLEANED] = 1
    cells[inside] = [0.4, 0.4, 0.2, 0] if form != "unsure" else [0.3, 0.25, 0.45, 0]
    if form == "with a sky":
        cells[10:14, 16:24] = [0.2, 0.2, 0.6, 0]
    brightest = np.where(inside, 200, 255) if form != "white" else np.full((40, 40), 255)
    return cells, Squares(brightest.astype(np.uint8), (brightest - 30).astype(np.uint8))


@pytest.mark.parametrize("form", ["whole", "with a sky"])
def test_a_picture_of_which_the_network_is_sure_stays_whole_whatever_pale_was_removed(form):
    sure = region_rules._sure_pictures(*sure_of(form))
    assert sure[11:30, 11:30].all()
    assert sure.sum() == 19**2


def test_what_a_frame_holds_is_left_to_the_other_rules():
    cells, squares = sure_of("frame")
    sure = region_rules._sure_pictures(cells, squares)
    assert not sure[14:27, 14:27].any()
    assert sure[11:13, 11:30].all()


@pytest.mark.parametrize(
    "form", ["round", "one straight side", "across the page", "small", "unsure", "white"]
)
def test_what_has_no_straight_sides_or_is_no_picture_beyond_doubt_is_left_to_the_other_rules(form):
    assert not region_rules._sure_pictures(*sure_of(form)).any()


def test_a_pale_picture_on_grey_paper_stays():
    page = np.full((640, 512), 190, np.uint8)
    grey = picture(np.random.default_rng(13), 320, 256).mean(2)
    page[160:480, 128:384] = 190 / 255 * (120 + grey / 255 * 120)
    inside = slice(168, 472), slice(136, 376)
    shown = load_cleaner("page").clean(Page(page)).pixels[inside].astype(int)
    expected = Light(page).evened(page, *inside)
    assert np.mean(np.abs(shown - expected) > 20) < 0.05


@pytest.mark.usefixtures("without_box_rule")
@pytest.mark.parametrize("cut", ["small", "soft"])
def test_what_is_a_small_rectangle_or_ends_softly_is_left_to_the_network(cut):
    page = np.full((256, 256), 235, np.uint8)
    page[64:192, 64:192] = np.linspace(60, 130, 128).astype(np.uint8)
    if cut == "small":
        page[64:152] = 235
    else:
        page = cv2.GaussianBlur(page, (0, 0), 14)
    cells = preferring("cleaned").shares(page, Light(page), np.full_like(page, 255)).cells
    assert cells[20:22, 10:22, VIEWS.index("cleaned")].min() > 0.5


def filling(margin: int, colour: bool) -> np.ndarray:
    """A dark picture with white water in it, and paper around it."""
    tones = np.random.default_rng(0).integers(20, 180, (48, 48)).astype(np.uint8)
    page = cv2.resize(tones, (256, 256), interpolation=cv2.INTER_CUBIC)
    page[40:120:8, 100:240] = 250
    page[44:120:8, 100:240] = 20
    page = cv2.copyMakeBorder(page, *[margin] * 4, cv2.BORDER_CONSTANT, value=235)
    return np.dstack([page] * 3) if colour else page


@pytest.mark.parametrize(
    ("preferred", "margin", "whole"),
    [("evened", 0, True), ("untouched", 0, True), ("evened", 24, False), ("cleaned", 0, False)],
)
@pytest.mark.parametrize("colour", [False, True])
def test_a_picture_that_fills_its_page_stays_as_it_was(preferred, margin, whole, colour):
    page = filling(margin, colour)
    cells = preferring(preferred).shares(page, Light(page), np.full(page.shape[:2], 255, np.uint8)).cells
    assert (cells[..., VIEWS.index("untouched")].min() == 1) == whole
    cleaner = load_cleaner("page", "cpu")
    cleaner._judge = preferring(preferred)
    assert np.array_equal(cleaner.clean(Page(page)).pixels, page) == whole


@pytest.mark.parametrize(("kept", "whole"), [(0.95, True), (0.8, False)])
def test_a_picture_is_one_where_the_network_would_keep_nearly_all_of_it(kept, whole):
    cells = np.zeros((20, 20, len(VIEWS)), np.float32)
    cells[..., VIEWS.index("cleaned")] = 1
    cells[: int(20 * kept)] = np.eye(len(VIEWS))[VIEWS.index("evened")]
    dark = Squares(np.full((20, 20), 120), np.full((20, 20), 60))
    assert region_rules._is_picture(cells, dark) == whole


def test_print_that_fills_its_page_is_no_picture():
    page = np.full((256, 256), 235, np.uint8)
    page[::6] = page[1::6] = 60
    cells = preferring("evened").shares(page, Light(page), np.full_like(page, 255)).cells
    assert cells[..., VIEWS.index("untouched")].max() < 1


def with_and_without(
    rule: str, monkeypatch: pytest.MonkeyPatch, page: np.ndarray, part: tuple[slice, slice]
) -> list[float]:
    """The least share of the cleaned page in a part of it, with one of the rules and without."""
    found = []
    for _ in range(2):
        cells = preferring("evened").shares(page, Light(page), np.full_like(page, 255)).cells
        found.append(float(cells[*part, VIEWS.index("cleaned")].min()))
        monkeypatch.setattr(region_rules, rule, lambda *_: None)
    return found


def test_the_dark_middle_of_a_stain_goes_with_the_rest_of_it(monkeypatch):
    across = np.arange(384) - 192
    page = np.interp(np.hypot(across[:, None], across), [0, 170], [60, 235]).astype(np.uint8)
    ruled, alone = with_and_without("_clean_remains", monkeypatch, page, np.s_[22:26, 22:26])
    assert alone < 0.3
    assert ruled > 0.8


def test_a_picture_in_the_middle_of_a_stain_stays(monkeypatch):
    across = np.arange(384) - 192
    distance = np.hypot(across[:, None], across)
    page = np.select([distance < 60, distance < 170], [70, 190], 235).astype(np.uint8)
    ruled, _alone = with_and_without("_clean_remains", monkeypatch, page, np.s_[22:26, 22:26])
    assert ruled < 0.2


@pytest.mark.parametrize(("height", "stain", "goes"), [(5, True, True), (12, True, False), (5, False, False)])
def test_a_small_piece_of_a_stains_rim_goes_with_it(height, stain, goes):
    brightest = np.full((30, 30), 255, np.uint8)
    brightest[4:26, 4:26] = 130 if stain else 255
    piece = np.s_[4 : 4 + height, 24:26]  # in a corner, beside paper
    brightest[piece] = 130
    shares = np.zeros((30, 30, len(VIEWS)), np.float32)
    shares[..., View.CLEANED] = 1
    shares[piece] = (0, 0.9, 0.1, 0)
    region_rules._clean_remains(shares, Squares(brightest, brightest))
    assert (shares[*piece, View.EVENED].max() == 0) == goes


@pytest.mark.parametrize(("kept", "left"), [(0.45, 0.0), (0.55, 0.55)])
def test_of_a_shadow_that_a_square_loses_for_the_most_part_nothing_is_left_in_it(kept, left):
    brightest = np.full((30, 30), 255, np.uint8)
    brightest[8:20, 8:20] = 190
    shares = np.zeros((30, 30, len(VIEWS)), np.float32)
    shares[..., View.EVENED], shares[..., View.CLEANED] = kept, 1 - kept
    region_rules._clean_remains(shares, Squares(brightest, brightest))
    assert np.allclose(shares[8:20, 8:20, View.EVENED], left)
    assert np.allclose(shares[:8, :, View.EVENED], kept)  # a letter's edge on paper


@pytest.mark.parametrize(
    ("written", "edge", "goes"), [(True, 20, True), (False, 20, False), (True, 60, False)]
)
def test_a_shadow_that_stays_for_the_most_part_goes_where_it_has_writing_and_ends_softly(written, edge, goes):
    even = np.full((256, 256), 255, np.uint8)
    even[:192], even[192:216] = 120, 120 + edge
    if written:
        even[4:192:16] = 40
    shares = np.zeros((32, 32, len(VIEWS)), np.float32)
    shares[:24, :, VIEWS.index("evened")] = 1
    shares[24:, :, VIEWS.index("cleaned")] = 1
    region_rules._clean_remains(shares, Squares(*(of_cells(even, f) for f in (np.max, np.min))))
    assert (shares[:24, :, VIEWS.index("cleaned")].min() == 1) == goes
    assert shares[24:, :, VIEWS.index("cleaned")].min() == 1


def test_a_coloured_stroke_on_a_stain_that_goes_stays():
    page = np.full((384, 384, 3), 235, np.uint8)
    cv2.circle(page, (192, 192), 150, (180, 180, 180), -1)
    cv2.line(page, (120, 190), (260, 190), (90, 120, 220), 9)
    cells = preferring("cleaned").shares(page, Light(page), np.full((384, 384), 255, np.uint8)).cells
    assert cells[23:25, 16:32, VIEWS.index("cleaned")].max() < 0.01
    assert cells[30:34, 20:28, VIEWS.index("cleaned")].min() > 0.8


def test_a_small_edge_in_a_picture_makes_no_hole_in_it():
    page = np.full((256, 256), 235, np.uint8)
    page[64:192, 64:192] = 110
    page[112:128, 112:128] = 200  # a window, which alone would be cleaned
    page[112:128, 118:120] = 60
    cleaned = np.where(page > 150, 255, page).astype(np.uint8)
    cells = preferring("evened").shares(page, Light(page), cleaned).cells
    assert cells[9:23, 9:23, VIEWS.index("cleaned")].max() == 0


def test_text_in_a_shadow_that_touches_a_dark_table_is_cleaned_and_the_table_stays():
    page = np.full((512, 384), 220, np.uint8)
    page[:, :40] = page[:40] = 60  # the table
    page[40:160, 40:] = 160  # the shadow
    page[48:150:16, 60:364] = page[49:150:16, 60:364] = 40
    assert Light(page).is_even
    cleaned = np.where(page > 100, 255, page).astype(np.uint8)
    cells = preferring("evened").shares(page, Light(page), cleaned).cells
    assert cells[6:19, 6:, VIEWS.index("cleaned")].min() > 0.8
    assert cells[:4, :, VIEWS.index("cleaned")].max() == 0


def test_white_letters_in_a_dark_box_on_white_paper_stay():
    page = np.full((256, 256), 255, np.uint8)
    page[96:160, 32:224] = 90
    page[108:148:12, 40:216:3] = 255
    page[200:256, :200] = 230  # a shadow: this page is not clean
    cells = unsure(page, np.full_like(page, 255))
    inside = cells[13:19, 5:27]
    assert inside[..., [VIEWS.index("cleaned"), VIEWS.index("white")]].sum(2).max() < 0.05


def test_what_the_network_prefers_is_shown_nearly_alone():
    page = np.full((128, 128), 200, np.uint8)
    network = build("regions", {"widths": [4, 6]}).eval()
    with torch.no_grad():
        network.leave.bias.copy_(torch.tensor([0.0, 2.0, 0.0, 0.0]))
    plain = network(torch.ones(1, 4, 128, 128)).amax(1).mean()
    shown = RegionJudge(network).shares(page, Light(page), page).cells.max(2).mean()
    assert shown > plain + 0.1


@pytest.mark.parametrize(("cleaned", "alone"), [(0.85, True), (0.6, False)])
def test_what_is_nearly_all_cleaned_has_nothing_of_the_page(cleaned, alone):
    planes = np.full((4, 64, 64), 200, np.uint8)
    cells = np.tile(np.float32([1 - cleaned, 0, cleaned, 0]), (8, 8, 1))
    shares = region_rules._weighed(cells, Judged(*planes))
    assert (shares[..., View.UNTOUCHED].max() == 0) == alone
    np.testing.assert_allclose(shares.sum(2), 1, rtol=1e-5)


# Training


def plain_cleaner() -> NetworkCleaner:
    return NetworkCleaner("page", build("page", {"widths": [4, 6]}).eval(), torch.device("cpu"), None)


@pytest.mark.parametrize("colour", [False, True])
def test_views_of_a_pair_are_the_page_three_times_and_its_original(colour):
    pair = PagePair("a", PAGE, CLEAN)
    if colour:
        pair = replace(pair, dirty=np.dstack([PAGE] * 3), clean=np.dstack([CLEAN] * 3))
    views = views_of(pair, plain_cleaner()).numpy()
    assert views.shape == (12 if colour else 4, *PAGE.shape)
    assert np.array_equal(views[0], Light(PAGE).lit(PAGE))
    assert np.array_equal(views[-1], CLEAN)
    of_clean = views_of(replace(pair, dirty=pair.clean), plain_cleaner()).numpy()
    assert np.array_equal(of_clean[0], CLEAN)


def test_views_of_a_photograph_have_the_size_at_which_it_will_be_cleaned():
    page = render_training_page(9008)
    dirty, clean = photograph(page.clean, 9008, page.dpi)
    lit = luminance(Light(dirty).lit(dirty))
    shrink, untouched = (working_shrink(kernel_scale(grey)) for grey in (lit, luminance(dirty)))
    assert shrink > 1.2 * untouched  # what the shade of the page hides is larger
    views = views_of(PagePair("a", dirty, clean), plain_cleaner())
    assert tuple(views.shape[1:]) == shrunk(luminance(dirty), shrink).shape


def test_half_of_the_corpus_crops_come_from_its_pages_on_other_backgrounds():
    recipe = RegionRecipe(swapped=3, rendered=5, held_back=1, corpus=0.4)
    moved = list(region_recipe._moved(recipe, corpus()))
    assert [len(moved), len(list(region_recipe._moved(replace(recipe, swapped=0), corpus())))] == [3, 0]
    chances = region_recipe._weights(recipe, 8)
    torch.testing.assert_close(chances, torch.tensor([0.2 / 8] * 8 + [0.2 / 3] * 3 + [0.6 / 4] * 4))
    chances = region_recipe._weights(replace(recipe, swapped=0), 8)
    torch.testing.assert_close(chances, torch.tensor([0.4 / 8] * 8 + [0.6 / 4] * 4))


def test_crops_are_drawn_from_all_pages_and_small_ones_are_continued():
    pages = [
        torch.full((4, 100, 80), 51, dtype=torch.uint8),
        torch.full((12, 300, 200), 204, dtype=torch.uint8),
    ]
    crops = RegionCrops(pages, torch.tensor([0.5, 0.5]), 128, 4, 3)
    batches = list(crops.epoch(torch.Generator().manual_seed(0)))
    assert [tuple(x.shape) for x, _ in batches] == [(4, 4, 128, 128)] * 3
    assert all(y.shape == (4, 12, 128, 128) for _, y in batches)
    assert {round(v, 1) for _, y in batches for v in y.flatten(1).mean(1).tolist()} == {0.2, 0.8}


def test_a_page_too_small_for_the_network_is_not_measured():
    model = build("regions", {"widths": [4, 6]}).eval()
    large = torch.randint(0, 255, (4, 100, 80), dtype=torch.uint8)
    tiny = large[:, :10]
    assert mixture_errors(model, [large, tiny]) == mixture_errors(model, [large])


def test_the_loss_prefers_the_view_that_is_the_clean_page():
    generator = torch.Generator().manual_seed(0)
    views = torch.rand(1, 3, 3, 64, 64, generator=generator)
    clean = views[:, 1]
    target = torch.cat([views.flatten(1, 2), clean], 1)
    losses = []
    for view in range(len(VIEWS)):
        shares = torch.full((1, len(VIEWS), 8, 8), 0.01)
        shares[:, view] = 0.97
        losses.append(region_loss(shares, target).item())
    assert min(range(len(VIEWS)), key=losses.__getitem__) == 1


class Known(torch.nn.Module):
    """Always gives the same shares."""

    def __init__(self, shares: torch.Tensor) -> None:
        super().__init__()
        self.shares = shares

    def forward(self, _planes: torch.Tensor) -> torch.Tensor:
        return self.shares


@pytest.mark.parametrize(("known", "best"), [(1, "known"), (3, "nearest")])
def test_what_is_chosen_well_is_to_stay_and_what_is_not_to_be_right(known, best):
    views = torch.rand(1, 3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    target = torch.cat([views.flatten(1, 2), views[:, 1]], 1)
    surely, doubtful = (torch.full((1, len(VIEWS), 8, 8), rest) for rest in (0.001, 0.004))
    surely[:, 1], doubtful[:, known] = 0.997, 0.988
    loss = pinned_loss(Known(doubtful.clone()))
    losses = {"nearest": loss(surely, target).item(), "known": loss(doubtful, target).item()}
    assert min(losses, key=losses.__getitem__) == best


def test_statistics_that_are_kept_stay_in_training():
    model = build("regions", {"widths": [4, 6]})
    model.keep_statistics()
    before = {name: value.clone() for name, value in model.named_buffers()}
    model.train()
    model(torch.rand(2, 4, 128, 128)).sum().backward()
    assert all(torch.equal(before[name], value) for name, value in model.named_buffers())
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_planes_tell_how_coloured_the_evened_page_is():
    views = torch.full((1, 3, 3, 8, 8), 0.5)
    views[:, 1, 0] = 0.9
    planes = planes_of(views)
    assert planes.shape == (1, 4, 8, 8)
    torch.testing.assert_close(planes[:, 3], torch.full((1, 8, 8), 0.4))


@TRAINING
def test_pages_to_train_on_are_clean_and_dirty_in_grey_and_in_colour():
    pages = list(region_pages(12, seed=3))
    assert {page.dirty.ndim for page in pages} == {2, 3}
    same = [np.array_equal(page.dirty, page.clean) for page in pages]
    assert any(same)
    assert not all(same)
    again = list(region_pages(2, seed=3))
    assert all(np.array_equal(a.dirty, b.dirty) for a, b in zip(again, pages, strict=False))


@TRAINING
def test_stains_lie_on_paper_that_is_white_again():
    pages = list(region_pages(8, seed=5, kinds={"stained_white": 1}))
    assert sum(page.dirty.mean() < page.clean.mean() for page in pages) > 5
    assert np.median([np.percentile(page.dirty, 70) for page in pages]) >= 247


@TRAINING
def test_shadows_take_light_from_the_page_and_leave_its_ink():
    pages = list(region_pages(6, seed=5, kinds={"shadowed": 1}))
    assert all(page.dirty.mean() < 0.95 * page.clean.mean() for page in pages)
    assert all((page.dirty < 128)[page.clean < 60].all() for page in pages)


@TRAINING
@pytest.mark.parametrize("kind", sorted({*KINDS, *LATER_KINDS} - {"clean", "scanned", "picture"}))
def test_pages_of_every_kind_are_darker_than_they_should_be(kind):
    page = next(region_pages(1, seed=6, kinds={kind: 1}))
    assert page.dirty.shape == page.clean.shape
    assert page.dirty.mean() < page.clean.mean()


@TRAINING
def test_a_picture_fills_its_page_and_is_its_own_target():
    pages = list(region_pages(6, seed=6, kinds={"picture": 1}))
    assert all(page.dirty is page.clean for page in pages)
    assert {page.dirty.ndim for page in pages} == {2, 3}
    assert max(np.mean(page.dirty > 245) for page in pages) < 0.2


@TRAINING
def test_pictures_lie_on_paper_of_any_tone():
    pages = list(region_pages(12, seed=6, kinds={"pictured": 1}))
    papers = [np.percentile(page.dirty, 75) for page in pages]
    assert min(papers) < 190
    assert max(papers) > 225
    assert np.mean([np.mean((page.clean > 40) & (page.clean < 200)) > 0.02 for page in pages]) > 0.7


@TRAINING
def test_an_unknown_kind_of_page_is_named():
    with pytest.raises(ValueError, match="shaded"):
        next(region_pages(1, seed=6, kinds={"shaded": 1}))


@TRAINING
def test_a_share_of_the_pages_has_shapes_on_it_before_and_after():
    plain, shaped = (list(region_pages(10, seed=5, kinds={"clean": 1}, shapes=s)) for s in (0, 0.5))
    differ = [not np.array_equal(a.clean, b.clean) for a, b in zip(plain, shaped, strict=True)]
    assert 2 <= sum(differ) <= 8
    assert all(np.array_equal(page.dirty, page.clean) for page in shaped)
