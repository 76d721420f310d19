"""Fonts of rendered pages: which there are, which training never sees, and that no letter becomes a box."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont, features

from ae.data.rendering.scripts import SCRIPTS
from ae.errors import DataError

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/share/texmf/fonts/opentype"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local" / "share" / "fonts",
)

_NEVER_A_LETTER = "\uffff"  # every font shows its "no such letter" sign for it


@dataclass(frozen=True)
class FontFile:
    """A font's file name, the Debian package it comes in, its bold companion and its place in a .ttc."""

    name: str
    package: str
    bold: str = ""
    index: int = 0


def _family(package: str, *names: str) -> tuple[FontFile, ...]:
    """Fonts of one package; "Regular|Bold" names a pair."""
    pairs = (name.partition("|") for name in names)
    return tuple(FontFile(regular, package, bold) for regular, _, bold in pairs)


def _noto_cjk(index: int) -> tuple[FontFile, ...]:
    return tuple(
        FontFile(f"Noto{style}CJK-Regular.ttc", "fonts-noto-cjk", f"Noto{style}CJK-Bold.ttc", index)
        for style in ("Sans", "Serif")
    )


_DEJAVU = _family(
    "fonts-dejavu", "DejaVuSans.ttf|DejaVuSans-Bold.ttf", "DejaVuSerif.ttf|DejaVuSerif-Bold.ttf"
)
_MONO = _family("fonts-dejavu", "DejaVuSansMono.ttf|DejaVuSansMono-Bold.ttf")
_LIBERATION = _family(
    "fonts-liberation2",
    "LiberationSans-Regular.ttf|LiberationSans-Bold.ttf",
    "LiberationSerif-Regular.ttf|LiberationSerif-Bold.ttf",
    "LiberationMono-Regular.ttf|LiberationMono-Bold.ttf",
)
_FREE = _family("fonts-freefont-ttf", "FreeSerif.ttf|FreeSerifBold.ttf", "FreeSans.ttf|FreeSansBold.ttf")

TRAINING_FONTS: dict[str, tuple[FontFile, ...]] = {
    "latin": (
        *_DEJAVU, *_MONO, *_LIBERATION, *_FREE,
        *_family("fonts-lato", "Lato-Regular.ttf|Lato-Bold.ttf", "Lato-Light.ttf|Lato-Semibold.ttf"),
        *_family("fonts-ebgaramond", "EBGaramond12-Regular.otf", "EBGaramond12-Italic.otf"),
        *_family("fonts-liberation2", "LiberationSerif-Italic.ttf|LiberationSerif-BoldItalic.ttf"),
        *_family("fonts-courier-prime", "Courier Prime.otf|Courier Prime Bold.otf"),
        *_family("fonts-dancingscript", "DancingScript-Regular.otf|DancingScript-Bold.otf"),
        *_family("fonts-paratype", "PTF55F.ttf|PTF75F.ttf"),
    ),
    "cyrillic": (
        *_DEJAVU, *_MONO, *_LIBERATION, *_FREE, *_family("fonts-paratype", "PTF55F.ttf|PTF75F.ttf"),
    ),
    "greek": (
        *_DEJAVU, *_LIBERATION, *_FREE,
        *_family("fonts-gfs-artemisia", "GFSArtemisia.otf|GFSArtemisiaBold.otf"),
        *_family("fonts-gfs-neohellenic", "GFSNeohellenic.otf|GFSNeohellenicBold.otf"),
    ),
    "korean": (
        *_noto_cjk(1),
        *_family("fonts-nanum", "NanumGothic.ttf|NanumGothicBold.ttf",
                 "NanumMyeongjo.ttf|NanumMyeongjoBold.ttf", "NanumSquareR.ttf|NanumSquareB.ttf"),
        *_family("fonts-nanum-extra", "NanumPen.ttf"),
    ),
    "chinese": (
        *_noto_cjk(2),
        *_family("fonts-wqy-zenhei", "wqy-zenhei.ttc"),
        *_family("fonts-arphic-gbsn00lp", "gbsn00lp.ttf"),  # UMing has bitmaps at small sizes
    ),
    "japanese": (
        *_noto_cjk(0),
        *_family("fonts-ipaexfont", "ipaexg.ttf", "ipaexm.ttf"),
        *_family("fonts-vlgothic", "VL-PGothic-Regular.ttf"),
    ),
    "arabic": (
        *_family("fonts-noto-core", "NotoNaskhArabic-Regular.ttf|NotoNaskhArabic-Bold.ttf",
                 "NotoSansArabic-Regular.ttf|NotoSansArabic-Bold.ttf"),
        *_DEJAVU[:1],
        *_family("fonts-sil-scheherazade", "Scheherazade-Regular.ttf|Scheherazade-Bold.ttf"),
    ),
    "hebrew": (
        *_DEJAVU[:1], *_LIBERATION,
        *_family("culmus", "DavidCLM-Medium.otf|DavidCLM-Bold.otf",
                 "HadasimCLM-Regular.ttf|HadasimCLM-Bold.ttf",
                 "NachlieliCLM-Light.otf|NachlieliCLM-Bold.otf"),
    ),
    "devanagari": (
        *_family("fonts-noto-core", "NotoSansDevanagari-Regular.ttf|NotoSansDevanagari-Bold.ttf",
                 "NotoSerifDevanagari-Regular.ttf|NotoSerifDevanagari-Bold.ttf"),
        *_family("fonts-lohit-deva", "Lohit-Devanagari.ttf"),
        *_family("fonts-nakula", "nakula.ttf"),
        *_family("fonts-gargi", "Gargi.ttf"),
    ),
}  # fmt: skip

# Written down before the first training; only evaluation draws with these.
HELD_OUT_FONTS: dict[str, tuple[FontFile, ...]] = {
    "latin": (
        *_family("fonts-crosextra-carlito", "Carlito-Regular.ttf|Carlito-Bold.ttf"),
        *_family("fonts-linuxlibertine", "LinLibertine_R.otf|LinLibertine_RB.otf"),
    ),
    "cyrillic": (
        *_family("fonts-crosextra-carlito", "Carlito-Regular.ttf|Carlito-Bold.ttf"),
        *_family("fonts-linuxlibertine", "LinLibertine_R.otf|LinLibertine_RB.otf"),
    ),
    "greek": (
        *_family("fonts-crosextra-carlito", "Carlito-Regular.ttf|Carlito-Bold.ttf"),
        *_family("fonts-gfs-didot", "GFSDidot.otf|GFSDidotBold.otf"),
    ),
    "korean": _family("fonts-unfonts-core", "UnBatang.ttf|UnBatangBold.ttf", "UnDotum.ttf|UnDotumBold.ttf"),
    "chinese": (
        *_family("fonts-wqy-microhei", "wqy-microhei.ttc"),
        *_family("fonts-arphic-ukai", "ukai.ttc"),
    ),
    "japanese": (
        *_family("fonts-morisawa-bizud-mincho", "BIZUDPMincho-Regular.ttf"),
        *_family("fonts-sawarabi-gothic", "sawarabi-gothic-medium.ttf"),
    ),
    "arabic": (
        *_family("fonts-hosny-amiri", "Amiri-Regular.ttf|Amiri-Bold.ttf"),
        *_family("fonts-sil-harmattan", "Harmattan-Regular.ttf|Harmattan-Bold.ttf"),
    ),
    "hebrew": _family("culmus", "FrankRuehlCLM-Medium.ttf|FrankRuehlCLM-Bold.ttf",
                      "MiriamCLM-Book.ttf|MiriamCLM-Bold.ttf"),
    "devanagari": (
        *_family("fonts-sil-annapurna", "AnnapurnaSIL-Regular.ttf|AnnapurnaSIL-Bold.ttf"),
        *_family("fonts-sahadeva", "sahadeva.ttf"),
    ),
}  # fmt: skip

FORMULA_FONT = FontFile("DejaVuSerif-Italic.ttf", "fonts-dejavu")
HELD_OUT_FORMULA_FONT = FontFile("LinLibertine_RI.otf", "fonts-linuxlibertine")


def font_table(held_out: bool) -> dict[str, tuple[FontFile, ...]]:
    """The fonts by script, for training or for evaluation."""
    return HELD_OUT_FONTS if held_out else TRAINING_FONTS


def formula_font(held_out: bool) -> FontFile:
    """The font of formulas."""
    return HELD_OUT_FORMULA_FONT if held_out else FORMULA_FONT


def packages() -> list[str]:
    """The Debian packages of all fonts, for `apt-get install`."""
    tables = (TRAINING_FONTS, HELD_OUT_FONTS)
    return sorted({font.package for table in tables for fonts in table.values() for font in fonts})


def require_shaping() -> None:
    """Raise DataError unless Pillow can join Arabic letters and stack Devanagari ones."""
    if not features.check("raqm"):
        raise DataError(
            "Pillow was built without raqm, so Arabic and Devanagari would come out wrong: "
            "install Pillow from PyPI (pip install --upgrade pillow), whose wheels have it"
        )


def find(font: FontFile, bold: bool = False) -> Path:
    """Where the font is. Raises DataError naming its Debian package when it is not installed."""
    name = font.bold if bold and font.bold else font.name
    path = _installed().get(name)
    if path is None:
        raise DataError(f"the font {name} is missing: apt-get install {font.package}")
    return path


@cache
def _installed() -> dict[str, Path]:
    files = (path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.[ot]t[fc]"))
    return {path.name: path for path in files}


def open_font(font: FontFile, pixels: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels (rounded to a quarter), with complex shaping.

    Raises DataError when the font or the shaping is missing.
    """
    require_shaping()
    return _open(find(font, bold), font.index, round(4 * pixels) / 4)


@lru_cache(maxsize=256)
def _open(path: Path, index: int, pixels: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), pixels, index, layout_engine=ImageFont.Layout.RAQM)


def size_for(font: FontFile, script: str, x_height: float) -> float:
    """Size in pixels at which the script's small letters are `x_height` pixels high."""
    return x_height / _x_height_share(font, SCRIPTS[script].measure)


@lru_cache(maxsize=256)
def _x_height_share(font: FontFile, letter: str) -> float:
    if not letter:
        return 0.5
    _, top, _, bottom = open_font(font, 400).getbbox(letter, anchor="ls")
    return (bottom - top) / 400


def require_glyphs(font: FontFile, text: str, bold: bool = False) -> None:
    """Raise DataError when the font lacks a letter of the text."""
    missing = lacks(font, text, bold)
    if missing:
        raise DataError(
            f"{find(font, bold).name} has no glyph for {', '.join(map(repr, missing))}: "
            "take another font, or other words"
        )


def lacks(font: FontFile, text: str, bold: bool = False) -> list[str]:
    """The letters of the text that the font lacks."""
    known = _glyphs(find(font, bold), font.index)
    return [letter for letter in sorted(set(text)) if not letter.isspace() and not known.has(letter)]


class _Glyphs:
    """Which letters a font has, found by drawing them: one that looks like "no such letter" is missing."""

    def __init__(self, path: Path, index: int) -> None:
        self.font = ImageFont.truetype(str(path), 24, index, layout_engine=ImageFont.Layout.BASIC)
        self.box = self._picture(_NEVER_A_LETTER)
        self.answers: dict[str, bool] = {}

    def has(self, letter: str) -> bool:
        if letter not in self.answers:
            invisible = unicodedata.category(letter) == "Cf"
            self.answers[letter] = invisible or self._picture(letter) != self.box
        return self.answers[letter]

    def _picture(self, letter: str) -> tuple[tuple[int, int], bytes]:
        mask = self.font.getmask(letter, mode="L")
        return mask.size, bytes(mask)


@cache
def _glyphs(path: Path, index: int) -> _Glyphs:
    return _Glyphs(path, index)
