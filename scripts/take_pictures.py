"""Take the README's pictures of the real app in a real browser (needs Chromium)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from _start import ROOT, start

from tests.browser.lab import open_browser, open_page, run_lab, wait_until_still

PICTURES = {"bottleneck": "Bottleneck", "documents": "Documents"}
VIEW = {"width": 1280, "height": 960}


def take(page: Any, title: str, path: Path) -> None:
    """Open one page of the app and store what a visitor sees first."""
    open_page(page, title)
    page.get_by_test_id("stProgress").wait_for(state="detached")
    page.wait_for_timeout(1500)  # pictures load after the script has ended
    page.screenshot(path=path)


def main() -> None:
    """Write `docs/NAME.png`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    parser.add_argument("--dry-run", action="store_true", help="open the pages, write nothing")
    args = parser.parse_args()
    with run_lab() as address, open_browser() as browser:
        page = browser.new_page(viewport=VIEW, color_scheme="dark" if args.dark else "light")
        page.goto(address)
        wait_until_still(page)
        for name, title in PICTURES.items():
            if args.dry_run:
                open_page(page, title)
            else:
                take(page, title, args.out / f"{name}.png")


if __name__ == "__main__":
    start(main)
