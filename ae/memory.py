"""How much memory processes take, as far as the system tells (Linux does), and giving it back."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path
from typing import Any


def family_kb(pid: int) -> int:
    """Memory of a process and its children in kilobytes, 0 where the system does not tell.

    What they share counts once (proportional set size).
    """
    return sum(map(_pss, family(pid)))


def family(pid: int) -> list[int]:
    """A process and its children, and theirs."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        lists = []
    children = [int(child) for line in lists for child in line.split()]
    return [pid, *(member for child in children for member in family(child))]


def most_kb(pid: int) -> int:
    """Most memory that a process has held in kilobytes; 0 where the system does not tell, or it has ended."""
    return _told(pid, "status", "VmHWM:")


def _pss(pid: int) -> int:
    """Of one process; 0 of one that has ended."""
    return _told(pid, "smaps_rollup", "Pss:")


def _told(pid: int, file: str, name: str) -> int:
    """What Linux says of a process in kilobytes, 0 where it says nothing."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def give_back() -> None:
    """Let the system have what was freed, where the C library keeps it for later (Linux's glibc does).

    A page leaves holes all over the heap, several hundred megabytes of them: those of one thread are of
    little use to the next. Takes milliseconds.
    """
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
