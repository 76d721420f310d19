"""TIFF with many pages, written one at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tifffile
from PIL import TiffImagePlugin

from ae.documents.encoding import QUALITIES, picture, within
from ae.documents.kinds import Kind
from ae.documents.page import Page
from ae.documents.writing import DocumentWriter, Output, cannot_write, part_of

_ONE_STRIP = 1 << 30  # bytes: each strip costs some, and fax pages are small
_KEPT = ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
_PREDICTOR, _DIFFERENCES = 317, 2
_UNIT, _NO_UNIT = 296, 1  # without it, no resolution reads as one dot per inch


class TiffWriter(DocumentWriter):
    """Pages to one TIFF: black-and-white as fax group 4, the rest compressed as its source was."""

    kind: Kind = "tiff"

    def __init__(self, out: Path, output: Output) -> None:
        super().__init__(out, output)
        self._part: Any = None
        self._add: Callable[[Page], None] = self._add_deep if output.bits == 16 else self._add_plain
        self._file: Any = None

    def _write(self, page: Page, text_layer: bytes) -> None:
        try:
            if self._part is None:
                self._part = part_of(self.out)
            self._add(page)
        except OSError as error:
            raise cannot_write(self.out, error) from error

    def _add_plain(self, page: Page) -> None:
        if self._file is None:
            self._file = TiffImagePlugin.AppendingTiffWriter(str(self._part), new=True)
        picture(page, "tiff").save(self._file, "TIFF", **_options(page))
        self._file.newFrame()

    def _add_deep(self, page: Page) -> None:
        """Pillow writes no 16-bit colours; tifffile does."""
        if self._file is None:
            self._file = tifffile.TiffWriter(self._part)
        pixels = page.pixels if page.deep is None else page.deep
        self._file.write(
            pixels > 127 if page.is_bw else pixels,
            photometric="rgb" if page.is_colour else "minisblack",
            compression=None if page.is_bw else "zlib",
            predictor=not page.is_bw,
            resolution=page.dpi or (72, 72),
            resolutionunit="INCH" if page.dpi else "NONE",
            iccprofile=page.icc,
            contiguous=False,
            metadata=None,
            software=False,
        )

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


def _options(page: Page) -> dict[str, Any]:
    options: dict[str, Any] = {"dpi": page.dpi} if page.dpi else {"tiffinfo": {_UNIT: _NO_UNIT}}
    if page.icc:
        options["icc_profile"] = page.icc
    if page.is_bw:
        return options | {"compression": "group4", "strip_size": _ONE_STRIP}
    compression = page.origin.compression
    compression = compression if compression in _KEPT else "tiff_adobe_deflate"
    options["compression"] = compression
    if compression == "jpeg":
        options["quality"] = _quality(page, options)
    elif compression != "packbits":
        options.setdefault("tiffinfo", {})[_PREDICTOR] = _DIFFERENCES
    return options


def _quality(page: Page, options: dict[str, Any]) -> int:
    """The quality at which a JPEG in a TIFF is about as large as its source, whose tables are unknown."""

    def attempt(quality: float) -> bytes:
        buffer = io.BytesIO()
        picture(page, "tiff").save(buffer, "TIFF", quality=int(quality), **options)
        return buffer.getvalue()

    return int(within(page, QUALITIES, attempt)[1])
