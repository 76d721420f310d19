"""TIFF with many pages, written one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import TiffImagePlugin

from ae.documents.kinds import Kind
from ae.documents.writing import DocumentWriter, Output, Prepared, cannot_write, part_of


class TiffWriter(DocumentWriter):
    """Pages to one TIFF."""

    kind: Kind = "tiff"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._part: Any = None
        self._file: Any = None

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page."""
        try:
            if self._file is None:
                self._part = part_of(self.out)
                self._file = TiffImagePlugin.AppendingTiffWriter(str(self._part), new=True)
            self._file.write(page.data)
            self._file.newFrame()
        except OSError as error:
            raise cannot_write(self.out, error) from error

    def finish(self) -> list[Path]:
        """Complete the file."""
        if self._part is None:
            return self.paths
        self._close()
        try:
            self._part.replace(self.out)
        except OSError as error:
            self.discard()
            raise cannot_write(self.out, error) from error
        self._part = None
        self.paths.append(self.out)
        return self.paths

    def discard(self) -> None:
        """Leave nothing behind."""
        self._close()
        if self._part:
            self._part.unlink(missing_ok=True)
            self._part = None

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
