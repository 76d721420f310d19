"""Which input each result in a folder was made of, so that `--resume` takes none for another's, or for done
when its input has changed, pages of it failed, or it was never finished.

Inputs of one name, from different folders, may come to one folder of results by one run after the other.
"""

from __future__ import annotations

import json
import os
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from pathlib import Path

from ae.documents.planning import Source, alike

_NAME = ".inputs.ae-clean"  # no single result is called `inputs`, so that this is no record of one


@dataclass(frozen=True)
class _Input:
    """Where an input is, seen from the results, its bytes, and when it was changed, in nanoseconds.

    `is_whole`: all of its pages are in the result, clean.
    """

    where: str
    size: int = 0
    changed: int = 0
    is_whole: bool = True

    @classmethod
    def of(cls, source: Source, folder: Path) -> _Input:
        """Raises OSError."""
        if isinstance(source.content, bytes):
            return cls(source.label)
        state = source.content.stat()
        # What came from other storage lies in a temporary folder, but is called by its address.
        where = source.label if "://" in source.label else _seen_from(folder, source.content)
        return cls(where, state.st_size, state.st_mtime_ns)

    def is_like(self, other: _Input) -> bool:
        """Whether the other has the same bytes, as far as size and time tell."""
        return (self.size, self.changed) == (other.size, other.changed)

    def is_same(self, other: _Input, folder: Path) -> bool:
        """Whether the other is this one, which may have been changed or moved since."""
        if self.where == other.where:
            return True
        has_moved = not (folder / self.where).exists()
        return has_moved and self.is_like(other)


class Origins:
    """A small hidden file with a line for each result.

    Lines are only added, and the last one about a result counts. What no line is about may be of any input.
    A result is told by its first file, which may be one of a page.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / _NAME

    def is_of_another(self, result: Path, source: Source) -> bool:
        """Whether this result was made of another input, there or not. Raises OSError."""
        known = self._known.get(self._key(result))
        return known is not None and not known.is_same(_Input.of(source, self._folder), self._folder)

    def holds(self, result: Path, source: Source) -> bool:
        """Whether this result is whole, and of the input as it is now; so is one that no line is about.

        Raises OSError.
        """
        known = self._known.get(self._key(result))
        return known is None or (known.is_whole and known.is_like(_Input.of(source, self._folder)))

    def note(self, result: Path, source: Source) -> None:
        """This result will be made of this input. Raises OSError."""
        self._note(result, replace(_Input.of(source, self._folder), is_whole=False))

    def note_whole(self, result: Path) -> None:
        """All of this result is there. Raises OSError."""
        if known := self._known.get(self._key(result)):
            self._note(result, replace(known, is_whole=True))

    def _note(self, result: Path, found: _Input) -> None:
        key = self._key(result)
        if self._known.get(key) == found:
            return
        self._known[key] = found
        with self._path.open("a", encoding="utf-8") as file:  # several machines may add lines
            # A line of its own, whatever a process that was killed left half written.
            file.write("\n" + json.dumps([key, *astuple(found)]))

    def _key(self, result: Path) -> str:
        return alike(result.relative_to(self._folder))

    @cached_property
    def _known(self) -> dict[str, _Input]:
        if not self._path.is_file():
            return {}
        return dict(filter(None, map(_parsed, self._path.read_text("utf-8", "replace").splitlines())))


def _seen_from(folder: Path, path: Path) -> str:
    """A path that tells a stranger who is given the results no more than it must."""
    absolute = os.path.realpath(path)
    try:
        return os.path.relpath(absolute, os.path.realpath(folder))
    except ValueError:  # on another drive
        return absolute


def _parsed(line: str) -> tuple[str, _Input] | None:
    """The result and its input; None where a crash has left half a line."""
    try:
        key, *found = json.loads(line)
        return key, _Input(*found)
    except (ValueError, TypeError):
        return None
