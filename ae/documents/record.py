"""With which settings the results in a place were made, so that `--resume` takes no others for done.

Those of a single result tell its inputs too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePath
from typing import Any

from ae.documents.planning import PlaceKind, fitting

_NAME = ".ae-clean"


def record_name(place: PlaceKind, out: PurePath) -> str:
    """How the record is called: one lies in a folder of results, or beside a single result."""
    return _NAME if place == "folder" else fitting(f".{out.name}", _NAME)


def fingerprint(settings: dict[str, Any]) -> str:
    """The same text for the same plain values."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


class Record:
    """A small hidden file that tells settings apart by their `fingerprint`.

    It is written before the first result and left alone for as long as the settings stay, so that what is
    newer was made with them.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self.path = path
        self._fingerprint = fingerprint(settings)

    def begin(self, anew: bool = False) -> None:
        """Results are made with these settings from now on; `anew`: those before do not count any more.

        Raises OSError.
        """
        if anew or not self._holds():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self._fingerprint)

    def forget(self) -> None:
        """What was made with these settings does not count any more. Raises OSError."""
        self.path.unlink(missing_ok=True)

    def covers(self, result: Path) -> bool:
        """Whether this result is there and was made with these settings."""
        try:
            return self._holds() and self.path.stat().st_mtime_ns <= result.stat().st_mtime_ns
        except OSError:
            return False

    def _holds(self) -> bool:
        return self.path.is_file() and self.path.read_text(errors="replace") == self._fingerprint
