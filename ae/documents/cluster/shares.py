"""Divide documents among machines so that results are called as they would be on one."""

from __future__ import annotations

import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ae.documents.cluster import storage
from ae.documents.cluster.storage import Found, Location
from ae.documents.kinds import Kind, kind_of_name
from ae.documents.limits import Limits
from ae.documents.planning import STREAM, PlaceKind, Plan, Source, alike, kind_of, place_of, sources_of
from ae.documents.record import record_name
from ae.errors import InputError, UsageError

Missing = tuple[str, str]  # an input that cannot be had, and why

_ROOM_FOR_NUMBER = 25  # bytes of a name: it may be cut where a number is added


@dataclass(frozen=True)
class Share:
    """Documents that one machine opens and writes, and where their results go; as in `planning.Plan`."""

    inputs: tuple[Found, ...]
    place: PlaceKind
    out: Location
    kind: Kind | None = None

    @property
    def root(self) -> Location:
        """The folder of all results."""
        return self.out if self.place == "folder" else self.out.parent

    @property
    def record(self) -> str:
        """What the record of their settings is called there."""
        return record_name(self.place, PurePath(self.out.path))


def divide(
    inputs: Sequence[str], out: str, *, recursive: bool = False, to: Kind | None = None
) -> list[Share]:
    """Every document is a share of its own where results go into a folder, else all are one.

    Documents whose results might take each other's name stay together. Raises UsageError, InputError.
    """
    if STREAM in (*inputs, out):
        raise UsageError("'-' does not go with --cluster: name files that every machine can reach")
    results = storage.locate(out)
    found = [one for text in inputs for one in _found(text, results, recursive)]
    if not found:
        raise UsageError(f"{inputs[0]}: no files in this folder")
    many = len(found) > 1 or any(_is_folder(text) for text in inputs)
    place_text = out if not results.is_local else results.path + "/" * out.endswith("/")
    place = place_of(place_text, many)
    whole = Share(tuple(found), place, results, kind_of(place_text, place, to))
    _check(whole)
    if place != "folder":
        return [whole]
    return [
        replace(whole, inputs=tuple(found[index] for index in group))
        for group in together([one.name for one in found])
    ]


def _found(text: str, results: Location, recursive: bool) -> Iterator[Found]:
    place = storage.locate(text)
    if not place.is_local:
        yield from storage.find(place, recursive)
        return
    local = text if "://" not in text else place.path
    out = Path(results.path) if results.is_local else Path(os.devnull)
    for source in sources_of(local, out, recursive):
        path = os.path.abspath(str(source.content))
        yield Found(replace(place, path=path, label=source.label), source.name, source.is_found)


def _is_folder(text: str) -> bool:
    place = storage.locate(text)
    return bool(place.storage.isdir(place.path))


def _check(whole: Share) -> None:
    """Raises UsageError when a result could overwrite an input."""
    out = _true_path(whole.out)
    for one in whole.inputs:
        if type(one.at.storage) is not type(whole.out.storage):
            continue
        path = _true_path(one.at)
        if path == out or (whole.place == "folder" and path.startswith(out.rstrip("/") + "/")):
            raise UsageError(f"{one.at.label}: could be overwritten; choose another place for the results")


def _true_path(place: Location) -> str:
    return os.path.realpath(place.path) if place.is_local else place.path


def together(names: Sequence[PurePath]) -> list[list[int]]:
    """Indexes of names in groups: only within a group may results be called alike.

    `a.jpg` and `a.png` may both become `a.pdf`, and the second then `a-2.pdf`, which another may be called.
    """
    by_stem: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        by_stem[_stem(name)].append(index)
    group = {stem: stem for stem in by_stem}
    while joined := next(_clashes(by_stem, group), None):
        group = {stem: joined[0] if old == joined[1] else old for stem, old in group.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for stem, indexes in by_stem.items():
        found[group[stem]] += indexes
    return sorted(sorted(indexes) for indexes in found.values())


def _clashes(by_stem: dict[str, list[int]], group: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Two groups of which one may take a name of the other."""
    sizes: Counter[str] = Counter()
    for stem, indexes in by_stem.items():
        sizes[group[stem]] += len(indexes)
    for stem in by_stem:
        for number in range(2, sizes[group[stem]] + 1):
            other = f"{stem}-{number}"
            if other in group and group[other] != group[stem]:
                yield group[stem], group[other]


def _stem(name: PurePath) -> str:
    stem = name.with_suffix("") if kind_of_name(name.name) else name
    text, cut = alike(stem), 255 - _ROOM_FOR_NUMBER
    return text if len(os.fsencode(name.name)) <= cut else text[: len(str(name.parent)) + cut // 4]


@contextmanager
def at_hand(share: Share, limits: Limits, resume: bool) -> Iterator[tuple[Plan, list[Missing]]]:
    """The share as a plan whose files are all on this machine, and what cannot be had.

    What is reached by a path already is not copied. When the block ends well, results are sent to where
    they belong; InputError is raised when that fails.
    """
    with tempfile.TemporaryDirectory(prefix="ae-clean-") as name:
        folder = Path(name)
        sources, missing = _sources(share, folder / "in", limits)
        if share.out.is_local:
            yield Plan(sources, share.place, Path(share.out.path), share.kind), missing
            return
        below = share.place == "folder"
        place = folder / "out"
        place.mkdir()
        if resume:
            names = [one.name for one in share.inputs] if below else [PurePath(share.out.path).name]
            storage.stand_in(share.root, map(PurePath, names), place)
            storage.fetch_record(share.root, share.record, place)
        out = place if below else place / PurePath(share.out.path).name
        yield Plan(sources, share.place, out, share.kind), missing
        (place / share.record).unlink(missing_ok=True)  # it stays as it is
        storage.send(place, share.root)


def _sources(share: Share, folder: Path, limits: Limits) -> tuple[tuple[Source, ...], list[Missing]]:
    sources: list[Source] = []
    missing: list[Missing] = []
    for index, one in enumerate(share.inputs):
        path = Path(one.at.path) if one.at.is_local else folder / f"{index}"
        try:
            if not one.at.is_local:
                storage.fetch(one.at, path, limits)
        except InputError as error:
            missing.append((one.at.label, str(error)))
        else:
            sources.append(Source(path, one.at.label, one.name, one.is_found))
    return tuple(sources), missing
