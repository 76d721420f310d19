"""How good, how fast? Every figure stands beside its peers, measured in the same run, because seconds depend
on the machine and its load, and a ratio hardly does.

`pages`: ours and the peers on the same pages: RMSE, PSNR, SSIM, character error rate, seconds for one grey A4
page at 300 dpi and their ratio to the experiment's network, peak memory, for a page of 70 megapixels too.
The plot and the crops beside the results show only pages that we rendered.
`app`: seconds from a click on a page's name to the page being there, its map painted where it has one; and
from a link to the first paint of the map in a browser that has nothing yet; and for a frame of the map under
the moving pointer. Once warm; needs Chromium.
`cluster`: pages a second with one and two workers on Ray beside the plain command, the stages of a page, and
what would limit a hundred machines; only when asked for, since it needs Ray.
`load`: page switches, errors and memory with many visitors, of whom some clean pages. `hosting`: seconds to
the first page, and memory after every page and a clean A4 page. `make load` runs both.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import _benchmark_pictures as pictures
import _load as visitors
import _page_benchmark as bench
import numpy as np
import torch
from _page_benchmark import E3, OURS, BenchmarkPage
from _start import ROOT, start
from _writing import fill, marks, write_json

from ae import devices, ocr, weights
from ae.documents.cleaning import DIVISION
from ae.errors import AeError

RESULTS = ROOT / "docs" / "benchmark.json"
REPORT = ROOT / "docs" / "robustness.md"
SCALE = ROOT / "docs" / "scale.md"
PLOT, CROPS = ROOT / "docs" / "benchmark.png", ROOT / "docs" / "benchmark_crops.png"
LARGE = 70e6  # pixels
_CROP_ROWS = 8
_DRY_PEERS = ["untouched", DIVISION, E3, OURS]
_TWINS = ("stacked_conv-mse", "page-tr")  # in the tables, not in the pictures


def pages(args: argparse.Namespace) -> dict[str, Any]:
    """Rows of all peers, large pages, the networks' arithmetic, and what holds."""
    corpora = _corpora(args)
    names, missing = bench.peers(args.only or (_DRY_PEERS if args.dry_run else None))
    for name, how in missing.items():
        print(f"{name} is not installed and left out: {how}", file=sys.stderr)
    a4 = bench.office_pages(1, args.seed, 40.0 if args.dry_run else 300.0)[0].dirty
    with bench.bench(args.device) as table:
        results = {corpus: _clean_all(table, names, found) for corpus, found in corpora.items()}
        speed = bench.speed(table, names, a4, 1 if args.dry_run else args.rounds)
        tiled = [name for name in (DIVISION, OURS) if name in names]
        large = bench.large_pages(table, tiled, a4, 3e5 if args.dry_run else LARGE)
    qualities = {corpus: _qualities(results[corpus], found) for corpus, found in corpora.items()}
    _draw_crops(results["rendered"], corpora["rendered"], args.dry_run)
    rows = [_row(name, speed, {corpus: found[name] for corpus, found in qualities.items()}) for name in names]
    size = {"width": a4.shape[1], "height": a4.shape[0], "device": str(devices.choose(args.device))}
    result = {
        "corpus": next(reversed(corpora)),
        "pages": {corpus: len(found) for corpus, found in corpora.items()},
        "rows": [{**row, **size} for row in rows],
        "missing": missing,
        "large": large,
        **_arithmetic(names, a4, args),
    }
    if not args.dry_run:
        _draw_plot(result)
    return {**result, "bars": bench.judgements(result)}


def _arithmetic(names: list[str], page: np.ndarray, args: argparse.Namespace) -> dict[str, Any]:
    """What every network among the peers computes for a page, beside a plain product of matrices."""
    device = devices.choose(args.device)
    product = bench.matrix_product_speed(device, 256 if args.dry_run else 2048)
    learned = [name for name in names if name in weights.names("pages")]
    return {
        "networks": [bench.network_row(name, device, page, product) for name in learned],
        "matrix_product_gigamacs": round(product / 1e9, 1),
    }


def _corpora(args: argparse.Namespace) -> dict[str, list[BenchmarkPage]]:
    """Pages by the name of their corpus, the one that the rows are about last."""
    if args.dry_run:
        return {"rendered": bench.office_pages(2, args.seed, 40.0)}
    found = {"rendered": bench.rendered_pages(args.pages, args.seed)}
    if args.data_root:
        found[args.partition] = bench.corpus_pages(args.data_root, args.partition)
    return found


_Results = dict[str, tuple[list[np.ndarray], bench.Cleaned]]


def _clean_all(table: bench.Bench, names: list[str], found: list[BenchmarkPage]) -> _Results:
    """What every peer makes of the pages, and how fast."""
    return {name: table.clean(name, [page.dirty for page in found]) for name in names}


def _qualities(results: _Results, found: list[BenchmarkPage]) -> dict[str, bench.Quality]:
    texts = bench.truths(found) if _can_read() else None
    return {name: bench.quality(shown, found, texts, speed) for name, (shown, speed) in results.items()}


def _can_read() -> bool:
    try:
        ocr.require("+".join(bench.LANGUAGES))
    except AeError as error:
        print(f"no character error rates: {error}", file=sys.stderr)
        return False
    return True


def _row(name: str, speed: dict[str, bench.Cleaned], qualities: dict[str, bench.Quality]) -> dict[str, Any]:
    """One peer: speed and memory on the A4 page, quality on the last corpus, and on all of them."""
    main_corpus, quality = next(reversed(qualities.items()))
    cleaned, ratio = speed[name], None
    if E3 in speed:
        ratio = round(cleaned.seconds[0] / speed[E3].seconds[0], 3)
    seen = name in weights.names("pages") and main_corpus in weights.read_card(name).partitions
    return {
        "name": name,
        "seconds": round(cleaned.seconds[0], 3),
        "ratio": ratio,
        "peak_mb": cleaned.peak_mb,
        **asdict(quality),
        "seen_in_training": seen,
        "by_corpus": {corpus: asdict(found) for corpus, found in qualities.items()},
    }


def _draw_crops(results: _Results, found: list[BenchmarkPage], dry_run: bool) -> None:
    """The same places as every peer shows them, on rendered pages alone: others must not be stored."""
    columns = {"dirty": [page.dirty for page in found]}
    elsewhere = ("untouched", OURS, *_TWINS)  # untouched is the first column, ours the last but one
    columns |= {name: shown for name, (shown, _) in results.items() if name not in elsewhere}
    if OURS in results:
        columns["ours"] = results[OURS][0]
    sheet = pictures.crops_sheet({**columns, "clean": [page.clean for page in found]}, _CROP_ROWS)
    if not dry_run:
        sheet.save(CROPS, optimize=True)


def _draw_plot(result: dict[str, Any]) -> None:
    """Of the first corpus, the rendered pages: `page` has learned from the other one."""
    corpus, count = next(iter(result["pages"].items()))
    title = f"{count} pages ({corpus})"
    shown = [row for row in result["rows"] if row["name"] not in _TWINS]
    rows = [{**row, **row["by_corpus"][corpus]} for row in shown]
    try:
        pictures.save_plot(pictures.plot(rows, title), PLOT)
    except Exception as error:  # Playwright's own kinds of errors, or that it is missing
        told = (str(error).splitlines() or [type(error).__name__])[0]
        print(f"no plot: {told} (`make test` sets Chromium up)", file=sys.stderr)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def app(args: argparse.Namespace) -> dict[str, Any]:
    """Median and slowest page switch, and first paint of the map, in a real browser."""
    from tests.browser.lab import PAGES, open_browser, run_lab, wait_until_still

    rounds = 1 if args.dry_run else args.rounds
    seconds: dict[str, list[float]] = {title: [] for title in PAGES}
    with run_lab() as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        wait_until_still(page)
        for turn in range(rounds + 1):  # the first turn warms the caches
            for title in PAGES:
                elapsed = _seconds(lambda title=title: _switch(page, title))
                if turn:
                    seconds[title].append(elapsed)
        paints = [_first_paint(browser, address) for _ in range(rounds)]
        frames = _frames_under_pointer(page, address)
    timed = {
        **seconds,
        "Latent space, first paint from a link": paints,
        "Latent space, a frame under the moving pointer": frames,
    }
    return {
        "rows": [
            {"page": title, "seconds": round(median(values), 4), "slowest": round(max(values), 4)}
            for title, values in timed.items()
        ]
    }


def _switch(page: Any, title: str) -> None:
    from tests.browser.lab import MAP_PAINTED, open_page

    open_page(page, title)
    if title == "Latent space":
        page.wait_for_function(MAP_PAINTED)


def _first_paint(browser: Any, address: str) -> float:
    """Seconds from the start of a visit to ten thousand points on the screen; the browser has nothing yet."""
    from tests.browser.lab import MAP_PAINTED

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/latent_space")
    milliseconds = page.wait_for_function(MAP_PAINTED).json_value()
    context.close()
    return float(milliseconds) / 1000


def _frames_under_pointer(page: Any, address: str) -> list[float]:
    """Seconds that picking, decoding and drawing took, frame by frame, with the slowest decoder."""
    from tests.browser.map_lab import Map

    shown = Map(page, address, family="Convolutional")
    for step in range(200):
        page.mouse.move(*shown.at(80 + 2 * step, 120 + step))
    return [each / 1000 for each in shown.ask("m.timings")]


def cluster(args: argparse.Namespace) -> dict[str, Any]:
    """Pages a second on a cluster of two nodes, and what would limit many."""
    import _cluster_benchmark as scale

    dpi, model = (40.0, DIVISION) if args.dry_run else (300.0, OURS)
    count = 4 if args.dry_run else args.pages
    return scale.measure([page.dirty for page in bench.office_pages(count, args.seed, dpi)], model)


def load(args: argparse.Namespace) -> dict[str, Any]:
    """Page switches, errors and memory with many visitors, of whom some clean pages."""
    if args.dry_run:
        return visitors.load(3, 1, 8.0, 50.0, args.seed)
    return visitors.load(args.visitors, args.cleaners, args.seconds, seed=args.seed)


def hosting(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds to the first page, and memory after every page and a clean A4 page."""
    return visitors.hosting(50.0 if args.dry_run else 300.0)


def _keep(kind: str, found: dict[str, Any]) -> None:
    """Store what one benchmark found, then write what documents say about it.

    What the others found is read only now: one may have ended while this one ran, and must not be lost.
    """
    stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    stored[kind] = found
    write_json(RESULTS, stored)
    if kind in ("load", "hosting"):
        fill(REPORT, marks("visitors"), visitors.report(stored))
    if kind == "cluster":
        from _cluster_benchmark import report

        fill(SCALE, marks("measured"), report(found))


def _parser(kinds: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=kinds, help="default: pages and app")
    parser.add_argument("--data-root", type=Path, help="NoisyOffice; without it the pages are rendered")
    parser.add_argument("--partition", choices=("TR", "VA", "TE"), default="VA")
    parser.add_argument("--pages", type=int, default=12, help="rendered pages")
    known = bench.known_peers()
    parser.add_argument(
        "--only", nargs="+", choices=known, metavar="NAME", help=f"only these of {', '.join(known)}"
    )
    parser.add_argument("--visitors", type=int, default=20, help="of load")
    parser.add_argument("--cleaners", type=int, default=4, help="of load: visitors who clean pages")
    parser.add_argument("--seconds", type=float, default=600.0, help="of load")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--dry-run", action="store_true", help="one small round; writes nothing")
    return parser


def main() -> None:
    """Run one benchmark, or two; results go into `docs/benchmark.json`."""
    kinds = {"pages": pages, "app": app, "cluster": cluster, "load": load, "hosting": hosting}
    args = _parser(kinds).parse_args()
    machine = {
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    for kind in [args.kind] if args.kind else ["pages", "app"]:
        found = kinds[kind](args)
        print(json.dumps(found, indent=1) if args.json else "\n".join(map(str, found["rows"])))
        if not args.dry_run:
            _keep(kind, {"machine": machine, **found})


if __name__ == "__main__":
    start(main)
