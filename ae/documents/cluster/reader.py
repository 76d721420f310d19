"""What opens the documents of a share, and sends their pages to workers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ae.documents.batch import Batch
from ae.documents.batch_options import BatchOptions
from ae.documents.cleaning import PageCleaner
from ae.documents.cluster.actors import POLL_SECONDS, NotReady, ray_or_error
from ae.documents.cluster.shares import Share, at_hand
from ae.documents.page import Page
from ae.documents.planning import Plan
from ae.documents.report import PageOutcome
from ae.errors import Cancelled, InputError
from ae.weights import Card

if TYPE_CHECKING:
    from ae.documents.cleaning import _Work

TRIES = 3  # of a page whose worker dies, and of a reader that dies


class ClusterCleaner(PageCleaner):
    """Cleans pages by sending them to workers; for one attempt of a reader."""

    def __init__(self, team: Team, attempt: str) -> None:
        self.name, self.card, self.device = team.name, team.card, torch.device(team.device)
        self._team, self._attempt = team, attempt

    def _clean(self, page: Page, work: _Work) -> np.ndarray:
        for _ in range(TRIES):
            index = self._wait(self._team.desk.take.remote(self._attempt), work)
            is_alive = True
            try:
                answer = self._team.workers[index].clean.remote(page.pixels, work.best)
                pixels, self.problem = self._wait(answer, work)
                # A copy, since what Ray gives cannot be written to and holds room in the object store.
                return np.array(pixels)
            except (ray_or_error().exceptions.RayActorError, NotReady):
                is_alive = False
            finally:
                self._team.desk.give.remote(self._attempt, index, is_alive)
        raise RuntimeError("every process that tried to clean it ended")

    def _wait(self, answer: Any, work: _Work) -> Any:
        """The answer of an actor. Raises Cancelled, and what went wrong there."""
        ray = ray_or_error()
        while not ray.wait([answer], timeout=POLL_SECONDS)[0]:
            if work.cancelled and work.cancelled():
                raise Cancelled("stopped")
        try:
            return ray.get(answer)
        except ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, Exception) else error from None


@dataclass(frozen=True)
class Team:
    """All workers, how to reach them, and what they clean with."""

    name: str
    card: Card | None
    device: str
    workers: tuple[Any, ...]
    desk: Any


@dataclass(frozen=True)
class News:
    """What a reader tells: a page at a time, and how far it is (as in `Batch`)."""

    outcome: PageOutcome | None
    expected: int
    written: int = 0
    sizes: tuple[int, int] = (0, 0)
    left_out: list[str] = field(default_factory=list)


def read(share: Share, reader: str, team: Team, options: BatchOptions) -> Iterator[News]:
    """Carry out a share; its last page is told when the results are where they belong."""
    attempt = f"{reader}-{secrets.token_hex(8)}"
    ray_or_error().get(team.desk.begin.remote(reader, attempt))
    blank = partial(PageOutcome, model=team.name, device=team.device)
    last: News | None = None
    try:
        with at_hand(share, options.limits, options.resume) as (plan, missing):
            for label, error in missing:
                yield News(blank(label, error=error), len(share.inputs))
            options = replace(options, keep_unfinished=share.out.is_local)
            batch = Batch(plan, ClusterCleaner(team, attempt), options)
            for outcome in batch.outcomes() if plan.sources else ():
                if last:
                    yield last
                last = News(_called(outcome, plan, share), batch.expected + len(missing), batch.written)
            end = News(None, batch.expected + len(missing), batch.written, batch.sizes, batch.left_out)
    except InputError as problem:
        found = last.outcome if last and last.outcome else blank(share.inputs[0].at.label)
        yield News(replace(found, output=None, error=str(problem)), len(share.inputs))
        return
    if last:
        yield last
    yield end


def _called(outcome: PageOutcome, plan: Plan, share: Share) -> PageOutcome:
    """The outcome with the names that a person knows."""
    here = f"{plan.out if plan.place == 'folder' else plan.out.parent}{os.sep}"
    known = f"{share.root.label.rstrip('/')}/" if share.root.label else ""

    def shown(text: str | None) -> str | None:
        return text.replace(here, known) if text else text

    return replace(outcome, output=shown(outcome.output), error=shown(outcome.error))
