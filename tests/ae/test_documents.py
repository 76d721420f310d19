"""Pages: cleaning them, whole and in tiles."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from ae import devices, metrics
from ae.arrays import luminance
from ae.documents import division
from ae.documents.cleaning import NetworkCleaner, cleaner_names, load_cleaner
from ae.documents.light import Light
from ae.documents.page import Page
from ae.documents.planes import planes
from ae.documents.text_size import text_height
from ae.documents.tiling import plan_tiles, run_tiled
from ae.errors import AeError, Cancelled, WeightsError
from ae.models import InputSize, build
from tests.conftest import draw_page, make_dirty, make_weights

# The filter without learning


def test_division_makes_paper_white_and_keeps_ink(dirty_page, clean_page):
    clean = division.divide(dirty_page) / 255
    before = metrics.mse(dirty_page / 255, clean_page / 255)
    assert metrics.mse(clean, clean_page / 255) < before / 9


def test_kernels_grow_with_the_text():
    small = draw_page(400, 300)
    large = np.kron(small, np.ones((4, 4), np.uint8))
    heights = text_height(small), text_height(large)
    assert heights[1] == pytest.approx(4 * heights[0], rel=0.15)


def uneven_letters(page: np.ndarray, rows: range, height: int) -> None:
    """Rows of frames as high and as narrow as letters, in place; every third is lower."""
    for row in rows:
        for number, left in enumerate(range(20, page.shape[1] - 40, height)):
            top = row + (height // 4 if number % 3 == 0 else 0)
            size = (left + height // 2, row + height)
            cv2.rectangle(page, (left, top), size, 20, max(1, height // 8))


def test_text_beside_a_picture_has_its_own_height():
    page = np.full((900, 900), 230, np.uint8)
    uneven_letters(page, range(20, 200, 30), 14)
    for left in (30, 330, 630):  # the large shapes of a picture have most of the ink
        cv2.ellipse(page, (left + 120, 560), (60, 130), 0, 0, 360, 30, -1)
    assert 12 <= text_height(page) <= 18


@pytest.mark.parametrize("beside", ["dust", "leaders"])
def test_large_letters_keep_their_height_whatever_is_small_beside_them(beside):
    page = np.full((900, 900), 230, np.uint8)
    uneven_letters(page, range(20, 500, 160), 90)
    if beside == "dust":
        for left, top in np.random.default_rng(0).integers(520, 880, (400, 2)).tolist():
            cv2.circle(page, (left, top), 3, 20, -1)
    else:
        for row in range(560, 860, 60):
            for left in range(40, 860, 16):
                cv2.circle(page, (left, row), 4, 20, -1)
    assert text_height(page) > 70


def test_words_in_one_stroke_have_the_size_of_their_letters():
    page = np.full((700, 900), 230, np.uint8)
    for top in range(60, 640, 90):
        for left in range(20, 800, 200):  # an upper length, then waves between two lines, then a lower length
            across = np.arange(0, 150, 3)
            down = top + 12 * np.sin(across / 5) + 30 * (across > 130) - 30 * (across < 20)
            line = np.rint(np.stack([left + across, down], 1)).astype(np.int32)
            cv2.polylines(page, [line], False, 20, 3, cv2.LINE_AA)
    assert text_height(page) < 45


def test_a_box_behind_no_print_is_no_letter():
    image = Image.new("L", (900, 900), 230)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(30)
    pen.text((60, 30), "TOTAL AMOUNT DUE", 0, font)
    for top in range(120, 860, 120):
        pen.rectangle((60, top, 500, top + 90), 60)
    assert text_height(np.asarray(image)) < 30


def test_large_letters_stay_solid():
    large = np.kron(draw_page(200, 150), np.ones((6, 6), np.uint8))
    clean = division.divide(make_dirty(large))
    ink = large < 50
    assert (clean[ink] < 100).mean() > 0.97


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (17, 1000), (1, 5000), (3, 20_000)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_odd_and_flat_pages_are_no_problem(shape, value):
    assert planes(np.full(shape, value, np.uint8)).shape == (3, *shape)


# Tiles


@pytest.mark.parametrize("shape", [(208, 336), (3200, 64), (64, 3200), (1600, 1600)])
def test_tiles_cover_every_pixel_once(shape):
    seen = np.zeros(shape, int)
    plan = plan_tiles(*shape, InputSize(multiple_of=16, context=40), pixels=40_000)
    for tile in plan:
        seen[tile.inner] += 1
        assert tile.seen() <= 1.3 * 40_000
    assert seen.min() == seen.max() == 1
    assert len(plan) > 1


@pytest.mark.parametrize("family", ["page", "stacked_conv"])
@pytest.mark.parametrize("short", [False, True], ids=["float32", "bfloat16"])
def test_tiled_equals_whole_within_one_grey_level(monkeypatch, family, short):
    monkeypatch.setattr(devices, "has_bfloat16", lambda _device: short)
    cleaner = random_cleaner(family)
    size = cleaner._model.input_size
    planes = np.random.default_rng(0).integers(0, 256, (size.planes, 333, 290), dtype=np.uint8)
    whole = run_tiled(planes, cleaner._run, size)
    tiled = run_tiled(planes, cleaner._run, size, pixels=20_000)
    assert len(plan_tiles(336, 304, size, 20_000)) > 1
    assert whole.std() > 5
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def random_cleaner(family: str) -> NetworkCleaner:
    torch.manual_seed(0)
    model = build(family, {}).eval()
    for name, parameter in model.named_parameters():
        if "norm2.weight" in name or "leave.weight" in name or family == "stacked_conv":
            torch.nn.init.normal_(parameter, std=0.3)
    return NetworkCleaner(family, model, torch.device("cpu"), None)


# Cleaning


@pytest.mark.parametrize("name", cleaner_names())
@pytest.mark.parametrize("colour", [False, True])
def test_a_clean_page_has_the_size_kind_and_dpi_of_its_original(name, colour):
    pixels = make_dirty(draw_page(101, 67))
    page = Page(np.dstack([pixels] * 3) if colour else pixels, "a.png", (96.0, 96.0))
    clean = load_cleaner(name, "cpu").clean(page)
    assert clean.pixels.shape == page.pixels.shape
    assert clean.pixels.dtype == np.uint8
    assert clean.dpi == page.dpi
    assert not np.array_equal(clean.pixels, page.pixels)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (17, 33)])
def test_the_cleaner_takes_any_size(shape):
    assert load_cleaner("page", "cpu").clean(Page(np.full(shape, 200, np.uint8))).pixels.shape == shape


def test_bfloat16_changes_hardly_a_pixel_and_only_of_models_that_take_it(monkeypatch, dirty_page):
    change = {}
    for name in ("page", "stacked_conv"):
        found = []
        for short in (False, True):
            monkeypatch.setattr(devices, "has_bfloat16", lambda _device, short=short: short)
            found.append(load_cleaner(name, "cpu").clean(Page(dirty_page)).pixels.astype(int))
        change[name] = np.abs(found[1] - found[0])
    assert change["stacked_conv"].max() == 0
    assert 0 < change["page"].mean() < 0.15
    assert (change["page"] > 4).mean() < 1e-3


def test_cleaning_makes_a_dirty_page_cleaner(dirty_page, clean_page):
    clean = load_cleaner("page", "cpu").clean(Page(dirty_page)).pixels
    before, after = (metrics.mse(p / 255, clean_page / 255) for p in (dirty_page, clean))
    assert after < before / 9


def test_coloured_ink_keeps_its_hue_and_tinted_paper_becomes_white(clean_page):
    paper = np.array([250, 235, 200])
    pixels = np.rint(clean_page[..., None] / 255 * paper).astype(np.uint8)
    pixels[20:33, 150:300][clean_page[20:33, 150:300] < 50] = (190, 30, 40)
    clean = load_cleaner("page", "cpu").clean(Page(pixels)).pixels.astype(int)
    margin = clean[:15]
    assert margin.min() > 245
    red = clean[20:33, 150:290][clean_page[20:33, 150:290] < 50]
    red = red[red.min(1) < 150].mean(0)
    assert red[0] > red[1] + 80
    assert abs(red[1] - red[2]) < 40


def lettering(size: float) -> np.ndarray:
    """Lines of antialiased letters, grey uint8 (600, 1000)."""
    page = Image.new("L", (1000, 600), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    for top in range(30, 560, round(1.6 * size)):
        draw.text((30, top), "Quick brown foxes are rare here, moss is not. " * 3, 0, font)
    return np.array(page)


def on_dim_paper(page: np.ndarray, tint: tuple[float, ...]) -> np.ndarray:
    """A grey page in fading light on grainy paper of a `tint` 0..1, uint8 (H, W) or (H, W, channels)."""
    light = np.linspace(0.7, 1.0, page.shape[1])
    grain = 1 - 0.015 * np.abs(np.random.default_rng(0).normal(size=page.shape))
    lit = page * light * grain
    return np.rint(lit if len(tint) == 1 else lit[..., None] * tint).astype(np.uint8)


@pytest.mark.parametrize("tint", [(1.0,), (1.0, 0.94, 0.8)], ids=["grey", "colour"])
@pytest.mark.parametrize("size", [15, 48, 90])
def test_edges_of_letters_stay_as_they_are(size, tint):
    page = lettering(size)
    clean = load_cleaner("page", "cpu").clean(Page(on_dim_paper(page, tint))).pixels
    change = luminance(clean).astype(int) - page
    for least, most in ((0, 60), (60, 130), (130, 190), (190, 250)):
        assert abs(change[(page >= least) & (page < most)].mean()) < 12


def test_what_jpeg_leaves_around_large_letters_goes():
    page = lettering(90)
    tinted = (30 + page * 0.75)[..., None] * (0.9, 0.96, 1.0)
    _, compressed = cv2.imencode(".jpg", tinted.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75])
    pixels = cv2.cvtColor(cv2.imdecode(compressed, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    clean = load_cleaner("page", "cpu").clean(Page(pixels)).pixels
    beside = (page == 255) & (cv2.dilate((page < 255).astype(np.uint8), np.ones((9, 9))) > 0)
    assert (luminance(clean)[beside] < 245).mean() < 0.02


def test_paper_that_becomes_white_has_no_colour_left():
    paper = np.array([250, 235, 200]) + np.random.default_rng(0).normal(0, 4, (400, 600, 3))
    paper[150:250, 200:400] = 20
    clean = load_cleaner("page", "cpu").clean(Page(np.clip(paper, 0, 255).astype(np.uint8))).pixels
    assert (clean[:100] == 255).mean() > 0.99


def test_progress_reaches_one_and_cancel_stops(dirty_page):
    cleaner = random_cleaner("stacked_conv")
    seen: list[float] = []
    cleaner.clean(Page(dirty_page), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    with pytest.raises(Cancelled):
        cleaner.clean(Page(dirty_page), cancelled=lambda: True)


def test_a_model_that_cannot_run_is_an_error_never_the_filter(tmp_path):
    make_weights(tmp_path, "page", "page", "pages")
    (tmp_path / "page" / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(WeightsError):
        load_cleaner("page", folder=tmp_path)


def test_a_digit_model_is_refused_as_a_cleaner(tmp_path):
    make_weights(tmp_path, "digit", "simple", "digits", k=2)
    with pytest.raises(AeError, match="no page model"):
        load_cleaner("digit", folder=tmp_path)


@pytest.mark.parametrize("name", ["division", "page-tr"])
def test_strength_blends_from_the_same_pixels_to_the_full_result(name, dirty_page):
    cleaner, page = load_cleaner(name, "cpu"), Page(dirty_page)
    full = cleaner.clean(page).pixels.astype(int)
    assert np.array_equal(cleaner.clean(page, strength=0).pixels, dirty_page)
    half = cleaner.clean(page, strength=0.5).pixels
    assert np.abs(half - (full + dirty_page) / 2).max() <= 1
    with pytest.raises(AeError, match="from 0 to 1"):
        cleaner.clean(page, strength=1.5)


def test_best_is_the_mean_over_mirror_images_and_knows_no_direction(dirty_page):
    cleaner = random_cleaner("page")
    best = cleaner.clean(Page(dirty_page), best=True).pixels
    assert not np.array_equal(best, cleaner.clean(Page(dirty_page)).pixels)
    padded = dirty_page[:192, :288]  # a multiple of 16, so that both directions are padded alike
    padded = Light(padded).lit(padded)  # nothing is rounded before the network then
    forward = cleaner.clean(Page(padded), best=True).pixels
    mirrored = cleaner.clean(Page(np.ascontiguousarray(padded[:, ::-1])), best=True).pixels[:, ::-1]
    assert np.abs(forward.astype(int) - mirrored).max() <= 1


def test_a_clean_page_is_the_same_page(dirty_page):
    page = Page(dirty_page, "a", (200, 100), number=3, icc=b"profile", sheet_mm=(10, 20))
    clean = load_cleaner("division", "cpu").clean(page)
    assert (clean.number, clean.icc, clean.dpi, clean.sheet_mm) == (3, b"profile", (200, 100), (10, 20))
