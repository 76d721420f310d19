"""HEIC with several pictures in one file, as some telephones store a series."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image

from ae.documents.encoding import Quality, metadata, picture, steps
from ae.documents.kinds import Kind
from ae.documents.writing import DocumentWriter, Output, Prepared, aside


class HeicWriter(DocumentWriter):
    """Pictures to one HEIC; they wait in memory, since the library writes all at once."""

    kind: Kind = "heic"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._pages: list[tuple[Image.Image, bytes]] = []

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page."""
        image = picture(page.page, "heic")
        image.info.update(metadata(page.page, "heic"))
        self._pages.append((image, page.data))

    def finish(self) -> list[Path]:
        """Complete the file."""
        if self._pages:
            with aside(self.out) as path:
                path.write_bytes(self._pages[0][1] if len(self._pages) == 1 else self._together())
            self.paths.append(self.out)
            self._pages = []
        return self.paths

    def _together(self) -> bytes:
        """One quality holds for all; the best is taken that needs no more bytes than each page by itself."""
        file: Any = pillow_heif.HeifFile()  # type: ignore[no-untyped-call]
        most = sum(len(alone) for _image, alone in self._pages)
        while self._pages:  # the file holds copies
            file.add_from_pillow(self._pages.pop(0)[0])
        data = b""
        for quality in steps(Quality(self.output.quality)):
            buffer = io.BytesIO()
            file.save(buffer, quality=quality)
            data = buffer.getvalue()
            if len(data) <= most:
                break
        return data

    def discard(self) -> None:
        """Leave nothing behind."""
        self._pages = []
