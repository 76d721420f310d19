"""PDF documents: the same file with clean scans in it, or pages put together from pictures."""

from __future__ import annotations

import contextlib
import io
import itertools
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pikepdf

from ae.documents import pdf_content, pdf_images
from ae.documents.kinds import Kind
from ae.documents.limits import PageError
from ae.documents.page import Page
from ae.documents.pdf_content import Draw, Matrix, times
from ae.documents.pdf_encoding import Encoded, EncodedLayers, add_picture
from ae.documents.pdf_inert import make_inert
from ae.documents.pdf_plan import TURNED, Plan
from ae.documents.pdf_text_only import only_text
from ae.documents.writing import DocumentWriter, Output, Prepared, aside, cannot_write
from ae.errors import AeError, InputError
from ae.files import part_of
from ae.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from ae.documents.document import Document
    from ae.documents.pdf_reading import PdfDocument

_MOST_WAITING = 64_000_000  # bytes of pictures in memory before they go to the disk
_A4_LONG_SIDE = 11.69  # inches; a picture that does not say its size is printed on A4
_SMALL, _ALIKE = 64, 16.0  # side of a small copy; grey levels
_LARGEST_SIDE = 14_400  # units of a PDF page
_SHARED = 20  # pictures; resources with more are shared by many pages
_OF_THE_DOCUMENT = (
    "/Metadata", "/Lang", "/ViewerPreferences", "/PageMode", "/PageLayout", "/OutputIntents", "/MarkInfo",
)  # fmt: skip
# From the upright unit square to that of the stored picture, by orientation in EXIF's numbers.
_TO_STORED: dict[int, Matrix] = {
    1: (1, 0, 0, 1, 0, 0), 2: (-1, 0, 0, 1, 1, 0), 3: (-1, 0, 0, -1, 1, 1), 4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1), 6: (0, 1, -1, 0, 1, 0), 7: (0, 1, 1, 0, 0, 0), 8: (0, -1, 1, 0, 0, 1),
}  # fmt: skip


@dataclass
class _Part:
    """What comes from one document.

    `pdf`: its own file, if `source` is a PDF, else a new one; `kept`: which pages of it, from 0; `waiting`:
    bytes of new pictures that are still in memory; `exchanged`: pictures that several pages may show, with
    a small copy to know what became of them by; `path`: where the file lies in the meantime.
    """

    pdf: pikepdf.Pdf
    source: PdfDocument | None = None
    kept: list[int] = field(default_factory=list)
    waiting: int = 0
    exchanged: dict[tuple[int, int], tuple[np.ndarray, pikepdf.Stream]] = field(default_factory=dict)
    path: Path | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all pages are kept in their order."""
        return self.kept == list(range(len(self.pdf.pages)))

    @property
    def password(self) -> str:
        """Of the source, empty where it has none."""
        return (self.source.password or "") if self.source and self.source.pdf.is_encrypted else ""

    def add(self, new: Encoded | EncodedLayers, space: Any = None, old: Any = None) -> pikepdf.Stream:
        """A new picture object."""
        self.waiting += len(new)
        return add_picture(self.pdf, new, space, old)

    def rest(self, path: Path) -> None:
        """Move what is in memory to the disk, from where it is read when it is needed."""
        _save(self.pdf, path, self.password)
        self.close()
        self.pdf = pikepdf.open(path, password=self.password)
        self.path, self.waiting, self.exchanged = path, 0, {}

    def close(self) -> None:
        """Let go of the file."""
        self.pdf.close()
        if self.path:
            self.path.unlink(missing_ok=True)


class PdfWriter(DocumentWriter):
    """Pages to one PDF. A page of a PDF keeps all but the pixels of its scan."""

    kind: Kind = "pdf"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._parts: list[_Part] = []
        self._profiles: dict[bytes, Any] = {}

    def begin(self, document: Document) -> None:
        """Say which document the next pages come from."""
        super().begin(document)
        self._profiles = {}
        if document.kind == "pdf":
            source: PdfDocument = document  # type: ignore[assignment]
            self._parts.append(_Part(source.reopen(), source))
        else:
            self._parts.append(_Part(pikepdf.new()))

    def keep(self, number: int) -> None:
        """Add page `number` as it is."""
        if self._parts and self._parts[-1].source:
            self._parts[-1].kept.append(number - 1)
        else:
            super().keep(number)

    def write(self, page: Page, text_layer: bytes = b"") -> None:
        """Add a page."""
        source = self._parts[-1].source if self._parts else None
        if page.untouched and source and source.passes_through(page.number):
            self.keep(page.number)
        else:
            super().write(page, text_layer)

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page in which the pixels of its scan are new, or a new page."""
        if not self._parts:
            self._parts.append(_Part(pikepdf.new()))
        part = self._parts[-1]
        if part.source:
            self._try_to_replace(part, part.source.plan(page.page.number), page, text_layer)
        else:
            self._append(part, page, text_layer)
        if sum(part.waiting for part in self._parts) > _MOST_WAITING:
            self._profiles = {}
            for part in self._parts:
                if part.waiting:
                    self._let_rest(part)

    def _let_rest(self, part: _Part) -> None:
        """Move a part to the disk, beside the result. Raises InputError when there is no room."""
        path = None
        try:
            path = part_of(self.out)
            part.rest(path)
        except OSError as error:
            raise cannot_write(self.out, error) from error
        finally:
            if path and part.path != path:
                path.unlink(missing_ok=True)

    # A page of a PDF

    def _try_to_replace(self, part: _Part, plan: Plan, page: Prepared, text_layer: bytes) -> None:
        try:
            self._replace(part, plan, page, text_layer)
        except (AeError, OSError):
            raise
        except Exception as error:  # a damaged page can be odd in more ways than can be told apart
            text = f"{self._place(page.page)}: cannot be changed; print it to a new PDF"
            raise PageError(text, page.page.number) from error

    def _replace(self, part: _Part, plan: Plan, page: Prepared, text_layer: bytes) -> None:
        number = page.page.number
        target = part.pdf.pages[number - 1]
        if plan.way == "scan" and plan.scan:
            matrix, orientation = plan.scan.matrix, plan.orientation
            self._exchange(part, target, plan.scan, page)
        else:
            left, bottom, right, top = plan.box
            matrix, orientation = (right - left, 0, 0, top - bottom, left, bottom), TURNED[plan.turn]
            self._redraw(part, target, matrix, page.data)
        if text_layer and not plan.has_hidden_text:
            _lay(part.pdf, target, times(_TO_STORED[orientation], matrix), text_layer)
        with contextlib.suppress(KeyError):
            del target.obj["/Thumb"]  # shows the page as it was
        part.kept.append(number - 1)

    def _exchange(self, part: _Part, target: pikepdf.Page, scan: Draw, page: Prepared) -> None:
        """Another picture under the name of the scan."""
        names = scan.names
        resources = pdf_content.resources_of(target)
        if len(names) == 1 and len(resources.XObject) <= _SHARED:
            # Another page with the same resources may be kept as it is.
            resources = pdf_content.with_pictures(resources, pdf_content.pictures_of(resources))
            target.obj["/Resources"] = resources
        for name in names[:-1]:
            resources = resources.XObject[name].get("/Resources", resources)
        small = _small(page.page.pixels)
        before, same = part.exchanged.get(scan.picture.objgen, (None, None))
        if before is None or not _looks_like(before, small):
            old = resources.XObject[names[-1]]
            same = part.add(page.data, pdf_images.fitting_space(old, page.page), old)
            part.exchanged[scan.picture.objgen] = small, same
        resources.XObject[names[-1]] = same

    def _redraw(
        self, part: _Part, target: pikepdf.Page, matrix: Matrix, new: Encoded | EncodedLayers
    ) -> None:
        """The page as one picture, and its text, invisible."""
        resources = pdf_content.resources_of(target)
        try:
            text, resources = only_text(part.pdf, target, resources)
        except Exception:  # commands that can be drawn need not be sound
            text, resources = b"", pdf_content.with_pictures(resources, pikepdf.Dictionary())
        target.obj["/Resources"] = resources
        target.obj["/Contents"] = part.pdf.make_stream(b"q %s cm /Scan Do Q 3 Tr\n" % _written(matrix) + text)
        resources.XObject["/Scan"] = part.add(new)

    # A page of something else

    def _append(self, part: _Part, page: Prepared, text_layer: bytes) -> None:
        width, height = _points(page.page)
        unit = max(1, math.ceil(max(width, height) / _LARGEST_SIDE))
        size = width / unit, height / unit
        target = part.pdf.add_blank_page()
        target.obj["/MediaBox"] = [0, 0, *size]
        matrix: Matrix = (size[0], 0, 0, size[1], 0, 0)
        if unit > 1:
            target.obj["/UserUnit"] = unit
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
        target.obj["/Resources"] = resources
        target.obj["/Contents"] = part.pdf.make_stream(b"q %s cm /Scan Do Q" % _written(matrix))
        resources.XObject["/Scan"] = part.add(page.data, self._space(part.pdf, page.page))
        if text_layer:
            _lay(part.pdf, target, matrix, text_layer)
        part.kept.append(len(part.pdf.pages) - 1)

    def _space(self, pdf: pikepdf.Pdf, page: Page) -> Any:
        """The profile as a colour space, once for all pages that have it."""
        if not page.icc:
            return None
        if page.icc not in self._profiles:
            profile = pdf.make_stream(page.icc, N=3 if page.is_colour else 1)
            self._profiles[page.icc] = pikepdf.Array([pikepdf.Name.ICCBased, profile])
        return self._profiles[page.icc]

    # Files

    def finish(self) -> list[Path]:
        """Complete the file."""
        parts = [part for part in self._parts if part.kept]
        try:
            if parts:
                with aside(self.out) as path:
                    self._join(parts)
                    make_inert(parts[0].pdf)
                    _save(parts[0].pdf, path, next((part.password for part in parts if part.password), ""))
                self.paths.append(self.out)
        except pikepdf.PdfError as error:
            raise InputError(
                f"{self.out}: cannot be put together from so damaged a PDF; print it to a new one first"
            ) from error
        finally:
            self.discard()
        return self.paths

    def _join(self, parts: list[_Part]) -> None:
        """Bring the kept pages of all parts into the first, with its metadata and the outlines of all."""
        first = parts[0]
        if len(parts) == 1 and first.is_whole:
            return
        whole = _Part(pikepdf.new(), first.source)
        self._parts.append(whole)
        _copy_description(first.pdf, whole.pdf)
        for part in parts:
            whole.pdf.add_pages_from(part.pdf, part.kept)
            whole.waiting += part.source.bytes if part.source else part.waiting
            part.close()
            if whole.waiting > _MOST_WAITING:
                self._let_rest(whole)
        parts[0] = whole

    def discard(self) -> None:
        """Leave nothing behind."""
        for part in self._parts:
            part.close()
        self._parts = []


def _small(pixels: np.ndarray) -> np.ndarray:
    """A small copy to know a picture by, float32."""
    return cv2.resize(pixels, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)


def _looks_like(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two small copies show the same; a cleaner may judge a picture differently each time."""
    return one.shape == other.shape and float(np.abs(one - other).max()) < _ALIKE


def _save(pdf: pikepdf.Pdf, path: Path, password: str) -> None:
    if password:
        encryption = pikepdf.Encryption(user=password, owner=password)
        pdf.save(path, encryption=encryption, fix_metadata_version=False)
    else:
        pdf.save(path, deterministic_id=True, encryption=False, fix_metadata_version=False)


def _copy_description(source: pikepdf.Pdf, target: pikepdf.Pdf) -> None:
    """What is said about the document as a whole."""
    for key in _OF_THE_DOCUMENT:
        if key in source.Root:
            value = source.Root[key]
            target.Root[key] = target.copy_foreign(value) if value.is_indirect else value
    for key, value in source.docinfo.items():
        target.docinfo[key] = target.copy_foreign(value) if value.is_indirect else value


def _points(page: Page) -> tuple[float, float]:
    """Width and height of the sheet for a picture."""
    across, down = page.dpi or [max(page.width, page.height) / _A4_LONG_SIDE] * 2
    return page.width / across * POINTS_PER_INCH, page.height / down * POINTS_PER_INCH


def _written(matrix: Matrix) -> bytes:
    return " ".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in matrix).encode()


def _lay(pdf: pikepdf.Pdf, target: pikepdf.Page, matrix: Matrix, text_layer: bytes) -> None:
    """Lay a page of invisible text over the picture that `matrix` takes the unit square to.

    Raises InputError when `text_layer` is no PDF.
    """
    try:
        with pikepdf.open(io.BytesIO(text_layer)) as layer:
            page = layer.pages[0]
            left, bottom, right, top = (float(value) for value in page.mediabox)
            form = pdf.copy_foreign(page.as_form_xobject())
    except (pikepdf.PdfError, IndexError, ValueError) as error:
        raise InputError("the text layer is no PDF page; read the text again") from error
    width, height = right - left, top - bottom
    to_unit: Matrix = (1 / width, 0, 0, 1 / height, -left / width, -bottom / height)
    names = pdf_content.resources_of(target).XObject  # which other pages may share
    name = next(name for number in itertools.count(1) if (name := f"/TextLayer{number}") not in names)
    names[name] = form
    target.contents_add(b"q", prepend=True)
    target.contents_add(b"Q q %s cm %s Do Q" % (_written(times(to_unit, matrix)), name.encode()))
