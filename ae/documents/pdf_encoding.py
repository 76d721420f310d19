"""A page as a picture object of a PDF: its bytes, and what the PDF has to say about them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf

from ae.documents import jpeg2000, pdf_layers
from ae.documents.encoding import Quality, encode, has_grown, png, within, without_loss
from ae.documents.page import Origin, Page
from ae.documents.tiff_encoding import fax_strip

_OF_THE_OLD_PIXELS = (
    "/Filter", "/DecodeParms", "/F", "/DP", "/ColorSpace", "/BitsPerComponent", "/Width", "/Height", "/SMask",
    "/Mask", "/Decode", "/ImageMask", "/SMaskInData", "/Matte", "/Alternates", "/Length",
)  # fmt: skip
_LAYER_QUALITY = 60


@dataclass(frozen=True)
class Encoded:
    """Bytes of a picture, and plain values that say what they are, so that any thread can make it.

    `filter` and `parameters` tell in PDF's words how `data` is packed; `palette` is in the colours of the
    page, empty where there is none.
    """

    data: bytes = field(repr=False)
    size: tuple[int, int]
    is_colour: bool
    filter: str
    bits: int = 8
    parameters: dict[str, Any] = field(default_factory=dict)
    palette: bytes = b""

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True)
class EncodedLayers:
    """Three pictures that are drawn as one: `colours` where `ink` is, over `paper`."""

    ink: Encoded
    colours: Encoded
    paper: Encoded

    def __len__(self) -> int:
        return len(self.ink) + len(self.colours) + len(self.paper)


def encode_for_pdf(page: Page, wanted: Quality) -> Encoded | EncodedLayers:
    """The pixels of a page, not turned, as the smallest stream that keeps what its source kept.

    What came in layers goes in layers where it would grow as one. Raises PageError when no PDF can hold a
    page of that size.
    """
    page = replace(page, dpi=None, icc=None, deep=None, origin=replace(page.origin, exif=None))

    def attempts() -> Iterator[Encoded | EncodedLayers]:
        yield _as_one(page, wanted)
        if _may_have_layers(page, wanted):
            ink = pdf_layers.ink_of(page)
            found = (pdf_layers.split(page, ink, factor) for factor in pdf_layers.FACTORS)
            yield from (_layered(layers) for layers in found if layers)

    return within(page, attempts(), lambda attempt: attempt)


def _may_have_layers(page: Page, wanted: Quality) -> bool:
    came_so = page.origin.is_layered and page.width * page.height <= pdf_layers.MOST_PIXELS
    # Without a number of shades that are enough, every pixel was promised.
    return came_so and page.fewest_shades > 0 and not page.is_bw and wanted.quality is None


def _layered(layers: pdf_layers.Layers) -> EncodedLayers:
    colours, paper = (
        _whole(layer, "/DCTDecode", encode(replace(layer, origin=Origin()), "jpeg", Quality(_LAYER_QUALITY)))
        for layer in (layers.colours, layers.paper)
    )
    return EncodedLayers(_fax(layers.ink), colours, paper)


def _as_one(page: Page, wanted: Quality) -> Encoded:
    if page.is_bw:
        return min((_fax(page), _flat(page)), key=len)
    is_jpeg2000 = page.origin.compression in (jpeg2000.WITH_LOSS, jpeg2000.EXACT)
    if is_jpeg2000 and wanted.quality is None:
        return _whole(page, "/JPXDecode", encode(page, "jp2"))
    if is_jpeg2000 or page.origin.compression in ("jpeg", "lossy"):
        return _with_loss(page, wanted)
    return without_loss(page, _flat)


def _with_loss(page: Page, wanted: Quality) -> Encoded:
    jpeg = _whole(page, "/DCTDecode", encode(page, "jpeg", wanted))
    if not has_grown(page, jpeg) or page.origin.compression != "lossy" or wanted.quality is not None:
        return jpeg
    # Letters on white paper, which had a layer of their own, are smaller and sharper so than as coarse JPEG.
    return min(jpeg, without_loss(page, _flat), key=len)


def _whole(page: Page, name: str, data: bytes) -> Encoded:
    """A file that a PDF takes as it is."""
    return Encoded(data, (page.width, page.height), page.is_colour, name)


def _fax(page: Page) -> Encoded:
    """Black-and-white as fax group 4."""
    parameters = {"K": -1, "Columns": page.width, "Rows": page.height}
    size = (page.width, page.height)
    return Encoded(fax_strip(page.pixels), size, False, "/CCITTFaxDecode", 1, parameters)


def _flat(page: Page) -> Encoded:
    """Without loss. The pixels of a PNG are packed in a way that a PDF understands too."""
    header, palette, data = _png_parts(png(page, with_palette=True))
    _, _, bits, kind = struct.unpack(">IIBB", header[:10])
    channels = 3 if kind == 2 else 1
    parameters = {"Predictor": 15, "Colors": channels, "BitsPerComponent": bits, "Columns": page.width}
    size = (page.width, page.height)
    return Encoded(data, size, page.is_colour, "/FlateDecode", bits, parameters, palette)


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


def add_picture(
    pdf: pikepdf.Pdf, new: Encoded | EncodedLayers, space: Any = None, old: Any = None
) -> pikepdf.Stream:
    """A new picture object in a PDF, or for layers a form that is drawn like one.

    `space` is the colour space of the pixels, by default the device's grey or RGB; `old` the picture in whose
    place this one comes: what it says beside its pixels, such as its layer, stays.
    """
    if isinstance(new, EncodedLayers):
        return _add_layers(pdf, new)
    picture = pdf.make_stream(new.data)
    parameters = pikepdf.Dictionary(**new.parameters) if new.parameters else None
    picture.write(new.data, filter=pikepdf.Name(new.filter), decode_parms=parameters)
    for key, value in old.items() if old is not None else ():
        if key not in _OF_THE_OLD_PIXELS:
            picture[key] = value
    picture["/Type"], picture["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    picture["/Width"], picture["/Height"] = new.size
    picture["/BitsPerComponent"] = new.bits
    picture["/ColorSpace"] = _space(new, space)
    return picture


def _add_layers(pdf: pikepdf.Pdf, new: EncodedLayers) -> pikepdf.Stream:
    ink, colours, paper = (add_picture(pdf, layer) for layer in (new.ink, new.colours, new.paper))
    del ink["/ColorSpace"]
    ink["/ImageMask"], colours["/Mask"] = True, ink
    form = pdf.make_stream(b"/Paper Do /Ink Do")
    form["/Type"], form["/Subtype"], form["/BBox"] = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 1, 1]
    form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Paper=paper, Ink=colours))
    return form


def _space(new: Encoded, space: Any) -> Any:
    if space is None:
        space = pikepdf.Name.DeviceRGB if new.is_colour else pikepdf.Name.DeviceGray
    if not new.palette:
        return space
    return pikepdf.Array(
        [pikepdf.Name.Indexed, space, len(new.palette) // 3 - 1, pikepdf.String(new.palette)]
    )
