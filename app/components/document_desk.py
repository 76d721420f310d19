"""The documents a visitor works on, and the work on them, which goes on in the background.

Knows neither Streamlit nor torch. What is here lives in memory, and ends with the session.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from app import journal
from app.components.document_entry import Choices, Entry, Order, Run
from app.components.document_memory import Memory
from app.components.document_text import inside, unused
from app.work_queue import Job, QueueFullError, WorkQueue

if TYPE_CHECKING:
    from ae.data.samples import Sample
    from ae.documents.cleaning import PageCleaner
    from ae.documents.limits import Limits
    from app.components.document_views import View

MOST_BYTES = 1_000_000_000  # of uploads and results in one session, unless the settings say less
MOST_OF_ALL = 4_000_000_000  # of those of all sessions, likewise
# Beside them, of what can be made anew: clean pages as PNG, and pictures for the screen.
_MOST_CLEAN, _MOST_VIEWS = 256_000_000, 120_000_000


class Desk:
    """The documents of one session. One of them is in the queue at a time, to be worked on in turns.

    `owner` is whose turns these are, the desk's own without one; all that waits for them ends with the desk.
    `most_bytes` is what uploads and results may hold together, `most_of_all` what those of all desks may.
    `memory` has clean pages and `views` pages for the screen; both go with their document. For them, all
    desks share what documents and results leave of `most_of_all`.
    """

    _all: ClassVar[weakref.WeakSet[Desk]] = weakref.WeakSet()
    _all_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        queue: WorkQueue,
        most_bytes: int = MOST_BYTES,
        most_of_all: int = MOST_OF_ALL,
        owner: Hashable | None = None,
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self.most_bytes, self.most_of_all = most_bytes, most_of_all
        self.memory: Memory[bytes] = Memory(min(_MOST_CLEAN, most_bytes // 2))
        self.views: Memory[View] = Memory(min(_MOST_VIEWS, most_bytes // 2))
        self.joined: Run | None = None
        self.queue = queue
        self._owner = object() if owner is None else owner
        self._active: Run | None = None
        self._lock = threading.RLock()
        self._closed = threading.Event()
        weakref.finalize(self, _close, self._closed, queue, self._owner)
        with self._all_lock:
            self._all.add(self)
        self._share_room()

    @classmethod
    def _desks(cls) -> list[Desk]:
        """Those of all sessions, which come and go in other threads."""
        with cls._all_lock:
            return list(cls._all)

    def add(self, name: str, data: bytes, sample: Sample | None = None) -> Entry:
        """Put a document on the desk; the same one twice is one, but a sample that is also brought is two."""
        path, origin = inside(name), sample.name if sample else ""
        key = hashlib.sha256(f"{origin}\n{path}\n".encode("utf-8", "replace") + data).hexdigest()[:16]
        if key not in self.entries:
            taken = {entry.name for entry in self.entries.values() if not (sample or entry.sample)}
            self.entries[key] = Entry(unused(str(path), taken), path, data, key, sample)
            self._share_room()
        return self.entries[key]

    def remove(self, key: str) -> None:
        """Take a document off, with everything that was made of it."""
        entry = self.entries.pop(key, None)
        if entry and entry.run:
            self._end(entry.run)
        self.memory.forget(key)
        self.views.forget(key)
        self.forget_joined()
        self._next()

    def _end(self, run: Run) -> None:
        """Let it stop, or not begin."""
        run.stop.set()
        if run.job:
            self.queue.cancel(run.job)
        if run.state == "waiting":
            run.state = "stopped"

    @property
    def size(self) -> int:
        """Bytes of all documents, of clean versions that were brought for them, and of results."""
        # a copy, since other sessions look too
        entries = list(self.entries.values())
        results = sum(entry.run.size for entry in entries if entry.run)
        joined = self.joined.size if self.joined else 0
        return sum(entry.size for entry in entries) + results + joined

    @property
    def room(self) -> int:
        """Bytes that may still come."""
        return min(self.most_bytes - self.size, self._left_of_all)

    @property
    def _left_of_all(self) -> int:
        return self.most_of_all - sum(desk.size for desk in self._desks())

    def _share_room(self) -> None:
        """What can be made anew gives way to documents and results, the same for every desk."""
        memories = [memory for desk in self._desks() for memory in (desk.memory, desk.views)]
        each = self._left_of_all // len(memories)
        for memory in memories:
            memory.share(each)

    def problem_with(self, size: int) -> str:
        """Why so many bytes cannot be taken, empty if they can."""
        if size <= self.room:
            return ""
        if self.size + size > self.most_bytes:
            most = f"{self.most_bytes // 1_000_000} MB"
            return f"a session holds {most} at most; download what is done and remove it first"
        return "others use this lab too, and its memory is full; try again later"

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
                    self._end(entry.run)
                entry.run = self._run((entry,), order, cleaner, limits)
                self.forget_joined()
        self._next()

    def join(
        self, entries: Sequence[Entry], choices: Choices, cleaner: PageCleaner, limits: Limits | None = None
    ) -> None:
        """Make one PDF of several documents."""
        self._join(self._run(tuple(entries), Order(choices), cleaner, limits))

    def _join(self, run: Run) -> None:
        self.forget_joined()
        run.is_joined = True
        self.joined = run  # from now on a thread of the queue may begin it
        self._next()

    def forget_joined(self) -> None:
        """The PDF of everything no longer fits what it was made of."""
        if self.joined:
            self._end(self.joined)
        self.joined = None

    def _run(
        self, entries: tuple[Entry, ...], order: Order, cleaner: PageCleaner, limits: Limits | None
    ) -> Run:
        turn = partial(self.queue.turn, self._owner)
        run = Run(entries, order, cleaner, self.memory, limits, closed=self._closed, turn=turn)
        run.page_count = sum(entry.page_count for entry in entries) if len(entries) > 1 else 0
        return run

    @property
    def runs(self) -> Iterator[Run]:
        """All there are, in the order in which they are carried out."""
        # a copy, since the visitor adds documents while a thread of the queue looks for what comes next
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
            if not run.is_over:
                self._end(run)

    def go_on(self) -> None:
        """Take up what was stopped."""
        with self._lock:
            for entry in self.entries.values():
                if entry.run and entry.run.state == "stopped":
                    entry.run = self._again(entry.run)
            if self.joined and self.joined.state == "stopped":
                self._join(self._again(self.joined))
        self._next()

    def _again(self, run: Run) -> Run:
        return self._run(run.entries, run.order, run.cleaner, run.limits)

    @property
    def place(self) -> int:
        """How many turns away the work is; 0 while it is being done."""
        job = self._active.job if self._active else None
        return self.queue.place(job) if job else 0

    def _next(self) -> None:
        self._share_room()
        with self._lock:
            if self._active and not self._active.is_over:
                return
            self._active = next((run for run in self.runs if run.state == "waiting"), None)
            if self._active:
                self._active.room = self.room
                self._enter(self._active)

    def _enter(self, run: Run) -> None:
        """Into the queue, if it is not full."""
        try:
            # The thread must not hold the desk, or a session that ended would live as long as its work.
            run.job = self.queue.submit(self._owner, _Work(run, self.queue, weakref.ref(self)))
        except QueueFullError as error:
            journal.note("queue_full")
            for waiting in list(self.runs):
                if waiting.state == "waiting":
                    waiting.state, waiting.problem = "stopped", str(error)


@dataclass
class _Work:
    run: Run
    queue: WorkQueue
    desk: weakref.ref[Desk]

    def __call__(self, job: Job) -> None:
        from app.components.document_work import carry_out

        self.run.job = job
        carry_out(self.run, lambda: self.queue.give_way(job))
        desk = self.desk()
        if desk:
            desk._next()


def _close(closed: threading.Event, queue: WorkQueue, owner: Hashable) -> None:
    """The session is over: its work ends."""
    closed.set()
    queue.cancel_all(owner)
