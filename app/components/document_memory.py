"""What a session remembers of clean pages, so that a second look at one does not clean it again."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST_REMEMBERED = 256_000_000  # bytes of PNG


class Memory:
    """Pages that were cleaned in full, as PNG, the oldest forgotten first. For several threads."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()  # owner and page
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The page, if it is still known."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    def put(self, key: str, owner: str, png: bytes) -> None:
        """Remember a page of the document `owner`."""
        with self._lock:
            self._kept[key] = owner, png
            while sum(len(page) for _owner, page in self._kept.values()) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)

    def forget(self, owner: str) -> None:
        """Forget the pages of a document that is gone."""
        with self._lock:
            for key in [key for key, (its, _page) in self._kept.items() if its == owner]:
                del self._kept[key]
