"""The map of the codes in a real Chromium: what is drawn, picked and decoded, by mouse and by keyboard."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from ae import latent, weights
from ae.data import mnist
from ae.models import FAMILIES, build
from ae.portable import export_decoder
from app.charts import CLASS_COLOURS
from tests.browser.lab import ROOT, open_page
from tests.browser.map_lab import LINK_RESTS, Map, drawn, grey
from tests.neighbours import nearest

pytestmark = pytest.mark.browser

DIGIT_FAMILIES = [name for name, family in FAMILIES.items() if family.inputs == "digits"]


SMALL = {
    "stacked": {"widths": [30, 20]},
    "variational": {"widths": [30, 20]},
    "conv": {"widths": [4, 6, 8], "hidden": [20, 10]},
}


LENS = 92  # pixels of a picture in the lens


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


def test_pointing_decodes_once_a_frame_and_draws_no_point_again(page, lab):
    shown = Map(page, lab, family="Convolutional")
    page.mouse.move(*shown.at(80, 120))
    shown.until("m.pointer")
    shown.ask(
        """(() => {
            const { decoder, points } = m, { decode } = decoder, { draw } = points;
            m.counts = { decoded: 0, drawn: 0 };
            decoder.decode = function (code) { m.counts.decoded++; return decode.call(this, code); };
            points.draw = function (...how) { m.counts.drawn++; return draw.apply(this, how); };
            m.timings.splice(0);
            for (let step = 0; step < 600; step++) m.look(80 + step / 3, 120, "mouse"); // all in one frame
        })()"""
    )
    shown.until("m.counts.decoded")
    assert shown.ask("[m.timings.length, m.counts]") == [1, {"decoded": 1, "drawn": 0}]
    assert shown.ask("m.pointer.x") > 279
    shown.press("Zoom in")
    shown.until("m.counts.drawn")  # the counter counts


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
        assert near == nearest(points, digit, 5)
    page.wait_for_url(re.compile(rf"pins={digit}\b"))


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_classes_have_the_colours_of_the_theme(page, lab, theme):
    page.emulate_media(color_scheme=theme)
    shown = Map(page, lab)
    wanted = [[int(name[at : at + 2], 16) for at in (1, 3, 5)] for name in CLASS_COLOURS[theme]]
    assert shown.ask("m.palette") == wanted
    chip = page.locator(".legend .chip i").first
    assert (
        chip.evaluate("it => getComputedStyle(it).backgroundColor")
        == f"rgb({', '.join(map(str, wanted[0]))})"
    )
    assert share_of(wanted[1], shown.colours("points")) > 0.1


def test_a_theme_that_changes_takes_the_colours_along(page, lab):
    page.emulate_media(color_scheme="light")
    shown = Map(page, lab)
    page.emulate_media(color_scheme="dark")
    shown.until("m.palette.kind === 'dark'")
    first = ", ".join(str(int(CLASS_COLOURS["dark"][0][at : at + 2], 16)) for at in (1, 3, 5))
    assert page.locator(".legend .chip i").first.evaluate("it => it.style.background").endswith(f"({first})")


def test_the_words_are_those_of_a_mouse(page, lab):
    Map(page, lab)
    assert page.get_by_text("Click the map once, then scroll to zoom.").count() == 1
    assert page.get_by_text("finger").count() == 0
