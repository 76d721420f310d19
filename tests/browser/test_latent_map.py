"""The map of the codes in a real Chromium: what is picked, decoded, drawn, saved, and what a link carries."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ae import latent, weights
from ae.data import mnist
from ae.models import FAMILIES, build
from ae.portable import export_decoder
from tests.browser.lab import MAP, ROOT, open_page, wait_until_still

pytestmark = pytest.mark.browser

DIGIT_FAMILIES = [name for name, family in FAMILIES.items() if family.inputs == "digits"]
SMALL = {
    "stacked": {"widths": [30, 20]},
    "variational": {"widths": [30, 20]},
    "conv": {"widths": [4, 6, 8], "hidden": [20, 10]},
}
MAPS = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.lab')?.latentMap)"
SECOND = f"{MAPS}.find(m => m?.data.follows)"
FRAME = 8  # milliseconds that picking, decoding and drawing may take
LENS = 92  # pixels of a picture in the lens
LINK_RESTS = 600  # milliseconds after which the link has followed


class Map:
    """The map on a page: opens it, asks it, and points at its digits."""

    find = MAP
    stage = 0

    def __init__(self, page, address: str, **link: str) -> None:
        self.page = page
        query = "&".join(f"{key}={value}" for key, value in link.items())
        page.goto(f"{address}/latent_space?{query}", timeout=120_000)
        self.wait()

    def wait(self) -> None:
        there = f"(() => {{ const m = {self.find}; return m?.decoder && m?.pixels }})()"
        self.page.wait_for_function(
            there, timeout=120_000
        )  # the first visit makes the server read its weights
        wait_until_still(self.page)

    def ask(self, expression: str, argument: object = None):
        """The value of a JavaScript expression in which `m` is the map, and `a` the argument."""
        return self.page.evaluate(f"a => {{ const m = {self.find}; return {expression} }}", argument)

    def until(self, expression: str) -> None:
        self.page.wait_for_function(f"() => {{ const m = {self.find}; return m && {expression} }}")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the stage, in its own pixels, is on the page."""
        box = self.page.locator(".stage").nth(self.stage).bounding_box()
        return box["x"] + 1 + x, box["y"] + 1 + y

    def where(self, digit: int) -> tuple[float, float]:
        place = self.ask("[...m.view.toPixels(m.places[2 * a], m.places[2 * a + 1])]", digit)
        return self.at(*place)

    def lonely(self, kind: int | None = None) -> int:
        """A digit in view that no other shown one is near to."""
        return self.ask(
            """(() => {
                for (let id = 0; id < m.total; id++) {
                    if (!m.isShown(id) || (a !== null && m.labels[id] !== a)) continue;
                    const [x, y] = m.view.toPixels(m.places[2 * id], m.places[2 * id + 1]);
                    const inside = x > 40 && y > 40 && x < m.view.width - 60 && y < m.view.height - 40;
                    if (inside && m.digitAt(x + 3, y) === id && m.digitAt(x - 3, y) === id) return id;
                }
            })()""",
            kind,
        )

    def hover(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(100)

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        self.page.mouse.up()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def keys(self, *presses: tuple[str, int]) -> None:
        """Press each key so many times."""
        for key, times in presses:
            for _ in range(times):
                self.page.keyboard.press(key)

    def seen(self) -> np.ndarray:
        """The stage as a person sees it: colours (height, width, 3), the first pixel at (0, 0) of `at`."""
        picture = self.page.locator(".stage").nth(self.stage).screenshot()
        with Image.open(io.BytesIO(picture)) as opened:
            return np.asarray(opened.convert("RGB")).astype(int)[1:-1, 1:-1]

    def colours(self, canvas: str) -> np.ndarray:
        """What is drawn on the canvas `points` or `overlay`: colours and opacity (height, width, 4)."""
        width, height, values = self.ask(
            """(() => {
                if (a === 'points') m.drawNow();  // WebGL keeps no picture
                const { canvas } = m[a], copy = new OffscreenCanvas(canvas.width, canvas.height);
                const pen = copy.getContext('2d');
                pen.drawImage(canvas, 0, 0);
                const { data } = pen.getImageData(0, 0, copy.width, copy.height);
                const letters = data.reduce((all, value) => all + String.fromCharCode(value), '');
                return [copy.width, copy.height, btoa(letters)];
            })()""",
            canvas,
        )
        flat = np.frombuffer(base64.b64decode(values), np.uint8)
        return flat.reshape(height, width, 4).astype(int)


class SecondMap(Map):
    """The map beside another one."""

    find = SECOND
    stage = 1

    def __init__(self, first: Map) -> None:
        self.page = first.page
        self.wait()


def drawn(canvas) -> np.ndarray:
    """Grey values 0..255 of a digit that is drawn on a canvas of its own size."""
    values = canvas.evaluate("it => [...it.getContext('2d').getImageData(0, 0, 28, 28).data]")
    return np.array(values).reshape(28, 28, 4)[:, :, 0]


def grey(digits: mnist.Digits, digit: int) -> np.ndarray:
    """A test digit in grey values 0..255."""
    return digits.images[digit, 0].mul(255).round().numpy()


def watched(context) -> Iterator:
    """A window in which no script may fail."""
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(chromium):
    yield from watched(chromium.new_context(viewport={"width": 1280, "height": 900}))


@pytest.fixture(scope="module")
def digits() -> mnist.Digits:
    return mnist.load_test_digits()


def test_ten_thousand_points_are_drawn_by_webgl(page, lab):
    shown = Map(page, lab)
    assert shown.ask("[m.points.kind, m.total]") == ["webgl", 10_000]
    coloured = shown.ask(
        """(() => {
            m.drawNow();
            const { canvas } = m.points, copy = new OffscreenCanvas(canvas.width, canvas.height);
            const pen = copy.getContext('2d');
            pen.drawImage(canvas, 0, 0);
            const { data } = pen.getImageData(0, 0, copy.width, copy.height);
            return data.filter((value, i) => i % 4 === 3 && value > 100).length;
        })()"""
    )
    assert coloured > 20_000
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("k", [2, 16])
@pytest.mark.parametrize("family", DIGIT_FAMILIES)
def test_the_decoder_in_the_browser_draws_what_pytorch_draws(chromium, family, k):
    torch.manual_seed(1)
    model = build(family, {"k": k, **SMALL.get(family, {})}).eval()
    for numbers in model.state_dict().values():
        numbers.copy_(torch.randn_like(numbers) * 0.3)
    codes = 2 * torch.randn(5, k)
    layers, flat = export_decoder(model)
    page = chromium.new_page()
    source = (ROOT / "app/components/latent_map/decoder.js").read_text()
    drawn = page.evaluate(
        f"""([layers, numbers, codes]) => {{ {source}
            const decoder = new Decoder(layers, Float32Array.from(numbers));
            return codes.map(code => [...decoder.decode(Float32Array.from(code))]);
        }}""",
        [layers, flat.tolist(), codes.tolist()],
    )
    page.close()
    with torch.no_grad():
        expected = model.decode(codes).flatten(1).numpy()
    assert np.ptp(expected) > 0.5
    assert np.abs(np.array(drawn) - expected).max() < 1 / 255


@pytest.mark.parametrize("family", ["Simple", "Stacked", "Convolutional", "PCA", "Variational"])
def test_what_lies_under_the_pointer_is_decoded_as_pytorch_does(page, lab, family):
    shown = Map(page, lab, family=family)
    shown.hover(*shown.at(211, 307))
    code, decoded = shown.ask("[m.view.toPlace(m.pointer.x, m.pointer.y), [...m.pointer.decoded]]")
    model, _ = weights.load(shown.ask("m.data.title"))
    expected = latent.decode(model, np.array([code]))[0]
    assert np.abs(np.array(decoded).reshape(28, 28) - expected).max() < 1 / 255


def test_hover_shows_the_right_digit_after_filtering(page, lab, digits):
    shown = Map(page, lab)
    for kind in "01246":
        shown.press(kind)
    shown.until("m.hidden === 0b1010111")
    for kind in (3, 5, 7, 8, 9):
        digit = shown.lonely(kind)
        shown.hover(*shown.where(digit))
        assert shown.ask("m.pointer.id") == digit
        assert digits.labels[digit] == kind
        assert is_seen_large(shown, grey(digits, digit))
    assert not is_seen_large(shown, grey(digits, digit + 1))
    hidden = shown.ask("[...m.labels.keys()].find(id => m.labels[id] === 0)")
    shown.hover(*shown.where(hidden))
    assert shown.ask("m.pointer.id < 0 || m.isShown(m.pointer.id)")


def is_seen_large(shown: Map, picture: np.ndarray) -> bool:
    """Whether a picture is on the screen, beside the pointer and as large as in the lens."""
    x, y = (round(at) for at in shown.ask("[m.pointer.x, m.pointer.y]"))
    chosen = np.arange(1, 27, 3)  # of its rows and columns
    cells = np.rint((chosen + 0.5) * LENS / 28 - 0.5).astype(int)  # the middle of each
    screen, wanted = shown.seen()[:, :, 0], picture[chosen][:, None, chosen]
    tops = range(max(0, y - LENS), min(y + LENS, len(screen) - LENS))
    lefts = np.arange(max(0, x - 3 * LENS), min(x + 3 * LENS, screen.shape[1] - LENS))
    return any(
        (np.abs(screen[top + cells][:, lefts[:, None] + cells] - wanted) <= 1).all((0, 2)).any()
        for top in tops
    )


def test_pointing_sends_nothing_to_the_server(page, lab):
    frames = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: frames.append(1)))
    shown = Map(page, lab)
    page.wait_for_timeout(LINK_RESTS)
    frames.clear()
    shown.ask("m.timings.splice(0)")
    for step in range(60):
        page.mouse.move(*shown.at(80 + 5 * step, 120 + 4 * step))
    page.wait_for_timeout(LINK_RESTS)
    assert shown.ask("m.timings.length") > 10
    assert frames == []
    page.mouse.click(*shown.where(shown.lonely()))
    page.wait_for_url(re.compile("pins="))
    assert frames


def share_of(colour: list[int], points: np.ndarray) -> float:
    """The share of a colour among the pixels on which a point is drawn."""
    inked = points[points[:, :, 3] > 200][:, :3]
    return float((np.abs(inked - colour) <= 3).all(1).mean())


def test_the_legend_takes_classes_off_the_map(page, lab):
    shown = Map(page, lab, show="points")
    colours = shown.ask("m.palette")
    before = shown.colours("points")
    assert all(share_of(colours[kind], before) > 0.1 for kind in (1, 7))
    shown.press("7")
    shown.until(f"m.hidden === {1 << 7}")
    after = shown.colours("points")
    assert share_of(colours[7], after) < 0.001
    assert share_of(colours[1], after) > 0.1
    page.get_by_role("button", name="7", exact=True).press("Shift+Enter")
    shown.until(f"m.hidden === {1023 & ~(1 << 7)}")
    assert share_of(colours[7], shown.colours("points")) > 0.99


def test_a_class_alone_and_all_again(page, lab):
    shown = Map(page, lab)
    page.get_by_role("button", name="7", exact=True).dblclick()
    shown.until(f"m.hidden === {1023 & ~(1 << 7)}")
    shown.press("All")
    shown.until("m.hidden === 0")


def test_pointing_takes_a_few_milliseconds(page, lab):
    shown = Map(page, lab, family="Convolutional")
    medians = []
    for _ in range(3):  # another program may take the processor for a while
        shown.ask("m.timings.splice(0)")
        for step in range(60):
            page.mouse.move(*shown.at(80 + 5 * step, 120 + 4 * step))
        medians.append(np.median(shown.ask("m.timings")))
    assert min(medians) < FRAME


def test_a_click_pins_the_digit_with_its_reconstruction_error_and_neighbours(page, lab, digits):
    shown = Map(page, lab)
    digit = shown.lonely()
    page.mouse.click(*shown.where(digit))
    card = page.locator(f'[data-pin="{digit}"]')
    card.wait_for()
    label = int(digits.labels[digit])
    assert f"test digit {digit}, {'an' if label == 8 else 'a'} {label}" in card.get_attribute("aria-label")
    model, _ = weights.load("stacked-k2")
    image = digits.images[digit : digit + 1]
    codes, pixels = mnist.load_test_codes("stacked-k2"), digits.images.flatten(1).numpy()
    error = float((torch.from_numpy(latent.decode(model, codes[[digit]]))[:, None] - image).square().mean())
    assert float(card.locator('[data-fact="error"]').text_content()) == pytest.approx(error, abs=1e-4)
    drawn_digit, rebuilt = (drawn(card.locator("figure canvas").nth(at)) for at in range(2))
    assert np.array_equal(drawn_digit, grey(digits, digit))
    assert np.abs(rebuilt - 255 * latent.decode(model, codes[[digit]])[0]).max() <= 1
    code = card.locator('[data-fact="code"]').text_content().replace("−", "-")
    assert [float(number) for number in code.split(", ")] == pytest.approx(codes[digit], rel=0.01)
    for kind, points in (("codes", codes), ("pixels", pixels)):
        near = card.locator(f'[data-near="{kind}"] button').evaluate_all(
            "all => all.map(each => +each.dataset.id)"
        )
        assert near == latent.nearest(points, points[digit], 5, without=digit)
    page.wait_for_url(re.compile(rf"pins={digit}\b"))


def test_two_pins_make_a_path_straight_or_along_the_data(page, lab):
    start, end = 61, 17
    shown = Map(page, lab, pins=f"{start}~{end}")
    codes = mnist.load_test_codes("stacked-k2")
    walked = shown.ask("m.path.codes.map(code => [...code])")
    assert np.allclose(walked, latent.straight_path(codes[start], codes[end], 11), atol=1e-4)
    shown.press("Along the data")
    shown.until("m.path.ids")
    ids = shown.ask("m.path.ids")
    graph = latent.neighbour_graph(codes)

    def length(path: list[int]) -> float:
        return sum(graph[a, b] for a, b in pairwise(path))

    expected = latent.path_along_data(graph, start, end)
    assert (ids[0], ids[-1]) == (start, end)
    assert all(graph[a, b] > 0 for a, b in pairwise(ids))
    assert length(ids) == pytest.approx(length(expected), rel=1e-4)
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


def saved(page, folder: Path, name: str) -> Path:
    """The file that a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


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


def test_a_link_opens_its_grid(page, lab):
    shown = Map(page, lab, grid="-5,-5,5,5")
    shown.until("m.grid?.pictures?.length === 144")
    assert shown.ask("m.grid.rectangle") == [-5, -5, 5, 5]


def test_random_codes_fill_the_plane_evenly_and_a_link_shows_them_again(page, lab):
    shown = Map(page, lab)
    shown.press("Random")
    card = page.locator('[data-card="samples"]')
    card.get_by_role("img").nth(15).wait_for()
    first = np.array(shown.ask("m.samples.codes.map(code => [...code])"))
    low, high = latent.code_range(mnist.load_test_codes("stacked-k2"))
    assert first.shape == (16, 2)
    assert (low <= first).all()
    assert (first <= high).all()
    assert (np.ptp(first, axis=0) > (high - low) / 2).all()
    shown.press("Others")
    others = shown.ask("m.samples.codes.map(code => [...code])")
    assert others != first.tolist()
    page.wait_for_url(re.compile("random=2"))
    again = Map(page, lab, random="2")
    assert again.ask("m.samples.codes.map(code => [...code])") == others
    card.get_by_role("img").nth(15).wait_for()
    page.get_by_text("PCA", exact=True).first.click()
    again.until("m.data.title === 'pca-k2' && m.samples.codes && m.places")
    assert again.ask("m.samples.codes.map(code => [...code])") != others


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


def test_a_link_reopens_the_same_picture_on_another_machine(page, chromium, lab):
    shown = Map(page, lab, family="PCA")
    shown.page.mouse.click(*shown.where(shown.lonely(0)))
    shown.press("4")
    shown.press("Pictures")
    shown.press("Zoom in")
    shown.press("Zoom in")
    # On a slow machine the link first follows the one press, and then the other.
    shown.until(
        """new URLSearchParams(location.search).get('at')
            === String(m.view.rectangle().map((x) => Number(x.toPrecision(6))))"""
    )
    wait_until_still(page)
    link, expected = page.url, state_of(shown)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = Map(context.new_page(), lab, **dict(part.split("=") for part in link.split("?")[1].split("&")))
    found = state_of(other)
    context.close()
    assert found["rectangle"] == pytest.approx(expected["rectangle"], rel=1e-3)
    assert {**found, "rectangle": 0} == {**expected, "rectangle": 0}
    assert expected["pins"]
    assert expected["hidden"] == 1 << 4


def test_a_link_reopens_two_longer_codes_with_their_path_and_both_parts(page, chromium, lab):
    link = {"family": "Convolutional", "numbers": "16", "beside": "PCA", "pins": "61~17", "path": "data"}
    first = Map(page, lab, **link)
    second = SecondMap(first)
    for _ in range(2):
        page.mouse.move(*first.at(150, 200))
        page.get_by_role("button", name="Zoom in", exact=True).nth(1).click()
    page.get_by_role("button", name="Zoom in", exact=True).first.click()
    first.until(IN_LINK.format(key="at"))
    second.until(IN_LINK.format(key="at2"))
    wait_until_still(page)
    expected = [state_of(first), state_of(second)]
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = context.new_page()
    other.goto(page.url, timeout=120_000)
    again = Map.__new__(Map)
    again.page = other
    again.wait()
    beside = SecondMap(again)
    beside.until("m.pins.length === 2")
    found = [state_of(again), state_of(beside)]
    kinds = [
        each.ask("[m.data.decodes, m.k, m.pathKind, m.path?.ids?.length ?? 0]") for each in (again, beside)
    ]
    context.close()
    for one, two in zip(found, expected, strict=True):
        assert one.pop("rectangle") == pytest.approx(two.pop("rectangle"), rel=1e-3)
        assert one == two
    assert [state["title"] for state in found] == ["conv-k16-pca", "pca-k16-pca"]
    assert kinds[0][:3] == [False, 16, "data"]
    assert kinds[0][3] > 2


def test_a_link_reopens_a_projection_by_its_name(page, lab):
    shown = Map(page, lab, family="Convolutional", numbers="16", flat="t-SNE", hide="3")
    assert shown.ask("[m.data.title, m.hidden]") == ["conv-k16-tsne", 8]


# Whether the link says which part a map shows.
IN_LINK = """new URLSearchParams(location.search).get('{key}')
    === String(m.view.rectangle().map((x) => Number(x.toPrecision(6)))) && !m.view.isHome()"""


def state_of(shown: Map) -> dict:
    return shown.ask(
        """({ title: m.data.title, rectangle: m.view.rectangle(), hidden: m.hidden, show: m.show,
             pins: m.pins.map(pin => m.tokenOf(pin)) })"""
    )


def test_pins_and_filters_go_over_to_another_family(page, lab):
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    shown = Map(page, lab, pins="61~17", hide="3")
    shown.press("Random")
    shown.press("Lasso")
    shown.drag(shown.at(120, 150), shown.at(330, 150), shown.at(330, 420))
    selected = shown.ask("m.selection.ids")
    page.get_by_text("PCA", exact=True).first.click()
    shown.until("m.data.title === 'pca-k2' && m.decoder && m.places")
    shown.wait()
    assert shown.ask("[m.hidden, ...m.pins.map(pin => pin.id)]") == [1 << 3, 61, 17]
    codes = mnist.load_test_codes("pca-k2")
    assert np.allclose(shown.ask("[...m.codeOf(m.pins[0])]"), codes[61], atol=1e-5)
    assert shown.ask("m.selection.ids") == selected
    assert shown.ask("m.view.isHome()")
    assert problems == []


def test_reset_shows_everything_again(page, lab):
    shown = Map(page, lab, pins="61~17", hide="3", show="pictures", at="0,0,1,1")
    shown.press("Reset")
    page.wait_for_url(lambda url: "pins" not in url and "at=" not in url)
    assert shown.ask("[m.hidden, m.pins.length, m.show, m.view.isHome()]") == [0, 0, "zoom", True]


def test_the_second_map_is_saved_and_reset_by_buttons_of_its_own(page, lab, tmp_path):
    first = Map(page, lab, beside="PCA", pins="61", hide="3")
    second = SecondMap(first)
    second.until("m.pins.length === 1")
    page.get_by_role("button", name="Zoom in", exact=True).nth(1).click()
    page.wait_for_url(re.compile("at2="))
    name = "Save this map as a PNG picture"
    assert page.get_by_role("button", name=name, exact=True).count() == 1
    with Image.open(saved(page, tmp_path, name)) as picture:
        assert picture.width == 2 * second.ask("m.view.width")
    assert (tmp_path / "pca-k2-map.png").exists()
    first.press("Reset both maps")
    for each in (first, second):
        assert each.ask("[m.hidden, m.pins.length, m.view.isHome()]") == [0, 0, True]
    page.wait_for_url(lambda url: "at2" not in url and "pins" not in url)
    page.get_by_role("button", name="Zoom in", exact=True).nth(1).click()
    first.press("Reset")
    assert second.ask("m.view.isHome()")


def test_what_was_seen_of_a_second_map_is_forgotten_with_it(page, lab):
    shown = Map(page, lab, at2="0,0,1,1")
    assert shown.ask("m.data.open") == {}


def test_a_pin_has_its_letter_on_both_maps(page, lab):
    first = Map(page, lab, beside="PCA", pins="@1.5,-2~61")
    second = SecondMap(first)
    second.until("m.pins.length === 1")
    written = second.ask(
        """(() => {
            const words = [], { pen } = m.overlay, write = pen.fillText;
            pen.fillText = (text, ...rest) => { words.push(text); write.call(pen, text, ...rest); };
            m.overlay.draw(m);
            delete pen.fillText;
            return words;
        })()"""
    )
    assert [word for word in written if word in ("A", "B")] == ["B"]


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


def test_a_t_sne_map_decodes_nothing_and_says_why(page, lab):
    shown = Map(page, lab, family="Convolutional", numbers="16", flat="t-SNE")
    assert shown.ask("[m.data.title, m.data.decodes]") == ["conv-k16-tsne", False]
    assert page.get_by_role("button", name="Grid", exact=True).count() == 0
    page.get_by_text("No place is a code to decode").wait_for()
    empty = shown.ask(
        """[...Array(4000).keys()].map(i => [20 + 8 * (i % 60), 20 + 8 * Math.floor(i / 60)])
            .find(([x, y]) => y < m.view.height - 20 && m.digitAt(x, y) < 0)"""
    )
    shown.hover(*shown.at(*empty))
    assert shown.ask("[m.pointer.id, m.pointer.decoded]") == [-1, None]
    page.mouse.click(*shown.at(*empty))
    assert shown.ask("m.pins.length") == 0
    shown.hover(*shown.where(shown.lonely()))
    assert shown.ask("m.pointer.decoded.length") == 784
    shown.press("Draw")
    board = page.locator(".board").bounding_box()
    x, y, side = board["x"], board["y"], board["width"]
    shown.drag(*[(x + side * u, y + side * v) for u, v in ((0.55, 0.15), (0.45, 0.85))])
    page.get_by_role("button", name="Place it on the map").click()
    page.locator('[data-pin="drawing"]').get_by_text("may be between islands").wait_for()


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


def test_close_up_digits_become_pictures(page, lab):
    shown = Map(page, lab)
    assert not shown.ask("m.picturesShown")
    for _ in range(9):
        shown.press("Zoom in")
    shown.until("m.picturesShown")
    shown.press("Points")
    shown.until("!m.picturesShown")


def test_close_up_a_digit_is_drawn_at_its_place_as_it_is(page, lab, digits):
    codes = mnist.load_test_codes("stacked-k2")
    middle = np.flatnonzero((np.abs(codes - np.median(codes, 0)) < codes.std(0)).all(1))
    gaps = [np.partition(np.abs(codes - codes[digit]).max(1), 1)[1] for digit in middle]
    digit, gap = int(middle[np.argmax(gaps)]), max(gaps)
    left, bottom, right, top = (*(codes[digit] - gap), *(codes[digit] + gap))
    shown = Map(page, lab, at=f"{left},{bottom},{right},{top}")
    shown.until("m.picturesShown")
    x, y = shown.ask("[...m.view.toPixels(m.places[2 * a], m.places[2 * a + 1])]", digit)
    side = shown.ask("m.size")
    cells = (np.arange(28) + 0.5) * side / 28 - side / 2
    points = shown.colours("points")
    ink = points[np.round(y + cells).astype(int)][:, np.round(x + cells).astype(int)]
    assert np.corrcoef(ink[:, :, 3].ravel(), grey(digits, digit).ravel())[0, 1] > 0.9
    colour = shown.ask("m.palette[m.labels[a]]", digit)
    assert np.abs(ink[ink[:, :, 3] > 150][:, :3] - colour).max() <= 3


@pytest.mark.parametrize(
    ("family", "name"), [("Convolutional", "conv-k16"), ("Variational", "variational-k16")]
)
def test_longer_codes_show_reconstructions_and_say_why_nothing_is_decoded(page, lab, family, name):
    shown = Map(page, lab, family=family, numbers="16")
    assert shown.ask("[m.data.decodes, m.k]") == [False, 16]
    page.get_by_text("none is decoded").wait_for()
    digit = shown.lonely()
    shown.hover(*shown.where(digit))
    decoded = np.array(shown.ask("[...m.pointer.decoded]")).reshape(28, 28)
    model, _ = weights.load(name)
    image = mnist.load_test_digits().images[digit : digit + 1]
    assert np.abs(decoded - model(image)[0, 0].numpy()).max() < 1 / 255
    shown.hover(*shown.at(3, 3))
    assert shown.ask("m.pointer.id >= 0 || m.pointer.decoded === null")


def test_the_whole_map_works_by_keyboard(page, lab):
    shown = Map(page, lab)
    page.locator(".stage").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    shown.until("m.pins.length === 1")
    page.keyboard.press("+")
    shown.until("m.view.zoom > 1.2")
    page.keyboard.press("0")
    shown.until("m.view.isHome()")
    shown.press("Lasso")
    for key, times in (("ArrowLeft", 9), ("ArrowUp", 9), ("ArrowRight", 9), ("ArrowDown", 9)):
        page.keyboard.press("Enter")
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    shown.until("m.selection?.ids.length > 10")
    shown.press("Grid")
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(9):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    shown.until("m.grid?.pictures?.length === 144")
    page.get_by_role("button", name="7", exact=True).press("Shift+Enter")
    shown.until(f"m.hidden === {1023 & ~(1 << 7)}")
    status = page.locator('.lab [role="status"]').text_content()
    assert "igit" in status


def test_the_map_is_saved_as_it_is_seen(page, lab, tmp_path):
    shown = Map(page, lab, pins="61")
    with Image.open(saved(page, tmp_path, "Save the map")) as picture:
        width, height = shown.ask("[m.view.width, m.view.height]")
        assert picture.width == 2 * width
        assert picture.height > 2 * height
        colours = np.asarray(picture.convert("RGB"))[: 2 * height].reshape(-1, 3)
    assert (np.ptp(colours, axis=1) > 60).sum() > 20_000
    assert shown.ask("m.points.canvas.width") == width


def test_without_webgl_a_plain_canvas_draws_the_points(chromium, lab):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === 'webgl2' ? null : get.call(this, kind, ...rest);
        }"""
    )
    shown = Map(page, lab)
    assert shown.ask("m.points.kind") == "canvas"
    digit = shown.lonely()
    shown.hover(*shown.where(digit))
    assert shown.ask("m.pointer.id") == digit
    for _ in range(9):
        shown.press("Zoom in")
    shown.until("m.picturesShown")
    context.close()


def test_a_lost_graphics_card_comes_back(page, lab):
    shown = Map(page, lab)
    shown.ask("(m.lost = m.points.gl.getExtension('WEBGL_lose_context')).loseContext()")
    page.wait_for_timeout(200)
    shown.ask("m.lost.restoreContext()")
    shown.until("!m.points.gl.isContextLost()")
    page.wait_for_timeout(300)
    seen = shown.ask(
        """(() => {
            m.drawNow();
            const { gl, canvas } = m.points, dots = new Uint8Array(4 * canvas.width * canvas.height);
            gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, dots);
            return dots.filter((value, i) => i % 4 === 3 && value > 100).length;
        })()"""
    )
    assert seen > 20_000


@pytest.fixture
def phone(chromium):
    size = {"width": 390, "height": 844}
    yield from watched(chromium.new_context(viewport=size, has_touch=True, is_mobile=True))


def swipe(page, x: float, y: float, dx: float, dy: float) -> None:
    """One finger from a place by so many pixels, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Input.synthesizeScrollGesture", {"x": x, "y": y, "xDistance": dx, "yDistance": dy, "speed": 800}
    )


def slide(page, *places: tuple[float, float]) -> None:
    """One finger that goes down, through all places, and up."""
    session = page.context.new_cdp_session(page)
    steps = [places[0]]
    for start, end in pairwise(places):
        steps += [tuple(np.add(start, np.subtract(end, start) * part / 5)) for part in range(1, 6)]
    for number, (x, y) in enumerate(steps):
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


def test_a_swipe_over_the_map_scrolls_the_page_until_the_map_was_tapped(phone, lab):
    shown = Map(phone, lab)
    phone.locator(".stage").scroll_into_view_if_needed()
    before, home = phone.evaluate(SCROLLED), shown.ask("m.view.rectangle()")
    swipe(phone, *shown.at(150, 200), 0, -150)
    assert phone.evaluate(SCROLLED) > before + 80
    assert shown.ask("m.view.rectangle()") == home
    phone.touchscreen.tap(*shown.at(150, 200))
    shown.until("m.pins.length === 1 && m.pointer?.decoded")
    rested = phone.evaluate(SCROLLED)
    swipe(phone, *shown.at(150, 200), 0, -60)
    shown.until("!m.view.isHome()")
    assert phone.evaluate(SCROLLED) == pytest.approx(rested, abs=2)


def test_two_fingers_zoom_the_map(phone, lab):
    shown = Map(phone, lab)
    phone.locator(".stage").scroll_into_view_if_needed()
    x, y = shown.at(170, 200)
    session = phone.context.new_cdp_session(phone)
    for step in range(6):
        fingers = [{"x": x - 20 - 10 * step, "y": y, "id": 0}, {"x": x + 20 + 10 * step, "y": y, "id": 1}]
        kind = "touchStart" if step == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    shown.until("m.view.zoom > 2")


def test_a_finger_that_rests_decodes_wherever_it_moves(phone, lab):
    shown = Map(phone, lab)
    phone.locator(".stage").scroll_into_view_if_needed()
    before = phone.evaluate(SCROLLED)
    touches = phone.context.new_cdp_session(phone)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", shown.at(120, 250))
    shown.until("m.pointer?.decoded")
    seen = [shown.ask("[...m.pointer.decoded]")]
    for step in range(1, 4):
        touch("touchMove", shown.at(120 + 30 * step, 250 - 40 * step))
        phone.wait_for_timeout(100)
        assert shown.ask("[m.pointer.x, m.pointer.y]") == pytest.approx(
            [120 + 30 * step, 250 - 40 * step], abs=1
        )
        seen.append(shown.ask("[...m.pointer.decoded]"))
    touch("touchEnd")
    phone.wait_for_timeout(100)
    assert all(np.abs(np.subtract(a, b)).max() > 0.1 for a, b in pairwise(seen))
    assert shown.ask("[m.view.isHome(), m.pins.length, m.pointer !== null]") == [True, 0, True]
    assert phone.evaluate(SCROLLED) == before
    slide(phone, shown.at(150, 200), shown.at(200, 230))
    assert not shown.ask("m.view.isHome()")


def test_a_finger_outlines_a_lasso_and_a_grid(phone, lab):
    shown = Map(phone, lab)
    phone.get_by_role("button", name="Lasso", exact=True).tap()
    phone.locator(".stage").scroll_into_view_if_needed()
    rested = phone.evaluate(SCROLLED)
    slide(phone, shown.at(60, 60), shown.at(250, 60), shown.at(250, 250), shown.at(60, 250))
    shown.until("m.selection?.ids.length > 100")
    phone.get_by_role("button", name="Grid", exact=True).tap()
    phone.locator(".stage").scroll_into_view_if_needed()
    slide(phone, shown.at(80, 80), shown.at(230, 180))
    shown.until("m.grid?.pictures?.length === 12 * 8")
    corner = shown.ask("m.view.toPlace(80, 80)")
    assert shown.ask("[m.grid.rectangle[0], m.grid.rectangle[3]]") == pytest.approx(corner, abs=0.1)
    assert phone.evaluate(SCROLLED) == pytest.approx(rested, abs=2)
    assert shown.ask("m.view.isHome()")


def test_a_finger_draws_a_digit(phone, lab):
    shown = Map(phone, lab)
    phone.get_by_role("button", name="Draw", exact=True).tap()
    board = phone.locator(".board")
    board.scroll_into_view_if_needed()
    box, rested = board.bounding_box(), phone.evaluate(SCROLLED)
    slide(
        phone,
        *[
            (box["x"] + box["width"] * u, box["y"] + box["height"] * v)
            for u, v in ((0.5, 0.15), (0.48, 0.85))
        ],
    )
    assert phone.evaluate(SCROLLED) == rested
    phone.wait_for_timeout(800)  # a browser ignores a tap in the same moment as a stroke
    phone.get_by_role("button", name="Place it on the map").tap()
    shown.until("m.pins[0]?.kind === 'drawing'")
    near = phone.locator('[data-pin="drawing"] [data-near="pixels"] button')
    assert set(near.evaluate_all("all => all.map(each => each.title.at(-9))")) == {"1"}


def test_a_finger_hides_a_class_and_shows_it_alone(phone, lab):
    shown = Map(phone, lab)
    chip = phone.get_by_role("button", name="7", exact=True)
    chip.tap()
    shown.until(f"m.hidden === {1 << 7}")
    phone.wait_for_timeout(600)  # the next taps are no part of a double tap
    phone.get_by_role("button", name="All", exact=True).tap()
    shown.until("m.hidden === 0")
    phone.wait_for_timeout(600)
    chip.tap()
    chip.tap()
    shown.until(f"m.hidden === {1023 & ~(1 << 7)}")


def test_back_leaves_the_page_with_one_press_and_forward_finds_it_as_it_was(page, lab):
    page.goto(lab, timeout=120_000)
    wait_until_still(page)
    open_page(page, "Latent space")
    shown = Map.__new__(Map)
    shown.page = page
    shown.wait()
    page.mouse.click(*shown.where(shown.lonely()))
    page.wait_for_url(re.compile("pins="))
    shown.press("Pictures")
    page.wait_for_url(re.compile("show=pictures"))
    left = shown.ask("m.pins.map(pin => pin.id)")
    page.get_by_text("PCA", exact=True).first.click()
    page.wait_for_url(re.compile("family=PCA"))
    wait_until_still(page)
    page.go_back()
    page.get_by_role("heading", name="AE Lab", level=1, exact=True).wait_for()
    page.go_forward()
    page.get_by_role("heading", name="Latent space", level=1, exact=True).wait_for()
    shown.wait()
    assert shown.ask("m.pins.map(pin => pin.id)") == left
    assert shown.ask("m.show") == "pictures"


def test_a_file_that_does_not_arrive_is_told(page, lab):
    page.route("**/media/*", lambda route: route.fulfill(status=404))
    page.goto(f"{lab}/latent_space")
    page.get_by_text("A part of the map did not arrive").wait_for(timeout=60_000)


def test_a_second_visit_fetches_nothing_again(page, lab):
    shown = Map(page, lab)
    files = {f"{lab}/{blob['address']}" for blob in shown.ask("Object.values(m.data.blobs)")}
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    open_page(page, "Overview")
    open_page(page, "Latent space")
    shown.wait()
    assert len(files) == 3
    assert not files & set(fetched)


def test_the_page_is_left_and_found_again_as_it_was(page, lab):
    shown = Map(page, lab, pins="61", hide="3")
    page.wait_for_url(re.compile("pins=61"))
    open_page(page, "Overview")
    open_page(page, "Latent space")
    shown.wait()
    assert shown.ask("[m.hidden, m.pins[0]?.id]") == [1 << 3, 61]


@pytest.mark.parametrize(
    "link",
    [
        {
            "at": "a,b,c,d",
            "pins": "99999~@x,1~-3",
            "hide": "abc",
            "show": "nothing",
            "path": "9",
            "grid": "1,1,0,0",
        },
        {"at": "5,5,5,5", "pins": "~~~", "grid": "1,2"},
    ],
)
def test_a_damaged_link_opens_the_whole_map(page, lab, link):
    shown = Map(page, lab, **link)
    assert shown.ask("[m.pins.length, m.hidden, m.show, m.grid, m.view.isHome()]") == [
        0,
        0,
        "zoom",
        None,
        True,
    ]


def test_two_families_side_by_side_show_the_same_digit(page, lab):
    shown = Map(page, lab, family="Stacked", beside="PCA")
    find = f"{MAPS}.find(m => m?.data.follows)"
    page.wait_for_function(f"() => {find}?.decoder")
    digit = shown.lonely()
    shown.hover(*shown.where(digit))
    page.wait_for_function(f"() => {find}.echo?.id === {digit}")
    rebuilt = page.evaluate(f"[...{find}.echo.decoded]")
    model, _ = weights.load("pca-k2")
    expected = model(mnist.load_test_digits().images[digit : digit + 1])[0, 0].numpy()
    assert np.abs(np.array(rebuilt).reshape(28, 28) - expected).max() < 1 / 255
    page.mouse.click(*shown.where(digit))
    shown.press("3")
    page.wait_for_function(f"() => {find}.pins[0]?.id === {digit} && {find}.hidden === 8")
    right = page.locator(".stage").nth(1).bounding_box()
    page.mouse.click(right["x"] + right["width"] / 2, right["y"] + right["height"] / 2)
    shown.until("m.pins.length === 2")
    page.wait_for_url(re.compile(rf"pins={digit}~\d+"))


def test_a_second_map_beside_it_leaves_the_first_as_it_was(page, lab):
    shown = Map(page, lab, pins="61", hide="3")
    page.mouse.click(*shown.where(17))
    shown.until("m.pins.length === 2")
    page.wait_for_url(re.compile("pins=61~"))
    wait_until_still(page)
    before = shown.ask("[m.hidden, ...m.pins.map(pin => pin.id)]")
    beside = page.get_by_test_id("stButtonGroup").filter(has_text="Compare with")
    beside.get_by_text("Simple", exact=True).click()
    page.locator(".lab.follower").wait_for()
    shown.wait()
    assert shown.ask("[m.hidden, ...m.pins.map(pin => pin.id)]") == before


def test_a_window_that_is_made_small_and_large_again_shows_the_same(page, lab):
    shown = Map(page, lab)
    for _ in range(3):
        shown.press("Zoom in")
    before = shown.ask("m.view.rectangle()")
    for width in (900, 600, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
    assert shown.ask("m.view.rectangle()") == pytest.approx(before, rel=1e-3)
    shown.press("Show the whole map")
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(400)
    assert shown.ask("m.view.isHome()")


def test_a_pin_is_saved_with_its_neighbours(page, lab, tmp_path):
    Map(page, lab, pins="61")
    card = page.locator('[data-pin="61"]')
    with page.expect_download() as download:
        card.get_by_role("button", name="Save PNG").click()
    download.value.save_as(tmp_path / "pin.png")
    with Image.open(tmp_path / "pin.png") as sheet:
        assert sheet.size == (7 * 28 * 6, 2 * 28 * 6)
