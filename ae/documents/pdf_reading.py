"""PDF documents: the scan in each page, or the page as one sees it."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf

from ae.documents import pdf_images
from ae.documents.apart import ApartError
from ae.documents.document import Document
from ae.documents.kinds import Kind
from ae.documents.limits import Limits, LockedError, PageError, check_pages, check_pixels
from ae.documents.orientation import SIDEWAYS, upright
from ae.documents.page import Origin, Page, sane_dpi
from ae.documents.pdf_inert import is_active
from ae.documents.pdf_plan import TURNED, Plan, make_plan
from ae.documents.pdf_renderer import Renderer
from ae.errors import InputError
from ae.units import MM_PER_INCH

_MOST_UNPACKED = 256_000_000  # bytes of one stream that is no picture
_PLANS = 32  # kept: pages are read a little ahead of being written
_BORN_DIGITAL_DPI = 300.0

# For the whole process: a few bytes can claim to unpack to terabytes.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_MOST_UNPACKED,
    run_length_max_memory=_MOST_UNPACKED,
    png_max_memory=_MOST_UNPACKED,
    tiff_max_memory=_MOST_UNPACKED,
    dct_max_memory=_MOST_UNPACKED,
    parser_max_errors=0,
)


class PdfDocument(Document):
    """A PDF. Scripts are never run and nothing it refers to is fetched."""

    kind: Kind = "pdf"

    def __init__(
        self, source: Path | bytes, name: str, size: int, limits: Limits, password: str | None
    ) -> None:
        self.name, self.source, self.bytes, self.limits = name, source, size, limits
        self.password = password
        self._renderer = Renderer(source, password, limits)
        self.pdf = self._open()
        self._check_count()
        self._was_rebuilt = any("reconstruct" in warning for warning in self.pdf.get_warnings())
        if self._was_rebuilt and size < _MOST_UNPACKED:
            self._draw_as_rebuilt()
        self.notes = self._notes()
        self._plans: dict[int, Plan] = {}

    def _open(self) -> pikepdf.Pdf:
        self.repaired: bytes | None = None
        try:
            return self.reopen()
        except pikepdf.PasswordError as error:
            wrong = "the password is wrong; check it" if self.password else "it is locked; give its password"
            raise LockedError(f"{self.name}: {wrong}, or save it without one") from error
        except Exception:  # PdfError and, from hostile files, nearly anything
            return self._repair()

    def reopen(self) -> pikepdf.Pdf:
        """The file once more, for a writer to change in memory. Raises what pikepdf raises."""
        source = self.repaired or self.source
        password = "" if self.repaired else self.password or ""
        return pikepdf.open(io.BytesIO(source) if isinstance(source, bytes) else source, password=password)

    def _repair(self) -> pikepdf.Pdf:
        """PDFium opens some files that qpdf does not."""
        try:
            self.repaired = self._renderer.repair()
            self._renderer.close()
            self._renderer = Renderer(self.repaired, None, self.limits)
            return self.reopen()
        except (ApartError, pikepdf.PdfError) as error:
            self._renderer.close()
            raise InputError(f"{self.name}: the PDF is damaged; save or print it to a new PDF") from error

    def _draw_as_rebuilt(self) -> None:
        """What qpdf made of the file: PDFium finds no page in some that are cut off."""
        buffer = io.BytesIO()
        with contextlib.suppress(Exception):  # what cannot be saved is drawn as it is
            self.pdf.save(buffer, encryption=False)
            self._renderer.close()
            self._renderer = Renderer(buffer.getvalue(), None, self.limits)

    def _check_count(self) -> None:
        try:
            # A page tree may repeat one page a million times; its own count is read before it is walked.
            promised = self.pdf.Root.Pages.get("/Count", 0)
            check_pages(self.name, max(1, int(promised)), self.limits)
            self.page_count = len(self.pdf.pages)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{self.name}: the PDF is damaged; save or print it to a new PDF") from error
        check_pages(self.name, self.page_count, self.limits)

    def _notes(self) -> tuple[str, ...]:
        notes = []
        try:
            if int(self.pdf.Root.AcroForm.SigFlags) & 1:
                notes.append("is signed; the signature does not hold for the result")
        except (AttributeError, KeyError, TypeError, ValueError):
            pass  # no form, or none that makes sense
        if self.pdf.is_encrypted and not self.password:
            notes.append("its restrictions (printing, copying) are not kept")
        if is_active(self.pdf):
            notes.append("its scripts, media and links to other files are left out")
        if self.repaired or self._was_rebuilt:
            notes.append("was damaged and has been repaired")
        return tuple(notes)

    def plan(self, number: int) -> Plan:
        """What is to be done with page `number` (from 1)."""
        if number not in self._plans:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            self._plans[number] = make_plan(self.pdf.pages[number - 1], self._was_rebuilt)
        return self._plans[number]

    def passes_through(self, number: int) -> bool:
        """Whether a page is born digital, or blank."""
        plan = self.plan(number)
        return plan.way == "pass" and not plan.problem

    def remark(self, number: int) -> str:
        """Why a page passes through that is not simply born digital."""
        return self.plan(number).note

    def page(self, number: int, to: Kind | None = None) -> Page:
        """Decode the scan in a page, or draw the page."""
        self._require(number)
        place = self.place(number)
        try:
            plan = self.plan(number)
            is_for_pdf = to in (None, "pdf")
            if plan.is_lost or (plan.problem and is_for_pdf):
                raise InputError(f"{place}: {plan.problem}")
            if plan.way == "scan" and (plan.as_seen or is_for_pdf):
                return self._scan(plan, number, place)
            return self._drawn(plan, number, not is_for_pdf)
        except InputError as error:
            raise PageError(str(error), number) from error
        except ApartError as error:
            raise PageError(f"{place}: {error}; print it to a new PDF", number) from error
        except Exception as error:
            raise PageError(f"{place}: the page is damaged; print it to a new PDF", number) from error

    def _scan(self, plan: Plan, number: int, place: str) -> Page:
        assert plan.scan is not None
        scan = plan.scan.picture
        found = pdf_images.decode(scan, place, self._renderer, self.limits)
        dpi = plan.dpi[::-1] if plan.orientation in SIDEWAYS else plan.dpi
        return Page(
            upright(found.pixels, plan.orientation),
            self.name,
            sane_dpi(*dpi),
            number,
            found.is_bw,
            icc=pdf_images.profile(scan) if found.origin.compression == "jpeg" else None,
            sheet_mm=plan.sheet_mm,
            note=plan.note,
            origin=found.origin,
        )

    def _drawn(self, plan: Plan, number: int, everything: bool) -> Page:
        dpi = max(plan.dpi) or _BORN_DIGITAL_DPI
        shown = self._renderer.page(number - 1, dpi * plan.unit, everything)
        check_pixels(self.name, shown.shape[1::-1], self.limits)
        pixels, is_bw = self._reduced(shown, plan)
        width, height = (side / MM_PER_INCH for side in plan.sheet_mm)
        return Page(
            pixels,
            self.name,
            sane_dpi(pixels.shape[1] / width, pixels.shape[0] / height),
            number,
            is_bw,
            sheet_mm=plan.sheet_mm,
            untouched=plan.way == "pass",
            note=plan.note,
            origin=_origin(plan),
        )

    def _reduced(self, shown: np.ndarray, plan: Plan) -> tuple[np.ndarray, bool]:
        """Grey where the page has no colour, and black-and-white where all its scans are."""
        grey = pdf_images.without_colour(shown)
        if grey is None:
            return shown, False
        if plan.draws and all(pdf_images.is_one_bit(draw.picture) for draw in plan.draws):
            return np.where(grey > 127, np.uint8(255), np.uint8(0)), True
        return grey, False

    def orientation(self, number: int) -> int:
        """How the picture of a page lies, in EXIF's numbers."""
        plan = self.plan(number)
        return plan.orientation if plan.way == "scan" else TURNED[plan.turn]

    def close(self) -> None:
        """Let go of the file."""
        self._renderer.close()
        self.pdf.close()


def _origin(plan: Plan) -> Origin:
    """As the pictures of a page are stored that is drawn as one."""
    stored = {_identity(draw.picture): draw.picture for draw in plan.draws}.values()
    lossy = any(pdf_images.is_lossy(picture) for picture in stored)
    size = sum(map(pdf_images.stored_bytes, stored))
    return Origin(size, "lossy" if lossy else "", is_layered=len(stored) > 1)


def _identity(picture: Any) -> Any:
    return picture.objgen if isinstance(picture, pikepdf.Stream) else id(picture)
