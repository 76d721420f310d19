"""The work on documents, done when its turn in the queue comes: read, clean, look, write. Imports torch."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path, PurePath
from shutil import disk_usage
from typing import Any

import cv2
import numpy as np

from ae import memory
from ae.arrays import shrunk_to_side
from ae.documents import grounds
from ae.documents.cleaning import PageCleaner
from ae.documents.document import Document, Output, open_document
from ae.documents.document_run import DocumentRun, Result, problem_of
from ae.documents.kinds import Kind
from ae.documents.limits import LockedError
from ae.documents.page import Page
from ae.documents.planning import Names
from ae.documents.quick_png import packed, unpacked
from ae.documents.report import PageOutcome
from ae.documents.treatment import CleanOptions, Region, Treated, cleaned, treat
from ae.errors import Cancelled, InputError
from ae.words import count
from app import journal, scratch
from app.components.document_entry import Entry, Order, Run, State
from app.components.document_memory import Memory

_THUMB = 240  # pixels along the longer side
_MEMORY_DISK = Path("/dev/shm")


class RememberingCleaner(PageCleaner):
    """Another cleaner that cleans no page of a document twice: strength and regions are applied to what it
    remembers."""

    def __init__(self, cleaner: PageCleaner, memory: Memory[bytes], entry: Entry) -> None:
        self.name, self.device, self.card = cleaner.name, cleaner.device, cleaner.card
        self._cleaner, self._memory, self._owner = cleaner, memory, entry.key

    @property
    def problem(self) -> str:  # type: ignore[override]
        """What happened to the cleaner behind it."""
        return self._cleaner.problem

    def knows(self, page: Page, best: bool) -> bool:
        """Whether this page need not be cleaned."""
        return self._memory.get(self._key(page, best)) is not None

    def _key(self, page: Page, best: bool) -> str:
        return f"{self.name} {self.device} {best} {page.pixels.shape} {page.digest}"

    def _clean(self, page: Page, work: Any) -> np.ndarray:
        key = self._key(page, work.best)
        if png := self._memory.get(key):
            return unpacked(png)
        clean = self._cleaner.clean(
            page, best=work.best, progress=work.progress, cancelled=work.cancelled
        ).pixels
        if not (work.cancelled and work.cancelled()):  # its document may be gone
            png = packed(clean)
            self._memory.put(key, self._owner, png, len(png))
        return clean


# A page for the screen


def sight(entry: Entry, number: int, run: Run) -> tuple[Page, Page | None]:
    """Page `number` as it is compared (inverted, where that is wanted), and as it is written; None in place
    of the second while it has yet to be cleaned. Raises InputError."""
    order = run.order
    with closing(_opened(entry, run)) as document:
        page = document.page(number, order.choices.kind or document.kind)
    outcome = entry.outcomes.get(number)
    is_done = (entry.key, number) in run.done
    if page.untouched or (is_done and outcome and outcome.error):
        return page, page
    if order.choices.invert and grounds.is_inverted(page.pixels):
        page = page.with_pixels(grounds.turned(page.pixels))
    cleaner = RememberingCleaner(run.cleaner, run.memory, entry)
    is_light = not order.choices.strength or cleaner.knows(page, order.choices.best)
    if not (is_done or is_light):
        return page, None
    options = replace(_options(order, number), turn_inverted=False)  # it has been
    with nullcontext() if is_light else run.turn():
        _page, clean, _note = cleaned(page, cleaner, options)
    result = page.with_pixels(clean)
    return page, result.converted(order.choices.colour) if order.choices.colour else result


def _options(order: Order, number: int) -> CleanOptions:
    choices = order.choices
    keep = tuple(Region(*box) for box in order.boxes_on(number))
    return CleanOptions(
        choices.strength, choices.best, choices.languages, keep, choices.invert, choices.colour
    )


# Whole documents


GiveWay = Callable[[], None]


def carry_out(run: Run, give_way: GiveWay = lambda: None) -> None:
    """Do the work of one run; `give_way` is called between two pages. Whatever goes wrong is told in it."""
    if run.is_cancelled():
        run.state = "stopped"
        return
    run.started = time.monotonic()
    run.state = "reading"
    state: State = "failed"
    folder = ""
    try:
        with tempfile.TemporaryDirectory(prefix="ae-", dir=_scratch(run)) as folder:
            (_write_joined if run.is_joined else _write_alone)(run, Path(folder), give_way)
        state = "done" if run.files else "failed"
    except Cancelled:
        state = "stopped"
    except Exception as error:
        run.is_locked = isinstance(error, LockedError)
        run.problem = _without_place(problem_of(error, run.entries[0].name, "cleaned"), folder)
    state = "stopped" if run.is_cancelled() else state
    if state == "stopped" and run.job and run.job.is_overdue:
        minutes = max(1, round(run.job.seconds / 60))
        run.problem = f"The time limit of {count(minutes, 'minute')} is reached. What is done is kept."
    seconds = time.monotonic() - run.started
    journal.note(f"document_{state}", pages=len(run.done), megabytes=run.size / 1e6, seconds=seconds)
    run.state = state  # last, since others take it for the end


def _without_place(problem: str, folder: str) -> str:
    """What went wrong, for somebody who has nothing to do with the folders of this machine."""
    if not folder or folder not in problem:
        return problem
    problem = problem.replace(f"{folder}{os.sep}", "").replace(folder, "the result")
    return problem.replace("choose another place", "this machine has no room for it now, so try again later")


def _scratch(run: Run) -> Path:
    """Where results are written before they are held in memory: memory too, where the system offers it."""
    size = 3 * sum(len(entry.data) for entry in run.entries) + 100_000_000
    with suppress(OSError):
        if disk_usage(_MEMORY_DISK).free > 2 * size:
            return scratch.folder(_MEMORY_DISK)
    return scratch.folder()


def _write_alone(run: Run, folder: Path, give_way: GiveWay) -> None:
    """One document, to a file of its own, or to one a page."""
    (entry,) = run.entries
    with closing(_opened(entry, run)) as document:
        kind: Kind = run.order.choices.kind or document.kind
        name = Names().take(entry.path, kind, document.page_count)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        result = Result(kind, folder / name, str(name), _output(run))
        run.page_count = document.page_count
        _write(entry, document, result, run, give_way)
    _take(run, result, folder)
    if not run.files:
        run.problem = next((page.error for page in entry.outcomes.values() if page.error), "")


def _write_joined(run: Run, folder: Path, give_way: GiveWay) -> None:
    """All documents, to one PDF; one that cannot be read is left out."""
    result = Result("pdf", folder / "all.pdf", "all.pdf", _output(run))
    problems = []
    for entry in run.entries:
        if run.is_cancelled():
            break
        try:
            with closing(_opened(entry, run)) as document:
                _write(entry, document, result, run, give_way)
        except InputError as error:
            problems.append(str(error))
    _take(run, result, folder)
    run.problem = "; ".join(problems)


def _opened(entry: Entry, run: Run) -> Document:
    return open_document(entry.data, entry.name, run.limits, entry.password or None)


def _output(run: Run) -> Output:
    choices = run.order.choices
    has_boxes = bool(run.order.boxes) or any(entry.boxes for entry in run.entries)
    return Output(choices.colour, choices.dpi, exact=choices.strength < 1 or has_boxes)


def _write(entry: Entry, document: Document, result: Result, run: Run, give_way: GiveWay) -> None:
    """All pages of one document. Raises InputError, and Cancelled when the result holds no page."""
    run.state = "cleaning"
    blank = PageOutcome(entry.name, run.cleaner.name, str(run.cleaner.device))
    numbers = range(1, document.page_count + 1)
    steps = DocumentRun(document, numbers, result, blank, is_alone=False)
    cleaner = RememberingCleaner(run.cleaner, run.memory, entry)
    try:
        for part in steps.parts(_Here(), lambda page: _treated(page, entry, cleaner, run)):
            if outcome := part.take():
                _note(outcome, entry, run)
            memory.give_back()
            give_way()
            if run.is_cancelled():
                return
    except Cancelled:
        if result.writer is None:
            raise


def _note(outcome: PageOutcome, entry: Entry, run: Run) -> None:
    """A page is done; or, without a number, its file cannot be written."""
    run.share = 0.0
    if outcome.page is None:
        raise InputError(outcome.error or f"{entry.name}: cannot be written")
    entry.outcomes[outcome.page] = outcome
    run.done.add((entry.key, outcome.page))
    pixels = (outcome.width or 0) * (outcome.height or 0)
    event = "page_kept" if outcome.error else "page_cleaned"
    journal.note(
        event, megapixels=pixels / 1e6, seconds=outcome.seconds or 0.0, device=str(run.cleaner.device)
    )


def _take(run: Run, result: Result, folder: Path) -> None:
    """Complete a result and hold it in memory. Raises InputError when the session holds too much already."""
    result.finish()
    if result.bytes_out > run.room:
        raise InputError(
            f"{run.entries[0].name}: the result of {result.bytes_out / 1e6:.0f} MB is more than this session"
            " can hold; download what is done, remove it, and try again"
        )
    run.files = [(PurePath(path.relative_to(folder)), path.read_bytes()) for path in result.paths]


def _treated(page: Page, entry: Entry, cleaner: RememberingCleaner, run: Run) -> Treated:
    """Clean a page and look at it, or take what is known of it from another run."""

    def progress(share: float) -> None:
        run.share = share

    options = _options(entry.order(run.order.choices) if run.is_joined else run.order, page.number)
    key = options, cleaner.name, str(cleaner.device), run.order.choices.kind, page.pixels.shape
    known, *rest = entry.facts.get(page.number, (None,))
    if known == key:
        upright, clean, _note = cleaned(page, cleaner, options, progress=progress, cancelled=run.is_cancelled)
        treated = Treated(upright.with_pixels(clean), *rest)
    else:
        treated = treat(page, cleaner, options, progress=progress, cancelled=run.is_cancelled)
        entry.facts[page.number] = key, treated.facts, treated.text_layer
    entry.thumbs[page.number] = thumbnail(treated.page.pixels)
    return treated


def thumbnail(pixels: np.ndarray) -> bytes:
    """A small JPEG of a page."""
    small = shrunk_to_side(pixels, _THUMB)
    small = cv2.cvtColor(small, cv2.COLOR_RGB2BGR) if small.ndim == 3 else small
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


class _Here(Executor):
    """Does at once what it is given: what asks has its turn in the queue already."""

    def submit(self, act: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Call it; the future holds what came of it."""
        future: Future[Any] = Future()
        try:
            future.set_result(act(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future
