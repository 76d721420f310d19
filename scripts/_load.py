"""Many visitors at once: how quickly pages change, what goes wrong, and what memory does meanwhile."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
import traceback
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from _start import ROOT

from ae import memory

SLOW = 1.0  # seconds; a page switch at the 95th percentile is to be quicker
MOST_MB = 1400  # after every page and an A4 page at 300 dpi
THINKING = 3.0  # seconds between two clicks of a visitor
_FLAT = 1.1  # of the last third's memory to that of the second
_LEAST = 1  # pages that everybody sees or cleans, however slow the machine is
_SHOWN = 10  # of so many looks one is stored
_EVERY = 2.0  # seconds between two looks at the memory
_HOSTED = {
    "AE_MAX_MEGAPIXELS": "30",
    "AE_MAX_UPLOAD_MB": "50",
    "AE_SESSION_MB": "150",
    "AE_TOTAL_MB": "1500",
    "AE_JOB_SECONDS": "600",
}
_LIGHT = ("Overview", "Bottleneck", "Digit denoising", "Latent space")


@dataclass
class Notes:
    """What all visitors write down together."""

    switches: list[float] = field(default_factory=list)
    cleanings: list[float] = field(default_factory=list)
    uploads: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)


def server() -> AbstractContextManager[tuple[str, int]]:
    """The lab with the limits of a public demo: its address and its process."""
    from tests.browser.lab import run_server

    return run_server(seconds=120, **_HOSTED)


def load(visitors: int, cleaners: int, seconds: float, dpi: float = 150.0, seed: int = 0) -> dict[str, Any]:
    """`visitors` sessions for so long, of which `cleaners` send one A4 page after the other."""
    notes, start = Notes(), time.monotonic()
    with server() as (address, pid):
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=_watch, args=(pid, start, end, notes)),
            *(threading.Thread(target=_clean, args=(address, end, notes, dpi, n)) for n in range(cleaners)),
            *(
                threading.Thread(target=_look_around, args=(address, end, notes, seed + number))
                for number in range(visitors - cleaners)
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return _summary(notes, visitors, cleaners, seconds)


def _watch(pid: int, start: float, end: float, notes: Notes) -> None:
    while time.monotonic() < end:
        notes.memory.append((round(time.monotonic() - start, 1), round(memory.family_kb(pid) / 1e3)))
        time.sleep(min(_EVERY, max(0.1, end - time.monotonic())))


def _look_around(address: str, end: float, notes: Notes, seed: int) -> None:
    """Go from light page to light page, at a pace of a person."""
    from tests.browser.visitor import Visitor

    chance = np.random.default_rng(seed)
    visitor = None
    try:
        time.sleep(chance.uniform(0, THINKING))
        visitor = Visitor(address)
        visitor.arrive()
        for turn in itertools.count():
            if turn >= _LEAST and time.monotonic() > end:
                return
            seconds = visitor.open(str(chance.choice(_LIGHT)))
            notes.switches.append(seconds)
            notes.errors += visitor.screen.errors
            time.sleep(chance.uniform(0.5, 1.5) * THINKING)
    except Exception as error:  # whatever it is, it is what the test is for
        notes.errors.append(_told(error))
    finally:
        if visitor:
            visitor.close()


def _clean(address: str, end: float, notes: Notes, dpi: float, number: int) -> None:
    """Send pages, each another one, until the time is over and the last one is back."""
    from tests.browser.visitor import Visitor

    visitor = None
    try:
        visitor = Visitor(address)
        visitor.arrive()
        for turn in itertools.count():
            if turn >= _LEAST and time.monotonic() > end:
                return
            notes.uploads += 1
            notes.cleanings.append(visitor.clean(f"page-{turn}.png", a4_png(dpi, 1000 * number + turn)))
    except Exception as error:
        notes.errors.append(_told(error))
    finally:
        if visitor:
            visitor.close()


def _told(error: Exception) -> str:
    return traceback.format_exception_only(error)[-1].strip()[:300]


def a4_png(dpi: float, seed: int) -> bytes:
    """A dirty A4 page in grey, another one for each seed."""
    import cv2
    from PIL import Image, ImageDraw

    width, height = round(8.27 * dpi), round(11.69 * dpi)
    image = Image.new("L", (width, height), 225)
    pen = ImageDraw.Draw(image)
    line = max(8, round(dpi / 6))
    for top in range(2 * line, height - 2 * line, line):
        pen.text((2 * line, top), f"{seed}: what was said and done that day, line {top} " * 3, fill=30)
    shade = np.tile(np.linspace(0, 60, width).astype(np.uint8), (height, 1))
    stained = cv2.subtract(np.asarray(image), shade)
    return cv2.imencode(".png", stained)[1].tobytes()


def _summary(notes: Notes, visitors: int, cleaners: int, seconds: float) -> dict[str, Any]:
    p50, p95 = np.percentile(notes.switches or [0.0], [50, 95]).round(3).tolist()
    first, last = _thirds([megabytes for _when, megabytes in notes.memory if megabytes])
    row = {
        "visitors": visitors,
        "cleaners": cleaners,
        "seconds": seconds,
        "switches": len(notes.switches),
        "p50": p50,
        "p95": p95,
        "slowest": round(max(notes.switches, default=0.0), 3),
        "pages_cleaned": len(notes.cleanings),
        "seconds_a_page": round(float(np.median(notes.cleanings)), 2) if notes.cleanings else None,
        "lost_uploads": notes.uploads - len(notes.cleanings),
        "errors": len(notes.errors),
        "memory_middle_mb": first,
        "memory_end_mb": last,
    }
    holds = {
        "a page switch is quick": p95 < SLOW,
        "no error": not notes.errors,
        "no upload is lost": row["lost_uploads"] == 0,
    }
    if first:  # not every system tells
        holds["memory is flat"] = last <= _FLAT * first
    return {"rows": [row], "holds": holds, "errors": notes.errors[:20], "memory": notes.memory[::_SHOWN]}


def _thirds(values: list[float]) -> tuple[float, float]:
    """Means of the second and of the last third: the first warms up."""
    part = max(1, len(values) // 3)
    if len(values) < 3:
        return (0.0, 0.0)
    return round(float(np.mean(values[part : 2 * part]))), round(float(np.mean(values[-part:])))


def hosting(dpi: float = 300.0) -> dict[str, Any]:
    """Seconds from the start to the first page, and memory on the way to every page and a clean A4 page."""
    from tests.browser.visitor import Visitor

    started = time.monotonic()
    with server() as (address, pid):
        visitor = Visitor(address)
        visitor.arrive()
        cold = time.monotonic() - started
        first = memory.family_kb(pid) / 1e3
        for title in visitor.titles:
            visitor.open(title)
        pages = memory.family_kb(pid) / 1e3
        visitor.clean("a4.png", a4_png(dpi, 1))
        cleaned = memory.family_kb(pid) / 1e3
        visitor.close()
    row = {
        "cold_start_seconds": round(cold, 1),
        "torch_alone_mb": _torch_alone(),
        "first_page_mb": round(first),
        "all_pages_mb": round(pages),
        "a4_cleaned_mb": round(cleaned),
        "limit_mb": MOST_MB,
    }
    return {"rows": [row], "holds": {"memory is bounded": cleaned < MOST_MB}}


def _torch_alone() -> int:
    """Memory of a process that has imported torch and torchvision, and done nothing."""
    program = "import os, torch, torchvision; from ae import memory; print(memory.family_kb(os.getpid()))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return round(int(done.stdout) / 1e3)


def report(stored: dict[str, Any]) -> str:
    """What docs/robustness.md says about visitors, from the results of both."""
    parts = []
    if found := stored.get("load"):
        parts.append(_table(found))
    if found := stored.get("hosting"):
        parts.append(_start_and_memory(found["rows"][0]))
    return "\n\n".join(parts) or "Not measured yet: `make soak` does."


def _table(found: dict[str, Any]) -> str:
    row = found["rows"][0]
    facts = {
        "visitors, of them cleaning": f"{row['visitors']}, {row['cleaners']}",
        "minutes": f"{row['seconds'] / 60:.0f}",
        "page switches": f"{row['switches']:,}",
        "page switch, median and 95th percentile": f"{row['p50']:.2f} s, {row['p95']:.2f} s",
        "A4 pages cleaned, uploads lost": f"{row['pages_cleaned']:,}, {row['lost_uploads']}",
        "errors": str(row["errors"]),
    }
    if first := row["memory_middle_mb"]:
        facts["memory in the second and the last third"] = f"{first:.0f} MB, {row['memory_end_mb']:.0f} MB"
    lines = ["| | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())]
    if missed := [promise for promise, holds in found["holds"].items() if not holds]:
        lines += ["", f"This does not hold yet: {', '.join(missed)}."]
    return "\n".join(lines)


def _start_and_memory(row: dict[str, Any]) -> str:
    return (
        f"From start to first page: {row['cold_start_seconds']} s. Memory with the first page:"
        f" {row['first_page_mb']} MB, of which torch alone is {row['torch_alone_mb']} MB; after every"
        f" page: {row['all_pages_mb']} MB; after an A4 page at 300 dpi: {row['a4_cleaned_mb']} MB"
        f" (the limit is {row['limit_mb']} MB)."
    )
