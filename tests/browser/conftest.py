"""One app and one browser for all journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ae.data import mnist
from tests.browser.lab import open_browser, run_lab


@pytest.fixture(scope="session")
def lab():
    """The running app's address."""
    with run_lab() as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; the tests fail, not skip, where it is missing: `make test` installs it.

    Playwright holds an event loop open, in which tests of other files could not run one of theirs.
    """
    with open_browser() as browser:
        yield browser


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


@pytest.fixture
def phone(chromium):
    size = {"width": 390, "height": 844}
    yield from watched(chromium.new_context(viewport=size, has_touch=True, is_mobile=True))
