"""One page at once, for programs that know nothing of documents."""

from __future__ import annotations

from pathlib import Path

from ae.documents.document import open_document
from ae.documents.limits import Limits
from ae.documents.page import Page

__all__ = ["EXTENSIONS", "Limits", "read_file", "read_page"]

EXTENSIONS = (".png", ".jpg", ".jpeg")


def read_file(path: Path, limits: Limits | None = None) -> Page:
    """The first page of a file. Raises InputError as `open_document` does."""
    with open_document(path, str(path), limits) as document:
        return document.page(1, to="png")


def read_page(data: bytes, name: str, limits: Limits | None = None) -> Page:
    """The first page of a file's bytes. Raises InputError as `open_document` does."""
    with open_document(data, name, limits) as document:
        return document.page(1, to="png")
