"""Strangers at the door: names that are markup, requests from elsewhere, visitors who vanish."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest
from PIL import Image

from tests.browser.lab import wait_until_still
from tests.conftest import draw_page, make_dirty

pytestmark = pytest.mark.browser

YOURS = "documents?document=Your+own+pages&cleaner=Filter+without+learning"
EVIL = "<img src=x onerror=window.pwned=1> ![a](http:example.invalid:1) $`id`"


def visit(page: Any, address: str, path: str = YOURS) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{address}/{path}")
    wait_until_still(page)


def upload(page: Any, *files: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files(list(files))
    page.get_by_role("button", name=re.compile("^Download")).first.wait_for()
    page.get_by_test_id("stProgress").wait_for(state="detached")
    wait_until_still(page)


def write_png(path: Path) -> Path:
    Image.fromarray(make_dirty(draw_page(400, 300))).save(path, "PNG", dpi=(150, 150))
    return path


def hosts_of(context: Any) -> set[str]:
    """Hosts that the browser asks from now on."""
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.add(urlparse(request.url).netloc))
    context.on("page", lambda page: page.on("websocket", lambda s: hosts.add(urlparse(s.url).netloc)))
    return hosts


@pytest.mark.skipif(os.name != "posix", reason="such names are not allowed here")
def test_a_file_name_that_is_markup_is_shown_letter_by_letter(page, lab, tmp_path):
    hosts = hosts_of(page.context)
    visit(page, lab)
    upload(page, write_png(tmp_path / f"{EVIL}.png"))
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src='x'], img[alt='a']").count() == 0
    assert page.get_by_text(EVIL).count() > 0
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").click()
    assert Image.open(download.value.path()).size == (400, 300)
    assert {host for host in hosts if host} == {urlparse(lab).netloc}


def test_an_upload_without_the_token_is_refused(page, lab):
    visit(page, lab)
    boundary = "edge"
    part = 'Content-Disposition: form-data; name="f"; filename="a.png"'
    body = f"--{boundary}\r\n{part}\r\n\r\nx\r\n--{boundary}--\r\n"
    request = urllib.request.Request(
        f"{lab}/_stcore/upload_file/00000000-0000-0000-0000-000000000000/1",
        data=body.encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        method="PUT",
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code in (400, 403)


def test_two_tabs_of_one_person_have_a_desk_each(page, lab, tmp_path):
    other = page.context.new_page()
    visit(page, lab)
    visit(other, lab)
    upload(page, write_png(tmp_path / "first.png"))
    upload(other, write_png(tmp_path / "second.png"))
    for tab, name in ((page, "first-clean.png"), (other, "second-clean.png")):
        with tab.expect_download() as download:
            tab.get_by_role("button", name="Download PNG").click()
        assert download.value.suggested_filename == name


def test_a_browser_that_goes_in_the_middle_of_an_upload_harms_nobody(chromium, lab, tmp_path):
    large = tmp_path / "large.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (5000, 5000), dtype=np.uint8)).save(large)
    context = chromium.new_context()
    leaving = context.new_page()
    visit(leaving, lab)
    with leaving.expect_request(re.compile("upload_file"), timeout=60_000):
        leaving.locator('input[type="file"]').first.set_input_files(large)
    context.close()
    context = chromium.new_context()
    staying = context.new_page()
    visit(staying, lab)
    upload(staying, write_png(tmp_path / "a.png"))
    assert staying.get_by_test_id("stException").count() == 0
    context.close()
