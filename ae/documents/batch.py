"""Clean documents: many files are one stream of pages, several of which are cleaned at once.

Whatever the number of workers, results come in order and hold the same bytes; a bad page or file does not
stop the rest; and memory does not grow with the number of pages.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from typing import Any

import torch

from ae import words
from ae.documents.batch_options import BatchOptions, settings_of
from ae.documents.cleaning import PageCleaner
from ae.documents.document import Document, open_document
from ae.documents.document_run import DocumentRun, Part, Result, problem_of
from ae.documents.limits import LockedError
from ae.documents.places import place_for
from ae.documents.planning import Plan, Source, chosen_pages
from ae.documents.report import PageOutcome
from ae.documents.treatment import nothing_to_keep, treat
from ae.errors import AeError, InputError

__all__ = ["Batch", "BatchOptions"]

_MOST_WORKERS = 4  # by default; each takes about half a gigabyte
_MOST_VALUES_WAITING = 120_000_000  # of pixels, three for each in colour


class _NoDocument(Exception):
    """A file in a folder that is left out."""


class Batch:
    """A plan being carried out.

    `expected` pages, as far as is known; it grows as documents are opened. `written`: pages that are in the
    results. `sizes`: bytes of the documents that went in and of what came out. `left_out`: files in folders
    that are no documents.
    """

    def __init__(self, plan: Plan, cleaner: PageCleaner, options: BatchOptions | None = None) -> None:
        self.plan, self.cleaner = plan, cleaner
        self.options = options or BatchOptions()
        self.expected = len(plan.sources)
        self.written = 0
        self.sizes = (0, 0)
        self.left_out: list[str] = []
        self._stop = threading.Event()
        self._is_lacking = False  # a page or file that failed
        self._opened_ahead: Document | None = None
        self._runs: list[DocumentRun] = []
        settings = settings_of(self.options, cleaner.name, cleaner.card)
        self._place = place_for(plan, self.options, settings)

    def outcomes(self) -> Iterator[PageOutcome]:
        """Clean everything, and say page by page what became of it.

        Ending this early (Ctrl-C, or closing the generator) leaves valid files of the pages that are done.
        Raises InputError when the place of all results cannot be written to.
        """
        if self._place.is_all_done:
            yield from (self._skipped(source, self.plan.shown) for source in self.plan.sources)
            return
        self._place.begin()
        jobs = self._jobs()
        with _threads_for(jobs), ThreadPoolExecutor(jobs) as pool:
            try:
                parts = _ahead(self._parts(pool), jobs)
                for outcome in chain.from_iterable(map(self._taken, parts)):
                    self._is_lacking |= outcome.error is not None
                    yield outcome
                self._end()
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                self._end_early()
                raise

    def _jobs(self) -> int:
        if self.options.jobs:
            return self.options.jobs
        room = min(_MOST_WORKERS, torch.get_num_threads()) if self.cleaner.device.type == "cpu" else 2
        pages = len(self.plan.sources)
        if pages == 1 and room > 1:
            with suppress(Exception):  # what is wrong with it is told when it is read
                self._opened_ahead = self._opened(self.plan.sources[0])
                pages = len(chosen_pages(self.options.pages, self._opened_ahead.page_count))
        return max(1, min(room, pages))

    def _opened(self, source: Source) -> Document:
        ahead, self._opened_ahead = self._opened_ahead, None
        return ahead or open_document(
            source.content, source.label, self.options.limits, self.options.password
        )

    def _parts(self, pool: ThreadPoolExecutor) -> Iterator[Part | PageOutcome]:
        """All pages of all documents, being cleaned, and what became of files that have none."""
        work = partial(treat, cleaner=self.cleaner, options=self.options.clean, cancelled=self._stop.is_set)
        for index, source in enumerate(self.plan.sources):
            try:
                run = self._begun(index, source)
            except _NoDocument:
                self.left_out.append(source.label)
                continue
            except Exception as error:
                is_locked = isinstance(error, LockedError)
                yield self._blank(source, error=problem_of(error, source.label, "read"), is_locked=is_locked)
                continue
            if isinstance(run, PageOutcome):
                yield run
                continue
            self._runs.append(run)
            yield from run.parts(pool, work)

    def _begun(self, index: int, source: Source) -> DocumentRun | PageOutcome:
        """The document, open and ready to go, or that it was done before.

        Raises InputError, or _NoDocument for a file that nobody named and that cannot be opened.
        """
        try:
            document = self._opened(source)
        except Exception as error:
            if source.is_found and not isinstance(error, LockedError):
                raise _NoDocument from error
            raise
        try:
            run = self._run(index, source, document)
        except BaseException:
            document.close()
            raise
        if isinstance(run, PageOutcome):
            document.close()
        return run

    def _run(self, index: int, source: Source, document: Document) -> DocumentRun | PageOutcome:
        count = document.page_count
        numbers = chosen_pages(self.options.pages, count)
        if not numbers:
            has = f"has {words.count(count, 'page')}, none of which --pages asks for"
            raise InputError(f"{source.label}: {has}")
        self.expected += len(numbers) - 1
        result = self._place.result_for(source, document, len(numbers))
        if self._place.is_done(result, source, numbers, count):
            return self._skipped(source, result.shown)
        self._place.begin_result(result, source, count)
        is_alone = self.plan.place != "pdf"
        key = "" if is_alone else f"{index:06}-"
        remark = nothing_to_keep(self.options.clean.keep, count)
        return DocumentRun(document, numbers, result, self._blank(source), key, is_alone, remark)

    def _blank(self, source: Source, **known: Any) -> PageOutcome:
        return PageOutcome(source.label, self.cleaner.name, str(self.cleaner.device), **known)

    def _skipped(self, source: Source, output: str) -> PageOutcome:
        return self._blank(source, output=output, note="was done before", skipped=True)

    def _taken(self, part: Part | PageOutcome) -> Iterator[PageOutcome]:
        if isinstance(part, PageOutcome):
            yield part
            return
        outcome, run = part.take(), part.run
        if outcome is None:
            return
        run.is_lacking |= outcome.error is not None
        self.written += outcome.page is not None and outcome.output is not None
        if run.is_done:  # before others hear of it, who may want no more
            self._forget(run)
            self._place.note_done(run.result, run.document.page_count, lacking=run.is_lacking)
        yield outcome

    def _forget(self, run: DocumentRun) -> None:
        if run not in self._runs:
            return
        self._runs.remove(run)
        if self.plan.place != "pdf":
            self._count(run.result)

    def _count(self, result: Result) -> None:
        before, after = self.sizes
        self.sizes = before + result.bytes_in, after + result.bytes_out

    def _end(self) -> None:
        """All pages are in."""
        self._place.complete(lacking=self._is_lacking)
        if self._place.joined:
            self._count(self._place.joined)

    def _end_early(self) -> None:
        """Make valid files of the pages that are in."""
        for run in self._runs:
            run.document.close()
            with suppress(AeError):
                run.result.finish()
        with suppress(AeError):
            self._place.finish()


def _ahead(parts: Iterator[Part | PageOutcome], most: int) -> Iterator[Part | PageOutcome]:
    """The same parts, `most` of them behind: while one is waited for, others are being worked on."""
    waiting: deque[Part | PageOutcome] = deque()
    for part in parts:
        waiting.append(part)
        while len(waiting) > most or _values(waiting) > _MOST_VALUES_WAITING:
            yield waiting.popleft()
    yield from waiting


def _values(waiting: Iterable[Part | PageOutcome]) -> int:
    return sum(part.values for part in waiting if isinstance(part, Part))


@contextmanager
def _threads_for(jobs: int) -> Iterator[None]:
    """Divide the processor's threads among workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, before // jobs))
    try:
        yield
    finally:
        torch.set_num_threads(before)
