"""PDFs for the tests of documents, and a way to clean and look at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2

from ae.documents.document import Document, Output, create_writer, open_document
from ae.documents.page import Page
from tests.pictures import A5, add_page, dirty, pdf_bytes, picture, scan, text, tinted

CLEAN = 255  # what the cleaner of these tests makes of everything lighter than ink


def clean(page: Page) -> Page:
    """Stands in for the cleaner: the paper becomes white."""
    return page.with_pixels(np.where(page.pixels > 120, np.uint8(CLEAN), page.pixels))


def through(data: bytes, folder: Path, change: Callable[[Page], Page] = clean, **options: object) -> bytes:
    """The document with every page cleaned, the way the command line does it."""
    path = folder / "out.pdf"
    output = Output(**options)
    with open_document(data, "in.pdf") as document, create_writer("pdf", path, document, output) as writer:
        for page in document.pages(to="pdf"):
            assert isinstance(page, Page), page
            writer.write(page if page.untouched else change(page))
    return path.read_bytes()


def seen(data: bytes, number: int = 1, scale: float = 1.0, password: str | None = None) -> np.ndarray:
    """A page as a viewer shows it, uint8 (H, W, 3)."""
    with pypdfium2.PdfDocument(data, password) as document:
        return document[number - 1].render(scale=scale, rev_byteorder=True).to_numpy()[..., :3].copy()


def words(data: bytes, number: int = 1) -> str:
    """The text of a page as a viewer finds it."""
    with pypdfium2.PdfDocument(data) as document:
        return document[number - 1].get_textpage().get_text_range()


def opened(data: bytes) -> Document:
    return open_document(data, "in.pdf")


def strips(count: int = 4, extra: str = "", **keys: object) -> bytes:
    pdf = pikepdf.new()
    rows = np.array_split(tinted(dirty(420, 596)), count)
    height = A5[1] / count
    places = [A5[1] - height * (index + 1) for index in range(count)]
    commands = "".join(f"q {A5[0]} 0 0 {height} 0 {y} cm /S{n} Do Q " for n, y in enumerate(places))
    pieces = {f"S{index}": picture(pdf, np.ascontiguousarray(part)) for index, part in enumerate(rows)}
    add_page(pdf, commands + extra, **pieces)
    return pdf_bytes(pdf)


def born_digital(pdf: pikepdf.Pdf) -> pikepdf.Page:
    words = "Line {} of a page that was set by a program"
    lines = " ".join(text(words.format(line), 0, (30, 560 - 14 * line)) for line in range(30))
    figure = "40 40 100 5 re f q 60 0 0 60 300 20 cm /Im Do Q"
    return add_page(pdf, f"{lines} {figure}", Im=picture(pdf, dirty(60, 60)))


def book(pages: int = 3, title: str = "A book") -> bytes:
    """Scans with everything else that a PDF may hold."""
    pdf = pikepdf.new()
    for number in range(pages):
        scan(pdf, dirty(), extra=text(f"hidden words {number + 1}", mode=3))
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = title
    pdf.docinfo["/Title"], pdf.docinfo["/Author"] = title, "누구"
    with pdf.open_outline() as outline:
        chapters = [pikepdf.OutlineItem(f"Chapter {number + 1}", number) for number in range(pages)]
        outline.root.extend(chapters)
    go = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[pdf.pages[-1].obj, pikepdf.Name.Fit])
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 50, 50], Border=[0, 0, 0], A=go
    )
    pdf.pages[0].obj["/Annots"] = pdf.make_indirect(pikepdf.Array([link]))
    pdf.Root["/PageLabels"] = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.r)])
    pdf.Root["/Lang"] = "ko"
    pdf.attachments["notes.txt"] = b"attached"
    return pdf_bytes(pdf)
