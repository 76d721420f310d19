"""HEIC with several pictures in one file, as some telephones store a series."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image

from ae.documents.kinds import Kind
from ae.documents.writing import DocumentWriter, Output, Prepared, aside


class HeicWriter(DocumentWriter):
    """Pictures to one HEIC; they wait in memory, since the library writes all at once."""

    kind: Kind = "heic"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._pages: list[bytes] = []

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page."""
        self._pages.append(page.data)

    def finish(self) -> list[Path]:
        """Complete the file."""
        if self._pages:
            with aside(self.out) as path:
                path.write_bytes(self._pages[0] if len(self._pages) == 1 else self._together())
            self.paths.append(self.out)
            self._pages = []
        return self.paths

    def _together(self) -> bytes:
        pillow_heif.register_heif_opener()
        file: Any = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]
        for data in self._pages:
            with Image.open(io.BytesIO(data), formats=["HEIF"]) as image:
                file.add_from_pillow(image)
        buffer = io.BytesIO()
        file.save(buffer, quality=self.output.quality or 90)
        return buffer.getvalue()

    def discard(self) -> None:
        """Leave nothing behind."""
        self._pages = []
