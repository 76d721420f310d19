"""The main journeys, in a real Chromium against the real app."""

from __future__ import annotations

import re
import subprocess
import sys
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image

from tests.browser.lab import PAGES, ROOT, open_page, wait_until_still
from tests.conftest import draw_page, make_dirty

pytestmark = pytest.mark.browser


def visit(page, address):
    page.goto(address)
    wait_until_still(page)


def no_error(page):
    assert page.get_by_test_id("stException").count() == 0


def test_every_page_opens_and_no_foreign_host_is_contacted(page, lab):
    hosts = set()
    page.context.on("request", lambda request: hosts.add(urlparse(request.url).netloc))
    page.on("websocket", lambda socket: hosts.add(urlparse(socket.url).netloc))
    visit(page, lab)
    for title in PAGES:
        open_page(page, title)
        no_error(page)
        assert page.get_by_test_id("stAlertContentError").count() == 0
    assert {host for host in hosts if host} == {urlparse(lab).netloc}


def eventually(page, condition):
    """Wait until the condition holds, however busy the machine is; fail after 30 seconds."""
    for _ in range(150):
        if condition():
            return
        page.wait_for_timeout(200)
    assert condition()


def test_switching_family_and_k_changes_the_picture_and_the_link_reopens_it(page, lab):
    pictures = page.get_by_test_id("stMain").locator("img")

    def sources():
        return pictures.evaluate_all("images => images.map(image => image.src)")

    def click_and_wait(target):
        before = sources()
        target.click()
        eventually(page, lambda: sources() and sources() != before)
        wait_until_still(page)

    visit(page, lab)
    click_and_wait(page.get_by_role("radio", name="PCA").or_(page.get_by_text("PCA", exact=True)).first)
    click_and_wait(page.get_by_text("2", exact=True).first)
    after = sources()
    link = page.url
    assert "family" in link
    visit(page, link)
    eventually(page, lambda: sources() == after)


def test_a_dirty_page_comes_back_as_the_command_line_gives_it_and_a_bad_file_is_named(page, lab, tmp_path):
    dirty, bad = tmp_path / "dirty.png", tmp_path / "bad.png"
    Image.fromarray(make_dirty(draw_page(700, 500))).save(dirty, dpi=(200, 200))
    bad.write_bytes(b"no picture")
    visit(page, lab)
    open_page(page, "Documents")
    page.get_by_text("Your own pages").click()
    wait_until_still(page)
    page.locator('input[type="file"]').set_input_files([dirty, bad])
    page.get_by_text(re.compile(r"bad\.png: this is no picture and no PDF")).wait_for()
    button = page.get_by_role("button", name="Download PNG")
    button.wait_for(timeout=60_000)
    wait_until_still(page)
    with page.expect_download() as download:
        button.click()
    download.value.save_as(tmp_path / "from-the-app.png")
    command = [sys.executable, "-m", "ae", "clean", dirty, "-o", tmp_path / "from-the-command.png"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    with (
        Image.open(tmp_path / "from-the-app.png") as ours,
        Image.open(tmp_path / "from-the-command.png") as theirs,
    ):
        assert np.array_equal(np.asarray(ours), np.asarray(theirs))
        assert ours.info["dpi"] == theirs.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    no_error(page)


@pytest.mark.parametrize("title", PAGES)
def test_a_phone_never_scrolls_sideways(chromium, lab, title):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    visit(page, lab)
    page.get_by_test_id("stExpandSidebarButton").click()
    open_page(page, title)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    no_error(page)
    context.close()


def test_a_run_of_the_old_page_that_ends_after_back_does_not_enter_it_again(page, lab):
    page.goto(lab, timeout=120_000)
    wait_until_still(page)
    open_page(page, "Bottleneck")
    page.go_back()
    page.wait_for_url(re.compile(r":\d+/$"))
    page.evaluate("history.pushState({}, '', '/bottleneck')")  # as Streamlit does at the end of a run
    assert page.evaluate("location.pathname") == "/"
    page.go_forward()
    page.wait_for_url(re.compile("/bottleneck$"))
    page.get_by_role("heading", name="Bottleneck", level=1, exact=True).wait_for()


@pytest.mark.parametrize("path", ["bottleneck?view=Size", "denoising", "loss", "latent_space"])
def test_a_small_table_fits_a_phone(phone, lab, path):
    visit(phone, f"{lab}/{path}")
    if path == "latent_space":
        phone.get_by_text("How good is this map?").click()
    table = phone.get_by_test_id("stTable")
    table.wait_for()
    edges = table.locator("td, th").evaluate_all("all => all.map(it => it.getBoundingClientRect().right)")
    assert max(edges) <= 390


def test_on_a_phone_input_and_output_stand_side_by_side(phone, lab):
    visit(phone, lab)
    first, second = (each.bounding_box() for each in phone.get_by_test_id("stImage").all())
    assert first["x"] + first["width"] < second["x"]
    assert first["y"] == second["y"]


def test_what_is_behind_more_is_in_the_link_and_on_the_first_screen_is_the_picture(phone, lab):
    visit(phone, f"{lab}/denoising?trained=All+kinds+and+levels")
    assert phone.get_by_test_id("stImage").bounding_box()["y"] < 600
    phone.get_by_role("button", name="More").click()
    phone.get_by_role("radio", name="Cross-entropy").or_(
        phone.get_by_text("Cross-entropy", exact=True)
    ).first.click()
    phone.wait_for_url(re.compile("loss=Cross-entropy"))
    assert "trained=All" in phone.url
    phone.reload()
    wait_until_still(phone)
    assert "loss=Cross-entropy" in phone.url
    assert "trained=All" in phone.url
