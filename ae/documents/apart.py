"""Work on files that may be hostile in another process, within bounds of time and memory.

`ae.documents.worker` is that process. It is replaced when it takes too long, asks for too much or dies.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ae.documents.limits import MILLION, Limits
from ae.errors import InputError

_ROOT = Path(__file__).parents[2]
_BASE_MB = 1500
_BYTES_A_PIXEL = 24  # a decoder holds several copies of a page
_KEPT = 2  # idle processes, so that the next document need not wait for one to start
_START_SECONDS = 60.0  # at least; a process needs them to start, whatever a file may take
_PATIENCE = 5  # times the seconds of work that a worker may wait for the processor or the disk
_LOOKS = 20  # at a worker during its time


class ApartError(Exception):
    """What could not be done; the text is a half sentence that says why."""


class _Process:
    """One worker, and the process that owns it: after a fork it must not be used from both sides."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(_ROOT), *sys.path[1:]])}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "ae.documents.worker", str(self.owner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the parent, which decides what becomes of the page
        )

    def ask(self, seconds: float, name: str, *arguments: Any) -> Any:
        """The answer. Raises InputError when the worker refuses a file, or ApartError, after which it may be
        dead."""
        answered, late = threading.Event(), threading.Event()
        threading.Thread(target=self._watch, args=(seconds, answered, late), daemon=True).start()
        try:
            assert self._child.stdin is not None
            assert self._child.stdout is not None
            pickle.dump((name, arguments), self._child.stdin, protocol=5)
            self._child.stdin.flush()
            outcome, answer = pickle.load(self._child.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.kill()
            raise ApartError(
                f"took longer than {seconds:g} seconds" if late.is_set() else "is damaged"
            ) from error
        except BaseException:  # Ctrl-C between question and answer: the next answer would be the wrong one
            self.kill()
            raise
        finally:
            answered.set()
        if outcome == "refused":
            raise InputError(answer)
        if outcome == "failed":
            raise ApartError("is damaged")
        return answer

    def _watch(self, seconds: float, answered: threading.Event, late: threading.Event) -> None:
        """End the worker when it has worked for so long; on a busy machine it may wait for longer."""
        started, worked = time.monotonic(), self._worked()
        while not answered.wait(seconds / _LOOKS):
            waited = time.monotonic() - started
            if self._worked() - worked > seconds or waited > seconds * _PATIENCE:
                late.set()
                self.kill()
                return

    def _worked(self) -> float:
        """Seconds that it has had the processor, or where the system does not tell, those of the clock."""
        try:
            fields = Path(f"/proc/{self._child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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


class Apart:
    """A worker for one file, `source`: a path, or the file's bytes. `close` it."""

    def __init__(self, source: Path | bytes, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._process: _Process | None = None

    def ask(self, action: str, *arguments: Any) -> Any:
        """The answer of `ae.documents.worker` to an action on this file, within the limits.

        Raises ApartError, or InputError when the worker refuses the file.
        """
        if self._process is None or not self._process.alive:
            self._process = self._begun(_take())
        return self._process.ask(self._limits.seconds, action, *arguments)

    def _begun(self, process: _Process) -> _Process:
        megabytes = _BASE_MB + self._limits.pixels * _BYTES_A_PIXEL // MILLION
        seconds = max(_START_SECONDS, self._limits.seconds)
        process.ask(seconds, "limit_memory", megabytes)
        source = self._source if isinstance(self._source, bytes) else str(self._source.absolute())
        process.ask(seconds, "take", source)
        return process

    def close(self) -> None:
        """Give the worker back, without the file."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ApartError):
            process.ask(self._limits.seconds, "take", b"")
        with _lock:
            if process.alive and len(_idle) < _KEPT:
                _idle.append(process)
                return
        process.kill()
