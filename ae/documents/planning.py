"""Say what goes where before anything is cleaned: which files are meant, and where their results go."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Literal

from ae.documents.kinds import KINDS, MANY_PAGES, SUFFIXES, Kind, kind_of_name, suffix_for
from ae.errors import UsageError

PlaceKind = Literal["file", "folder", "pdf", "zip"]
Identity = tuple[int, int]

STREAM = "-"  # standard input, or output
UNFINISHED = ".unfinished"  # behind the name of a result: the folder of what is done of it so far
_LONGEST_NAME = 255  # bytes, on nearly every disk
_TITLE = "stdin"


@dataclass(frozen=True)
class Source:
    """One input.

    `content` is its path, or its bytes if it came from standard input; `label` is how messages call it;
    `name` is its place below the output folder. `is_found`: nobody named it, it lies in a folder, so that it
    is no mistake if it is no document.
    """

    content: Path | bytes
    label: str
    name: PurePath
    is_found: bool = False


@dataclass(frozen=True)
class Plan:
    """All inputs, and the one place their results go to.

    A `file` has one input; a `folder` gets a file for each, below each other as they were; a `pdf` gets the
    pages of all, a `zip` a file for each. `kind` is None where every result is of its input's kind. `called`
    is what messages call `out` if not by its path.
    """

    sources: tuple[Source, ...]
    place: PlaceKind
    out: Path
    kind: Kind | None = None
    called: str = ""

    @property
    def shown(self) -> str:
        """How a person calls `out`."""
        return self.called or str(self.out)

    def protects(self, target: Path) -> bool:
        """Whether writing to `target` would overwrite an input."""
        return bool(_identity(target)) and _identity(target) in self._inputs

    @cached_property
    def _inputs(self) -> set[Identity | None]:
        return {_identity(source.content) for source in self.sources if isinstance(source.content, Path)}


def plan(
    inputs: Sequence[str], out: str, *, recursive: bool = False, to: Kind | None = None, stdin: bytes = b""
) -> Plan:
    """Find the inputs and check that their results can go to `out`.

    A folder among the inputs stands for the files in it, with `recursive` also for those in folders below
    it; `-` stands for `stdin`; a pattern such as `scans/*.jpg`, which not every shell expands, for what fits
    it. With `-` as `out` all go into one file, whose place is for the caller to say. Raises UsageError, also
    when an input would be overwritten.
    """
    if not out or "" in inputs:
        raise UsageError(f"{'an input' if out else '--output'} is empty: give the name of a file or folder")
    folders = any(_is_folder(text) for text in inputs)
    sources = tuple(source for text in inputs for source in sources_of(text, Path(out), recursive, stdin))
    if not sources:
        hint = "" if recursive else "; add --recursive to look into the folders below it"
        raise UsageError(f"{inputs[0]}: no files in this folder{hint}")
    place = place_of(out, folders or len(sources) > 1)
    made = Plan(sources, place, Path(out), kind_of(out, place, to))
    for target in _first_targets(made):
        if made.protects(target):
            raise UsageError(f"{target}: would overwrite an input; choose another place")
    return made


def _is_folder(text: str) -> bool:
    return text != STREAM and os.path.isdir(text)


def sources_of(text: str, out: Path, recursive: bool, stdin: bytes = b"") -> Iterator[Source]:
    """The files that one word of the command line stands for."""
    if text == STREAM:
        yield Source(stdin, "standard input", PurePath(_TITLE))
    elif _is_folder(text):
        for path in _walk(Path(text), out, recursive):
            known = kind_of_name(path.name) is not None
            yield Source(path, str(path), path.relative_to(text), is_found=not known)
    else:
        for path in _expanded(Path(text)):
            yield Source(path, str(path), PurePath(path.name))


def _walk(folder: Path, out: Path, recursive: bool) -> Iterator[Path]:
    """Files by name, without hidden ones and without the results of an earlier run."""
    begun = _identity(out) if out.with_name(fitting(out.name, UNFINISHED)).is_dir() else None
    for root, folders, files in os.walk(folder):
        here = Path(root)
        below = [name for name in sorted(folders) if not _is_ours(here / name, out)]
        folders[:] = below if recursive else []
        for path in (here / name for name in sorted(files) if not name.startswith(".")):
            if begun is None or _identity(path) != begun:
                yield path


def _is_ours(folder: Path, out: Path) -> bool:
    is_hidden = folder.name.startswith(".") or folder.name.endswith(UNFINISHED)
    return is_hidden or folder.resolve() == out.resolve()


def _expanded(path: Path) -> list[Path]:
    if "*" not in path.name or os.path.exists(path):
        return [path]
    return sorted(path.parent.glob(path.name)) or [path]


def place_of(out: str, many: bool) -> PlaceKind:
    """What `out` stands for when there are several results or one. Raises UsageError."""
    suffix = Path(out).suffix.lower()
    if out == STREAM:
        return "pdf" if many else "file"
    if os.path.isdir(out) or out.endswith(("/", "\\")) or not suffix:
        place: PlaceKind = "folder"
    elif suffix == ".zip":
        place = "zip"
    elif many and suffix == ".pdf":
        place = "pdf"
    elif many and kind_of_name(out):
        raise UsageError(f"{out}: several inputs need a folder, a .pdf or a .zip")
    else:
        place = "folder" if many else "file"
    if place == "folder" and os.path.exists(Path(out)) and not os.path.isdir(out):
        raise UsageError(f"{out}: is a file; choose another name for the folder")
    return place


def kind_of(out: str, place: PlaceKind, to: Kind | None) -> Kind | None:
    """The kind of all results, None where each has its input's. Raises UsageError."""
    if place in ("folder", "zip") or (out == STREAM and place == "file"):
        return to
    named = "pdf" if out == STREAM else kind_of_name(out)
    if named is None:
        ends = ", ".join(SUFFIXES[kind][0] for kind in KINDS)
        raise UsageError(f"{out}: unknown kind of file; end its name with one of {ends}, .zip or /")
    if to not in (None, named):
        raise UsageError(f"{out}: is to be {named}, but --to says {to}")
    return named


def _first_targets(made: Plan) -> Iterator[Path]:
    """Where results go as far as names tell; what a file really is shows when it is opened."""
    if made.place != "folder":
        yield made.out
        return
    names = Names()
    for source in made.sources:
        if kind := made.kind or kind_of_name(source.name.name):
            yield made.out / names.take(source.name, kind)


def _identity(path: Path) -> Identity | None:
    """What tells a file from every other, whatever its names; None if there is no such file."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return state.st_dev, state.st_ino


class Names:
    """Names for results, no two alike; upper and lower case count as one, as they do on some disks."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(
        self,
        name: PurePath,
        kind: Kind,
        pages: int = 1,
        is_free: Callable[[PurePath], bool] = lambda _name: True,
    ) -> PurePath:
        """The name with the end that `kind` has, and a number where it is taken or not free."""
        suffix = suffix_for(kind, name.name)
        if name.name.lower().endswith(suffix):
            suffix = name.name[-len(suffix) :]  # .PNG stays .PNG
        stem = _stem(name.name)
        if pages > 1:
            stem = _cut(stem, len(f"-{pages:03}{suffix}"))  # room for what `numbered` adds
        number, found = 1, name.with_name(fitting(stem, suffix))
        while alike(found) in self._taken or not is_free(found):
            number += 1
            found = name.with_name(fitting(stem, f"-{number}{suffix}"))
        self._taken.add(alike(found))
        return found


def numbered(path: Path, count: int, kind: Kind) -> list[Path]:
    """The files of a document of `count` pages: `path`, or one a page where the kind holds no more."""
    files = 1 if kind in MANY_PAGES else count
    return [one_numbered(path, number, files) for number in range(1, files + 1)]


def one_numbered(path: Path, number: int, count: int) -> Path:
    """File `number` of `count`, `out-001.png` for `out.png`; an only one is `path` itself."""
    if count == 1:
        return path
    return path.with_name(f"{path.stem}-{number:0{max(3, len(str(count)))}}{path.suffix}")


def _stem(name: str) -> str:
    """The name without an end that says what kind of document it is."""
    return PurePath(name).stem if kind_of_name(name) and PurePath(name).stem else name


def fitting(stem: str, end: str) -> str:
    """The stem with the end behind it, cut where it would be too long for a disk."""
    return _cut(stem, len(os.fsencode(end))) + end


def _cut(stem: str, room: int) -> str:
    while len(os.fsencode(stem)) > _LONGEST_NAME - room:
        stem = stem[:-1]
    return stem


def alike(path: PurePath) -> str:
    """The same text for all names that may be one and the same on some disk."""
    return unicodedata.normalize("NFC", str(path)).casefold()


PageRange = tuple[int, int | None]  # first and last, both included; no last: to the end


def parse_pages(text: str) -> tuple[PageRange, ...]:
    """`1-3,7,20-` as ranges of page numbers. Raises ValueError."""
    return tuple(_parse_range(part.strip()) for part in text.split(","))


def _parse_range(text: str) -> PageRange:
    first, dash, last = text.partition("-")
    start, end = int(first), int(last) if last else (None if dash else int(first))
    if start < 1 or (end is not None and end < start):
        raise ValueError(text)
    return start, end


def chosen_pages(ranges: Sequence[PageRange], count: int) -> list[int]:
    """Those of the pages 1..count that lie in a range; all without any."""

    def is_chosen(number: int) -> bool:
        return any(first <= number and (last is None or number <= last) for first, last in ranges)

    return [number for number in range(1, count + 1) if not ranges or is_chosen(number)]
