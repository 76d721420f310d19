"""Where results go while a batch runs, and what an earlier run has done of them.

A batch has one place: a file, a folder of files, or one PDF or ZIP of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from ae.documents.batch_options import BatchOptions
from ae.documents.document import Document
from ae.documents.document_run import Result
from ae.documents.kinds import MANY_PAGES, Kind, kind_of_name
from ae.documents.origins import Origins
from ae.documents.packing import pack
from ae.documents.planning import Names, Plan, Source, alike, numbered
from ae.documents.record import Record, record_name
from ae.documents.unfinished import Unfinished
from ae.documents.writing import Output, cannot_write
from ae.errors import InputError


class Place:
    """What all places have in common.

    `settings`: all that a clean page depends on beside the page itself, see `settings_of`. `joined` is the
    one result of several inputs, where they have one.
    """

    joined: Result | None = None

    def __init__(self, plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> None:
        self._plan, self._options, self._settings = plan, options, settings
        self._output = Output(
            options.clean.colour, options.dpi, bits=options.bits, exact=options.clean.keeps_pixels
        )
        self._record = self._made_record()

    def _made_record(self) -> Record:
        """It lies beside the one result, and tells its inputs too."""
        name = record_name(self._plan.place, self._plan.out)
        return Record(self._plan.out.parent / name, self._of_all)

    @cached_property
    def _of_all(self) -> dict[str, Any]:
        return self._settings_for(self._plan.sources)

    def _settings_for(self, sources: Sequence[Source]) -> dict[str, Any]:
        return self._settings | {"sources": [_state(source) for source in sources]}

    @property
    def is_all_done(self) -> bool:
        """Whether an earlier run has made the one result of all inputs."""
        return False

    def begin(self) -> None:
        """Make room for what is unfinished. Raises InputError when the place cannot be written to."""
        # Only for those who resume: nobody else finds a file beside the result.
        is_wanted = self._options.resume or self._record.path.exists()
        if is_wanted and self._options.keep_unfinished:
            with _saying_where(self._plan.out):
                self._record.begin()

    def _begin(self, unfinished: Unfinished, target: Path) -> None:
        with _saying_where(target):
            unfinished.begin(self._options.resume)

    def result_for(self, source: Source, document: Document, pages: int) -> Result:
        """Where this document goes, of which `pages` are wanted. Raises InputError."""
        kind = self._plan.kind or document.kind
        target, shown = self._target(source, document.page_count, kind)
        for path in numbered(target, document.page_count, kind):
            if self._plan.protects(path):
                raise InputError(f"{path}: would overwrite an input; choose another place")
        unfinished = None
        if pages > 1 and self._options.keep_unfinished:
            unfinished = Unfinished(target, self._settings_for([source]))
        return Result(kind, target, shown, self._output, unfinished)

    def _target(self, source: Source, count: int, kind: Kind) -> tuple[Path, str]:
        """The file for a document of `count` pages, and how a person calls it."""
        return self._plan.out, self._plan.shown

    def is_done(self, result: Result, source: Source, numbers: Sequence[int], count: int) -> bool:
        """Whether an earlier run has made this result."""
        files = numbered(result.target, count, result.kind)
        wanted = files if len(files) == 1 else [files[number - 1] for number in numbers]
        is_left = Unfinished(result.target, {}).is_there
        return self._options.resume and not is_left and self._are_made(wanted, files[0], source)

    def _are_made(self, wanted: Sequence[Path], first: Path, source: Source) -> bool:
        """Whether files are there, made of this input as it is now and with these settings."""
        return all(_is_newer(path, source) and self._record.covers(path) for path in wanted)

    def begin_result(self, result: Result, source: Source, count: int) -> None:
        """Make room for what is unfinished of a result. Raises InputError when that cannot be written."""
        if self._options.keep_unfinished:
            self._note_begun(numbered(result.target, count, result.kind)[0], source)
        if result.unfinished:
            self._begin(result.unfinished, result.target)

    def _note_begun(self, first: Path, source: Source) -> None:
        """The result whose first file this is will be made of this input."""

    def note_done(self, result: Result, count: int, *, lacking: bool) -> None:
        """A document of `count` pages is done, or pages of it failed, so that who resumes tries it again."""
        if self._options.keep_unfinished:
            with _saying_where(self._plan.out):
                self._note(numbered(result.target, count, result.kind), lacking)

    def _note(self, files: Sequence[Path], lacking: bool) -> None:
        """The same about the files of a result, where something remembers them."""

    def complete(self, *, lacking: bool) -> None:
        """All results are there, or some are `lacking`. Raises InputError."""

    def finish(self) -> None:
        """Make a valid file of all results that are there. Raises InputError."""


class FilePlace(Place):
    """One input, one result."""

    def result_for(self, source: Source, document: Document, pages: int) -> Result:
        """As `Place.result_for`; a stream takes one file."""
        if self._plan.called and pages > 1 and (self._plan.kind or document.kind) not in MANY_PAGES:
            what = f"has {pages} pages, which do not go into one picture"
            raise InputError(f"{source.label}: {what}; add --to pdf or --to tiff")
        return super().result_for(source, document, pages)

    def _note(self, files: Sequence[Path], lacking: bool) -> None:
        if lacking:
            self._record.forget()


class _ResultNames:
    """Names for the results of a plan, each like that of its input and no two alike."""

    def __init__(self, plan: Plan) -> None:
        self._names = Names()
        self._own = {alike(source.name) for source in plan.sources if _keeps_name(source, plan.kind)}

    def take(
        self, source: Source, count: int, kind: Kind, is_free: Callable[[PurePath], bool] | None = None
    ) -> PurePath:
        """The name for a document of `count` pages that nothing else has, and that `is_free` besides."""

        def may_be(name: PurePath) -> bool:
            return self._is_no_other(name, source, count, kind) and (is_free is None or is_free(name))

        return self._names.take(source.name, kind, count, may_be)

    def _is_no_other(self, name: PurePath, source: Source, count: int, kind: Kind) -> bool:
        """Whether no file of this result has the name of another input whose result keeps it."""
        files = {alike(path) for path in numbered(Path(name), count, kind)}
        return not (files - {alike(source.name)}) & self._own


class FolderPlace(Place):
    """A folder, which gets results of other inputs too."""

    def __init__(self, plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> None:
        super().__init__(plan, options, settings)
        self._names, self._origins = _ResultNames(plan), Origins(plan.out)

    def _made_record(self) -> Record:
        return Record(self._plan.out / record_name(self._plan.place, self._plan.out), self._settings)

    def begin(self) -> None:
        """Nothing is written before there is a result."""

    def _target(self, source: Source, count: int, kind: Kind) -> tuple[Path, str]:
        def is_free(name: PurePath) -> bool:
            return not (
                self._options.resume and self._is_of_another(self._plan.out / name, source, count, kind)
            )

        target = self._plan.out / self._names.take(source, count, kind, is_free)
        return target, str(target)

    def _is_of_another(self, target: Path, source: Source, count: int, kind: Kind) -> bool:
        """Whether a result of another input is there, or begun."""
        files = numbered(target, count, kind)
        is_there = Unfinished(target, {}).is_there or any(path.exists() for path in files)
        return is_there and self._origins.is_of_another(files[0], source)

    def _are_made(self, wanted: Sequence[Path], first: Path, source: Source) -> bool:
        return self._origins.holds(first, source) and super()._are_made(wanted, first, source)

    def _note_begun(self, first: Path, source: Source) -> None:
        with _saying_where(self._plan.out):
            # Until it is replaced, what lies there must not count as made of this input.
            self._record.begin(anew=first.exists() and self._origins.is_of_another(first, source))
            self._origins.note(first, source)

    def _note(self, files: Sequence[Path], lacking: bool) -> None:
        if not lacking:
            self._origins.note_whole(files[0])


class _WholePlace(Place):
    """One file of all results, which keeps what is unfinished of it beside it."""

    def __init__(self, plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> None:
        super().__init__(plan, options, settings)
        self._whole = Unfinished(plan.out, self._of_all)

    @property
    def is_all_done(self) -> bool:
        """Whether an earlier run has made it."""
        if not self._options.resume or self._whole.is_there or not self._record.covers(self._plan.out):
            return False
        return all(_is_newer(self._plan.out, source) for source in self._plan.sources)

    def complete(self, *, lacking: bool) -> None:
        """As `Place.complete`: who resumes tries what is lacking again, keeping the rest."""
        self.finish()
        if lacking:
            with _saying_where(self._plan.out):
                self._record.forget()
        if not (lacking and self._options.resume):
            self._whole.remove()


class ZipPlace(_WholePlace):
    """A ZIP with a result for each input: first a folder beside it, which is packed at the end."""

    def __init__(self, plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> None:
        super().__init__(plan, options, settings)
        self._names = _ResultNames(plan)
        self._packed: list[tuple[PurePath, Path]] = []
        self._lacking: list[Path] = []

    def begin(self) -> None:
        """As `Place.begin`; the folder is needed in any case."""
        super().begin()
        self._begin(self._whole, self._plan.out)

    def _target(self, source: Source, count: int, kind: Kind) -> tuple[Path, str]:
        name = self._names.take(source, count, kind)
        target = self._whole.folder / name
        self._packed += [(name.with_name(path.name), path) for path in numbered(target, count, kind)]
        return target, str(self._plan.out / name)

    def _are_made(self, wanted: Sequence[Path], first: Path, source: Source) -> bool:
        # The folder is only kept for the same settings.
        return all(_is_newer(path, source) for path in wanted)

    def _note(self, files: Sequence[Path], lacking: bool) -> None:
        if lacking:
            self._lacking += files

    def complete(self, *, lacking: bool) -> None:
        """As `Place.complete`; documents of which pages are lacking are made anew."""
        super().complete(lacking=lacking)
        for path in self._lacking:
            path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Pack what is there."""
        pack(self._packed, self._plan.out)


class JoinedPlace(_WholePlace):
    """A PDF of the pages of all inputs."""

    joined: Result

    def __init__(self, plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> None:
        super().__init__(plan, options, settings)
        kept = self._whole if options.keep_unfinished else None
        self.joined = Result("pdf", plan.out, plan.shown, self._output, kept)

    def begin(self) -> None:
        """As `Place.begin`."""
        super().begin()
        if self._options.keep_unfinished:
            self._begin(self._whole, self._plan.out)

    def result_for(self, source: Source, document: Document, pages: int) -> Result:
        """The one result."""
        return self.joined

    def is_done(self, result: Result, source: Source, numbers: Sequence[int], count: int) -> bool:
        """No: its pages may be, each by itself."""
        return False

    def begin_result(self, result: Result, source: Source, count: int) -> None:
        """It was begun for all inputs."""

    def finish(self) -> None:
        """Complete the PDF with the pages that are in."""
        self.joined.finish()


_PLACES: dict[str, type[Place]] = {
    "file": FilePlace,
    "folder": FolderPlace,
    "zip": ZipPlace,
    "pdf": JoinedPlace,
}


def place_for(plan: Plan, options: BatchOptions, settings: dict[str, Any]) -> Place:
    """The place that a plan names; `settings` as `Place` takes them."""
    return _PLACES[plan.place](plan, options, settings)


@contextmanager
def _saying_where(target: Path) -> Iterator[None]:
    """An error of the disk becomes one that names what cannot be written."""
    try:
        yield
    except OSError as error:
        raise cannot_write(target, error) from error


def _keeps_name(source: Source, kind: Kind | None) -> bool:
    """Whether the end of its name says that its result will be called the same."""
    named = kind_of_name(source.name.name)
    return named is not None and kind in (None, named)


def _state(source: Source) -> list[Any]:
    """What changes when an input does."""
    if isinstance(source.content, bytes):
        return [source.label, hashlib.sha256(source.content).hexdigest()]
    try:
        state = source.content.stat()
    except OSError:
        return [source.label]
    return [source.label, state.st_size, state.st_mtime_ns]


def _is_newer(target: Path, source: Source) -> bool:
    """Whether a result is there and was made after its input; standard input is always new."""
    if isinstance(source.content, bytes):
        return False
    try:
        return source.content.stat().st_mtime_ns <= target.stat().st_mtime_ns
    except OSError:
        return False
