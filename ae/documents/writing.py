"""A `Page` to bytes."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

from PIL import Image

from ae.documents.page import Page
from ae.errors import InputError


def encode_png(page: Page) -> bytes:
    """The page as a PNG file of the same size in pixels and millimetres."""
    buffer = io.BytesIO()
    options = {"dpi": page.dpi} if page.dpi else {}
    Image.fromarray(page.pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def write_png(page: Page, path: Path) -> None:
    """Write the page as PNG, aside first, so that no half-written file is left.

    Raises InputError when the place cannot be written to.
    """
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(encode_png(page))
        os.replace(aside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
