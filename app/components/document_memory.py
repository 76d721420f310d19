"""What a session remembers of its documents, so that a second look at a page does not make it anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept(Generic[T]):
    owner: str
    value: T = field(repr=False)
    size: int


class Memory(Generic[T]):
    """What was made of documents, at most so many bytes, the oldest forgotten first; the latest always stays.

    For several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = self._room = most
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of everything in it."""
        with self._lock:
            return self._sum()

    def _sum(self) -> int:
        return sum(kept.size for kept in self._kept.values())

    def get(self, key: str) -> T | None:
        """What is remembered under this key, if it still is."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key].value

    def put(self, key: str, owner: str, value: T, size: int) -> None:
        """Remember what was made of the document `owner`, of so many bytes, in place of what was there."""
        with self._lock:
            self._kept[key] = _Kept(owner, value, size)
            self._kept.move_to_end(key)
            self._shrink()

    def share(self, room: int) -> None:
        """Hold no more than so many bytes until told otherwise, nor more than ever."""
        with self._lock:
            self._room = min(room, self._most)
            self._shrink()

    def _shrink(self) -> None:
        while self._sum() > self._room and len(self._kept) > 1:
            self._kept.popitem(last=False)

    def forget(self, owner: str) -> None:
        """Forget all of a document that is gone."""
        with self._lock:
            for key in [key for key, kept in self._kept.items() if kept.owner == owner]:
                del self._kept[key]
