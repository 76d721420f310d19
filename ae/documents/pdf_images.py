"""The pictures in a PDF: their pixels, and new ones in their place."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pikepdf
from PIL import Image, JpegImagePlugin

from ae.documents.encoding import MOST_GROWTH, Quality, encode
from ae.documents.limits import Limits, check_pixels, check_scans
from ae.documents.page import Origin, Page
from ae.documents.pdf_renderer import Renderer

_GREY = ("/DeviceGray", "/CalGray", "/G")
_FAX = ("/CCITTFaxDecode", "/JBIG2Decode", "/CCF")
_LOSSY = ("/DCTDecode", "/JPXDecode", "/DCT")
_FEW, _SMALL_LOSS = 64, 1.5  # colours; grey levels
_STRIP_OFFSETS, _STRIP_BYTES, _PHOTOMETRIC, _STRIP = 273, 279, 262, 1 << 30
_OF_THE_OLD_PIXELS = (
    "/Filter", "/DecodeParms", "/F", "/DP", "/ColorSpace", "/BitsPerComponent", "/Width", "/Height", "/SMask",
    "/Mask", "/Decode", "/ImageMask", "/SMaskInData", "/Matte", "/Alternates", "/Length",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A decoded picture as it is stored, not turned: `pixels` uint8 (H, W) or (H, W, 3)."""

    pixels: np.ndarray
    is_bw: bool
    origin: Origin


@dataclass(frozen=True)
class Encoded:
    """Bytes of a picture and what a PDF has to say about them."""

    data: bytes
    keys: dict[str, Any]


def decode(picture: Any, name: str, renderer: Renderer, limits: Limits) -> Picture:
    """Pixels of a picture object, laid on white where it is transparent.

    A JPEG in grey or RGB is taken as it is, so that its colour profile still fits; anything else is drawn by
    PDFium. Raises InputError beyond the limits, RenderError, or what Pillow raises.
    """
    size = int(picture.Width), int(picture.Height)
    check_pixels(name, size, limits)
    stored = int(picture.get("/Length", 0))
    if _is_plain_jpeg(picture):
        found = _jpeg(picture, name, limits)
        if found is not None:
            return found
    shown = renderer.picture(_alone(picture, size))
    origin = Origin(stored, "lossy" if is_lossy(picture) else "")
    grey = without_colour(shown)
    if grey is None:
        return Picture(shown, False, origin)
    if is_one_bit(picture) and not ((grey > 0) & (grey < 255)).any():
        return Picture(grey, True, origin)
    return Picture(grey, False, origin) if _is_grey(picture) else Picture(shown, False, origin)


def is_lossy(picture: Any) -> bool:
    """Whether a picture is stored as JPEG or JPEG 2000."""
    return bool(set(_filters(picture)) & set(_LOSSY))


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
    grey = shown[..., 0]
    same = np.array_equal(grey, shown[..., 1]) and np.array_equal(grey, shown[..., 2])
    return np.ascontiguousarray(grey) if same else None


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
        if key in ("/SMask", "/Mask") and isinstance(value, pikepdf.Stream):
            copied[key] = _copied(pdf, value)
        elif key not in ("/Length", "/SMask", "/Mask") or isinstance(value, pikepdf.Array):
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


# Writing


def encoded(page: Page, quality: int | None, space: Any = None) -> Encoded:
    """The pixels of a page, not turned, as the smallest stream that keeps what its source kept.

    `space` is the colour space of the pixels, by default the device's grey or RGB.
    """
    if page.is_bw:
        return min((_fax(page), _flat(page, _device(page))), key=lambda one: len(one.data))
    space = _device(page) if space is None else space
    if page.origin.compression in ("jpeg", "lossy"):
        bare = replace(page, dpi=None, icc=None, origin=replace(page.origin, exif=None))
        data = encode(bare, "jpeg", Quality(quality))
        new = Encoded(data, _keys(page, space, 8, pikepdf.Name.DCTDecode))
        grew = page.origin.compression == "lossy" and len(data) > MOST_GROWTH * page.origin.bytes
        few = _few_colours(page, space) if grew and quality is None else None
        return few if few and len(few.data) < len(data) else new
    return _flat(page, space)


def _few_colours(page: Page, space: Any) -> Encoded | None:
    """Without loss after a small one: 64 greys or colours. Letters on white paper, which had layers of their
    own in the source, are smaller and sharper so than as a coarse JPEG. None for photographs.
    """
    if page.is_colour:
        few = Image.fromarray(page.pixels).quantize(_FEW, dither=Image.Dither.NONE)
        pixels = np.asarray(few.convert("RGB"))
    else:
        steps = np.rint(np.arange(256) / 255 * (_FEW - 1)) * 255 / (_FEW - 1)
        pixels = np.rint(steps).astype(np.uint8)[page.pixels]
    if np.abs(pixels[::3].astype(np.int16) - page.pixels[::3]).mean() > _SMALL_LOSS:
        return None
    return _flat(replace(page, pixels=pixels, origin=replace(page.origin, colours=_FEW)), space)


def fitting_space(picture: Any, page: Page) -> Any:
    """The colour space of the old picture where the page's pixels are still in it."""
    was_taken_as_is = page.origin.compression == "jpeg"
    channels = 3 if page.is_colour else 1
    return picture.get("/ColorSpace") if was_taken_as_is and _channels(picture) == channels else None


def _device(page: Page) -> pikepdf.Name:
    return pikepdf.Name.DeviceRGB if page.is_colour else pikepdf.Name.DeviceGray


def _keys(page: Page, space: Any, bits: int, name: pikepdf.Name, **parameters: Any) -> dict[str, Any]:
    keys = {
        "/Width": page.width,
        "/Height": page.height,
        "/ColorSpace": space,
        "/BitsPerComponent": bits,
        "/Filter": name,
    }
    return keys | ({"/DecodeParms": pikepdf.Dictionary(**parameters)} if parameters else {})


def _fax(page: Page) -> Encoded:
    """Black-and-white as fax group 4."""
    buffer = io.BytesIO()
    image = Image.fromarray(page.pixels).convert("1", dither=Image.Dither.NONE)
    image.save(buffer, "TIFF", compression="group4", strip_size=_STRIP)
    tags = Image.open(buffer).tag_v2  # type: ignore[attr-defined]
    start, size = tags[_STRIP_OFFSETS][0], tags[_STRIP_BYTES][0]
    white_is_zero = tags[_PHOTOMETRIC] == 0
    parameters = {"K": -1, "Columns": page.width, "Rows": page.height, "BlackIs1": not white_is_zero}
    data = buffer.getvalue()[start : start + size]
    name = pikepdf.Name.CCITTFaxDecode
    return Encoded(data, _keys(page, pikepdf.Name.DeviceGray, 1, name, **parameters))


def _flat(page: Page, space: Any) -> Encoded:
    """Without loss. The pixels of a PNG are packed in a way that a PDF understands too."""
    header, palette, data = _png_parts(encode(Page(page.pixels, is_bw=page.is_bw, origin=page.origin), "png"))
    _, _, bits, kind = struct.unpack(">IIBB", header[:10])
    if palette:
        space = pikepdf.Array([pikepdf.Name.Indexed, space, len(palette) // 3 - 1, pikepdf.String(palette)])
    parameters = {
        "Predictor": 15,
        "Colors": 3 if kind == 2 else 1,
        "BitsPerComponent": bits,
        "Columns": page.width,
    }
    return Encoded(data, _keys(page, space, bits, pikepdf.Name.FlateDecode, **parameters))


def _png_parts(png: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, palette and packed pixels of a PNG."""
    found = {b"IHDR": b"", b"PLTE": b"", b"IDAT": b""}
    at = 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name in found:
            found[name] += png[at + 8 : at + 8 + length]
        at += length + 12
    return found[b"IHDR"], found[b"PLTE"], found[b"IDAT"]


def describe(picture: pikepdf.Stream, keys: dict[str, Any], old: Any = None) -> None:
    """Write the keys into a new picture object, and what `old` says beside its pixels, such as its layer."""
    for key, value in old.items() if old is not None else ():
        if key not in _OF_THE_OLD_PIXELS:
            picture[key] = value
    picture["/Type"], picture["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    for key, value in keys.items():
        picture[key] = value
