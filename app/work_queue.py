"""One bounded queue for heavy work: a few places to work at, and fair turns between visitors.

Work is done in steps. Between two of them it gives way to the work of others, so that a short job does not
wait for the end of a long one. Knows neither Streamlit nor torch nor documents.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from ae.errors import AeError, Cancelled

_SLICE = 1.0  # seconds that a job works before it gives way
_NICENESS = 10  # of threads that work, so that pages are drawn first


class QueueFullError(AeError):
    """More work waits than the queue takes."""


@dataclass(eq=False)
class Job:
    """Work of one visitor, `owner`, who may have several jobs.

    `seconds` may be worked in all; `worked` were, up to the last turn; `error` is what ended it too early.
    """

    owner: Hashable
    seconds: float
    number: int
    worked: float = 0.0
    turn_since: float | None = None
    is_over: bool = False
    error: Exception | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether it has a place to work at."""
        return self.turn_since is not None

    @property
    def is_overdue(self) -> bool:
        """Whether it worked longer than it may."""
        return self.spent > self.seconds

    @property
    def spent(self) -> float:
        """Seconds that it has worked until now."""
        return self.worked + self._this_turn()

    def should_stop(self) -> bool:
        """Whether it was cancelled or is overdue; the work asks this often, for no thread can be killed."""
        return self.cancelled.is_set() or self.is_overdue

    def _this_turn(self) -> float:
        since = self.turn_since
        return 0.0 if since is None else time.monotonic() - since


@dataclass(frozen=True)
class Figures:
    """How much is being done, and how much waits; `app.journal` counts what became of the rest."""

    running: int
    waiting: int


class WorkQueue:
    """`workers` jobs at a time; at most `most` wait; each may work `seconds`."""

    def __init__(self, workers: int, most: int = 40, seconds: float = 3600.0) -> None:
        self.workers, self.most, self.seconds = workers, most, seconds
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._served: dict[Hashable, int] = {}  # end of each owner's last turn, on the queue's clock
        self._clock = 0

    def submit(self, owner: Hashable, work: Callable[[Job], None], seconds: float | None = None) -> Job:
        """Have a thread of its own do `work` when it is this owner's turn; never, if it is cancelled before.

        It may work as long as every job, or `seconds`. Raises QueueFullError.
        """
        job = self._enter(owner, seconds)
        thread = threading.Thread(target=self._carry_out, args=(job, work), daemon=True, name="work")
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            self._leave(job)
            raise
        return job

    @contextmanager
    def turn(self, owner: Hashable) -> Iterator[Job]:
        """Wait for a turn and work in this thread. Raises QueueFullError, and Cancelled while it waits."""
        job = self._enter(owner)
        try:
            if not self._wait(job):
                raise Cancelled("the work was cancelled before its turn")
            yield job
        finally:
            self._leave(job)

    def give_way(self, job: Job) -> None:
        """Between two steps: let others have their turn, if they wait and this job has had its share."""
        with self._changed:
            is_wanted = any(other.owner != job.owner for other in self._waiting)
            if not is_wanted or job._this_turn() < _SLICE or job.should_stop():
                return
            self._rest(job)
            self._waiting.append(job)
        self._wait(job)

    def cancel(self, job: Job) -> None:
        """Let a job end: at once when it waits, else as soon as it asks."""
        with self._changed:
            job.cancelled.set()
            self._changed.notify_all()

    def cancel_all(self, owner: Hashable) -> None:
        """Let all jobs of an owner end."""
        with self._changed:
            for job in (*self._waiting, *self._running):
                if job.owner == owner:
                    job.cancelled.set()
            self._changed.notify_all()

    def place(self, job: Job) -> int:
        """How many turns away it is: 1 is next, 0 has a place to work at or is over."""
        with self._changed:
            return self._order().index(job) + 1 if job in self._waiting else 0

    @property
    def figures(self) -> Figures:
        """What the queue does now."""
        with self._changed:
            return Figures(len(self._running), len(self._waiting))

    def _carry_out(self, job: Job, work: Callable[[Job], None]) -> None:
        _be_humble()
        try:
            if self._wait(job):
                work(job)
        except Exception as error:  # the queue outlives whatever a job does
            job.error = error
        finally:
            self._leave(job)

    def _enter(self, owner: Hashable, seconds: float | None = None) -> Job:
        with self._changed:
            if len(self._waiting) >= self.most:
                raise QueueFullError(
                    f"The lab is busy: {self.most} others wait already; try again in some minutes."
                )
            self._clock += 1
            job = Job(owner, seconds or self.seconds, self._clock)
            self._waiting.append(job)
            self._fill()  # where a place is free nobody is told to wait for one
            return job

    def _wait(self, job: Job) -> bool:
        """Until it is this job's turn; False when it is cancelled before."""
        with self._changed:
            self._changed.wait_for(lambda: job.is_running or job.cancelled.is_set())
            if not job.is_running:
                self._waiting.remove(job)
            return job.is_running

    def _fill(self) -> None:
        """Give free places to those whose turn it is."""
        while self._waiting and len(self._running) < self.workers:
            job = self._order()[0]
            self._waiting.remove(job)
            self._running.append(job)
            job.turn_since = time.monotonic()
        self._changed.notify_all()

    def _order(self) -> list[Job]:
        """Waiting jobs as they will have their turns: owner after owner, the longest unserved first."""
        jobs_before = Counter(job.owner for job in self._running)
        ranked = []
        for job in sorted(self._waiting, key=lambda job: job.number):
            since = max(job.number, self._served.get(job.owner, 0))
            ranked.append((jobs_before[job.owner], since, job.number, job))
            jobs_before[job.owner] += 1
        return [job for *_, job in sorted(ranked, key=lambda entry: entry[:3])]

    def _rest(self, job: Job) -> None:
        job.worked += job._this_turn()
        job.turn_since = None
        self._running.remove(job)
        self._clock += 1
        self._served[job.owner] = self._clock
        self._fill()

    def _leave(self, job: Job) -> None:
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
            if job.is_running:
                self._rest(job)
            job.is_over = True
            if not any(other.owner == job.owner for other in (*self._waiting, *self._running)):
                self._served.pop(job.owner, None)
            self._changed.notify_all()


def _be_humble() -> None:
    """Let the processor draw pages first, where threads have their own priority (Linux)."""
    with suppress(AttributeError, OSError):
        if os.uname().sysname == "Linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
