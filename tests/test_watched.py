"""What the server writes and whom it calls while people use it: it is started with a hook that sees both."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.app.documents_lab import dirty_png, dirty_tiff, wait_until
from tests.browser.lab import PAGES, run_lab
from tests.browser.visitor import Visitor

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path, list[Path]]:
    """What the server noted, its temp folder, and the files that were left there while it still ran."""
    diary, temp = tmp_path_factory.mktemp("watch") / "diary", tmp_path_factory.mktemp("temp")
    settings = {"WATCH": str(diary), "TMPDIR": str(temp), "PYTHONDONTWRITEBYTECODE": "1", "AE_LOG": "1"}
    with run_lab("tests.browser.watched_lab", **settings) as address:
        visitor = Visitor(address)
        visitor.arrive()
        for title in PAGES:
            visitor.open(title)
            assert visitor.screen.errors == [], title
        for name, data, _kind in (dirty_png("a page.png"), dirty_tiff("pages.tif", 2)):
            visitor.clean(name, data)
        with suppress(AssertionError):  # the sample page is still being cleaned behind the visitor's back
            wait_until(lambda: not results(diary))
        left = results(diary)
        visitor.close()
    return diary.read_text().splitlines(), temp, left


def results(diary: Path) -> list[Path]:
    """Files that the server made for documents and that are still there; other labs may run here too."""
    written = {Path(name) for name in noted(diary.read_text().splitlines(), "write") if "/ae-" in name}
    return [path for path in written if path.is_file()]


def noted(lines: list[str], word: str) -> set[str]:
    return {line.partition(" ")[2] for line in lines if line.startswith(f"{word} ")}


def test_it_writes_to_the_temp_folder_alone(watched: tuple[list[str], Path, list[Path]]) -> None:
    lines, temp, _left = watched
    written = noted(lines, "write")
    allowed = (str(temp), str(SHARED_MEMORY), "/dev/null")
    assert {path for path in written if not path.startswith(allowed)} == set()
    assert any("ae-" in path for path in written)


def test_it_keeps_nothing_of_what_was_cleaned(watched: tuple[list[str], Path, list[Path]]) -> None:
    _lines, _temp, left = watched
    assert left == []


def test_it_calls_nobody(watched: tuple[list[str], Path, list[Path]]) -> None:
    lines, _temp, _left = watched
    assert {host for host in noted(lines, "connect") if not is_here(host)} == set()


def is_here(host: str) -> bool:
    """Whether an address is this machine: loopback, a file, or none at all."""
    return (
        "127.0.0.1" in host or host in ("localhost", "None", "::1") or host.startswith(tempfile.gettempdir())
    )


def test_the_hook_sees_what_it_is_to_see(watched: tuple[list[str], Path, list[Path]]) -> None:
    lines, _temp, _left = watched
    assert noted(lines, "write")
    assert noted(lines, "connect") or noted(lines, "run")
