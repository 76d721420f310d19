"""The documents on a desk, what is wanted of them, and one pass over them: data that others work on.

Knows neither Streamlit nor torch.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from app.components.document_memory import Memory
from app.work_queue import Job

if TYPE_CHECKING:
    from ae.data.samples import Sample
    from ae.documents.cleaning import PageCleaner
    from ae.documents.kinds import Kind
    from ae.documents.limits import Limits
    from ae.documents.page import ColourKind
    from ae.documents.report import PageOutcome
    from ae.documents.treatment import Facts

State = Literal["waiting", "reading", "cleaning", "done", "stopped", "failed"]
Box = tuple[int, int, int, int]  # left, top, width, height in pixels of the upright page


@dataclass(frozen=True)
class Choices:
    """What the visitor wants. `strength` 0..1; `invert`: light text on a dark background is inverted;
    `languages` of the text that is read, Tesseract's codes joined by +; `colour`, `dpi` and `kind` None: as
    it was."""

    model: str = "page"
    device: str = "cpu"
    strength: float = 1.0
    best: bool = False
    invert: bool = False
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
    `facts` are theirs, with what they depend on and the layer of text. `truths` are clean versions that the
    visitor has, by page: name and bytes.
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
    truths: dict[int, tuple[str, bytes]] = field(default_factory=dict, repr=False)
    run: Run | None = None

    def order(self, choices: Choices) -> Order:
        """These choices with what belongs to this document."""
        return Order(choices, tuple(sorted(self.boxes.items())), self.password)

    @property
    def size(self) -> int:
        """Bytes of what was brought."""
        # a copy, since other sessions look too
        return len(self.data) + sum(len(data) for _name, data in list(self.truths.values()))

    @property
    def has_failed(self) -> bool:
        """Whether nothing came of it."""
        return self.run is not None and self.run.state == "failed"

    @property
    def page_count(self) -> int:
        """Pages as far as is known, at least 1."""
        return max([1, *self.outcomes, self.run.page_count if self.run else 0])


@dataclass(eq=False)
class Run:
    """One pass over documents that gives one result: over one, or over all for a PDF of everything.

    `done` holds keys of entries and numbers of pages; `share` is how far the page on hand is, 0..1; `files`
    are the result; `problem` says why there is none, or not all; `is_locked`: it needs another password;
    `started` is the processor's clock; `room` is the bytes that it may take; `job` is its place in the queue;
    `turn` waits there for work in another thread.
    """

    entries: tuple[Entry, ...]
    order: Order
    cleaner: PageCleaner = field(repr=False)
    memory: Memory[bytes] = field(repr=False)
    limits: Limits | None = None
    is_joined: bool = False
    state: State = "waiting"
    page_count: int = 0
    done: set[tuple[str, int]] = field(default_factory=set)
    share: float = 0.0
    started: float = 0.0
    files: list[tuple[PurePath, bytes]] = field(default_factory=list, repr=False)
    problem: str = ""
    is_locked: bool = False
    room: int = 0
    job: Job | None = field(default=None, repr=False)
    turn: Callable[[], AbstractContextManager[Any]] = nullcontext
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
        """Whether somebody stopped it, it took too long, or the session is over."""
        is_out_of_time = self.job is not None and self.job.should_stop()
        return self.stop.is_set() or self.closed.is_set() or is_out_of_time
