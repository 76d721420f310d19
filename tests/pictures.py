"""Pictures and PDFs for the tests of reading and writing; everything is made here."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from PIL import Image

from tests.conftest import draw_page, make_dirty

A5 = (420.0, 595.0)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def dirty_tiff(path: Path, pages: int = 3) -> Path:
    """A fax of several pages, each a little larger than the one before."""
    images = [Image.fromarray(make_dirty(draw_page(200 + 10 * index, 150))) for index in range(pages)]
    images[0].save(path, save_all=True, append_images=images[1:], compression="tiff_deflate", dpi=(150, 150))
    return path


def pages_of(path: Path) -> list[np.ndarray]:
    """The pixels of every page of a picture file, as Pillow sees them."""
    with Image.open(path) as image:
        pages = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            pages.append(np.asarray(image))
        return pages


def widths_of(path: Path) -> list[int]:
    """How wide the pages of a picture file are, in pixels."""
    return [page.shape[1] for page in pages_of(path)]


def dirty(width: int = 210, height: int = 298) -> np.ndarray:
    """A dirty page, uint8 (H, W); its lines end before the right edge, so that it has a right way up."""
    page = make_dirty(draw_page(width, height))
    page[:, width * 2 // 3 :] = np.maximum(page[:, width * 2 // 3 :], 150)
    return page


def tinted(grey: np.ndarray) -> np.ndarray:
    """The same on yellow paper, uint8 (H, W, 3)."""
    return np.dstack([grey, (grey * 0.95).astype(np.uint8), (grey * 0.8).astype(np.uint8)])


def png_of(width: int, height: int, body: bytes = b"\0" * 100) -> bytes:
    """A tiny PNG whose header promises a picture of this size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def pdf_bytes(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    """A PDF as the bytes of a file."""
    buffer = io.BytesIO()
    pdf.save(buffer, **options)
    return buffer.getvalue()


def picture(pdf: pikepdf.Pdf, pixels: np.ndarray, how: str = "jpeg", **keys: Any) -> pikepdf.Stream:
    """A picture object stored as `how`: jpeg, jp2, flate, fax, jbig2, cmyk or stencil."""
    image = Image.fromarray(pixels)
    space, bits = (pikepdf.Name.DeviceRGB if pixels.ndim == 3 else pikepdf.Name.DeviceGray), 8
    name, parameters = pikepdf.Name.FlateDecode, None
    if how == "jpeg":
        data, name = encoded(image, "JPEG", quality=80), pikepdf.Name.DCTDecode
    elif how == "jp2":
        data, name = encoded(image, "JPEG2000", quality_layers=[8]), pikepdf.Name.JPXDecode
    elif how == "cmyk":
        data, name, space = zlib.compress(image.convert("CMYK").tobytes()), name, pikepdf.Name.DeviceCMYK
    elif how in ("fax", "jbig2"):
        data, name, parameters = _one_bit(image, how)
        bits = 1
    elif how == "stencil":
        data, bits = zlib.compress(image.convert("1", dither=Image.Dither.NONE).tobytes()), 1
    else:
        data = zlib.compress(pixels.tobytes())
    stream = pdf.make_stream(b"")
    stream.write(data, filter=name, decode_parms=parameters)
    described = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "BitsPerComponent": bits}
    described |= {"Width": image.width, "Height": image.height, "ColorSpace": space, **keys}
    if how == "stencil":
        described["ImageMask"] = True
        del described["ColorSpace"]
    for key, value in described.items():
        stream[f"/{key}"] = value
    return stream


def _one_bit(image: Image.Image, how: str) -> tuple[bytes, pikepdf.Name, Any]:
    """The fax code of a picture, or the same inside JBIG2."""
    black_is_one = Image.fromarray(255 - np.asarray(image)).convert("1", dither=Image.Dither.NONE)
    tiff = io.BytesIO(encoded(black_is_one, "TIFF", compression="group4", strip_size=1 << 30))
    tags: Any = Image.open(tiff).tag_v2  # type: ignore[attr-defined]
    fax = tiff.getvalue()[tags[273][0] :][: tags[279][0]]
    width, height = image.size
    if how == "fax":
        parameters = pikepdf.Dictionary(K=-1, Columns=width, Rows=height)
        return fax, pikepdf.Name.CCITTFaxDecode, parameters
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + fax
    segments = b""
    for number, (kind, body) in enumerate(((48, page), (38, region))):
        segments += struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body
    return segments, pikepdf.Name.JBIG2Decode, None


def add_page(
    pdf: pikepdf.Pdf, commands: str, size: tuple[float, float] = A5, fonts: bool = True, **pictures: Any
) -> pikepdf.Page:
    """A page that runs `commands`; the pictures and forms are called as their keys, the font /F."""
    page = pdf.add_blank_page(page_size=size)
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(**pictures))
    if fonts:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        resources["/Font"] = pikepdf.Dictionary(F=font)
    page.obj["/Resources"] = resources
    page.obj["/Contents"] = pdf.make_stream(commands.encode())
    return page


def scan(
    pdf: pikepdf.Pdf, pixels: np.ndarray, how: str = "jpeg", extra: str = "", **keys: Any
) -> pikepdf.Page:
    """A page of A5 that its scan covers, and what is drawn after it."""
    width, height = A5
    image = picture(pdf, pixels, how, **keys)
    return add_page(pdf, f"q {width} 0 0 {height} 0 0 cm /Im Do Q {extra}", Im=image)


def text(words: str, mode: int = 0, at: tuple[int, int] = (30, 300)) -> str:
    """Commands that show a line of text; mode 3 is invisible."""
    return f"BT /F 14 Tf {mode} Tr {at[0]} {at[1]} Td ({words}) Tj ET"
