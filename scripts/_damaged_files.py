"""A small sound file of every kind that is read, and ways to damage it, the same for the same seed."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pikepdf
from PIL import Image, ImageDraw

from ae.documents.encoding import save

Mutation = Callable[[np.random.Generator, bytes], bytes]


# Sound files to damage


def samples() -> dict[str, bytes]:
    """A small file of every kind that is read, by name."""
    grey = Image.fromarray(_page())
    colour = Image.merge("RGB", (grey, grey.point(lambda v: v * 0.9), grey.point(lambda v: v * 0.7)))
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    found = {
        "grey.png": save(grey, "PNG", dpi=(200, 200)),
        "deep.png": save(deep, "PNG"),
        "clear.png": save(colour.convert("RGBA"), "PNG"),
        "palette.png": save(colour.quantize(16), "PNG"),
        "colour.jpg": save(colour, "JPEG", exif=_turned()),
        "print.jpg": save(colour.convert("CMYK"), "JPEG"),
        "colour.webp": save(colour, "WEBP"),
        "colour.bmp": save(colour, "BMP"),
        "palette.gif": save(colour.quantize(16), "GIF"),
        "grey.pgm": save(grey, "PPM"),
        "colour.jp2": save(colour, "JPEG2000"),
        "colour.tga": save(colour, "TGA"),
        "fax.tif": save(
            grey.convert("1"), "TIFF", compression="group4", save_all=True, append_images=[grey.convert("1")]
        ),
        "lzw.tif": save(colour, "TIFF", compression="tiff_lzw"),
        "deep.tif": save(deep, "TIFF", compression="tiff_deflate"),
        "scan.pdf": save(colour, "PDF", save_all=True, append_images=[grey], resolution=100),
    }
    for name, kind in (("photo.heic", "HEIF"), ("photo.avif", "AVIF")):
        if kind in _writable():
            found[name] = save(colour, kind)
    return found


def pdf_samples() -> dict[str, bytes]:
    """A small PDF for every way that a page of it is cleaned."""
    scan = samples()["scan.pdf"]
    return {"scan.pdf": scan, "strips.pdf": _strips(), "hidden text.pdf": _with_text(scan)}


def _strips() -> bytes:
    """A page of two pictures, one below the other, and a line of text on it."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(120, 180))
        picture = pdf.make_stream(_page().tobytes())
        keys = {"/Subtype": pikepdf.Name.Image, "/ColorSpace": pikepdf.Name.DeviceGray}
        keys |= {"/Width": 120, "/Height": 90, "/BitsPerComponent": 8}
        for key, value in keys.items():
            picture[key] = value
        page.obj.Resources = pikepdf.Dictionary(
            XObject=pikepdf.Dictionary(A=picture, B=picture), Font=_font()
        )
        commands = (
            b"q 120 0 0 90 0 90 cm /A Do Q q 120 0 0 90 0 0 cm /B Do Q BT /F 9 Tf 5 5 Td (a line) Tj ET"
        )
        page.obj.Contents = pdf.make_stream(commands)
        return _bytes(pdf)


def _with_text(scan: bytes) -> bytes:
    """The scan with text that cannot be seen, an outline and a title."""
    with pikepdf.open(io.BytesIO(scan)) as pdf:
        for page in pdf.pages:
            page.obj.Resources.Font = _font()
            page.contents_add(b"BT 3 Tr /F 9 Tf 5 5 Td (hidden words) Tj ET")
        pdf.docinfo["/Title"] = "A scan"
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("First page", 0))
        return _bytes(pdf)


def _font() -> pikepdf.Dictionary:
    name, kind, base = pikepdf.Name.Font, pikepdf.Name.Type1, pikepdf.Name.Helvetica
    return pikepdf.Dictionary(F=pikepdf.Dictionary(Type=name, Subtype=kind, BaseFont=base))


def _bytes(pdf: pikepdf.Pdf) -> bytes:
    buffer = io.BytesIO()
    # Readable, so that damage does not only break what is packed.
    pdf.save(buffer, deterministic_id=True, compress_streams=False)
    return buffer.getvalue()


def _page() -> np.ndarray:
    image = Image.new("L", (120, 90), 230)
    pen = ImageDraw.Draw(image)
    for top in range(10, 80, 12):
        pen.text((8, top), "damaged file", fill=20)
    return np.asarray(image)


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _writable() -> set[str]:
    try:
        import pillow_heif
    except ImportError:
        return set()
    pillow_heif.register_heif_opener()
    Image.init()
    return set(Image.SAVE)


# Damage


def flip_bytes(generator: np.random.Generator, data: bytes) -> bytes:
    """Some bytes become others."""
    result = bytearray(data)
    for place in generator.integers(0, len(data), int(generator.integers(1, 30))):
        result[place] = int(generator.integers(256))
    return bytes(result)


def damage_head(generator: np.random.Generator, data: bytes) -> bytes:
    """A number near the start becomes huge, zero or negative: sizes, counts and offsets are there."""
    place = int(generator.integers(0, min(len(data), 400)))
    extreme = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\x01\0\0")
    return data[:place] + extreme[int(generator.integers(len(extreme)))] + data[place + 4 :]


def cut_off(generator: np.random.Generator, data: bytes) -> bytes:
    """The end is missing."""
    return data[: int(generator.integers(1, len(data)))]


def cut_out(generator: np.random.Generator, data: bytes) -> bytes:
    """A part in the middle is missing."""
    start, stop = sorted(generator.integers(0, len(data), 2))
    return data[:start] + data[stop:] or b"x"


def repeat(generator: np.random.Generator, data: bytes) -> bytes:
    """A part comes many times."""
    start, stop = sorted(generator.integers(0, len(data), 2))
    return data[:start] + data[start:stop][:2000] * int(generator.integers(2, 40)) + data[start:]


def blank(generator: np.random.Generator, data: bytes) -> bytes:
    """A part is zeros, as after a disk error."""
    start, stop = sorted(generator.integers(0, len(data), 2))
    return data[:start] + bytes(int(stop - start)) + data[stop:]


MUTATIONS: tuple[Mutation, ...] = (flip_bytes, damage_head, cut_off, cut_out, repeat, blank)


def mutated(seed: int, sound: dict[str, bytes]) -> tuple[str, bytes]:
    """Name and bytes of a damaged file: one to three kinds of damage, sometimes the head of another kind."""
    generator = np.random.default_rng(seed)
    names = list(sound)
    name = names[int(generator.integers(len(names)))]
    data = sound[name]
    if generator.random() < 0.1:
        other = sound[names[int(generator.integers(len(names)))]]
        cut = int(generator.integers(4, 200))
        data = other[:cut] + data[cut:]
    for _ in range(int(generator.integers(1, 4))):
        data = MUTATIONS[int(generator.integers(len(MUTATIONS)))](generator, data)
    return name, data
