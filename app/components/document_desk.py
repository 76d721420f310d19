"""The documents a visitor works on, and the work on them, which goes on in the background.

Knows neither Streamlit nor torch. What is here lives in memory, and ends with the session.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ae.data.samples import Sample
    from ae.documents.cleaning import PageCleaner
    from ae.documents.kinds import Kind
    from ae.documents.limits import Limits
    from ae.documents.page import ColourKind
    from ae.documents.report import PageOutcome
    from ae.documents.treatment import Facts

MOST_BYTES = 1_000_000_000  # of uploads and results in one session
_MOST_REMEMBERED = 256_000_000  # of clean pages as PNG, which spare a second cleaning

State = Literal["waiting", "reading", "cleaning", "done", "stopped", "failed"]
Box = tuple[int, int, int, int]  # left, top, width, height in pixels of the upright page


@dataclass(frozen=True)
class Choices:
    """What the visitor wants. `strength` 0..1; `turn`: light text on a dark ground is turned; `languages` of
    the text that is read, Tesseract's codes joined by +; `colour`, `dpi` and `kind` None: as it was."""

    model: str = "page"
    device: str = "cpu"
    strength: float = 1.0
    best: bool = False
    turn: bool = False
    languages: str = ""
    colour: ColourKind | None = None
    dpi: float | None = None
    kind: Kind | None = None


@dataclass(frozen=True)
class Order:
    """All that a result depends on, beside the document: `boxes` of each page stay as they were."""

    choices: Choices
    boxes: tuple[tuple[int, tuple[Box, ...]], ...] = ()
    password: str = ""

    def boxes_on(self, number: int) -> tuple[Box, ...]:
        """Those of one page."""
        return dict(self.boxes).get(number, ())


@dataclass(eq=False)
class Entry:
    """A document on the desk.

    `name` is how people call it, no other entry has it; `path` is its place among the results. `boxes`, by
    page, stay as they were; `outcomes` and `thumbs` (JPEG) are those of the pages that were cleaned last;
    `facts` are theirs, with what they depend on and the layer of text.
    """

    name: str
    path: PurePath
    data: bytes = field(repr=False)
    key: str
    sample: Sample | None = None
    password: str = ""
    boxes: dict[int, tuple[Box, ...]] = field(default_factory=dict)
    outcomes: dict[int, PageOutcome] = field(default_factory=dict)
    thumbs: dict[int, bytes] = field(default_factory=dict, repr=False)
    facts: dict[int, tuple[Any, Facts, bytes]] = field(default_factory=dict, repr=False)
    run: Run | None = None

    def order(self, choices: Choices) -> Order:
        """These choices with what belongs to this document."""
        return Order(choices, tuple(sorted(self.boxes.items())), self.password)

    @property
    def page_count(self) -> int:
        """Pages as far as is known, at least 1."""
        return max([1, *self.outcomes, self.run.page_count if self.run else 0])


@dataclass(eq=False)
class Run:
    """One pass over documents that gives one result: over one, or over all for a PDF of everything.

    `done` holds keys of entries and numbers of pages; `share` is how far the page on hand is, 0..1; `files`
    are the result; `problem` says why there is none; `started` is the processor's clock.
    """

    entries: tuple[Entry, ...]
    order: Order
    cleaner: PageCleaner = field(repr=False)
    memory: Memory = field(repr=False)
    limits: Limits | None = None
    is_joined: bool = False
    state: State = "waiting"
    page_count: int = 0
    done: set[tuple[str, int]] = field(default_factory=set)
    share: float = 0.0
    started: float = 0.0
    files: list[tuple[PurePath, bytes]] = field(default_factory=list, repr=False)
    problem: str = ""
    room: int = MOST_BYTES
    stop: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "stopped", "failed")

    @property
    def size(self) -> int:
        """Bytes of the result."""
        return sum(len(data) for _name, data in self.files)

    def is_cancelled(self) -> bool:
        """Whether somebody stopped it, or the session is over."""
        return self.stop.is_set() or self.closed.is_set()


class Memory:
    """Pages that were cleaned in full, as PNG, the oldest forgotten first. For several threads."""

    def __init__(self, most: int = _MOST_REMEMBERED) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The page, if it is still known."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, png: bytes) -> None:
        """Remember a page."""
        with self._lock:
            self._kept[key] = png
            while sum(map(len, self._kept.values())) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)


class Pool:
    """A few threads that carry out work, first come, first served.

    They end with the process, in the middle of their work if need be, which `concurrent.futures` would wait
    for.
    """

    def __init__(self, workers: int) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for _ in range(workers):
            threading.Thread(target=self._serve, daemon=True, name="documents").start()

    def submit(self, job: Callable[[], None]) -> None:
        """Do this as soon as a thread is free."""
        self._jobs.put(job)

    def _serve(self) -> None:
        while True:
            self._jobs.get()()


class Desk:
    """The documents of one session. One is worked on at a time, so that no visitor takes all threads."""

    def __init__(self, pool: Pool) -> None:
        self.entries: dict[str, Entry] = {}
        self.memory = Memory()
        self.joined: Run | None = None
        self._pool = pool
        self._active: Run | None = None
        self._lock = threading.RLock()
        self._closed = threading.Event()
        weakref.finalize(self, self._closed.set)

    def add(self, name: str, data: bytes, sample: Sample | None = None) -> Entry:
        """Put a document on the desk; the same one twice is one."""
        path = _inside(name)
        key = hashlib.sha256(f"{path}\n".encode("utf-8", "replace") + data).hexdigest()[:16]
        if key not in self.entries:
            taken = {entry.name for entry in self.entries.values()}
            self.entries[key] = Entry(_unused(str(path), taken), path, data, key, sample)
        return self.entries[key]

    def remove(self, key: str) -> None:
        """Take a document off, with everything that was made of it."""
        entry = self.entries.pop(key, None)
        if entry and entry.run:
            entry.run.stop.set()
        self.forget_joined()

    @property
    def size(self) -> int:
        """Bytes of all documents and results."""
        results = sum(entry.run.size for entry in self.entries.values() if entry.run)
        joined = self.joined.size if self.joined else 0
        return sum(len(entry.data) for entry in self.entries.values()) + results + joined

    def ask(
        self, entries: Sequence[Entry], choices: Choices, cleaner: PageCleaner, limits: Limits | None = None
    ) -> None:
        """Have documents cleaned that are not yet, or were otherwise. Work for other choices ends."""
        with self._lock:
            for entry in entries:
                order = entry.order(choices)
                if entry.run and entry.run.order == order:
                    continue
                if entry.run:
                    entry.run.stop.set()
                entry.run = self._run((entry,), order, cleaner, limits)
                self.forget_joined()
        self._next()

    def join(
        self, entries: Sequence[Entry], choices: Choices, cleaner: PageCleaner, limits: Limits | None = None
    ) -> None:
        """Make one PDF of several documents."""
        self.forget_joined()
        self.joined = self._run(tuple(entries), Order(choices), cleaner, limits)
        self.joined.is_joined = True
        self._next()

    def forget_joined(self) -> None:
        """The PDF of everything no longer fits what it was made of."""
        if self.joined:
            self.joined.stop.set()
        self.joined = None

    def _run(
        self, entries: tuple[Entry, ...], order: Order, cleaner: PageCleaner, limits: Limits | None
    ) -> Run:
        run = Run(entries, order, cleaner, self.memory, limits, closed=self._closed)
        run.page_count = sum(entry.page_count for entry in entries) if len(entries) > 1 else 0
        return run

    @property
    def runs(self) -> Iterator[Run]:
        """All there are, in the order in which they are carried out."""
        # a copy, since the visitor adds documents while a thread of the pool looks for its next one
        yield from (entry.run for entry in list(self.entries.values()) if entry.run)
        if self.joined:
            yield self.joined

    @property
    def is_busy(self) -> bool:
        """Whether something is being done, or waits."""
        return any(not run.is_over for run in self.runs)

    def stop(self) -> None:
        """Stop everything; what is done is kept."""
        for run in self.runs:
            run.stop.set()
            if run.state == "waiting":
                run.state = "stopped"

    def go_on(self) -> None:
        """Take up what was stopped."""
        for entry in self.entries.values():
            if entry.run and entry.run.state == "stopped":
                entry.run = None

    def _next(self) -> None:
        with self._lock:
            if self._active and not self._active.is_over:
                return
            self._active = next((run for run in self.runs if run.state == "waiting"), None)
            if self._active:
                self._active.room = MOST_BYTES - self.size
                # The thread must not hold the desk, or a session that ended would live as long as its work.
                self._pool.submit(_Job(self._active, weakref.ref(self)))


@dataclass
class _Job:
    run: Run
    desk: weakref.ref[Desk]

    def __call__(self) -> None:
        from app.components.document_work import carry_out

        carry_out(self.run)
        desk = self.desk()
        if desk:
            desk._next()


def _inside(name: str) -> PurePath:
    """The name as a place below a folder, whatever it says."""
    parts = [part for part in PurePath(name.replace("\\", "/")).parts if part.strip("/.")]
    return PurePath(*parts) if parts else PurePath("page")


def _unused(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found
