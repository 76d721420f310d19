"""The pictures in a PDF: their pixels, and how they are stored."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pikepdf
from PIL import Image, JpegImagePlugin

from ae.arrays import is_grey
from ae.documents import jpeg2000
from ae.documents.limits import Limits, check_pixels, check_scans
from ae.documents.page import Origin, Page
from ae.documents.pdf_content import MASKS, masks_of
from ae.documents.pdf_renderer import Renderer

_GREY = ("/DeviceGray", "/CalGray", "/G")
_FAX = ("/CCITTFaxDecode", "/JBIG2Decode", "/CCF")
_LOSSY = ("/DCTDecode", "/JPXDecode", "/DCT")


@dataclass(frozen=True)
class Picture:
    """A decoded picture as it is stored, not turned: `pixels` uint8 (H, W) or (H, W, 3)."""

    pixels: np.ndarray
    is_bw: bool
    origin: Origin


def decode(picture: Any, name: str, renderer: Renderer, limits: Limits) -> Picture:
    """Pixels of a picture object, laid on white where it is transparent.

    A JPEG in grey or RGB is taken as it is, so that its colour profile still fits; anything else is drawn by
    PDFium. Raises InputError beyond the limits, ApartError, or what Pillow raises.
    """
    size = int(picture.Width), int(picture.Height)
    check_pixels(name, size, limits)
    if _is_plain_jpeg(picture):
        found = _jpeg(picture, name, limits)
        if found is not None:
            return found
    shown = renderer.picture(_alone(picture, size))
    origin = Origin(stored_bytes(picture), _compression(picture))
    grey = without_colour(shown)
    if grey is None:
        return Picture(shown, False, origin)
    if is_one_bit(picture) and not ((grey > 0) & (grey < 255)).any():
        return Picture(grey, True, origin)
    return Picture(grey, False, origin) if _is_grey(picture) else Picture(shown, False, origin)


def is_lossy(picture: Any) -> bool:
    """Whether a picture is stored as JPEG or JPEG 2000."""
    return bool(set(_filters(picture)) & set(_LOSSY))


def _compression(picture: Any) -> str:
    if _filters(picture) == ["/JPXDecode"]:
        return jpeg2000.compression(picture.read_raw_bytes())
    return "lossy" if is_lossy(picture) else ""


def stored_bytes(picture: Any) -> int:
    """Of a picture and of its masks, 0 for one that is written into the commands of the page."""
    if not isinstance(picture, pikepdf.Stream):
        return 0
    return sum(int(one.get("/Length", 0)) for one in (picture, *masks_of(picture)))


def is_one_bit(picture: Any) -> bool:
    """Whether a picture has one bit a pixel."""
    if not isinstance(picture, pikepdf.Stream):
        return bool(getattr(picture, "bits_per_component", 8) == 1)
    return picture.get("/BitsPerComponent", 1) == 1 or bool(set(_filters(picture)) & set(_FAX))


def profile(picture: Any) -> bytes | None:
    """The ICC profile of a picture."""
    space = picture.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and len(space) == 2 and space[0] == "/ICCBased":
        return bytes(space[1].read_bytes())
    return None


def _filters(picture: Any) -> list[str]:
    if not isinstance(picture, pikepdf.Stream):
        return [str(name) for name in picture.filters]
    found: Any = picture.get("/Filter", [])
    return [str(name) for name in (found if isinstance(found, pikepdf.Array) else [found])]


def _channels(picture: Any) -> int:
    """Of the colour space, where that is one that Pillow's pixels can stay in; else 0."""
    space = picture.get("/ColorSpace")
    if space in _GREY:
        return 1
    if space in ("/DeviceRGB", "/RGB"):
        return 3
    if isinstance(space, pikepdf.Array) and len(space) == 2:
        if space[0] in ("/CalGray", "/CalRGB"):
            return 1 if space[0] == "/CalGray" else 3
        if space[0] == "/ICCBased" and isinstance(space[1], pikepdf.Stream):
            channels = int(space[1].get("/N", 0))
            return channels if channels in (1, 3) else 0
    return 0


def _is_grey(picture: Any) -> bool:
    """Whether a picture has no colour by its kind; palettes and inks are judged by what they show."""
    return _channels(picture) != 3 and picture.get("/ColorSpace") != "/DeviceCMYK"


def without_colour(shown: np.ndarray) -> np.ndarray | None:
    """(H, W) of colours that are all grey, None if they are not."""
    return np.ascontiguousarray(shown[..., 0]) if is_grey(shown) else None


def _is_plain_jpeg(picture: Any) -> bool:
    if any(key in picture for key in ("/SMask", "/Mask", "/Decode", "/ImageMask")) or not _channels(picture):
        return False
    parameters = picture.get("/DecodeParms", [])
    for one in parameters if isinstance(parameters, pikepdf.Array) else [parameters]:
        if isinstance(one, pikepdf.Dictionary) and "/ColorTransform" in one:
            return False
    return _filters(picture) in (["/DCTDecode"], ["/FlateDecode", "/DCTDecode"])


def _jpeg(picture: Any, name: str, limits: Limits) -> Picture | None:
    """The JPEG's own pixels and tables; None when they are not what the dictionary says."""
    data = picture.read_raw_bytes()
    if len(_filters(picture)) == 2:
        data = zlib.decompressobj().decompress(data, limits.bytes)
    check_scans(name, data)
    image: Any = Image.open(io.BytesIO(data), formats=["JPEG"])
    check_pixels(name, image.size, limits)
    if image.size != (int(picture.Width), int(picture.Height)):
        return None
    if image.mode != {1: "L", 3: "RGB"}[_channels(picture)]:
        return None
    tables, sampling = image.quantization, JpegImagePlugin.get_sampling(image)
    return Picture(np.asarray(image), False, Origin(len(data), "jpeg", tables, sampling))


def _alone(picture: Any, size: tuple[int, int]) -> bytes:
    """A PDF with nothing on its only page but the picture, one unit a pixel."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        page.obj.MediaBox = [0, 0, *size]
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=_copied(pdf, picture)))
        page.obj.Contents = pdf.make_stream(b"%d 0 0 %d 0 0 cm /I Do" % size)
        buffer = io.BytesIO()
        pdf.save(buffer)
    return buffer.getvalue()


def _copied(pdf: pikepdf.Pdf, picture: Any) -> pikepdf.Stream:
    """A picture and its masks in another PDF.

    `copy_foreign` would leave their bytes in the memory of the PDF they come from.
    """
    copied = pdf.make_stream(picture.read_raw_bytes())
    for key, value in picture.items():
        if key in MASKS and isinstance(value, pikepdf.Stream):
            copied[key] = _copied(pdf, value)
        elif key not in ("/Length", *MASKS) or isinstance(value, pikepdf.Array):
            copied[key] = _copied_value(pdf, value)
    return copied


def _copied_value(pdf: pikepdf.Pdf, value: Any) -> Any:
    if isinstance(value, pikepdf.Object) and value.is_indirect:
        return pdf.copy_foreign(value)
    if isinstance(value, pikepdf.Array):
        return pikepdf.Array([_copied_value(pdf, one) for one in value])
    if isinstance(value, pikepdf.Dictionary):
        return pikepdf.Dictionary({key: _copied_value(pdf, one) for key, one in value.items()})
    return value


def fitting_space(picture: Any, page: Page) -> Any:
    """The colour space of the old picture where the page's pixels are still in it."""
    was_taken_as_is = page.origin.compression == "jpeg" and not page.is_bw
    channels = 3 if page.is_colour else 1
    return picture.get("/ColorSpace") if was_taken_as_is and _channels(picture) == channels else None
