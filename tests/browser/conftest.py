"""One app and one browser for all journeys."""

from __future__ import annotations

import pytest

from tests.browser.lab import open_browser, run_lab


@pytest.fixture(scope="session")
def lab():
    """The running app's address."""
    with run_lab() as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium; the tests fail, not skip, where it is missing: `make test` installs it."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(chromium):
    """A fresh window."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
