"""Paths, lassos, grids, random codes and drawings on the map, and what is saved of them."""

from __future__ import annotations

import csv
import re
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.sparse.csgraph import dijkstra

from ae import latent, weights
from ae.data import mnist
from tests.browser.lab import ROOT
from tests.browser.map_lab import MAPS, Map, drawn, grey, saved

pytestmark = pytest.mark.browser


def test_two_pins_make_a_path_straight_or_along_the_data(page, lab):
    start, end = 61, 17
    shown = Map(page, lab, pins=f"{start}~{end}")
    codes = mnist.load_test_codes("stacked-k2")
    walked = shown.ask("m.path.codes.map(code => [...code])")
    assert np.allclose(walked, np.linspace(codes[start], codes[end], 11), atol=1e-4)
    shown.press("Along the data")
    shown.until("m.path.ids")
    ids = shown.ask("m.path.ids")
    graph = latent.neighbour_graph(codes)

    def length(path: list[int]) -> float:
        return sum(graph[a, b] for a, b in pairwise(path))

    assert (ids[0], ids[-1]) == (start, end)
    assert all(graph[a, b] > 0 for a, b in pairwise(ids))
    assert length(ids) == pytest.approx(dijkstra(graph, indices=start)[end], rel=1e-4)
    before = shown.ask("[...m.path.here ?? []]")
    page.get_by_label("Place on the path").fill("100")
    assert shown.ask("[...m.path.here]") != before
    page.wait_for_url(re.compile("path=data"))


def test_a_lasso_selects_and_saves_ids_and_codes(page, lab, tmp_path, digits):
    shown = Map(page, lab)
    shown.press("3")
    shown.press("Lasso")
    shown.drag(shown.at(120, 150), shown.at(330, 150), shown.at(330, 420), shown.at(120, 420))
    shown.until("m.selection")
    ids = shown.ask("m.selection.ids")
    assert len(ids) > 100
    codes = mnist.load_test_codes("stacked-k2")
    (left, top), (right, bottom) = shown.ask("[m.view.toPlace(120, 150), m.view.toPlace(330, 420)]")
    x, y = codes.T
    inside = (x > left) & (x < right) & (y > bottom) & (y < top) & (digits.labels.numpy() != 3)
    assert len(set(ids) ^ set(np.flatnonzero(inside).tolist())) <= 5  # the hand is not a ruler
    counts = page.locator("[data-count]").evaluate_all(
        "all => all.map(each => [+each.dataset.kind, +each.dataset.count])"
    )
    mean_digit, mean_code = (
        drawn(page.locator('[data-card="selection"] figure canvas').nth(at)) for at in range(2)
    )
    assert np.abs(mean_digit - 255 * digits.images[ids, 0].mean(0).numpy()).max() <= 1
    model, _ = weights.load("stacked-k2")
    expected = latent.decode(model, codes[ids].mean(0, keepdims=True))[0]
    assert np.abs(mean_code - 255 * expected).max() <= 1
    labels = digits.labels.numpy()[ids]
    assert counts == [[kind, count] for kind, count in enumerate(np.bincount(labels).tolist()) if count]
    table = saved(page, tmp_path, "Save CSV")
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["test_digit"]) for row in rows] == ids
    assert [int(row["class"]) for row in rows] == labels.tolist()
    written = [[float(row["code_1"]), float(row["code_2"])] for row in rows]
    assert np.allclose(written, codes[ids], atol=1e-5)
    with Image.open(saved(page, tmp_path, "Save PNG")) as sheet:
        cell = 28 if len(ids) > 400 else 56
        assert sheet.width == 40 * cell
        assert sheet.height == -(-len(ids) // 40) * cell
        first = np.asarray(sheet.convert("L"))[: cell : cell // 28, : cell : cell // 28]
    assert np.array_equal(first, grey(digits, ids[0]))


def test_a_grid_is_decoded_over_the_rectangle(page, lab):
    shown = Map(page, lab)
    shown.press("Grid")
    page.mouse.move(*shown.at(100, 100))
    page.mouse.down()
    page.mouse.move(*shown.at(300, 250), steps=6)
    page.wait_for_timeout(100)
    assert has_frame(shown, 100, 100, 300, 250)
    page.mouse.up()
    shown.until("m.grid?.pictures?.length === m.grid?.columns * m.grid?.rows")
    columns, rows, rectangle = shown.ask("[m.grid.columns, m.grid.rows, m.grid.rectangle]")
    assert (columns, rows) == (12, 9)
    drawn = np.array(shown.ask("m.grid.pictures.map(picture => [...picture])"))
    model, _ = weights.load("stacked-k2")
    expected = latent.decode(model, latent.grid(*rectangle, columns, rows).reshape(-1, 2))
    assert np.abs(drawn.reshape(expected.shape) - expected).max() < 1 / 255


def has_frame(shown: Map, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether a rectangle is drawn with a line over the points; the cursor may cover a part of it."""
    colour = shown.ask("m.theme.primary").removeprefix("#")
    lines = shown.colours("overlay")
    is_line = (np.abs(lines[:, :, :3] - list(bytes.fromhex(colour))) <= 8).all(2) & (lines[:, :, 3] > 200)
    across, along = slice(left + 3, right - 3), slice(top + 3, bottom - 3)
    sides = [is_line[y - 1 : y + 2, across].any(0).mean() for y in (top, bottom)]
    sides += [is_line[along, x - 1 : x + 2].any(1).mean() for x in (left, right)]
    return min(sides) > 0.75


def test_a_grid_is_stretched_by_keyboard_and_keeps_its_corner_when_the_map_moves(page, lab):
    shown = Map(page, lab)
    x, y = shown.ask("[m.stage.clientWidth / 2, m.stage.clientHeight / 2]")
    shown.press("Grid")
    page.keyboard.press("Enter")
    shown.until("m.pointer?.by === 'key' && m.pointer.x === m.stage.clientWidth / 2")
    shown.keys(("ArrowRight", 5), ("ArrowDown", 5))
    shown.until("m.pointer?.by === 'key' && m.pointer.y === m.stage.clientHeight / 2 + 60")
    shown.ask("m.look(null)")  # the lens would cover a part of it
    page.wait_for_timeout(100)
    assert has_frame(shown, round(x), round(y), round(x) + 60, round(y) + 60)
    corner = shown.ask("[m.band[0], m.band[3]]")
    shown.keys(("+", 2), ("ArrowDown", 60), ("Enter", 1))
    shown.until("m.grid?.pictures?.length > 0")
    assert shown.ask("[m.grid.rectangle[0], m.grid.rectangle[3]]") == pytest.approx(corner)
    assert not shown.ask("m.view.isHome()")


def test_a_lasso_by_keyboard_keeps_its_corners_when_the_map_moves(page, lab):
    shown = Map(page, lab)
    shown.press("Lasso")
    shown.keys(("Enter", 1), ("ArrowLeft", 8), ("Enter", 1), ("ArrowUp", 8), ("Enter", 1))
    corners = shown.ask("m.lasso")
    assert len(corners) == 3
    shown.keys(("+", 3), ("ArrowRight", 90), ("Enter", 1))
    assert shown.ask("m.lasso.slice(0, 3)") == corners
    assert shown.ask("m.lasso[3][0]") > corners[0][0]


@pytest.mark.parametrize("way", ["Explore", "Reset", "Escape"])
def test_an_outline_ends_with_its_tool(page, lab, way):
    shown = Map(page, lab)
    shown.press("Lasso")
    shown.keys(("Enter", 1), ("ArrowLeft", 5), ("Enter", 1))
    shown.until("m.lasso?.length === 2")
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        shown.press(way)
    assert shown.ask("[m.tool, m.lasso, m.gestures.outline]") == ["explore", None, None]
    assert page.get_by_role("button", name="Explore", exact=True).get_attribute("aria-pressed") == "true"
    shown.drag(shown.at(300, 200), shown.at(360, 240))
    assert shown.ask("[m.lasso, m.selection, m.view.isHome()]") == [None, None, False]


def test_random_codes_without_a_range_are_standard_normal(chromium):
    page = chromium.new_page()
    source = (ROOT / "app/components/latent_map/numbers.js").read_text()
    drawn = page.evaluate(f"() => {{ {source} return randomCodes({{}}, 3, 4000, 1).map(code => [...code]) }}")
    page.close()
    assert np.allclose(np.mean(drawn, axis=0), 0, atol=0.06)
    assert np.allclose(np.cov(np.transpose(drawn)), np.eye(3), atol=0.06)


def test_random_codes_of_two_families_lie_side_by_side(page, lab):
    shown = Map(page, lab, beside="PCA", random="1")
    find = f"{MAPS}.find(m => m?.data.follows)"
    page.wait_for_function(f"() => {find}?.samples?.codes")
    cards = page.locator('[data-card="samples"]')
    for index in range(2):
        cards.nth(index).get_by_role("img").nth(15).wait_for()
    assert page.evaluate(f"{find}.samples.places.length") == 16
    assert page.evaluate(f"{find}.samples.codes[0][0]") != shown.ask("m.samples.codes[0][0]")
    shown.press("Others")
    page.wait_for_function(f"() => {find}.samples.seed === 2")
    cards.first.get_by_role("button", name="Close").click()
    page.wait_for_function(f"() => !{find}.samples")
    assert cards.count() == 0


def test_a_drawing_lands_on_the_map_with_its_reconstruction(page, lab):
    shown = Map(page, lab)
    shown.press("Draw")
    board = page.locator(".board").bounding_box()
    x, y, side = board["x"], board["y"], board["width"]
    shown.drag(*[(x + side * u, y + side * v) for u, v in ((0.55, 0.15), (0.5, 0.5), (0.45, 0.85))])
    page.get_by_role("button", name="Place it on the map").click()
    card = page.locator('[data-pin="drawing"]')
    card.wait_for()
    picture, code = shown.ask("[[...m.pictureOf(m.pins[0])], [...m.codeOf(m.pins[0])]]")
    model, _ = weights.load("stacked-k2")
    image = torch.tensor(picture).view(1, 1, 28, 28) / 255
    assert np.allclose(code, latent.encode(model, image)[0], atol=0.05)
    assert card.locator("figure canvas").count() == 2
    near = card.locator('[data-near="pixels"] button').evaluate_all(
        "all => all.map(each => +each.dataset.id)"
    )
    assert {shown.ask("m.labels[a]", digit) for digit in near} == {1}
    assert shown.ask("[...m.placeOf(m.pins[0])]") == pytest.approx(code)
    assert "A link to this page does not carry your drawing" in card.text_content()
    assert "between islands" not in card.text_content()


def test_a_digit_is_drawn_by_keyboard(page, lab):
    shown = Map(page, lab)
    shown.press("Draw")
    for _ in range(14):
        page.keyboard.press("Shift+ArrowDown")
    page.get_by_role("button", name="Place it on the map").press("Enter")
    shown.until("m.pins[0]?.kind === 'drawing'")
    assert shown.ask("Math.max(...m.pictureOf(m.pins[0]))") > 200


def test_an_empty_board_is_not_sent(page, lab):
    shown = Map(page, lab)
    shown.press("Draw")
    page.get_by_role("button", name="Place it on the map").click()
    page.get_by_text("The board is empty").wait_for()
    assert shown.ask("m.pins.length") == 0


def test_the_map_is_saved_as_it_is_seen(page, lab, tmp_path):
    shown = Map(page, lab, pins="61")
    with Image.open(saved(page, tmp_path, "Save the map")) as picture:
        width, height = shown.ask("[m.view.width, m.view.height]")
        assert picture.width == 2 * width
        assert picture.height > 2 * height
        colours = np.asarray(picture.convert("RGB"))[: 2 * height].reshape(-1, 3)
    assert (np.ptp(colours, axis=1) > 60).sum() > 20_000
    assert shown.ask("m.points.canvas.width") == width


def test_a_pin_is_saved_with_its_neighbours(page, lab, tmp_path):
    Map(page, lab, pins="61")
    card = page.locator('[data-pin="61"]')
    with page.expect_download() as download:
        card.get_by_role("button", name="Save PNG").click()
    download.value.save_as(tmp_path / "pin.png")
    with Image.open(tmp_path / "pin.png") as sheet:
        assert sheet.size == (7 * 28 * 6, 2 * 28 * 6)
