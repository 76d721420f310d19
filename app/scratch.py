"""Folders for what is being made. What a killed process left in them goes when the next one needs its own.

A process has one folder in each place and holds a lock on it while it lives, whatever ends it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

_PREFIX = "ae-lab-"
_MINUTE = 60.0
_own: dict[Path, tempfile.TemporaryDirectory[str]] = {}
_one_at_a_time = threading.Lock()


def folder(place: Path | None = None) -> Path:
    """This process's folder in the place, or in the temp folder; it goes with the process. Raises OSError."""
    place = place or Path(tempfile.gettempdir())
    with _one_at_a_time:
        if place not in _own or not Path(_own[place].name).is_dir():
            _sweep(place)
            _own[place] = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place)
            _lock(Path(_own[place].name))  # until the process ends
        return Path(_own[place].name)


def _sweep(place: Path) -> None:
    """Remove the folders that nobody holds; one that was just made may have yet to be locked."""
    for left in place.glob(f"{_PREFIX}*"):
        try:
            is_new = time.time() - left.stat().st_mtime < _MINUTE
            lock = None if is_new else _lock(left)
        except OSError:  # somebody else's, or gone meanwhile
            continue
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _lock(path: Path) -> int | None:
    """Hold the folder; None when another process does, or where folders cannot be held, as on Windows."""
    try:
        import fcntl
    except ImportError:
        return None
    opened = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened
