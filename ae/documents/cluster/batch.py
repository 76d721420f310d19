"""All shares of one command: readers and workers are started, and what they tell is passed on."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ae import __version__, devices
from ae.documents.batch_options import BatchOptions, settings_of
from ae.documents.cleaning import load_cleaner
from ae.documents.cluster import storage
from ae.documents.cluster.actors import PAGES_A_WORKER, Desk, Worker, ray_or_error, weight_files
from ae.documents.cluster.reader import TRIES, News, Team, read
from ae.documents.cluster.shares import Share
from ae.documents.document_run import problem_of
from ae.documents.record import fingerprint
from ae.documents.report import PageOutcome
from ae.errors import AeError, UsageError

AUTO = "auto"
_MOST_PAGES_A_READER = 16
_START_SECONDS = 300
_END_SECONDS = 30
_TIDY_SECONDS = 5


@contextlib.contextmanager
def connected(address: str) -> Iterator[None]:
    """Join the cluster at `HOST:PORT`, or with `auto` the one that runs on this machine.

    Raises AeError when Ray is missing or nothing answers.
    """
    ray = ray_or_error()
    if ray.is_initialized():
        yield
        return
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        how = "start one with `ray start --head`, or give its address" if address == AUTO else "check it"
        raise UsageError(f"no Ray cluster answers at '{address}': {how}") from error
    try:
        yield
    finally:
        ray.shutdown()


class ClusterBatch:
    """Shares being carried out on the cluster that `connected` has joined.

    `expected`, `written`, `sizes` and `left_out` are as in `Batch`. There are `options.jobs` workers; None:
    one for every GPU of the cluster, or for every processor where it has none.
    """

    def __init__(
        self,
        shares: Sequence[Share],
        model: str,
        device: str,
        weights: Path,
        options: BatchOptions,
    ) -> None:
        self.options = options
        self.left_out: list[str] = []
        self.expected = sum(len(share.inputs) for share in shares)
        self.written = 0
        self.sizes = (0, 0)
        self._shares = shares
        self._news: dict[int, News] = {}
        resources = ray_or_error().cluster_resources()
        self._on_gpu = _on_gpu(device, resources)
        processors = int(resources.get("CPU", 1))
        self._count = options.jobs or int(resources["GPU"] if self._on_gpu else processors)
        readers = self._count + self._count // 4 + 1
        self._most_readers = max(readers, processors) if self._on_gpu else readers
        self.team = self._start(model, weights)
        self._begin_record()
        self._shared_team = ray_or_error().put(self.team)
        self._read = _reading(self._on_gpu)

    def _begin_record(self) -> None:
        """Readers do it where machines share folders; elsewhere it is done once, before they start."""
        share = self._shares[0]
        if not share.out.is_local:
            text = fingerprint(settings_of(self.options, self.team.name, self.team.card))
            is_wanted = share.place == "folder" or self.options.resume
            storage.begin_record(share.root, share.record, text, is_wanted)

    def outcomes(self) -> Iterator[PageOutcome]:
        """Clean everything, and say page by page what became of it, in the order in which it happens.

        Ending this early leaves valid files of the pages that are done, where they are on disks that the
        machines share.
        """
        waiting = deque(range(len(self._shares)))
        running: dict[Any, int] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self._most_readers:
                    index = waiting.popleft()
                    running[self._begin(index)] = index
                for reader in _ready(list(running)):
                    yield from self._told(reader, running)
        finally:
            self._stop(running)

    def _told(self, reader: Any, running: dict[Any, int]) -> Iterator[PageOutcome]:
        """The next thing that a reader has to say."""
        ray = ray_or_error()
        index = running[reader]
        try:
            news: News = ray.get(next(reader))
        except StopIteration:
            self._ended(reader, running)
            return
        except ray.exceptions.RayError as error:
            self._ended(reader, running)
            yield from self._failed(index, error)
            return
        self._count_in(index, news)
        if news.outcome:
            yield news.outcome

    def _count_in(self, index: int, news: News) -> None:
        """Add what is new since the share's last news."""
        before = self._news.get(index, News(None, len(self._shares[index].inputs)))
        self._news[index] = news
        self.expected += news.expected - before.expected
        self.written += news.written - before.written
        self.sizes = (self.sizes[0] + news.sizes[0], self.sizes[1] + news.sizes[1])  # told once, at the end
        self.left_out += news.left_out

    def _ended(self, reader: Any, running: dict[Any, int]) -> None:
        index = running.pop(reader)
        self._news.pop(index, None)
        self.team.desk.end.remote(str(index))

    def _failed(self, index: int, error: Exception) -> Iterator[PageOutcome]:
        """A reader that could not even say what was wrong."""
        cause = getattr(error, "cause", None) or RuntimeError("the process that read it ended")
        for one in self._shares[index].inputs:
            problem = problem_of(cause, one.at.label, "cleaned")
            yield PageOutcome(one.at.label, self.team.name, self.team.device, error=problem)

    def _begin(self, index: int) -> Any:
        pages = min(_MOST_PAGES_A_READER, PAGES_A_WORKER * self._count)
        options = replace(self.options, jobs=pages)
        return self._read.remote(self._shares[index], str(index), self._shared_team, options)

    def _start(self, model: str, weights: Path) -> Team:
        """Workers, one of which is ready. Raises AeError, WeightsError."""
        ray = ray_or_error()
        known = load_cleaner(model, "cpu", weights)
        files = weight_files(known, weights)
        kind = ray.remote(
            max_restarts=-1,
            num_cpus=0 if self._on_gpu else 1,
            num_gpus=int(self._on_gpu),
            max_concurrency=PAGES_A_WORKER + 1,
        )
        make = kind(Worker).options(scheduling_strategy="SPREAD")
        device = "cuda" if self._on_gpu else "cpu"
        start = (__version__, model, device, files)
        workers = tuple(make.remote() for _ in range(self._count))
        ready, _ = ray.wait([worker.start.remote(*start) for worker in workers], timeout=_START_SECONDS)
        if not ready:
            raise AeError("the cluster has no room for a worker: wait for other work to end")
        try:
            ray.get(ready[0])
        except ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1]
            raise AeError(f"no worker could start on the cluster ({reason}); is `ae` there?") from error
        desk = ray.remote(num_cpus=0)(Desk).remote(workers, start)
        return Team(model, known.card, device, workers, desk)

    def _stop(self, running: dict[Any, int]) -> None:
        """End the readers, who finish their files, and then the workers."""
        ray = ray_or_error()
        with contextlib.suppress(ray.exceptions.RayError):
            for reader in running:
                ray.cancel(reader)
            if running:
                left = [reader.completed() for reader in running]
                ray.wait(left, num_returns=len(left), timeout=_END_SECONDS)
        ends = [worker.end.remote() for worker in self.team.workers]
        ray.wait(ends, num_returns=len(ends), timeout=_TIDY_SECONDS)  # some may never have had room
        for actor in (*self.team.workers, self.team.desk):
            ray.kill(actor)


def _ready(readers: list[Any]) -> list[Any]:
    """All readers that have something to say, at least one."""
    ray = ray_or_error()
    ray.wait(readers, num_returns=1, fetch_local=False)
    ready, _ = ray.wait(readers, num_returns=len(readers), timeout=0, fetch_local=False)
    return list(ready)


def _reading(on_gpu: bool) -> Any:
    """`read` as a task; beside workers that take a processor each, it takes none."""
    task = ray_or_error().remote(num_returns="streaming", max_retries=TRIES - 1)(read)
    return task.options(num_cpus=int(on_gpu), scheduling_strategy="SPREAD")


def _on_gpu(device: str, resources: dict[str, float]) -> bool:
    """Whether workers take a GPU each. Raises UsageError when the cluster lacks what was asked for."""
    if device not in devices.CHOICES or device == "mps":
        raise UsageError(f"device '{device}' does not go with --cluster: choose auto, cpu or cuda")
    has_gpu = resources.get("GPU", 0) >= 1
    if device == "cuda" and not has_gpu:
        raise UsageError("this cluster has no cuda device: choose auto or cpu")
    return has_gpu and device != "cpu"
