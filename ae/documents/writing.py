"""Documents to files: page by page, aside first and then renamed, so that no half-written file is left."""

from __future__ import annotations

import contextlib
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ae.documents.encoding import Quality, encode
from ae.documents.kinds import MANY_PAGES, Kind, suffix_for
from ae.documents.page import ColourKind, Page
from ae.errors import Cancelled, InputError, UsageError

if TYPE_CHECKING:
    from ae.documents.document import Document


@dataclass(frozen=True)
class Output:
    """How pages are stored.

    `colour`: None keeps each page's own. `dpi` is written instead of the page's own; pixels stay. `quality`
    1..100 of what is stored with loss, None: like the source. `bits`: 16 keeps sixteen where a page has them
    (PNG and TIFF).
    """

    colour: ColourKind | None = None
    dpi: float | None = None
    quality: int | None = None
    bits: int = 8


class DocumentWriter(ABC):
    """A document being written. Leaving its `with` block finishes it: after Cancel or Ctrl-C with the pages
    written so far, after any other error not at all.

    `out` is where it goes; `paths` are the files that are complete (`finish` has been called, or pages of
    their own).
    """

    def __init__(self, out: Path, output: Output) -> None:
        self.out = out
        self.output = output
        self.paths: list[Path] = []
        self._document: Document | None = None

    def begin(self, document: Document) -> None:
        """Say which document the next pages come from; several may go into one PDF or TIFF, one after
        the other. Raises UsageError when the result would overwrite it."""
        if isinstance(document.source, Path) and _same_file(document.source, self.out):
            raise UsageError(f"{self.out}: would overwrite an input; choose another place")
        self._document = document

    def write(self, page: Page, text_layer: bytes = b"") -> None:
        """Add a page. `text_layer` is a PDF page with the invisible text of the upright picture, of any size;
        a PDF takes it unless the page can be searched already.

        Raises PageError when this page cannot be in such a file, after which `keep` may still work and the
        other pages do; InputError when the place cannot be written to.
        """
        self._write(self._styled(page), text_layer)

    def keep(self, number: int) -> None:
        """Add page `number` of the document as it is, without cleaning.

        Raises PageError when it would have to be decoded for that and cannot be.
        """
        if self._document:
            self._write(self._document.page(number, self.kind), b"")

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """What is written."""

    @abstractmethod
    def _write(self, page: Page, text_layer: bytes) -> None:
        """Add a page that has its final colours and DPI."""

    @abstractmethod
    def finish(self) -> list[Path]:
        """Complete the file; without a page none is left. Returns the files written. Raises InputError."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind that is not complete."""

    def _styled(self, page: Page) -> Page:
        if self.output.colour:
            page = page.converted(self.output.colour)
        return replace(page, dpi=(self.output.dpi, self.output.dpi)) if self.output.dpi else page

    def __enter__(self) -> DocumentWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, Cancelled | KeyboardInterrupt):
            self.finish()
        else:
            self.discard()


def create_writer(
    kind: Kind,
    out: Path,
    like: Document | None = None,
    *,
    colour: ColourKind | None = None,
    dpi: float | None = None,
    quality: int | None = None,
    bits: int = 8,
) -> DocumentWriter:
    """A writer of `kind` to the file `out`.

    `like` is the document that the pages come from: a PDF keeps its metadata, outline, links and text, and a
    document of one page gives the file `out` itself. Kinds with one page a file (all but TIFF, PDF and HEIC)
    put several pages beside each other as `out-001.png`, `out-002.png`. The rest is told at `Output`.
    Raises UsageError when `out` would overwrite `like`.
    """
    output = Output(colour, dpi, quality, bits)
    writer: DocumentWriter
    if kind == "pdf":
        from ae.documents.pdf_writing import PdfWriter

        writer = PdfWriter(out, output)
    elif kind == "tiff":
        from ae.documents.tiff import TiffWriter

        writer = TiffWriter(out, output)
    elif kind == "heic":
        from ae.documents.heic import HeicWriter

        writer = HeicWriter(out, output)
    else:
        writer = PictureWriter(kind, out, output)
    if like:
        writer.begin(like)
    return writer


class PictureWriter(DocumentWriter):
    """One picture a file."""

    def __init__(self, kind: Kind, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._kind = kind

    @property
    def kind(self) -> Kind:
        """What is written."""
        return self._kind

    def _write(self, page: Page, text_layer: bytes) -> None:
        path = self._path(page.number)
        data = encode(page, self._kind, Quality(self.output.quality, self.output.bits))
        with aside(path) as part:
            part.write_bytes(data)
        self.paths.append(path)

    def _path(self, number: int) -> Path:
        count = self._document.page_count if self._document else 1
        if count == 1:
            return self.out
        digits = max(3, len(str(count)))
        return self.out.with_name(f"{self.out.stem}-{number:0{digits}}{self.out.suffix}")

    def finish(self) -> list[Path]:
        """Every picture is complete already."""
        return self.paths

    def discard(self) -> None:
        """Pictures that are complete stay."""


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A file to write to that becomes `path` when all went well, and vanishes when not.

    Raises InputError when the place cannot be written to.
    """
    part = None
    try:
        part = part_of(path)
        yield part
        os.replace(part, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        if part:
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A new empty file beside `path`, with a short name, since that of `path` may be as long as it gets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".ae-{secrets.token_hex(8)}.part")
    part.touch(exist_ok=False)
    return part


def cannot_write(path: Path, error: OSError) -> InputError:
    """The error to raise when the disk says no."""
    return InputError(f"{path}: cannot be written ({error.strerror}); choose another place")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


# For programs that know nothing of documents


def png_names(stems: Iterable[str]) -> list[str]:
    """`stem`.png for each, with a number where that is taken; upper and lower case count as one."""
    return unique_names([f"{stem}.png" for stem in stems])


def unique_names(names: Iterable[str]) -> list[str]:
    """The same names, with a number before the end where one is taken; upper and lower case count as one."""
    taken: set[str] = set()
    found = []
    for wanted in names:
        path, name, number = Path(wanted), wanted, 1
        while name.lower() in taken:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        taken.add(name.lower())
        found.append(name)
    return found


def encode_png(page: Page) -> bytes:
    """The page as a PNG file of the same size in pixels and millimetres."""
    return encode(page, "png")


def write_png(page: Page, path: Path) -> None:
    """Write the page as PNG. Raises InputError when the place cannot be written to."""
    data = encode_png(page)
    with aside(path) as part:
        part.write_bytes(data)


__all__ = ["MANY_PAGES", "DocumentWriter", "Output", "create_writer", "suffix_for", "unique_names"]
