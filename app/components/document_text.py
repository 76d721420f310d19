"""Words about a page: its size, and file names of a visitor, which must not be taken for Markdown."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.components.document_tray import Document

_MILLION = 1_000_000
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


def numbered(names: Iterable[str]) -> list[str]:
    """The names, a second one of the same text with ` (2)` behind it, and so on."""
    seen: Counter[str] = Counter()
    labels = []
    for name in names:
        seen[name] += 1
        labels.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return labels


def facts(document: Document) -> str:
    """Size of a page in words: `1240 × 1754 pixels, 2.2 megapixels, 150 dpi`."""
    megapixels = document.width * document.height / _MILLION
    parts = [f"{document.width} × {document.height} pixels"]
    if megapixels >= 1:
        parts.append(f"{megapixels:.1f} megapixels")
    if document.dpi:
        parts.append(" × ".join(dict.fromkeys(f"{dpi:.0f}" for dpi in document.dpi)) + " dpi")
    return ", ".join(parts)
