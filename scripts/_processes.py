"""Run a program in a process of its own, and find out how much memory it and its children take at most."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass

from ae import memory

_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Done:
    """`output`: what the program printed; `peak_mb`: the memory of all its processes in megabytes.

    What they share counts once (proportional set size); None where nobody looked or the system is silent.
    """

    output: str
    peak_mb: float | None


def run(command: list[str], *, watched: bool = True) -> Done:
    """Run to the end. Raises RuntimeError with the program's last lines when it fails.

    Being watched slows a program down, by a fifth if it takes and gives back much memory.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watch = _Watch(process.pid) if watched else None
    output, errors = process.communicate()
    peak = watch.stop() if watch else 0
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[1:3])} failed:\n{errors[-1500:]}")
    return Done(output, peak / 1e3 if peak else None)


class _Watch(threading.Thread):
    """Looks at a process and its children again and again; `peak` in kilobytes, 0 where that fails."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0
        self._done = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._done.wait(_EVERY):
            self.peak = max(self.peak, memory.family_kb(self.pid))

    def stop(self) -> int:
        """The peak."""
        self._done.set()
        self.join()
        return self.peak
