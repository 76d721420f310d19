"""Documents to files: page by page, aside first and then renamed, so that no half-written file is left."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ae import files
from ae.documents.encoding import Quality, encode
from ae.documents.kinds import Kind
from ae.documents.orientation import stored
from ae.documents.page import ColourKind, Page
from ae.documents.planning import one_numbered
from ae.errors import Cancelled, InputError, UsageError

if TYPE_CHECKING:
    from ae.documents.document import Document


@dataclass(frozen=True)
class Output:
    """How pages are stored.

    `colour`: None keeps each page's own. `dpi` is written instead of the page's own; pixels stay. `quality`
    1..100 of what is stored with loss, None: like the source. `bits`: 16 keeps sixteen where a page has them
    (PNG and TIFF). `exact`: no shade is given up for fewer bytes.
    """

    colour: ColourKind | None = None
    dpi: float | None = None
    quality: int | None = None
    bits: int = 8
    exact: bool = False

    def of(self, page: Page) -> Page:
        """The page with its final colours and DPI."""
        if self.colour:
            page = page.converted(self.colour)
        return replace(page, dpi=(self.dpi, self.dpi)) if self.dpi else page


@dataclass(frozen=True)
class Prepared:
    """A page ready to be stored: `page` with its final colours, lying as its file wants it, and its `data`,
    which a PDF needs as `ae.documents.pdf_encoding.Encoded`."""

    page: Page
    data: Any


def prepare(page: Page, kind: Kind, output: Output, orientation: int = 1) -> Prepared:
    """Encode a page for a file of that kind; `orientation`: how its picture lies in a PDF, in EXIF's numbers.

    All the work of writing that takes time, safe to do in several threads at once. Raises PageError when such
    a file cannot hold the page.
    """
    page, wanted = output.of(page), Quality(output.quality, output.bits)
    if kind != "pdf":
        return Prepared(page, encode(page, kind, wanted))
    from ae.documents.pdf_encoding import encode_for_pdf

    page = replace(page, pixels=stored(page.pixels, orientation), deep=None)
    return Prepared(page, encode_for_pdf(page, wanted))


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
        orientation = self._document.orientation(page.number) if self._document else 1
        self.add(prepare(page, self.kind, self.output, orientation), text_layer)

    def keep(self, number: int) -> None:
        """Add page `number` of the document as it is, without cleaning.

        Raises PageError when it would have to be decoded for that and cannot be.
        """
        if self._document:
            self.write(self._document.page(number, self.kind))

    def _place(self, page: Page) -> str:
        """How messages call a page."""
        return self._document.place(page.number) if self._document else f"{page.name}, page {page.number}"

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """What is written."""

    @abstractmethod
    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page that was prepared for this kind of file and this output; the rest is as in `write`."""

    @abstractmethod
    def finish(self) -> list[Path]:
        """Complete the file; without a page none is left. Returns the files written. Raises InputError."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind that is not complete."""

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
    kind: Kind, out: Path, like: Document | None = None, output: Output | None = None
) -> DocumentWriter:
    """A writer of `kind` to the file `out`.

    `like` is the document that the pages come from: a PDF keeps its metadata, outline, links and text, and a
    document of one page gives the file `out` itself. Kinds with one page a file (all but TIFF, PDF and HEIC)
    put several pages beside each other as `out-001.png`, `out-002.png`. Raises UsageError when `out` would
    overwrite `like`.
    """
    output = output or Output()
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

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Write the picture."""
        count = self._document.page_count if self._document else 1
        path = one_numbered(self.out, page.page.number, count)
        with aside(path) as part:
            part.write_bytes(page.data)
        self.paths.append(path)

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
    try:
        with files.aside(path) as part:
            yield part
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> InputError:
    """The error to raise when the disk says no."""
    is_below_a_file = isinstance(error, FileExistsError | NotADirectoryError)
    reason = "its folder is a file" if is_below_a_file else error.strerror
    return InputError(f"{path}: cannot be written ({reason}); choose another place")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()
