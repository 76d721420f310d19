"""Where results go while a batch runs: names, what was done before, and one ZIP or PDF of all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from ae.documents.cleaning import PageCleaner
from ae.documents.document import Document, Limits
from ae.documents.document_run import Result
from ae.documents.kinds import MANY_PAGES, Kind, kind_of_name
from ae.documents.origins import Origins
from ae.documents.planning import Names, PageRange, Plan, Source, alike, numbered
from ae.documents.record import Record, record_name
from ae.documents.treatment import CleanOptions
from ae.documents.unfinished import Unfinished
from ae.documents.writing import Output, aside, cannot_write
from ae.errors import InputError
from ae.weights import Card

_UNPACKED = (".bmp", ".dib", ".pnm", ".pbm", ".pgm", ".ppm", ".tga", ".pcx")  # kinds that a ZIP makes smaller
# to a clean page; and a password is not to be kept
_NO_MATTER = ("jobs", "resume", "password", "keep_unfinished", "limits")
_ANY_DAY = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made


@dataclass(frozen=True)
class BatchOptions:
    """How documents are read, cleaned and written.

    `dpi` None: as it was. `bits` 16: as many where a page has them. `pages`: those of each
    document that are wanted, empty for all. `jobs`: pages that are cleaned at once, None for as many as the
    machine has room for. `resume`: what an earlier run has done is not done again. `keep_unfinished`: what is
    done is kept on disk beside the result until that is complete.
    """

    clean: CleanOptions = field(default_factory=CleanOptions)
    dpi: float | None = None
    bits: int = 8
    pages: tuple[PageRange, ...] = ()
    password: str | None = None
    jobs: int | None = None
    resume: bool = False
    keep_unfinished: bool = True
    limits: Limits = field(default_factory=Limits)


def settings_of(options: BatchOptions, model: str, card: Card | None) -> dict[str, Any]:
    """All that a clean page depends on beside the page itself, as plain values."""
    digest = card.digest if card else ""
    return {"options": asdict(options) | dict.fromkeys(_NO_MATTER), "model": [model, digest]}


class Places:
    """The places of the results of one plan.

    A ZIP is first a folder beside it, and is packed at the end. `joined` is the one PDF of several inputs.
    """

    def __init__(self, plan: Plan, options: BatchOptions, cleaner: PageCleaner) -> None:
        self._plan, self._options = plan, options
        self._settings = settings_of(options, cleaner.name, cleaner.card)
        of_all = self._settings_for(plan.sources)
        is_folder = plan.place == "folder"  # which gets results of other inputs too
        beside = plan.out if is_folder else plan.out.parent
        self._record = Record(
            beside / record_name(plan.place, plan.out), self._settings if is_folder else of_all
        )
        self._output = Output(
            options.clean.colour, options.dpi, bits=options.bits, exact=options.clean.keeps_pixels
        )
        self._names = Names()
        self._own_names = {alike(source.name) for source in plan.sources if _keeps_name(source, plan.kind)}
        self._origins = Origins(plan.out)
        self._packed: list[tuple[PurePath, Path]] = []
        self._lacking: list[Path] = []
        self._whole = None
        self.joined: Result | None = None
        if plan.place in ("pdf", "zip"):
            self._whole = Unfinished(plan.out, of_all)
        if plan.place == "pdf":
            kept = self._whole if options.keep_unfinished else None
            self.joined = Result("pdf", plan.out, plan.shown, self._output, kept)

    def _settings_for(self, sources: Sequence[Source]) -> dict[str, Any]:
        return self._settings | {"sources": [_state(source) for source in sources]}

    @property
    def are_done(self) -> bool:
        """Whether an earlier run has made the one result of all inputs."""
        whole = self._whole
        if not (self._options.resume and whole) or whole.is_there:
            return False
        if not self._record.covers(self._plan.out):
            return False
        return all(_is_newer(self._plan.out, source) for source in self._plan.sources)

    def begin(self) -> None:
        """Make room for what is unfinished. Raises InputError when the place cannot be written to."""
        if self._plan.place != "folder":
            self._begin_record()
        if self._whole and (self._plan.place == "zip" or self._options.keep_unfinished):
            self._begin(self._whole, self._plan.out)

    def _begin_record(self) -> None:
        """Beside a single result, only for those who resume: nobody else finds a file there."""
        is_wanted = self._options.resume or self._record.path.exists()
        if is_wanted and self._options.keep_unfinished:
            with _told(self._plan.out):
                self._record.begin()

    def _begin_in_folder(self, first: Path, source: Source) -> None:
        """Say how the result whose first file this is will be made, and of what."""
        with _told(self._plan.out):
            # Until it is replaced, what lies there must not count as made of this input.
            self._record.begin(anew=first.exists() and self._origins.is_of_another(first, source))
            self._origins.note(first, source)

    def _begin(self, unfinished: Unfinished, target: Path) -> None:
        with _told(target):
            unfinished.begin(self._options.resume)

    def result_for(self, source: Source, document: Document, pages: int) -> Result:
        """Where this document goes, of which `pages` are wanted. Raises InputError."""
        if self.joined:
            return self.joined
        kind = self._plan.kind or document.kind
        target, shown = self._target(source, document, kind)
        if self._plan.called and pages > 1 and kind not in MANY_PAGES:
            what = f"has {pages} pages, which do not go into one picture"
            raise InputError(f"{source.label}: {what}; add --to pdf or --to tiff")
        for path in numbered(target, document.page_count, kind):
            if self._plan.protects(path):
                raise InputError(f"{path}: would overwrite an input; choose another place")
        unfinished = None
        if pages > 1 and self._options.keep_unfinished:
            unfinished = Unfinished(target, self._settings_for([source]))
        return Result(kind, target, shown, self._output, unfinished)

    def _target(self, source: Source, document: Document, kind: Kind) -> tuple[Path, str]:
        """The file, and how a person calls it."""
        if self._plan.place == "file":
            return self._plan.out, self._plan.shown
        is_free = partial(self._is_free, source, document.page_count, kind)
        name = self._names.take(source.name, kind, document.page_count, is_free)
        if self._plan.place == "folder" or self._whole is None:
            return self._plan.out / name, str(self._plan.out / name)
        target = self._whole.folder / name
        self._packed += [
            (name.with_name(path.name), path) for path in numbered(target, document.page_count, kind)
        ]
        return target, str(self._plan.out / name)

    def _is_free(self, source: Source, count: int, kind: Kind, name: PurePath) -> bool:
        """Whether a result may have this name: no other input has it already and keeps it.

        When resuming, none replaces that of another input.
        """
        own = alike(source.name)
        for path in numbered(Path(name), count, kind):
            if alike(path) != own and alike(path) in self._own_names:
                return False
        if self._plan.place != "folder" or not self._options.resume:
            return True
        target = self._plan.out / name
        files = numbered(target, count, kind)
        is_there = Unfinished(target, {}).is_there or any(path.exists() for path in files)
        return not (is_there and self._origins.is_of_another(files[0], source))

    def is_done(self, result: Result, source: Source, numbers: Sequence[int], count: int) -> bool:
        """Whether an earlier run has made this result; else makes room for what is unfinished of it.

        Raises InputError when the place cannot be written to.
        """
        if self.joined:
            return False
        files = numbered(result.target, count, result.kind)
        wanted = files if len(files) == 1 else [files[number - 1] for number in numbers]
        left = Unfinished(result.target, {}).is_there
        if self._options.resume and not left and self._are_made(wanted, files[0], source):
            return True
        if self._plan.place == "folder" and self._options.keep_unfinished:
            self._begin_in_folder(files[0], source)
        if result.unfinished:
            self._begin(result.unfinished, result.target)
        return False

    def _are_made(self, wanted: Sequence[Path], first: Path, source: Source) -> bool:
        is_whole = self._plan.place != "folder" or self._origins.holds(first, source)
        return is_whole and all(self._is_made(path, source) for path in wanted)

    def _is_made(self, path: Path, source: Source) -> bool:
        """Whether a result is there, made of this input and with these settings."""
        is_ours = self._plan.place == "zip"  # what was not packed yet is only kept for the same settings
        return _is_newer(path, source) and (is_ours or self._record.covers(path))

    def note_done(self, result: Result, count: int, *, lacking: bool) -> None:
        """A document of `count` pages is done, or pages of it failed, so that who resumes tries it again."""
        if result is self.joined or not self._options.keep_unfinished:
            return
        files = numbered(result.target, count, result.kind)
        with _told(self._plan.out):
            if self._plan.place == "folder" and not lacking:
                self._origins.note_whole(files[0])
            elif self._plan.place == "zip" and lacking:
                self._lacking += files
            elif lacking and self._plan.place == "file":
                self._record.forget()

    def complete(self, *, lacking: bool) -> None:
        """All results are there. Raises InputError.

        Of one result of all inputs some may be `lacking`: who resumes tries these again, keeping others.
        """
        self.finish()
        if self._whole and lacking:
            with _told(self._plan.out):
                self._record.forget()
        for path in self._lacking:
            path.unlink(missing_ok=True)
        if self._whole and not (lacking and self._options.resume):
            self._whole.remove()

    def finish(self) -> None:
        """Make a valid file of all results that are there. Raises InputError."""
        if self.joined:
            self.joined.finish()
        if self._plan.place == "zip":
            pack(self._packed, self._plan.out)


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """A place that cannot be written to is told as such."""
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


def pack(files: Sequence[tuple[PurePath, Path]], out: Path) -> None:
    """Put those files that are there into a ZIP under their names; without any, there is none.

    Raises InputError.
    """
    files = [(name, path) for name, path in files if path.is_file()]
    if not files:
        return
    with aside(out) as part, zipfile.ZipFile(part, "w") as packed:
        for name, path in files:
            packed.writestr(_entry(name), path.read_bytes())


def _entry(name: PurePath) -> zipfile.ZipInfo:
    readable = name.as_posix().encode("utf-8", "replace").decode()
    entry = zipfile.ZipInfo(readable, _ANY_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED if name.suffix.lower() in _UNPACKED else zipfile.ZIP_STORED
    entry.external_attr = 0o644 << 16
    return entry
