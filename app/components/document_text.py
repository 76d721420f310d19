"""Words about a page: its size, and file names of a visitor, which must not be taken for Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.components.document_tray import Document

_MILLION = 1_000_000
_MARKDOWN = re.compile(r"([\\`*_\[\]<>$:~#|!])")


def plain(text: str) -> str:
    """The text so that Streamlit shows it letter by letter: no links, pictures or icons come of it."""
    return _MARKDOWN.sub(r"\\\1", text)


def facts(document: Document) -> str:
    """Size of a page in words: `1240 × 1754 pixels, 2.2 megapixels, 150 dpi`."""
    megapixels = document.width * document.height / _MILLION
    parts = [f"{document.width} × {document.height} pixels"]
    if megapixels >= 1:
        parts.append(f"{megapixels:.1f} megapixels")
    if document.dpi:
        parts.append(" × ".join(dict.fromkeys(f"{dpi:.0f}" for dpi in document.dpi)) + " dpi")
    return ", ".join(parts)
