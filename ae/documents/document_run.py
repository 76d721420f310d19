"""One document on its way through: its pages are decoded in order, cleaned elsewhere, and written in order.

Decoding and writing happen in the thread that goes through the pages; cleaning and encoding, which take the
time, are done by others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ae.documents.document import Document, DocumentWriter, Kind, Output, Page, PageError, create_writer
from ae.documents.kinds import WITH_LOSS
from ae.documents.report import PageOutcome
from ae.documents.shades import fewest
from ae.documents.treatment import Facts, Treated
from ae.documents.unfinished import Unfinished
from ae.documents.writing import Prepared, prepare
from ae.errors import AeError, Cancelled, InputError

BORN_DIGITAL = "was born digital and passed through untouched"
KEPT = "is in the result as it was"
_LACKS = "is missing from the result"
_UNREAD = "the text that was read is in no result but a PDF"

Treat = Callable[[Page], Treated]


def problem_of(error: Exception, name: str, what: str) -> str:
    """What went wrong in one sentence, also where a library did not expect it."""
    if isinstance(error, AeError):
        return str(error)
    reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
    return f"{name}: could not be {what} ({reason}); save it again or try a smaller copy of it"


@dataclass(frozen=True)
class Done:
    """A page ready to be written; `prepared` is None for one that stays in its PDF as it was, `facts` for one
    that was not cleaned."""

    prepared: Prepared | None
    facts: Facts | None = None
    text_layer: bytes = b""


@dataclass(frozen=True)
class Part:
    """A page on its way: `work` is being done on `page`; without them, `error` says why, or it is kept."""

    run: DocumentRun
    number: int
    page: Page | None = None
    work: Future[Done] | None = None
    error: str | None = None

    @property
    def values(self) -> int:
        """How many numbers wait in memory: one for a grey pixel, three for one in colour."""
        return self.page.pixels.size if self.page else 0

    def take(self) -> PageOutcome | None:
        """Wait for the work, write the page and say what became of it; None if its result is lost already."""
        return self.run.take(self)


@dataclass
class Result:
    """One file that comes out, or one a page.

    `shown` is how a person calls it; `output`: how pages are stored; `unfinished` keeps clean pages until it
    is complete; `bytes_in` counts the documents that went in, `bytes_out` and `paths` tell what came out.
    """

    kind: Kind
    target: Path
    shown: str
    output: Output
    unfinished: Unfinished | None = None
    bytes_in: int = 0
    writer: DocumentWriter | None = None
    is_finished: bool = False

    @property
    def paths(self) -> list[Path]:
        """The files that are complete."""
        return self.writer.paths if self.writer else []

    @property
    def bytes_out(self) -> int:
        """Their size."""
        return sum(path.stat().st_size for path in self.paths)

    def begin(self, document: Document) -> DocumentWriter:
        """The writer, told that pages of this document follow. Raises UsageError, InputError."""
        if self.writer is None:
            self.writer = create_writer(self.kind, self.target, document, self.output)
        else:
            self.writer.begin(document)
        return self.writer

    def finish(self) -> None:
        """Make a valid file of the pages that are in. Raises AeError."""
        if not self.writer or self.is_finished:
            return
        self.is_finished = True
        try:
            self.writer.finish()
        except AeError:
            raise
        except Exception as error:  # of a library, and no reason to stop other documents
            raise InputError(problem_of(error, self.shown, "written")) from error

    def complete(self) -> None:
        """The same when all pages are in."""
        self.finish()
        if self.unfinished:
            self.unfinished.remove()

    def discard(self) -> None:
        """Leave nothing of a result that cannot be completed."""
        if self.writer:
            self.writer.discard()


class DocumentRun:
    """A document that is open, the numbers of its pages that are wanted, and the result they go to.

    `blank` is the outcome with all that holds for every page; `key` tells the document from others in the
    same result; `is_alone`: the result has no other, and is complete when this one is; `remark`: what is to
    be said of the document beside its own notes.
    """

    def __init__(
        self,
        document: Document,
        numbers: Sequence[int],
        result: Result,
        blank: PageOutcome,
        key: str = "",
        is_alone: bool = True,
        remark: str = "",
    ) -> None:
        self.document, self.numbers, self.result = document, numbers, result
        self._blank, self._key, self._is_alone = replace(blank, pages=document.page_count), key, is_alone
        self._remark = remark
        self._writer: DocumentWriter | None = None
        self._is_broken = False
        self.is_done = self.is_lacking = False

    def parts(self, pool: Executor, treat: Treat) -> Iterator[Part]:
        """Decode page after page and hand each to the pool."""
        for number in self.numbers:
            if self._is_broken:
                return
            if self.result.kind == "pdf" and self.document.passes_through(number):
                yield Part(self, number)
                continue
            try:
                page = self.document.page(number, self.result.kind)
            except Exception as error:
                yield Part(self, number, error=problem_of(error, self.document.place(number), "read"))
                continue
            work = pool.submit(self._worked_on, page, treat, self.document.orientation(number))
            yield Part(self, number, page, work)

    def _worked_on(self, page: Page, treat: Treat, orientation: int) -> Done:
        """Clean a page, unless it is to stay as it is, and encode it."""
        kind, output = self.result.kind, self.result.output
        if page.untouched:
            return Done(prepare(page, kind, output, orientation))
        treated = self._treat(page, treat)
        if self._is_as_it_was(page, treated):
            return Done(self._as_stored(page), treated.facts, treated.text_layer)
        shades = 0 if output.exact else fewest(page.pixels)
        clean = replace(treated.page, fewest_shades=shades)
        return Done(prepare(clean, kind, output, orientation), treated.facts, treated.text_layer)

    def _is_as_it_was(self, page: Page, treated: Treated) -> bool:
        """Whether the page, stored in whatever way, can stay: cleaning changed no pixel of it, and to store
        it once more might."""
        kind, output = self.result.kind, self.result.output
        if kind != self.document.kind or output != Output(exact=output.exact):
            return False
        can_stay = not treated.text_layer if kind == "pdf" else kind in WITH_LOSS and self._is_all(page)
        return can_stay and np.array_equal(treated.page.pixels, page.pixels)

    def _is_all(self, page: Page) -> bool:
        """Whether the picture is all that its file shows: upright, with no other page, and no animation."""
        document = self.document
        return page.origin.orientation == document.page_count == 1 and not document.is_animated

    def _as_stored(self, page: Page) -> Prepared | None:
        """A page with the bytes of its file; None for a PDF's, which are not to be had alone."""
        if self.result.kind == "pdf":
            return None
        # Its note would tell of pixels that were stored anew.
        source = self.document.source
        data = source.read_bytes() if isinstance(source, Path) else source
        return Prepared(replace(page, note=""), data)

    def _treat(self, page: Page, treat: Treat) -> Treated:
        """Clean a page, unless an earlier run has."""
        store, key = self.result.unfinished, f"{self._key}{page.number:06}"
        if store is None:
            return treat(page)
        if (found := store.load(key, page)) is not None:
            return found
        treated = treat(page)
        with contextlib.suppress(OSError):  # a full disk is reported where the result is written
            store.save(key, treated)
        return treated

    def take(self, part: Part) -> PageOutcome | None:
        """Write a page and say what became of it; the last page completes the document.

        None where the result could not be written, which has been said of an earlier page.
        """
        if self._is_broken:
            return None
        try:
            outcome = self._attempted(part)
            if part.number == self.numbers[0]:
                # What holds for the whole file is told once.
                outcome = replace(outcome, note=_joined(*self.document.notes, self._remark, outcome.note))
            if part.number == self.numbers[-1]:
                outcome = self._completed(outcome)
            return outcome
        except Cancelled:
            raise
        except Exception as error:  # the result cannot be written: all its pages are lost
            self._is_broken = self.is_done = True
            self.document.close()
            if self._is_alone:
                self.result.discard()
            return replace(self._blank, output=None, error=problem_of(error, self.document.name, "written"))

    def _attempted(self, part: Part) -> PageOutcome:
        try:
            return self._added(part)
        except PageError as error:  # this page cannot go into such a file; the others can
            return self._kept(self._begun(), replace(part, page=None), str(error))
        except AeError:
            raise
        except Exception as error:  # a page that breaks a library must not stop the ones behind it
            text = problem_of(error, self.document.place(part.number), "written")
            return replace(self._blank, page=part.number, output=None, error=text)

    def _added(self, part: Part) -> PageOutcome:
        writer = self._begun()
        if part.error:
            return self._kept(writer, part, part.error)
        if part.page is None or part.work is None:
            writer.keep(part.number)
            note = self.document.remark(part.number) or BORN_DIGITAL
            return replace(self._blank, page=part.number, note=note)
        try:
            done = part.work.result()
        except (Cancelled, PageError):
            raise
        except Exception as error:
            return self._kept(writer, part, problem_of(error, self.document.place(part.number), "cleaned"))
        return self._written(writer, part.page, done)

    def _begun(self) -> DocumentWriter:
        if self._writer is None:
            self._writer = self.result.begin(self.document)
            self._blank = replace(self._blank, output=self.result.shown)
        return self._writer

    def _kept(self, writer: DocumentWriter, part: Part, error: str) -> PageOutcome:
        """The page goes in as it was."""
        outcome = replace(self._blank, page=part.number, error=error)
        try:
            if part.page:
                writer.write(part.page)
            else:
                writer.keep(part.number)
        except PageError:  # nothing of it can be read
            return replace(outcome, output=None, note=_LACKS if self.document.page_count > 1 else "")
        return replace(outcome, note=KEPT)

    def _written(self, writer: DocumentWriter, page: Page, done: Done) -> PageOutcome:
        already = len(writer.paths)
        note = done.prepared.page.note if done.prepared else ""
        if done.prepared:
            writer.add(done.prepared, done.text_layer)
        else:
            writer.keep(page.number)
        own_file = writer.paths[already] if len(writer.paths) > already else None
        unread = _UNREAD if done.text_layer and self.result.kind != "pdf" else ""
        shown = self.result.shown
        if own_file and own_file != self.result.target:
            shown = str(Path(shown).with_name(own_file.name))
        return replace(
            self._blank,
            output=shown,
            page=page.number,
            width=page.width,
            height=page.height,
            dpi=page.dpi,
            kind=self.result.output.colour or page.kind,
            bytes_in=page.origin.size,
            bytes_out=own_file.stat().st_size if own_file else 0,
            done=done.facts,
            note=_joined(note, done.facts.note, unread) if done.facts else note or BORN_DIGITAL,
        )

    def _completed(self, outcome: PageOutcome) -> PageOutcome:
        self.is_done = True
        self.result.bytes_in += self.document.bytes
        if self._is_alone:
            self.result.complete()
        self.document.close()
        if not self._is_alone:
            return outcome
        if not (size := self.result.bytes_out):
            return outcome
        if self.document.page_count == 1:
            outcome = replace(outcome, bytes_in=self.document.bytes, bytes_out=size)
        return replace(outcome, file_bytes=(self.document.bytes, size))


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
