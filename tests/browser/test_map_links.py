"""What a link carries, what a reset brings back, and two maps side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from ae import latent, weights
from ae.data import mnist
from tests.browser.lab import open_page, wait_until_still
from tests.browser.map_lab import MAPS, Map, SecondMap, saved

pytestmark = pytest.mark.browser


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
