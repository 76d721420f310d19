"""TIFF with many pages, written one at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from PIL import TiffImagePlugin

from ae.documents.kinds import Kind
from ae.documents.limits import PageError
from ae.documents.writing import DocumentWriter, Output, Prepared, cannot_write
from ae.files import part_of

_MOST = 2**32 - 1  # bytes, since places in the file are numbers of 32 bits


class TiffWriter(DocumentWriter):
    """Pages to one TIFF."""

    kind: Kind = "tiff"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._part: Path | None = None
        self._file: Any = None
        self._pages: Any = None

    def add(self, page: Prepared, text_layer: bytes = b"") -> None:
        """Add a page."""
        try:
            if self._part is None:
                self._begin_file()
            if self._pages.offsetOfNewPage + len(page.data) > _MOST:
                place = self._place(page.page)
                text = f"{place}: does not fit, since a TIFF holds 4 GB at most; choose PDF or fewer pages"
                raise PageError(text, page.page.number)
            self._pages.write(page.data)
            self._pages.newFrame()
        except OSError as error:
            raise cannot_write(self.out, error) from error

    def _begin_file(self) -> None:
        self._part = part_of(self.out)
        self._file = self._part.open("w+b")
        self._pages = TiffImagePlugin.AppendingTiffWriter(self._file)

    def finish(self) -> list[Path]:
        """Complete the file."""
        if self._part is None:
            return self.paths
        try:
            self._pages.close()
            self._file.close()
            self._part.replace(self.out)
        except OSError as error:
            raise cannot_write(self.out, error) from error
        finally:
            self.discard()
        self.paths.append(self.out)
        return self.paths

    def discard(self) -> None:
        """Leave nothing behind."""
        part, self._part = self._part, None
        if part is None:
            return
        with contextlib.suppress(OSError):  # a full disk takes no last bytes either
            if self._file:
                self._file.close()
        part.unlink(missing_ok=True)
