"""What a session remembers of clean pages, so that a second look at one does not clean it again."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST_REMEMBERED = 256_000_000  # bytes of PNG


class Memory:
    """Pages that were cleaned in full, as PNG, the oldest forgotten first. For several threads."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The page, if it is still known."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, png: bytes) -> None:
        """Remember a page."""
        with self._lock:
            self._kept[key] = png
            while sum(map(len, self._kept.values())) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)
