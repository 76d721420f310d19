"""Pictures of kinds that can take any time to decode, read in a process apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ae.documents.apart import Apart, ApartError
from ae.documents.document import Document
from ae.documents.images import open_images
from ae.documents.kinds import Kind
from ae.documents.limits import MILLION, Limits, PageError, count_scans
from ae.documents.page import Page
from ae.errors import InputError

# Bytes and pixels alone bound the time of these kinds, if the bytes are few.
_QUICK_HEADS = (b"\x89PNG\r\n\x1a\n", b"BM", b"P4", b"P5", b"P6")
_JPEG = b"\xff\xd8\xff"
_QUICK_BYTES = 32 * MILLION
_QUICK_SCANS = 20  # of a JPEG, each of which goes over all pixels


def open_pictures(source: Path | bytes, name: str, size: int, limits: Limits) -> Document:
    """Open a picture, here or in a process apart. Raises InputError."""
    if _is_quick(source, size):
        return open_images(source, name, size, limits)
    return ApartDocument(source, name, size, limits)


def _is_quick(source: Path | bytes, size: int) -> bool:
    if size > _QUICK_BYTES:
        return False
    data = source if isinstance(source, bytes) else source.read_bytes()
    if data.startswith(_JPEG):
        return count_scans(data) <= _QUICK_SCANS
    return data.startswith(_QUICK_HEADS) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP")


class ApartDocument(Document):
    """Pictures that another process decodes."""

    def __init__(self, source: Path | bytes, name: str, size: int, limits: Limits) -> None:
        self.name, self.source, self.bytes, self.limits = name, source, size, limits
        self._apart = Apart(source, limits)
        try:
            self.kind, self.page_count, self.notes = self._ask("about_images")
        except ApartError as error:
            self.close()
            raise InputError(f"{name}: {error}; save it as PNG or PDF") from error
        except BaseException:
            self.close()
            raise

    def _ask(self, action: str, *arguments: Any) -> Any:
        return self._apart.ask(action, *arguments, self.name, self.bytes, self.limits)

    def page(self, number: int, to: Kind | None = None) -> Page:
        """Decode one page; `to` makes no difference to pictures."""
        try:
            page: Page = self._ask("image", number)
        except InputError as error:
            raise PageError(str(error), number) from error
        except ApartError as error:
            raise PageError(f"{self.place(number)}: {error}; save it as PNG or PDF", number) from error
        return page

    def close(self) -> None:
        """Let go of the file."""
        self._apart.close()
