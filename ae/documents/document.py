"""Documents: open a file of any kind, go through its pages, write the same kind back.

    with open_document(path, path.name, limits) as document:
        with create_writer(document.kind, out, like=document) as writer:
            for page in document.pages(to=document.kind):
                if isinstance(page, PageError):          # told to the person; the other pages go on
                    writer.keep(page.number)             # a PDF keeps its page as it was
                elif page.untouched:
                    writer.write(page)                   # born digital: goes through as it is
                else:
                    writer.write(cleaner.clean(page))

Pages are decoded when they are asked for, one at a time, so that memory does not grow with their number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from ae.documents.kinds import KINDS, Kind, is_pdf
from ae.documents.limits import Limits, PageError, check_bytes
from ae.documents.page import Page
from ae.documents.writing import DocumentWriter, Output, create_writer
from ae.errors import InputError

__all__ = [
    "KINDS",
    "Document",
    "DocumentWriter",
    "Kind",
    "Limits",
    "Output",
    "Page",
    "PageError",
    "create_writer",
    "open_document",
]


ANIMATED = "is an animation, of which the first picture is taken"


class Document(ABC):
    """An open file with pages.

    `name` is how messages call it; `kind` is what its bytes are, one of `KINDS`; `source` is its path or its
    bytes; `bytes` its size; `page_count` at least 1; `notes` are sentences about the file as a whole
    ("its signature will no longer hold"). Use it in one thread at a time; other threads or processes open
    the file again.
    """

    name: str
    kind: Kind
    source: Path | bytes
    bytes: int
    page_count: int
    limits: Limits
    notes: tuple[str, ...] = ()

    @property
    def is_animated(self) -> bool:
        """Whether the one page is the first picture of an animation."""
        return ANIMATED in self.notes

    def place(self, number: int) -> str:
        """How messages call page `number`."""
        return self.name if self.page_count == 1 else f"{self.name}, page {number}"

    def _require(self, number: int) -> None:
        """Raises PageError when there is no page of that number."""
        if not 1 <= number <= self.page_count:
            raise PageError(
                f"{self.place(number)}: there are {self.page_count} pages; choose another", number
            )

    @abstractmethod
    def page(self, number: int, to: Kind | None = None) -> Page:
        """Decode page `number` (from 1), upright.

        `to` is the kind of file that the page will be written to, by default the document's own. It matters
        for a PDF: towards a PDF the pixels are those of the scan inside the page, at its own resolution;
        towards pictures they are the page as one sees it (crop box, text and stamps on top).
        Raises PageError.
        """

    def pages(
        self, numbers: Iterable[int] | None = None, to: Kind | None = None
    ) -> Iterator[Page | PageError]:
        """Go through the pages `numbers` (from 1; all by default). A page that cannot be read comes as
        the error that says why, and the next one follows."""
        for number in range(1, self.page_count + 1) if numbers is None else numbers:
            try:
                yield self.page(number, to)
            except PageError as error:
                yield error

    def passes_through(self, number: int) -> bool:
        """Whether a page is born digital, known without decoding it; `writer.keep(number)` is then enough.

        Only ever true for a PDF. A page that is to be cleaned all the same is drawn by `page`, cleaned, and
        written as `replace(page, untouched=False)`; its text stays, invisible.
        """
        return False

    def remark(self, number: int) -> str:
        """A half sentence about a page that passes through, empty where it is simply born digital."""
        return ""

    def orientation(self, number: int) -> int:
        """How the picture of a page lies in the file, in EXIF's numbers; a new one has to lie so too."""
        return 1

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def __enter__(self) -> Document:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_document(
    source: Path | bytes, name: str, limits: Limits | None = None, password: str | None = None
) -> Document:
    """Open a file of any kind, known by its bytes and never by its name.

    `name` is how messages call the file. `password` opens a locked PDF. No pixel is decoded yet; the limits
    hold before anything is. Raises InputError, one sentence that names the file, says what is wrong and what
    to do.
    """
    limits = limits or Limits()
    try:
        if isinstance(source, Path) and source.exists() and not (source.is_file() or source.is_dir()):
            raise InputError(f"{name}: is no file but a pipe or a device; give - and send it there")
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        check_bytes(name, size, limits)
        head = source[:1024] if isinstance(source, bytes) else _head(source)
    except (OSError, ValueError) as error:  # ValueError: a name that no disk can have
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name}: cannot be opened ({reason}); check its name and folder") from error
    if is_pdf(head):
        from ae.documents.pdf_reading import PdfDocument

        return PdfDocument(source, name, size, limits, password)
    from ae.documents.images_apart import open_pictures

    return open_pictures(source, name, size, limits)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)
