"""How robust? Thousands of damaged files through the reader, and long documents through the whole program.

Writes docs/robustness.json, and from it the tables of docs/robustness.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ae.documents.document import (
    DocumentWriter,
    Limits,
    Output,
    Page,
    PageError,
    create_writer,
    open_document,
)
from ae.errors import AeError, InputError
from ae.memory import family, most_kb
from scripts._damaged_files import mutated, pdf_samples, samples
from scripts._start import start
from scripts._writing import fill, marks, write_json

RESULTS = ROOT / "docs" / "robustness.json"
REPORT = ROOT / "docs" / "robustness.md"
LIMITS = Limits(bytes=5_000_000, pixels=4_000_000, pages=20, seconds=10.0)
SLOW = 15.0  # seconds for one file, above the limit of a page: a hang
MOST_MB = 1500
_LONG_DPI = 100.0
BATCH = 250  # files a process, so that one that dies costs few

Fuzz = Callable[[range], "list[Reading]"]


# What becomes of it


@dataclass(frozen=True)
class Reading:
    """`outcome` is read, read in part, or refused; anything else is a defect, told by `problem`."""

    seed: int
    name: str
    outcome: str
    seconds: float
    problem: str = ""


def read(seed: int, name: str, data: bytes) -> Reading:
    """Open a file and decode all its pages within `LIMITS`."""
    return _timed(seed, name, lambda: _read(name, data))


def _timed(seed: int, name: str, act: Callable[[], tuple[str, str]]) -> Reading:
    started = time.perf_counter()
    outcome, problem = act()
    seconds = time.perf_counter() - started
    if seconds > SLOW:
        outcome, problem = "slow", f"{seconds:.0f} s"
    return Reading(seed, name, outcome, seconds, problem)


def _read(name: str, data: bytes) -> tuple[str, str]:
    try:
        with open_document(data, name, LIMITS) as document:
            found = list(document.pages(to="png"))
    except AeError as error:
        return _judged(error, name)
    except Exception as error:
        return "crashed", f"{type(error).__name__}: {error}"
    bad = [page for page in found if isinstance(page, InputError)]
    for page_error in bad:
        outcome, problem = _judged(page_error, name)
        if problem:
            return outcome, problem
    return ("refused" if len(bad) == len(found) else "read in part" if bad else "read"), ""


def rewrite(seed: int, name: str, data: bytes) -> Reading:
    """Open a PDF and write every page of it with new pixels, as cleaning does; then open what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        return _timed(seed, name, lambda: _rewrite(name, data, Path(folder) / "out.pdf"))


def _rewrite(name: str, data: bytes, out: Path) -> tuple[str, str]:
    try:
        with open_document(data, name, LIMITS) as document, create_writer("pdf", out, document) as writer:
            for page in document.pages(to="pdf"):
                _put(writer, page)
    except AeError as error:
        return _judged(error, name if str(error).startswith(name) else str(out))
    except Exception as error:
        return "crashed", f"{type(error).__name__}: {error}"
    try:
        with open_document(out, "result", LIMITS) as result:
            if result.page_count != document.page_count:
                return "lost pages", f"{result.page_count} of {document.page_count}"
    except AeError as error:
        return "unreadable", str(error)
    return "read", ""


def _put(writer: DocumentWriter, page: Page | PageError) -> None:
    """Write a page with other pixels; one that cannot be changed goes in as it was."""
    if isinstance(page, PageError):
        writer.keep(page.number)
        return
    try:
        writer.write(page if page.untouched else page.with_pixels(255 - page.pixels))
    except PageError as error:
        writer.keep(error.number)


def _judged(error: AeError, name: str) -> tuple[str, str]:
    """Whether the error is one sentence that names the file."""
    text = str(error)
    if isinstance(error, InputError) and text.startswith(name) and "\n" not in text:
        return "refused", ""
    return "unclear", text


def fuzz(seeds: Iterable[int]) -> list[Reading]:
    """Damage and read a file for every seed, in this process."""
    sound = samples()
    return [read(seed, *mutated(seed, sound)) for seed in seeds]


def fuzz_rewriting(seeds: Iterable[int]) -> list[Reading]:
    """Damage a PDF for every seed and write it anew, in this process."""
    sound = pdf_samples()
    return [rewrite(seed, *mutated(seed, sound)) for seed in seeds]


def _batches(first: int, count: int) -> Iterator[range]:
    for begin in range(first, first + count, BATCH):
        yield range(begin, min(begin + BATCH, first + count))


@dataclass
class Tally:
    """What became of all files so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    samples: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    most_mb: int = 0

    def add(self, reading: Reading) -> None:
        """Count a file."""
        self.outcomes[reading.outcome] += 1
        self.samples.add(reading.name)
        self.slowest = max(self.slowest, reading.seconds)
        if reading.problem:
            told = f"seed {reading.seed} ({reading.name}): {reading.outcome}, {reading.problem}"
            self.problems.append(told)

    def add_lost(self, seeds: range) -> None:
        """Count a process that gave no answer."""
        self.outcomes["died or hung"] += 1
        self.problems.append(f"seeds {seeds.start} to {seeds.stop - 1}: the process died or hung")


def fuzz_all(act: Fuzz, count: int, seed: int) -> dict[str, Any]:
    """`act` in one process after the other: a crash or a hang of one is counted, not suffered."""
    tally = Tally()
    for seeds in _batches(seed, count):
        if not (answer := _fuzz_apart(act, seeds)):
            tally.add_lost(seeds)
            continue
        readings, memory = answer
        for reading in readings:
            tally.add(reading)
        tally.most_mb = max(tally.most_mb, memory)
        so_far = f"{dict(tally.outcomes)}, {tally.most_mb} MB"
        print(f"{seeds.stop - seed} of {count}: {so_far}", file=sys.stderr)
    return {
        "inputs": count, "samples": len(tally.samples), "outcomes": dict(tally.outcomes),
        "problems": tally.problems, "slowest_seconds": round(tally.slowest, 2), "most_mb": tally.most_mb,
    }  # fmt: skip


def _fuzz_apart(act: Fuzz, seeds: range) -> tuple[list[Reading], int] | None:
    """The readings of a process of its own and its peak of memory; None where it died or hung."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_answer, args=(act, seeds, answers))
    process.start()
    try:
        return answers.get(timeout=SLOW * 20)
    except Exception:  # nothing came, or half of it
        process.kill()
        return None
    finally:
        process.join(10)


def _answer(act: Fuzz, seeds: range, answers: Any) -> None:
    answers.put((act(seeds), peak_mb()))


def peak_mb() -> int:
    """Most memory that this process has held, in megabytes, and those that still decode for it, which may
    have held theirs at other times."""
    if most := sum(map(most_kb, family(os.getpid()))):
        return most >> 10
    import resource  # its figure may be that of the parent, which Linux hands down

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most // (1 << 20 if sys.platform == "darwin" else 1 << 10))


# Long documents

MEASURED = "import sys; from ae.cli import main; from scripts.soak import peak_mb; c = main(sys.argv[1:])"


def long_pdf(path: Path, pages: int) -> None:
    """A scan of A4 pages, each a little different."""
    generator = np.random.default_rng(0)
    width, height = round(8.27 * _LONG_DPI), round(11.69 * _LONG_DPI)
    with create_writer("pdf", path, output=Output(quality=70)) as writer:
        for number in range(1, pages + 1):
            image = Image.new("L", (width, height), 235)
            pen = ImageDraw.Draw(image)
            for top in range(60, height - 60, 18):
                pen.text(
                    (60, top), f"page {number}, line {top}: what was said and done that day" * 2, fill=25
                )
            noisy = np.asarray(image) + generator.normal(0, 5, (height, width))
            pixels = np.clip(noisy, 0, 255).astype(np.uint8)
            writer.write(Page(pixels, dpi=(_LONG_DPI, _LONG_DPI), number=number))


def clean_long(pages: int, model: str, folder: Path) -> dict[str, Any]:
    """Clean a long PDF in a process of its own; its peak of memory, and the seconds."""
    source, out = folder / f"{pages}.pdf", folder / f"{pages}-clean.pdf"
    long_pdf(source, pages)
    command = [sys.executable, "-c", f"{MEASURED}; print(peak_mb()); sys.exit(c)", "clean", str(source)]
    command += ["-o", str(out), "--model", model]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise RuntimeError(f"cleaning a PDF of {pages} pages failed:\n{done.stderr[-1500:]}")
    return {
        "pages": pages, "model": model, "seconds": round(time.perf_counter() - started, 1),
        "most_mb": int(done.stdout.splitlines()[-1]),
        "bytes_in": source.stat().st_size, "bytes_out": out.stat().st_size,
    }  # fmt: skip


# Report


def report(results: dict[str, Any]) -> str:
    """Markdown of the measured part of docs/robustness.md."""
    found = results["fuzz"]
    made = f"{found['inputs']:,} damaged files made of {found['samples']} whole ones"
    lines = [f"{made} were opened and decoded.", ""]
    lines += ["| outcome | files |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in sorted(found["outcomes"].items())]
    lines += ["", f"Slowest file: {found['slowest_seconds']} s. Most memory: {found['most_mb']} MB."]
    written = results["rewriting"]
    lines += [f"{written['inputs']:,} damaged PDFs were written anew: {_told(written['outcomes'])}."]
    lines += [f"Defects found: {len(found['problems']) + len(written['problems'])}.", ""]
    # Seconds stay in the JSON: they say more about what else the machine did.
    lines += ["| pages of a PDF | model | most memory | bytes out / in |", "|---|---|---|---|"]
    lines += [
        f"| {row['pages']} | {row['model']} | {row['most_mb']} MB |"
        f" {row['bytes_out'] / row['bytes_in']:.2f} |"
        for row in results["long"]
    ]
    lines += ["", f"Measured on {results['machine']}."]
    return "\n".join(lines)


def _told(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(outcomes.items()))


def write(results: dict[str, Any]) -> None:
    """Keep the figures, and put them between the marks of the report."""
    write_json(RESULTS, results)
    fill(REPORT, marks("measured"), report(results))


def main() -> int:
    """Run everything and write the report; 1 when a defect was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="damaged files")
    parser.add_argument("--rewritten", type=int, default=2000, help="damaged PDFs that are written anew")
    parser.add_argument("--pages", type=int, nargs="+", default=[50, 500], help="pages of the long PDFs")
    parser.add_argument("--model", default="page", help="what cleans them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry-run", action="store_true", help="a few seconds of everything; writes nothing")
    args = parser.parse_args()
    if args.dry_run:
        args.inputs, args.rewritten, args.pages, args.model = 30, 10, [2], "division"
    results: dict[str, Any] = {"machine": f"{platform.machine()}, Python {platform.python_version()}"}
    results["fuzz"] = fuzz_all(fuzz, args.inputs, args.seed)
    results["rewriting"] = fuzz_all(fuzz_rewriting, args.rewritten, args.seed)
    with tempfile.TemporaryDirectory() as folder:
        results["long"] = [clean_long(pages, args.model, Path(folder)) for pages in args.pages]
    if not args.dry_run:
        write(results)
    print(report(results))
    fuzzed = (results["fuzz"], results["rewriting"])
    problems = [problem for found in fuzzed for problem in found["problems"]]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or max(found["most_mb"] for found in fuzzed) > MOST_MB else 0


if __name__ == "__main__":
    start(main)
