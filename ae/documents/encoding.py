"""One `Page` to the bytes of one picture, no larger than it has to be."""

from __future__ import annotations

import io
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from ae.arrays import bands
from ae.documents import jpeg2000, shades
from ae.documents.kinds import Kind
from ae.documents.limits import PageError
from ae.documents.page import Page

MOST_GROWTH = 1.2  # of the bytes, against the picture that came in
_TOO_MUCH = 2.0  # likewise: then letters get fewer shades, unless it is a few bytes all the same
_A_FEW = 16_000
QUALITIES = (88, 80, 70, 60, 50, 40)  # of what is stored with loss and does not say how it was before
_COARSER = (1.0, 1.35, 1.8, 2.4)  # times the steps of the source
_DECIBELS = (48, 44, 41, 38, 35)  # of JPEG 2000 against the clean page
_LOSSY: tuple[Kind, ...] = ("webp", "heic", "avif")
_LONGEST: dict[Kind, int] = {
    "jpeg": 65_500, "webp": 16_383, "gif": 65_535, "heic": 16_384, "avif": 65_536, "tga": 65_535,
    "pcx": 65_535,
}  # fmt: skip
_WITH_PALETTE: tuple[Kind, ...] = ("png", "gif", "tiff")
_TGA_RUNS = "tga_rle"
_EXIF_DPI = (0x011A, 0x011B)
_EXIF_DPI_UNIT = 0x0128
_Attempt = TypeVar("_Attempt")
_Encoded = TypeVar("_Encoded", bound=Sized)


@dataclass(frozen=True)
class Quality:
    """`quality` 1..100 of what is stored with loss, None: like the source; `bits` 8, or 16 if there are."""

    quality: int | None = None
    bits: int = 8


def encode(page: Page, kind: Kind, wanted: Quality | None = None) -> bytes:
    """The page as a picture of this kind (all but "pdf"), with its DPI and profile, and with its camera data
    where it is PNG, JPEG, WebP, HEIC or AVIF.

    Pixels change only where the kind of file stores with loss or has a palette, and where a page that was
    cleaned would grow: then it has fewer shades (`ae.documents.shades`). Raises PageError when the kind
    cannot hold a page of that size.
    """
    size = f"{page.name or 'the page'}: {page.width} x {page.height} pixels"
    if max(page.width, page.height) > _LONGEST.get(kind, page.width + page.height):
        raise PageError(f"{size} is too large for {kind.upper()}; choose another kind of file", page.number)
    try:
        return _encode(page, kind, wanted or Quality())
    except (OSError, ValueError, RuntimeError, SystemError) as error:  # what encoders raise
        text = f"{size} cannot be {kind.upper()}; choose another kind of file"
        raise PageError(text, page.number) from error


def _encode(page: Page, kind: Kind, wanted: Quality) -> bytes:
    if kind == "jpeg":
        return _jpeg(page, wanted)
    if kind == "jp2":
        return _jpeg2000(page)
    if kind == "tiff":
        from ae.documents.tiff_encoding import encode_tiff

        return encode_tiff(page, wanted)
    if kind == "png" and wanted.bits == 16 and page.deep is not None:
        from ae.documents.deep import encode_png

        return encode_png(page, _exif(page, kind) or b"")
    if kind in _LOSSY:
        return _lossy(page, kind, wanted)

    if kind == "png":
        return without_loss(page, png)
    options = metadata(page, kind) | _OPTIONS.get(kind, {})
    if kind == "tga" and page.origin.compression == _TGA_RUNS:
        options["compression"] = _TGA_RUNS
    return without_loss(page, lambda version: save(picture(version, kind), _FORMATS[kind], **options))


def png(page: Page, *, with_palette: bool = False) -> bytes:
    """A PNG, as small as can be where it would be much larger than the source, else several times as fast.

    `with_palette` saves what a palette of few colours saves in either case.
    """
    data = _png(page, _QUICK, with_palette)
    return _png(page, _THOROUGH, with_palette=True) if has_grown(page, data) else data


def _png(page: Page, ways: list[dict[str, Any]], with_palette: bool) -> bytes:
    image = picture(page, "png")
    short = _with_short_palette(page, image) if with_palette else None
    return min((_packed(page, each, ways) for each in (image, short) if each), key=len)


def _packed(page: Page, image: Image.Image, ways: list[dict[str, Any]]) -> bytes:
    is_short = image.mode in ("1", "P")  # so few bytes that all ways are fast
    ways, known = _THOROUGH if is_short else ways, metadata(page, "png")
    return min((save(image, "PNG", **known, **way) for way in ways), key=len)


_FORMATS: dict[Kind, str] = {
    "png": "PNG", "jpeg": "JPEG", "webp": "WEBP", "bmp": "BMP", "gif": "GIF", "pnm": "PPM", "heic": "HEIF",
    "avif": "AVIF", "jp2": "JPEG2000", "tga": "TGA", "pcx": "PCX",
}  # fmt: skip
_OPTIONS: dict[Kind, dict[str, Any]] = {"gif": {"optimize": True}}
# Letters on white paper hardly repeat: runs of one grey alone are often smaller than what zlib finds, and far
# faster. In the mean the better of both is as large as what its highest level gives, in a third of the time.
_QUICK: list[dict[str, Any]] = [{"compress_level": 6}, {"compress_type": zlib.Z_RLE}]
_THOROUGH: list[dict[str, Any]] = [{"optimize": True}]


def picture(page: Page, kind: Kind) -> Image.Image:
    """The page in the Pillow mode that stores it smallest in this kind of file."""
    image = Image.fromarray(page.pixels)
    if page.is_bw:
        return image if kind in ("jpeg", *_LOSSY) else image.convert("1", dither=Image.Dither.NONE)
    if page.is_colour and kind in _WITH_PALETTE:
        return _with_palette(image, page.origin.colours, kind)
    return image


def _with_palette(image: Image.Image, colours: int, kind: Kind) -> Image.Image:
    """A palette where the source had one, or the file knows nothing else."""
    if not colours and kind != "gif":
        return image
    return _indexed(image) or shades.quantized(image, 256)


def _with_short_palette(page: Page, image: Image.Image) -> Image.Image | None:
    """The same picture with a palette, if it has few enough colours; a grey one only if it came with one."""
    return _indexed(image) if image.mode == "RGB" or page.origin.colours else None


def _indexed(image: Image.Image) -> Image.Image | None:
    """A picture in RGB or grey with a palette of just its colours, None if they are more than 256.

    Pillow stores the numbers of a short palette in four bits, two, or one.
    """
    if image.mode not in ("L", "RGB") or (found := image.getcolors(256)) is None:
        return None
    colours = np.array(sorted(colour for _count, colour in found), np.uint8).reshape(len(found), -1)
    pixels, known = np.asarray(image), _as_numbers(colours)
    result = np.empty(pixels.shape[:2], np.uint8)
    for rows in bands(len(pixels)):
        result[rows] = np.searchsorted(known, _as_numbers(pixels[rows].reshape(*result[rows].shape, -1)))
    indexed = Image.fromarray(result, "P")
    indexed.putpalette(np.broadcast_to(colours, (len(colours), 3)).tobytes())
    return indexed


def _as_numbers(colours: np.ndarray) -> np.ndarray:
    """Colours (..., C) as one number each."""
    return colours.astype(np.int32) @ (1 << 8 * np.arange(colours.shape[-1])[::-1]).astype(np.int32)


def metadata(page: Page, kind: Kind) -> dict[str, Any]:
    """What Pillow's `save` takes beside pixels."""
    found: dict[str, Any] = {}
    if page.dpi and kind in ("png", "jpeg", "bmp"):
        found["dpi"] = page.dpi
    elif kind == "bmp":
        found["dpi"] = (0, 0)  # Pillow would make it 96
    if page.icc and kind not in ("bmp", "gif", "pnm", "tga", "pcx"):
        found["icc_profile"] = page.icc
    if kind in ("jpeg", "png", *_LOSSY):
        exif = _exif(page, kind)
        if exif:
            found["exif"] = exif
    return found


def _exif(page: Page, kind: Kind) -> bytes | None:
    """Camera data; where the kind of file has no other place for it, the DPI too."""
    exif = Image.Exif()
    if page.origin.exif:
        exif.load(page.origin.exif)
    if page.dpi and (len(exif) or kind in _LOSSY):
        exif.update(dict(zip(_EXIF_DPI, page.dpi, strict=True)))
        exif[_EXIF_DPI_UNIT] = 2
    return exif.tobytes() if len(exif) else None


def save(image: Image.Image, name: str, **options: Any) -> bytes:
    """The bytes that Pillow makes of a picture in the format of that name."""
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def _jpeg(page: Page, wanted: Quality) -> bytes:
    """JPEG with the tables of the source, so that its quality is kept, or coarser ones if it grew."""
    image = picture(page, "jpeg")
    options = metadata(page, "jpeg") | {"optimize": True}
    tables = page.origin.jpeg_tables
    if tables is None or wanted.quality is not None:
        options["subsampling"] = "4:4:4"  # letters in colour need it
        return within(page, steps(wanted), lambda quality: save(image, "JPEG", quality=quality, **options))
    options["subsampling"] = page.origin.subsampling if page.is_colour else -1
    return within(
        page, _COARSER, lambda factor: save(image, "JPEG", qtables=_scaled(tables, factor), **options)
    )


def steps(wanted: Quality) -> tuple[int, ...]:
    """Qualities to try."""
    return QUALITIES if wanted.quality is None else (wanted.quality,)


def _scaled(tables: dict[int, list[int]], factor: float) -> list[list[int]]:
    scaled = [np.clip(np.rint(np.array(table) * factor), 1, 255) for table in tables.values()]
    return [[int(step) for step in table] for table in scaled][:4]


def _lossy(page: Page, kind: Kind, wanted: Quality) -> bytes:
    """WebP, HEIC or AVIF; these do not tell the quality of the source, so its bytes are the guide."""
    image, options = picture(page, kind), metadata(page, kind)
    if kind == "webp" and page.origin.compression == "lossless" and wanted.quality is None:
        return without_loss(
            page, lambda version: save(picture(version, "webp"), "WEBP", lossless=True, **options)
        )
    if kind == "avif":
        options["speed"] = 8
    if kind == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()  # Pillow knows this kind only then
    return within(
        page, steps(wanted), lambda quality: save(image, _FORMATS[kind], quality=quality, **options)
    )


def _jpeg2000(page: Page) -> bytes:
    """JPEG 2000, without loss where the source had none and that is small enough."""
    image, options = picture(page, "jp2"), metadata(page, "jp2")

    def attempts() -> Iterator[dict[str, Any]]:
        if page.origin.compression != jpeg2000.WITH_LOSS:
            yield {}
        if page.origin.compression == jpeg2000.WITH_LOSS or page.fewest_shades:
            for quality in _DECIBELS:
                yield {"irreversible": True, "quality_mode": "dB", "quality_layers": [quality]}
            times_smaller = page.pixels.size / max(page.origin.size, 1)
            yield {"irreversible": True, "quality_mode": "rates", "quality_layers": [times_smaller]}

    return within(page, attempts(), lambda how: save(image, "JPEG2000", **options, **how))


def without_loss(page: Page, encoded: Callable[[Page], _Encoded]) -> _Encoded:
    """A page in a kind of file that stores without loss, in fewer shades where it would grow."""
    found = within(page, shades.versions(page), encoded)
    if not 0 < page.origin.size * _TOO_MUCH < len(found) or len(found) < _A_FEW:
        return found
    few = itertools.chain([page], shades.versions_of_edges(page))
    return within(page, few, lambda version: found if version is page else encoded(version), _TOO_MUCH)


def has_grown(page: Page, encoded: Sized, growth: float = MOST_GROWTH) -> bool:
    """Whether it is much larger than the source, as far as its size is known."""
    return 0 < page.origin.size * growth < len(encoded)


def within(
    page: Page,
    attempts: Iterable[_Attempt],
    encoded: Callable[[_Attempt], _Encoded],
    growth: float = MOST_GROWTH,
) -> _Encoded:
    """What comes of the first attempt that is not much larger than the source, or the smallest."""
    found = []
    for attempt in attempts:
        found.append(encoded(attempt))
        if not has_grown(page, found[-1], growth):
            return found[-1]
    return min(found, key=len)
