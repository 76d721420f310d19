"""Words about a page: its size, and file names of a visitor, which must not be taken for Markdown."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ae.documents.page import Page

_MILLION = 1_000_000
_KINDS = {"bw": "black and white", "grey": "grey", "colour": "colour"}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>$:~#|!])")


def plain(text: str) -> str:
    """The text so that Streamlit shows it letter by letter: no links, pictures or icons come of it."""
    return _MARKDOWN.sub(r"\\\1", text)


def quoted(name: str) -> str:
    """The file name as one word of a command line: nothing in it is run, and it is no option.

    Double quotes, which Windows knows too, unless the name holds what they do not disarm.
    """
    name = f"./{name}" if name.startswith("-") else name
    return shlex.quote(name) if re.search(r'["$`\\!]', name) else f'"{name}"'


def inside(name: str) -> PurePath:
    """The file name as a place below a folder, whatever it says."""
    parts = [part for part in PurePath(name.replace("\\", "/")).parts if part.strip("/.")]
    return PurePath(*parts) if parts else PurePath("page")


def unused(name: str, taken: set[str]) -> str:
    """The file name, with a number where it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def facts(page: Page) -> str:
    """Size of a page in words: `1240 × 1754 pixels, 2.2 megapixels, 150 dpi, grey`."""
    megapixels = page.width * page.height / _MILLION
    parts = [f"{page.width} × {page.height} pixels"]
    if megapixels >= 1:
        parts.append(f"{megapixels:.1f} megapixels")
    if page.dpi:
        parts.append(" × ".join(dict.fromkeys(f"{dpi:.0f}" for dpi in page.dpi)) + " dpi")
    return ", ".join([*parts, _KINDS[page.kind]])
