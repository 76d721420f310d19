"""What scripts keep in the repository: whole files, and text between the marks of a document.

Everything is written aside and renamed, so that a crash leaves the old file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from ae.documents.writing import aside
from ae.errors import InputError


class Marks(NamedTuple):
    """The two lines of a Markdown file that generated text stands between."""

    begin: str
    end: str


def marks(name: str) -> Marks:
    """The marks of that name in a document."""
    return Marks(f"<!-- {name} -->", f"<!-- /{name} -->")


def filled(text: str, place: Marks, generated: str, path: Path) -> str:
    """The text of a document with other text between its marks. `path` is for errors.

    Raises InputError when a mark is missing, is there twice, or the end comes first.
    """
    for mark in place:
        _require_one(text, mark, path)
    head, rest = text.split(place.begin)
    if place.end not in rest:
        raise InputError(f"{path}: the mark {place.end} stands before {place.begin}; swap them")
    tail = rest.split(place.end)[1]
    return f"{head}{place.begin}\n{generated}\n{place.end}{tail}"


def _require_one(text: str, mark: str, path: Path) -> None:
    count = text.count(mark)
    if count == 0:
        raise InputError(f"{path}: the mark {mark} is missing; put it where the generated text belongs")
    if count > 1:
        raise InputError(f"{path}: the mark {mark} is there {count} times; leave one")


def fill(path: Path, place: Marks, generated: str) -> None:
    """Write a document again with other text between its marks. Raises InputError like `filled`."""
    write_text(path, filled(path.read_text(encoding="utf-8"), place, generated, path))


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON. Raises InputError like `write_text`."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises InputError when the place cannot be written to."""
    with aside(path) as part:
        part.write_text(text, encoding="utf-8")
