"""Journeys through the documents page in a real Chromium: many kinds of files, the viewer, kept regions."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ae.documents.document import open_document
from tests.browser.lab import open_page, wait_until_still
from tests.conftest import draw_page, make_dirty

pytestmark = pytest.mark.browser

YOURS = "documents?document=Your+own+pages&cleaner=Filter+without+learning"
PATIENCE = 120_000  # milliseconds; machines that run tests are busy
STAGE = """() => [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')]
    .map((host) => host.shadowRoot.querySelector('.stage')).find(Boolean)"""


def visit(page: Any, lab: str, path: str = YOURS) -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab}/{path}")
    page.get_by_role("heading", name="Documents", level=1).wait_for()
    wait_until_still(page)


def upload(page: Any, *files: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files(list(files))
    page.get_by_role("button", name=re.compile("^Download")).first.wait_for()
    wait_for_work(page)


def wait_for_work(page: Any) -> None:
    page.get_by_test_id("stProgress").wait_for(state="detached")
    wait_until_still(page)


def wait_for_picture(page: Any) -> None:
    page.wait_for_function(f"({STAGE})()?.dataset.complete === 'true'")


def scale(page: Any) -> float:
    return float(page.evaluate(f"({STAGE})().dataset.scale"))


def slider(page: Any) -> Any:
    return page.get_by_role("slider", name=re.compile("before cleaning"))


def share_before(page: Any) -> int:
    page.wait_for_timeout(100)  # the viewer draws once a frame
    return int(slider(page).get_attribute("aria-valuenow"))


def middle(page: Any) -> tuple[float, float]:
    """The middle of the viewer, brought into sight."""
    page.locator("canvas").scroll_into_view_if_needed()
    box = page.locator("canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def download(page: Any, name: str | re.Pattern[str], target: Path) -> Path:
    with page.expect_download() as found:
        page.get_by_role("button", name=name).first.click()
    found.value.save_as(target)
    return target


def write_png(path: Path, width: int = 600, height: int = 700) -> Path:
    Image.fromarray(make_dirty(draw_page(width, height))).save(path, dpi=(150, 150))
    return path


@pytest.fixture
def stack(tmp_path: Path) -> list[Path]:
    """A PDF of five pages, a photograph on its side, and a broken file."""
    pages = [Image.fromarray(make_dirty(draw_page(500 + 10 * number, 700))) for number in range(5)]
    pages[0].save(tmp_path / "five.pdf", save_all=True, append_images=pages[1:], resolution=60)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(make_dirty(draw_page(700, 500))).save(tmp_path / "turned.jpg", exif=exif)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nand no more")
    return [tmp_path / name for name in ("broken.pdf", "five.pdf", "turned.jpg")]


def test_a_pdf_a_photograph_on_its_side_and_a_broken_file_at_once(page, lab, stack, tmp_path):
    visit(page, lab)
    upload(page, *stack)
    page.get_by_text(re.compile(r"broken\.pdf: .*; ")).wait_for()
    names = [option.get_attribute("aria-label") for option in page.get_by_role("option").all()]
    assert names == [*(f"Page {number} of five.pdf" for number in range(1, 6)), "turned.jpg"]
    with zipfile.ZipFile(download(page, "All as ZIP", tmp_path / "all.zip")) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert set(found) == {"five.pdf", "turned.jpg"}
    with open_document(found["five.pdf"], "five.pdf") as document:
        assert (document.kind, document.page_count) == ("pdf", 5)
    with Image.open(io.BytesIO(found["turned.jpg"])) as photograph:
        assert photograph.size == (500, 700)
        assert 0x0112 not in photograph.getexif()


def test_a_heic_photograph_comes_back_as_heic(page, lab, tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    colours = np.dstack([make_dirty(draw_page(400, 500))] * 3)
    Image.fromarray(colours).save(tmp_path / "photo.heic")
    visit(page, lab)
    upload(page, tmp_path / "photo.heic")
    target = download(page, "Download HEIC", tmp_path / "clean.heic")
    with Image.open(target) as photograph:
        assert (photograph.format, photograph.size) == ("HEIF", (400, 500))


def test_the_slider_follows_the_mouse_and_the_keys(page, lab, tmp_path):
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png"))
    wait_for_picture(page)
    x, y = middle(page)
    assert share_before(page) == 50
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=5)
    page.mouse.up()
    moved = share_before(page)
    assert moved < 45
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    assert share_before(page) == moved + 2
    page.keyboard.press("Home")
    assert share_before(page) == 0
    page.keyboard.press("End")
    assert share_before(page) == 100
    assert "100 % before" in slider(page).get_attribute("aria-valuetext")


def test_the_slider_follows_a_finger_and_nothing_is_wider_than_a_phone(chromium, lab, tmp_path):
    phone = {"width": 390, "height": 844}
    context = chromium.new_context(viewport=phone, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = context.new_page()
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png"))
    wait_for_picture(page)
    x, y = middle(page)
    touch = context.new_cdp_session(page)
    for kind, place in [("touchStart", x), ("touchMove", x + 30), ("touchMove", x + 90), ("touchEnd", None)]:
        points = [] if place is None else [{"x": place, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert share_before(page) > 60
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    context.close()


def test_two_fingers_zoom_in_and_out_again(chromium, lab, tmp_path):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png", 1600, 2000))
    wait_for_picture(page)
    whole, before = scale(page), share_before(page)
    pinch(page, context, 30, 60, 90)
    wait_for_picture(page)
    assert scale(page) > 2 * whole
    assert share_before(page) == before
    pinch(page, context, 90, 60, 15)
    assert scale(page) == pytest.approx(whole, rel=0.05)
    context.close()


def pinch(page: Any, context: Any, *distances: int) -> None:
    """Two fingers on either side of the viewer's middle, so far from it one after the other."""
    x, y = middle(page)
    touch = context.new_cdp_session(page)
    for number, distance in enumerate(distances):
        points = [{"x": x + side * distance, "y": y, "id": side + 1} for side in (-1, 1)]
        kind = "touchMove" if number else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)


def test_full_screen_is_left_again_and_leaves_the_page_as_it_was(page, lab, tmp_path):
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png", 1600, 2000))
    wait_for_picture(page)
    before, whole = page.locator("canvas").bounding_box(), scale(page)
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    page.wait_for_timeout(300)
    assert page.locator("canvas").bounding_box()["width"] > before["width"]
    page.locator("canvas").focus()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.wait_for_timeout(300)
    after = page.locator("canvas").bounding_box()
    assert after["width"] == pytest.approx(before["width"], abs=2)
    assert after["height"] == pytest.approx(before["height"], abs=2)
    assert scale(page) == pytest.approx(whole, rel=0.02)


def test_the_page_can_be_zoomed_moved_and_shown_whole_again(page, lab, tmp_path):
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png", 1600, 2000))
    wait_for_picture(page)
    whole = scale(page)
    page.get_by_role("button", name="Actual size").click()
    page.wait_for_timeout(200)
    assert scale(page) == 1 > whole
    wait_for_picture(page)
    x, y = middle(page)
    page.mouse.move(x + 150, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(200)
    assert scale(page) > 1.5
    before = share_before(page)
    page.mouse.down()
    page.mouse.move(x + 50, y - 80, steps=4)
    page.mouse.up()
    assert share_before(page) == before
    page.locator("canvas").focus()
    page.keyboard.press("0")
    page.wait_for_timeout(200)
    assert scale(page) == pytest.approx(whole)


def test_of_a_large_page_only_what_is_seen_is_loaded(page, lab, tmp_path):
    tiles = []
    page.on("request", lambda request: tiles.append(request.url) if "/media/" in request.url else None)
    clean = np.tile(make_dirty(draw_page(600, 500)), (10, 8))
    Image.fromarray(clean).save(tmp_path / "large.png")
    visit(page, lab)
    upload(page, tmp_path / "large.png")
    page.get_by_text("24.0 megapixels").wait_for()
    wait_for_picture(page)
    assert len(tiles) < 60
    tiles.clear()
    page.get_by_role("button", name="Actual size").click()
    page.wait_for_timeout(200)
    wait_for_picture(page)
    assert 1 <= len(tiles) <= 24
    assert page.get_by_test_id("stException").count() == 0


def test_a_region_that_was_drawn_stays_as_it_was_until_it_is_undone(page, lab, tmp_path):
    source = write_png(tmp_path / "a.png")
    visit(page, lab)
    upload(page, source)
    wait_for_picture(page)
    dirty = np.asarray(Image.open(source))
    plain = np.asarray(Image.open(download(page, "Download PNG", tmp_path / "1.png")))
    page.get_by_role("button", name="Keep a region").click()
    x, y = middle(page)
    page.mouse.move(x - 60, y - 50)
    page.mouse.down()
    page.mouse.move(x + 80, y + 60, steps=4)
    page.mouse.up()
    page.get_by_text("1 region of this page kept as it was").wait_for()
    page.get_by_role("button", name="Download PNG").wait_for()
    wait_for_work(page)
    kept = np.asarray(Image.open(download(page, "Download PNG", tmp_path / "2.png")))
    rows, columns = np.nonzero(kept != plain)
    box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    assert rows.size > 1000
    assert np.array_equal(kept[box], dirty[box])
    page.get_by_role("button", name="Undo the last").click()
    page.get_by_text("1 region of this page kept as it was").wait_for(state="detached")
    page.get_by_role("button", name="Download PNG").wait_for()
    wait_for_work(page)
    undone = np.asarray(Image.open(download(page, "Download PNG", tmp_path / "3.png")))
    assert np.array_equal(undone, plain)


def test_strength_zero_gives_the_same_pixels_and_stays_in_the_link(page, lab, tmp_path):
    source = write_png(tmp_path / "a.png")
    visit(page, lab, f"{YOURS}&strength=0")
    upload(page, source)
    result = download(page, "Download PNG", tmp_path / "out.png")
    assert np.array_equal(np.asarray(Image.open(result)), np.asarray(Image.open(source)))
    assert "strength=0" in page.url


def test_labels_of_the_choices_are_in_line_and_an_uploader_says_its_kinds_in_one(page, lab):
    visit(page, lab)
    strength, colours = (
        page.get_by_text(name, exact=True).bounding_box() for name in ("Strength", "Colours")
    )
    assert strength["y"] == pytest.approx(colours["y"], abs=1)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    kinds = page.get_by_text("Pages to clean: PDF, TIFF, HEIC, JPEG, PNG").bounding_box()
    assert kinds["height"] < 1.5 * strength["height"]


def test_documents_are_still_there_after_a_visit_to_another_page(page, lab, tmp_path):
    visit(page, lab)
    upload(page, write_png(tmp_path / "a.png"))
    open_page(page, "Overview")
    open_page(page, "Documents")
    page.get_by_role("button", name="Download PNG").wait_for()
    page.get_by_role("button", name="Remove").click()
    page.locator("canvas").wait_for(state="detached")


def test_a_file_over_the_limit_is_refused_and_the_others_are_cleaned(page, lab, tmp_path):
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(101_000_000)
    visit(page, lab)
    page.get_by_text("100MB per file").wait_for()
    upload(page, large, write_png(tmp_path / "a.png"))
    page.get_by_text("1 document, ").wait_for()
    assert page.get_by_test_id("stException").count() == 0
