"""The map under fingers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.browser.map_lab import Map

pytestmark = pytest.mark.browser


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


def test_the_words_are_those_of_a_finger(phone, lab):
    Map(phone, lab)
    assert phone.get_by_text("Two fingers zoom.").count() == 1
    assert phone.get_by_text("Tap to pin a digit").count() == 1
    assert phone.get_by_text("Click").count() == 0
