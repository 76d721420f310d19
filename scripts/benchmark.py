"""How fast? Every figure stands beside a peer that is measured in the same run, because seconds depend on
the machine and its load, and a ratio hardly does.

`pages`: seconds for one grey A4 page at 300 dpi, each cleaner beside the experiment's network.
`app`: seconds from a click on a page's name to the page being there, once warm (needs Chromium).
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import torch

from ae.data.rendering import PageStyle, render_page
from ae.documents.cleaning import cleaner_names, load_cleaner
from ae.documents.page import Page

PEER = "stacked_conv"
RESULTS = ROOT / "docs" / "benchmark.json"


def pages(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Seconds a page for every cleaner, and the ratio to the experiment's network."""
    style = PageStyle(dpi=40.0 if args.dry_run else 300.0)
    page = Page(render_page(args.seed, style).dirty)
    cleaners = {name: load_cleaner(name, args.device) for name in cleaner_names()}
    seconds: dict[str, list[float]] = {name: [] for name in cleaners}
    for _ in range(1 if args.dry_run else args.rounds):
        # In turns, so that whatever else the machine does meets all of them alike.
        for name, cleaner in cleaners.items():
            seconds[name].append(_seconds(lambda cleaner=cleaner: cleaner.clean(page)))
    peer = median(seconds[PEER])
    return [
        {
            "name": name,
            "width": page.width,
            "height": page.height,
            "seconds": round(median(values), 3),
            "ratio": round(median(values) / peer, 3),
            "device": str(cleaners[name].device),
        }
        for name, values in seconds.items()
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def app(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Median and slowest page switch in a real browser."""
    from tests.browser.lab import PAGES, open_browser, open_page, run_lab, wait_until_still

    rounds = 1 if args.dry_run else args.rounds
    seconds: dict[str, list[float]] = {title: [] for title in PAGES}
    with run_lab() as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        wait_until_still(page)
        for turn in range(rounds + 1):  # the first turn warms the caches
            for title in PAGES:
                elapsed = _seconds(lambda title=title: open_page(page, title))
                if turn:
                    seconds[title].append(elapsed)
    return [
        {"page": title, "seconds": round(median(values), 3), "slowest": round(max(values), 3)}
        for title, values in seconds.items()
    ]


def main() -> None:
    """Run one benchmark, or all; results go into `docs/benchmark.json`."""
    kinds = {"pages": pages, "app": app}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=kinds, help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--dry-run", action="store_true", help="one small round; writes nothing")
    args = parser.parse_args()
    machine = {
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for kind in [args.kind] if args.kind else list(kinds):
        rows = kinds[kind](args)
        stored[kind] = {"machine": machine, "rows": rows}
        print(json.dumps(rows, indent=1) if args.json else "\n".join(map(str, rows)))
    if not args.dry_run:
        RESULTS.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
