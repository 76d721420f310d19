"""Run the real app and a real browser, for the journeys and for the benchmark."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LESSONS = (
    "A network that finds PCA",
    "How short a code?",
    "How many layers?",
    "Learning from noise",
    "Which loss?",
    "Spotting outliers",
    "Making data",
    "Train your own",
)
PAGES = {
    "Overview": "AE Lab",
    "Bottleneck": "Bottleneck",
    "Digit denoising": "Digit denoising",
    "Latent space": "Latent space",
    "Documents": "Documents",
    **{title: title for title in LESSONS},
}  # title in the sidebar -> heading of the page
MAP = """[...document.querySelectorAll('*')].map(each => each.shadowRoot?.querySelector('.lab'))
    .find(Boolean)?.latentMap"""  # the widget of the latent space, in JavaScript
MAP_PAINTED = f"() => {MAP}?.painted"  # milliseconds since the visit began
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def browser_path() -> str | None:
    """Where the system's Chromium is; None leaves it to Playwright's own."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def run_lab(module: str = "streamlit", **environment: str) -> Iterator[str]:
    """The app on a free port of this machine; yields its address. `module` takes streamlit's arguments."""
    with run_server(module, **environment) as (address, _process):
        yield address


@contextmanager
def run_server(
    module: str = "streamlit", *more: str, seconds: float = 60, **environment: str
) -> Iterator[tuple[str, int]]:
    """Like `run_lab`, with `more` options and so long to start; yields its address and its process."""
    port = free_port()
    command = [sys.executable, "-m", module, "run", "streamlit_app.py"]
    options = ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, *options, *more],
        cwd=ROOT,
        env={**os.environ, "AE_DEBUG": "1", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_stcore/health", process, seconds)
        yield address, process.pid
    finally:
        process.kill()  # nothing of it is kept, and a polite end waits for open browser windows
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the app ended before it answered")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the app does not answer")


@contextmanager
def open_browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(_FLAGS))
        yield browser
        browser.close()


def wait_until_still(page: Any, timeout: float = 60_000) -> None:
    """Wait until the script of the page has run to its end."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]');
            return app && app.getAttribute('data-test-script-state') === 'notRunning'
                && !document.querySelector('[data-testid="stSkeleton"]');
        }""",
        timeout=timeout,
    )


def open_page(page: Any, title: str) -> None:
    """Click a page's name in the sidebar and wait until the page is there."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    page.get_by_role("heading", name=PAGES[title], level=1, exact=True).wait_for()
    wait_until_still(page)
