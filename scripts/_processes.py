"""Run a program in a process of its own, and find out how much memory it and its children take at most."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Done:
    """`output`: what the program printed; `peak_mb`: the memory of all its processes in megabytes.

    What they share counts once (proportional set size); None where the system does not tell.
    """

    output: str
    peak_mb: float | None


def run(command: list[str]) -> Done:
    """Run to the end. Raises RuntimeError with the program's last lines when it fails."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = _Watch(process.pid)
    watch.start()
    output, errors = process.communicate()
    watch.stop()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:3])} failed:\n{errors[-1500:]}")
    return Done(output, watch.peak / 1e3 if watch.peak else None)


class _Watch(threading.Thread):
    """Looks at a process and its children again and again; `peak` in kilobytes, 0 where that fails."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(_EVERY):
            self.peak = max(self.peak, sum(map(_pss, _family(self.pid))))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _family(pid: int) -> list[int]:
    """A process and its children, and theirs."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        lists = []
    children = [int(child) for line in lists for child in line.split()]
    return [pid, *(member for child in children for member in _family(child))]


def _pss(pid: int) -> int:
    """Proportional set size in kilobytes; 0 of a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
