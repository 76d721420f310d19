"""Pictures of every kind that Pillow opens, with one page or many."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from ae.documents import jpeg2000, pixels
from ae.documents.binarise import is_pure
from ae.documents.deep import read_colour
from ae.documents.document import ANIMATED, Document
from ae.documents.kinds import PILLOW, Kind
from ae.documents.limits import Limits, PageError, check_pages, check_pixels, check_scans, too_many_pixels
from ae.documents.orientation import SIDEWAYS
from ae.documents.page import Origin, Page, sane_dpi
from ae.documents.tiff_reading import MAGIC, PAPER_IS_ZERO, TEXTS, TiffDocument, read_page, texts
from ae.errors import InputError
from ae.units import MM_PER_INCH

# EPS and WMF are programs that other programs run; stubs have no decoder. Formats without a mark of
# their own (TGA) come last, since they see themselves in anything.
_FORMATS = (
    "PNG", "JPEG", "MPO", "TIFF", "WEBP", "GIF", "BMP", "PPM", "HEIF", "AVIF", "JPEG2000", "DIB", "PCX",
    "PSD", "SGI", "SUN", "ICO", "ICNS", "XBM", "XPM", "DDS", "QOI", "MSP", "DCX", "TGA",
)  # fmt: skip
_PAGES_NOT_FRAMES = ("TIFF", "HEIF", "DCX")
_HEAD = 65_536  # bytes in which one finds how a picture was stored, behind a profile
_PHOTOMETRIC = 262
_SAMPLE_FORMAT, _PLAIN = 339, (1,)  # what a TIFF says of its numbers; this, that they have no sign
_ORIENTATION, _X_DPI, _Y_DPI, _DPI_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
_EXIF_PART = 0x8769
_OUTDATED = (_ORIENTATION, 0x0100, 0x0101, 0x0201, 0x0202, 0xA002, 0xA003)  # ... sizes, thumbnail, sizes


def open_images(source: Path | bytes, name: str, size: int, limits: Limits) -> Document:
    """Open a picture, reading its header only. Raises InputError."""
    # Pillow refuses twice as much; what is below, `check_pixels` does as soon as the header is read.
    Image.MAX_IMAGE_PIXELS = max(limits.pixels, Image.MAX_IMAGE_PIXELS or 0)
    try:
        return ImageDocument(_open(source), source, name, size, limits)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise too_many_pixels(name, limits) from error
    except Exception as error:  # plugins raise OSError, ValueError, SyntaxError, struct.error ...
        return _otherwise(source, name, size, limits, error)


def _otherwise(source: Path | bytes, name: str, size: int, limits: Limits, error: Exception) -> Document:
    """What can still be done with a file that Pillow does not open."""
    if _head(source).startswith(MAGIC):
        with contextlib.suppress(Exception):  # tifffile raises what it meets
            return TiffDocument(source, name, size, limits)
    if isinstance(error, UnidentifiedImageError):
        raise InputError(
            f"{name}: this is no picture and no PDF that can be read; save it as PNG, JPEG, TIFF or PDF"
        ) from error
    raise InputError(f"{name}: the picture is damaged; save or upload it again") from error


def _head(source: Path | bytes, size: int = 4) -> bytes:
    if isinstance(source, bytes):
        return source[:size]
    with source.open("rb") as file:
        return file.read(size)


def _open(source: Path | bytes) -> Image.Image:
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    formats = [name for name in _FORMATS if name in Image.OPEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about metadata that is a little off, which hurts nobody
        return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=formats)


class ImageDocument(Document):
    """A picture file; TIFF and HEIC may have several pages, an animation counts as its first picture."""

    def __init__(
        self, image: Image.Image, source: Path | bytes, name: str, size: int, limits: Limits
    ) -> None:
        self.name, self.source, self.bytes, self.limits = name, source, size, limits
        self._format = str(image.format)
        self.kind: Kind = PILLOW.get(self._format, "png")
        self._image = image
        self._last = 0
        if self._format in ("JPEG", "MPO"):
            check_scans(name, source if isinstance(source, bytes) else source.read_bytes())
        self.page_count = self._count_pages()
        if self._format not in (*_PAGES_NOT_FRAMES, "MPO") and getattr(image, "is_animated", False):
            self.notes = (ANIMATED,)

    def _count_pages(self) -> int:
        if self._format not in _PAGES_NOT_FRAMES:
            check_pixels(self.name, self._image.size, self.limits)
            return 1
        count = 1
        with contextlib.suppress(EOFError):
            while count <= self.limits.pages:
                self._seek(count)
                count += 1
        check_pages(self.name, count, self.limits)
        self._seek(0)
        if count == 1:
            check_pixels(self.name, self._image.size, self.limits)
        return count

    def _seek(self, index: int) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._image.seek(index)
        except EOFError:
            raise
        except Exception as error:
            if index:
                raise EOFError from error  # the chain of pages is broken here; those before are sound
            raise InputError(f"{self.name}: the picture is damaged; save or upload it again") from error

    def page(self, number: int, to: Kind | None = None) -> Page:
        """Decode one page; `to` makes no difference to pictures."""
        self._require(number)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._go_to(number)
                check_pixels(self.place(number), self._image.size, self.limits)
                return _page(self._image, self.source, self.name, number, self._page_bytes)
        except InputError as error:
            raise PageError(str(error), number) from error
        except Exception as error:
            return self._otherwise(number, error)

    @property
    def _page_bytes(self) -> int:
        return self.bytes // self.page_count

    def _otherwise(self, number: int, error: Exception) -> Page:
        """Decode a page that Pillow cannot."""
        place = self.place(number)
        if isinstance(error, Image.DecompressionBombError):
            raise PageError(str(too_many_pixels(place, self.limits)), number) from error
        if self._format == "TIFF":
            with contextlib.suppress(Exception):  # tifffile raises what it meets
                return read_page(self.source, self.name, number, self._page_bytes, self.limits)
        raise PageError(
            f"{place}: the picture is cut off or damaged; save or upload it again", number
        ) from error

    def _go_to(self, number: int) -> None:
        """Make page `number` the current one, not decoded: decoding changes what its header says."""
        if number <= self._last:
            self._image.close()
            self._image = _open(self.source)
        self._last = number
        if self.page_count > 1:
            self._image.seek(number - 1)

    def close(self) -> None:
        """Let go of the file."""
        self._image.close()


def _has_no_sign(image: Image.Image) -> bool:
    """Whether the 32 bits of a TIFF's numbers are no sign and 31 others, which Pillow takes them for."""
    if image.format != "TIFF" or image.mode != "I":
        return False
    tags: Any = getattr(image, "tag_v2", {})
    return bool(tags.get(_SAMPLE_FORMAT, _PLAIN) == _PLAIN)


def _is_negative(image: Image.Image) -> bool:
    """Whether a TIFF's numbers grow from white to black."""
    return image.format == "TIFF" and getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == PAPER_IS_ZERO


def _page(image: Image.Image, source: Path | bytes, name: str, number: int, size: int) -> Page:
    is_deep = _has_deep_colour(image)  # before a look at EXIF, which decodes a PNG
    orientation = image.getexif().get(_ORIENTATION, 1)
    dpi, origin = _dpi(image), replace(_origin(image, source, size), orientation=orientation)
    if dpi and orientation in SIDEWAYS:
        dpi = dpi[::-1]
    found = pixels.from_picture(
        ImageOps.exif_transpose(image), has_no_sign=_has_no_sign(image), is_negative=_is_negative(image)
    )
    deep = found.deep
    if is_deep:
        deep = read_colour(source, number - 1, found.shown, orientation)
    return Page(
        found.shown,
        name,
        dpi,
        number,
        found.is_bw or (image.format == "GIF" and found.shown.ndim == 2 and is_pure(found.shown)),
        deep,
        found.icc,
        note=found.note,
        origin=origin,
    )


def _has_deep_colour(image: Any) -> bool:
    """Whether Pillow is about to reduce 16-bit colours to 8."""
    if not image.tile or image.mode not in ("RGB", "RGBA", "RGBX", "LA"):
        return False
    how = image.tile[0].args
    raw = how if isinstance(how, str) else how[0] if isinstance(how, tuple) and how else ""
    return ";16" in str(raw)


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """Dots per inch across and down as stored, None when absent or absurd."""
    try:
        pair = image.info.get("dpi") or _exif_dpi(image)
        across, down = (float(value) for value in pair)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return sane_dpi(across, down)


def _exif_dpi(image: Image.Image) -> tuple[float, float]:
    exif = image.getexif()
    factor = MM_PER_INCH / 10 if exif.get(_DPI_UNIT, 2) == 3 else 1.0
    return float(exif[_X_DPI]) * factor, float(exif[_Y_DPI]) * factor


def _origin(image: Image.Image, source: Path | bytes, size: int) -> Origin:
    colours = 0
    if image.mode == "P" and image.palette:
        colours = len(image.getpalette() or ()) // 3
    if image.format in ("JPEG", "MPO"):
        tables = getattr(image, "quantization", None)
        return Origin(size, "jpeg", tables, JpegImagePlugin.get_sampling(image), colours, _exif(image))
    compression = str(image.info.get("compression", ""))
    if image.format == "WEBP" and b"VP8L" in _head(source, _HEAD):
        compression = "lossless"
    if image.format == "JPEG2000":
        compression = jpeg2000.compression(_head(source, _HEAD))
    return Origin(size, compression, None, -1, colours, _exif(image), texts=_texts(image))


def _texts(image: Image.Image) -> dict[int, bytes]:
    """Titles, dates and names that a TIFF's page has, by tag; Pillow reads their bytes as Latin-1."""
    tags = getattr(image, "tag_v2", {})
    return texts({tag: tags.get(tag) for tag in TEXTS}, "latin-1")


def _exif(image: Image.Image) -> bytes | None:
    """What the camera wrote, without orientation, sizes and thumbnail, which no longer hold."""
    if "exif" not in image.info:
        return None
    try:
        kept = Image.Exif()
        kept.load(image.info["exif"])
        for part in (kept, kept.get_ifd(_EXIF_PART)):
            for tag in _OUTDATED:
                part.pop(tag, None)
        return kept.tobytes() if len(kept) else None
    except Exception:  # odd values that Pillow reads but cannot write
        return None
