"""The kinds of file that are read and written, and the ends of their names."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal["png", "jpeg", "webp", "bmp", "gif", "pnm", "tiff", "heic", "avif", "jp2", "tga", "pcx", "pdf"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# The first is what a file of that kind is called unless its name already ends in one of the others.
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "webp": (".webp",),
    "bmp": (".bmp", ".dib"),
    "gif": (".gif",),
    "pnm": (".pnm", ".pbm", ".pgm", ".ppm"),
    "tiff": (".tif", ".tiff"),
    "heic": (".heic", ".heif", ".hif"),
    "avif": (".avif",),
    "jp2": (".jp2", ".j2k", ".jpx", ".j2c", ".jpf"),
    "tga": (".tga",),
    "pcx": (".pcx",),
    "pdf": (".pdf",),
}
WITH_LOSS: tuple[Kind, ...] = ("jpeg", "webp", "heic", "avif")  # or, some of them, without
MANY_PAGES: tuple[Kind, ...] = ("tiff", "pdf", "heic")

# Pillow's name of a format to ours. A format that is read but not written back has "png" here.
PILLOW: dict[str, Kind] = {
    "PNG": "png", "JPEG": "jpeg", "MPO": "jpeg", "WEBP": "webp", "BMP": "bmp", "DIB": "bmp", "GIF": "gif",
    "PPM": "pnm", "TIFF": "tiff", "HEIF": "heic", "AVIF": "avif", "JPEG2000": "jp2", "TGA": "tga",
    "PCX": "pcx",
}  # fmt: skip


def is_pdf(head: bytes) -> bool:
    """Whether the first kilobyte of a file says PDF (some have a few bytes before it)."""
    return b"%PDF-" in head


def kind_of_name(name: str) -> Kind | None:
    """The kind that the end of a file's name promises, None when it is none of ours."""
    lower = name.lower()
    return next((kind for kind, ends in SUFFIXES.items() if lower.endswith(ends)), None)


def suffix_for(kind: Kind, name: str = "") -> str:
    """The end for the name of a file of this kind: the one that `name` has where it fits."""
    return next((end for end in SUFFIXES[kind] if name.lower().endswith(end)), SUFFIXES[kind][0])
