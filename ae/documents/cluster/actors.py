"""The two kinds of actor: workers, which hold the model, and the desk, which knows who has room."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ae import __version__, weights
from ae.documents.cleaning import PageCleaner, load_cleaner
from ae.documents.page import Page
from ae.errors import AeError

MISSING = "Ray is not installed: pip install -r requirements-cluster.txt, on every machine of the cluster"
Model = tuple[str, str, str, dict[str, bytes]]  # what `Worker.start` takes

PAGES_A_WORKER = 2  # one that is being cleaned, one that waits for it
POLL_SECONDS = 0.5


def ray_or_error() -> Any:
    """Raises AeError when Ray is missing."""
    try:
        import ray
    except ImportError as error:
        raise AeError(MISSING) from error
    return ray


class NotReady(Exception):
    """Ray started the worker anew, and it has no model yet."""


def weight_files(cleaner: PageCleaner, folder: Path) -> dict[str, bytes]:
    """The files of a cleaner's model in this folder and of the one that judges it, by NAME/FILE."""
    if not cleaner.card:
        return {}
    names = filter(None, (cleaner.name, cleaner.card.regions))
    paths = (path for name in names for path in (weights.home(name, folder) / name).iterdir())
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


class Worker:
    """Holds the model, once `start` has been called; cleans one page at a time, and answers meanwhile."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self._cleaner: PageCleaner | None = None
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="ae-weights-")

    def start(self, version: str, name: str, device: str, files: dict[str, bytes]) -> None:
        """Load the model. `files`: `weight_files`, so that all machines use the same."""
        if version != __version__:
            raise AeError(f"a machine of the cluster has version {__version__} of ae, the command {version}")
        with self._lock:
            if self._cleaner is None:
                self._cleaner = self._loaded(name, device, files)

    def _loaded(self, name: str, device: str, files: dict[str, bytes]) -> PageCleaner:
        folder = Path(self._folder.name)
        for file, data in files.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(data)
        return load_cleaner(name, device, folder)

    def is_ready(self) -> bool:
        """Whether it has a model."""
        return self._cleaner is not None

    def end(self) -> None:
        """Remove its weights from the disk, which Ray, killing the process, would leave there."""
        with self._lock:
            self._folder.cleanup()

    def clean(self, pixels: np.ndarray, best: bool) -> tuple[np.ndarray, str]:
        """Clean pixels, and what is to be said about the worker. Raises NotReady."""
        if self._cleaner is None:
            raise NotReady
        with self._lock:
            return self._cleaner.clean(Page(pixels), best=best).pixels, self._cleaner.problem


class Desk:
    """Knows which workers have room.

    A reader asks under the name of its attempt, which is another one after it has died and started anew.
    """

    def __init__(self, workers: Sequence[Any], model: Model) -> None:
        self._workers, self._model = workers, model
        self._attempts: dict[str, str] = {}
        self._held: dict[str, list[int]] = {}
        self._gone: set[str] = set()
        self._free: asyncio.Queue[int] = asyncio.Queue()
        self._tasks: set[asyncio.Future[None]] = set()
        for index in range(len(workers)):
            self._admit_later(index, PAGES_A_WORKER)

    async def begin(self, reader: str, attempt: str) -> None:
        """The reader starts; what an attempt that died has held is free."""
        await self.end(reader)
        self._attempts[reader] = attempt

    async def end(self, reader: str) -> None:
        """The reader has ended; what it held is free."""
        if attempt := self._attempts.pop(reader, None):
            self._gone.add(attempt)
            for index in self._held.pop(attempt, []):
                self._free.put_nowait(index)

    async def take(self, attempt: str) -> int:
        """Wait for room at a worker that is alive; its number."""
        index = await self._free.get()
        while not await self._is_ready(index):
            self._admit_later(index, 1)
            index = await self._free.get()
        if attempt in self._gone:  # nobody waits for the answer
            self._free.put_nowait(index)
        else:
            self._held.setdefault(attempt, []).append(index)
        return index

    async def give(self, attempt: str, index: int, is_alive: bool) -> None:
        """There is room again; if the worker died, as soon as Ray has started it anew."""
        held = self._held.get(attempt, [])
        if index not in held:
            return
        held.remove(index)
        if is_alive:
            self._free.put_nowait(index)
        else:
            self._admit_later(index, 1)

    async def _is_ready(self, index: int) -> bool:
        try:
            return bool(await self._workers[index].is_ready.remote())
        except ray_or_error().exceptions.RayError:
            return False

    def _admit_later(self, index: int, pages: int) -> None:
        task = asyncio.ensure_future(self._admit(index, pages))
        self._tasks.add(task)  # or it would be forgotten before it is done
        task.add_done_callback(self._tasks.discard)

    async def _admit(self, index: int, pages: int) -> None:
        while True:
            try:
                await self._workers[index].start.remote(*self._model)
                break
            except ray_or_error().exceptions.RayError:
                await asyncio.sleep(POLL_SECONDS)
        for _ in range(pages):
            self._free.put_nowait(index)
