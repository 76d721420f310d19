"""Draw PDF pages in another process, within bounds of time and memory."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from ae.documents.limits import MILLION, Limits

HELD = ""  # as the worker calls the bytes that it was handed

_ROOT = Path(__file__).parents[2]
_BASE_MB = 1500
_BYTES_A_PIXEL = 24  # a renderer holds several copies of a page
_KEPT = 2  # idle processes, so that the next document need not wait for one to start


class RenderError(Exception):
    """A page that could not be drawn; the text is a half sentence that says why."""


class _Process:
    """One worker, and the process that owns it: after a fork it must not be used from both sides."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path[1:]])}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "ae.documents.pdf_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the parent, which decides what becomes of the page
        )

    def ask(self, seconds: float, name: str, *arguments: Any) -> Any:
        """The answer. Raises RenderError, after which this worker may be dead."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            assert self._child.stdin is not None
            assert self._child.stdout is not None
            pickle.dump((name, arguments), self._child.stdin, protocol=5)
            self._child.stdin.flush()
            ok, answer = pickle.load(self._child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.kill()
            raise RenderError(
                f"took longer than {seconds:g} seconds" if late.is_set() else "is damaged"
            ) from error
        except BaseException:  # Ctrl-C between question and answer: the next answer would be the wrong one
            self.kill()
            raise
        finally:
            timer.cancel()
        if not ok:
            raise RenderError("is damaged")
        return answer

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._child.poll() is None

    def kill(self) -> None:
        """End it."""
        self._child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5)


_idle: list[_Process] = []
_lock = threading.Lock()


def _take() -> _Process:
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.owner == os.getpid() and process.alive:
                return process
    return _Process()


@atexit.register
def _end_all() -> None:
    for process in _idle:
        if process.owner == os.getpid():
            process.kill()


class Renderer:
    """Draws pages of one file; `close` it. `source` is a path or the file's bytes."""

    def __init__(self, source: Path | bytes, password: str | None, limits: Limits) -> None:
        self._held = source if isinstance(source, bytes) else None
        self._source = HELD if isinstance(source, bytes) else str(source.absolute())
        self._password = password
        self._limits = limits
        self._process: _Process | None = None

    def page(self, index: int, dpi: float, everything: bool) -> np.ndarray:
        """Page `index` (from 0) as it is shown, uint8 (H, W, 3), at `dpi` or less if it would be too large.

        `everything` draws annotations and filled forms too. Raises RenderError.
        """
        return self._ask("render", self._source, self._password, index, self._limits.pixels, dpi, everything)

    def picture(self, one_page: bytes) -> np.ndarray:
        """The only page of a small PDF, one pixel for each of its units. Raises RenderError."""
        return self._ask("render", one_page, None, 0, self._limits.pixels, 72.0, False)

    def repair(self) -> bytes:
        """The file written anew. Raises RenderError when it cannot be opened."""
        return self._ask("repair", self._source, self._password)

    def _ask(self, name: str, *arguments: Any) -> Any:
        if self._process is None or not self._process.alive:
            self._process = _take()
            megabytes = _BASE_MB + self._limits.pixels * _BYTES_A_PIXEL // MILLION
            self._process.ask(self._limits.seconds, "limit_memory", megabytes)
            if self._held is not None:
                self._process.ask(self._limits.seconds, "hold", self._held)
        return self._process.ask(self._limits.seconds, name, *arguments)

    def close(self) -> None:
        """Give the worker back."""
        process, self._process = self._process, None
        if process is None:
            return
        with _lock:
            if process.alive and len(_idle) < _KEPT:
                _idle.append(process)
                return
        process.kill()
