"""How much memory processes take, as far as the system tells (Linux does)."""

from __future__ import annotations

from pathlib import Path


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


def _pss(pid: int) -> int:
    """Of one process; 0 of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
