"""What happened in this process, in numbers: for the status page, and as lines of JSON for the log.

Nothing of a visitor goes in: no names, no contents, no addresses. A defect is told by its kind and its place
in the source, since its text may quote a file's name.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
STARTED = time.time()
_counts: Counter[str] = Counter()
_lock = threading.Lock()
_log = logging.getLogger("ae.journal")
_log.propagate = False


def note(event: str, **facts: int | float | bool | str) -> None:
    """Count an event, and write it to the log if that is on. `facts` are numbers, and words of the source."""
    with _lock:
        _counts[event] += 1
    if _log.handlers:
        told = {key: round(value, 3) if isinstance(value, float) else value for key, value in facts.items()}
        _log.info(json.dumps({"time": round(time.time(), 3), "event": event, **told}))


def counts() -> dict[str, int]:
    """How often each event happened since the start."""
    with _lock:
        return dict(_counts)


def note_defect(error: BaseException, page: str) -> None:
    """An exception that nobody expected, on a page of the app."""
    note("defect", page=page, kind=type(error).__name__, where=place_of(error))


def place_of(error: BaseException) -> str:
    """File and line of our own source that an exception came through last."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))]
    if not ours:
        return "elsewhere"
    return f"{Path(ours[-1].filename).relative_to(ROOT).as_posix()}:{ours[-1].lineno}"


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(ROOT) and ".venv" not in path.parts


def start_log(is_on: bool) -> None:
    """Write lines of JSON to standard error from now on; or stop."""
    _log.handlers = [logging.StreamHandler(sys.stderr)] if is_on else []
    _log.setLevel(logging.INFO)


class WithoutText(logging.Filter):
    """Takes the text of exceptions out of Streamlit's own log; kind and place stay."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and let it pass."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            note_defect(error, "fragment")
            record.msg, record.args = f"{record.msg}: {type(error).__name__} at {place_of(error)}", None
            record.exc_info = record.exc_text = None
        return True
