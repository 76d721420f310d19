"""Lessons that only a real browser shows: drawing on a board, and a training that runs, stops and is kept."""

from __future__ import annotations

import re
import zipfile

import pytest

from app.components.training_bench import SECONDS
from tests.browser.lab import MAP, open_page, wait_until_still

pytestmark = pytest.mark.browser
PATIENCE = 120_000
ENDS_WITHIN = 20_000  # a training that was asked to stop; its own end is a minute away
ENDED = re.compile(r"(\d+) batches in (\d+) seconds, until you stopped it")
LAST_DRAWN = """() => {
    const chart = document.querySelector('[data-testid="stPlotlyChart"] .js-plotly-plot');
    return chart?.data ? chart.data[0].x.at(-1) : 0;
}"""


def test_a_drawing_is_judged_and_a_cleared_board_is_empty_again(page, lab):
    page.goto(f"{lab}/outliers")
    wait_until_still(page)
    board = page.get_by_role("img", name="Board to draw on")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    left, top, size = box["x"], box["y"], box["width"]
    page.mouse.move(left + 0.2 * size, top + 0.2 * size)
    page.mouse.down()
    page.mouse.move(left + 0.8 * size, top + 0.8 * size, steps=8)
    page.mouse.move(left + 0.2 * size, top + 0.8 * size, steps=8)
    page.mouse.up()
    verdict = page.get_by_text("Taken for a digit").or_(page.get_by_text("Found out"))
    verdict.wait_for(timeout=PATIENCE)
    assert page.get_by_alt_text("Your drawing, and what stacked-k8 makes of it").count() == 1
    page.get_by_role("button", name="Clear").click()
    verdict.wait_for(state="detached", timeout=PATIENCE)


def batches_drawn(page) -> int:
    """How far the curve of the held-out error goes."""
    return page.evaluate(LAST_DRAWN)


def wait_for_more_than(page, batches: int) -> None:
    """Wait until the curve has another point."""
    page.wait_for_function(f"batches => ({LAST_DRAWN})() > batches", arg=batches, timeout=PATIENCE)


def test_a_training_runs_stops_is_kept_downloaded_and_opened_on_the_map(page, lab, tmp_path):
    page.goto(f"{lab}/train?own_family=Stacked&own_k=2&own_depth=1")
    wait_until_still(page)
    main = page.get_by_test_id("stMain")
    main.get_by_role("button", name="Train", exact=True).click()
    page.get_by_alt_text("Held-out digits, and what the model makes of them now").wait_for(timeout=PATIENCE)
    first = batches_drawn(page)
    wait_for_more_than(page, first)
    stop = main.get_by_role("button", name="Stop", exact=True)
    stop.click()
    keep = main.get_by_role("button", name="Keep", exact=True)
    keep.wait_for(timeout=ENDS_WITHIN)
    assert stop.count() == 0
    assert batches_drawn(page) > first
    told = main.get_by_text(ENDED).inner_text()
    batches, seconds = map(int, ENDED.search(told).groups())
    assert batches == batches_drawn(page)
    assert seconds < SECONDS
    keep.click()
    download = main.get_by_role("button", name="Weights and card")
    download.wait_for(timeout=PATIENCE)
    with page.expect_download(timeout=PATIENCE) as weights:
        download.click()
    weights.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert {name.rsplit("/")[-1] for name in archive.namelist()} == {"card.json", "model.safetensors"}
    open_page(page, "Latent space")
    page.wait_for_function(f"() => {MAP}?.data?.title.startsWith('mine-stacked-k2-')", timeout=PATIENCE)
    assert page.get_by_test_id("stException").count() == 0


def test_on_a_phone_the_lesson_before_is_left_of_the_next_in_one_line(phone, lab):
    phone.goto(f"{lab}/depth")
    wait_until_still(phone)
    main = phone.get_by_test_id("stMain")
    before, after = (
        main.get_by_role("link", name=name).bounding_box()
        for name in ("How short a code?", "Learning from noise")
    )
    assert before["x"] + before["width"] < after["x"]
    assert abs(before["y"] - after["y"]) < 2
