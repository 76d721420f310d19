"""Files on any storage that fsspec knows (`s3://`, `gs://`, `sftp://` ...), and on this machine's disks."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from ae.documents.kinds import kind_of_name
from ae.documents.limits import Limits, check_bytes
from ae.errors import InputError, UsageError

_PIECE = 1_000_000  # bytes of a file of unknown size that are read at a time


@dataclass(frozen=True)
class Location:
    """A file or folder: its file system, its path there, and how a person calls it."""

    storage: Any  # fsspec's classes have no types
    path: str
    label: str

    @property
    def is_local(self) -> bool:
        """Whether programs can open it by its path."""
        return isinstance(self.storage, LocalFileSystem)

    def below(self, name: str) -> Location:
        """What lies in this folder under a relative name."""
        path, label = (f"{start.rstrip('/')}/{name}" for start in (self.path, self.label))
        return replace(self, path=path, label=label)

    @property
    def parent(self) -> Location:
        """The folder that it lies in."""
        path, label = (start.rstrip("/").rpartition("/")[0] for start in (self.path, self.label))
        return replace(self, path=path or "/", label=label)


def locate(text: str) -> Location:
    """A path, or an address such as `s3://bucket/scans`. Raises UsageError when it cannot be understood."""
    if "://" not in text:
        return Location(LocalFileSystem(), os.path.abspath(text), text)
    try:
        storage, path = url_to_fs(text)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{text}: cannot be reached ({_reason(error)})") from error
    return Location(storage, path, text)


@dataclass(frozen=True)
class Found:
    """A file, its place below the output folder, and whether nobody named it (see `planning.Source`)."""

    at: Location
    name: PurePath
    is_found: bool = False


def find(place: Location, recursive: bool) -> Iterator[Found]:
    """The file itself, those of a folder by name, or those that a pattern fits. Raises InputError."""
    try:
        if place.storage.isdir(place.path):
            yield from _in_folder(place, recursive)
        elif "*" in place.path:
            start = place.label[: -len(PurePosixPath(place.path).name)]
            for path in sorted(place.storage.glob(place.path)):
                name = PurePosixPath(path).name
                if not name.startswith("."):
                    yield Found(replace(place, path=path, label=start + name), PurePath(name))
        else:
            yield Found(place, PurePath(PurePosixPath(place.path).name))
    except Exception as error:  # every storage has errors of its own
        raise InputError(f"{place.label}: cannot be opened ({_reason(error)})") from error


def _in_folder(folder: Location, recursive: bool) -> Iterator[Found]:
    paths = folder.storage.find(folder.path, maxdepth=None if recursive else 1)
    for path in sorted(paths):
        name = PurePosixPath(path).relative_to(PurePosixPath(folder.path))
        if not any(part.startswith(".") for part in name.parts):
            yield Found(folder.below(str(name)), PurePath(name), kind_of_name(name.name) is None)


def fetch(source: Location, target: Path, limits: Limits) -> None:
    """Copy a file to this machine, with its time. Raises InputError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy(source, target, limits)
    except InputError:
        target.unlink(missing_ok=True)  # what is too large must not fill the disk
        raise
    except Exception as error:
        reason = _reason(error)
        raise InputError(f"{source.label}: cannot be opened ({reason}); check its name and folder") from error
    _set_time(source, target)


def _copy(source: Location, target: Path, limits: Limits) -> None:
    size = source.storage.size(source.path)
    if size is None:  # a server that does not tell might send for ever
        _copy_until(source, target, limits)
    else:
        check_bytes(source.label, size, limits)
        source.storage.get_file(source.path, str(target))
    check_bytes(source.label, target.stat().st_size, limits)


def _copy_until(source: Location, target: Path, limits: Limits) -> None:
    """Copy a file piece by piece, up to a piece more than the limit."""
    with source.storage.open(source.path, "rb") as stream, target.open("wb") as copy:
        while copy.tell() <= limits.bytes and (piece := stream.read(_PIECE)):
            copy.write(piece)


def stand_in(results: Location, names: Iterable[PurePath], folder: Path) -> None:
    """Give `folder` an empty file with name and time for each at `results` that starts like one of `names`.

    What asks whether a result is there and newer than its input then need not know of the storage.
    """
    for name in names:
        start = glob.escape(f"{results.path.rstrip('/')}/{name.with_name(name.stem).as_posix()}")
        with suppress(Exception):  # nothing is there yet
            for path in results.storage.glob(f"{start}*"):
                target = folder / name.with_name(PurePosixPath(path).name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
                _set_time(replace(results, path=path), target)


def fetch_record(results: Location, name: str, folder: Path) -> None:
    """Copy the record of what results were made with, if there is one, with its time."""
    record = results.below(name)
    with suppress(Exception):  # nothing is there yet
        folder.mkdir(parents=True, exist_ok=True)
        record.storage.get_file(record.path, str(folder / name))
        _set_time(record, folder / name)


def begin_record(results: Location, name: str, text: str, is_wanted: bool) -> None:
    """As `Record.begin`: say with what results are made from now on. Without `is_wanted`, only where there is
    a record. Raises InputError."""
    record = results.below(name)
    try:
        there = record.storage.cat_file(record.path) if record.storage.exists(record.path) else None
        if there != text.encode() and (is_wanted or there is not None):
            record.storage.makedirs(str(PurePosixPath(record.path).parent), exist_ok=True)
            record.storage.pipe_file(record.path, text.encode())
    except Exception as error:
        raise _cannot_write(results, error) from error


def _cannot_write(results: Location, error: Exception) -> InputError:
    return InputError(f"{results.label}: cannot be written ({_reason(error)}); choose another place")


def send(folder: Path, results: Location) -> None:
    """Copy all files of a folder that are not empty; each appears under its name when it is whole.

    Raises InputError.
    """
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size:
                _send(path, results.storage, results.below(path.relative_to(folder).as_posix()).path)
    except Exception as error:
        raise _cannot_write(results, error) from error


def _send(path: Path, storage: Any, target: str) -> None:
    storage.makedirs(str(PurePosixPath(target).parent), exist_ok=True)
    storage.put_file(str(path), f"{target}.part")
    storage.mv(f"{target}.part", target)


def _set_time(source: Location, target: Path) -> None:
    """The copy is as old as the file, where the storage tells."""
    with suppress(NotImplementedError, OSError, AttributeError, KeyError):
        modified: datetime = source.storage.modified(source.path)
        os.utime(target, (modified.timestamp(), modified.timestamp()))


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
