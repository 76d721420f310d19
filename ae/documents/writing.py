"""A `Page` to bytes."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from ae.documents.page import Page
from ae.errors import InputError


def png_names(stems: Iterable[str]) -> list[str]:
    """`stem`.png for each, with a number where that is taken; upper and lower case count as one."""
    taken: set[str] = set()
    names = []
    for stem in stems:
        name, number = f"{stem}.png", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}.png"
        taken.add(name.lower())
        names.append(name)
    return names


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
