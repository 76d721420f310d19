"""Read pages with Tesseract: text and confidence, a text layer for a PDF, and errors against the truth.

Optional: needs the program `tesseract` with its language packages, and the packages of
`requirements-ocr.txt`.
"""

from __future__ import annotations

import csv
import difflib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from ae.arrays import luminance, shrink_to, shrunk
from ae.documents.text_size import text_height
from ae.errors import AeError

SMALL_X_HEIGHT = 20.0  # pixels; pages with smaller letters are enlarged before they are read
ENLARGE = 3
_OPTIONS = "--psm 6"  # one uniform block of text
_SECONDS = 300
_SMALL_LETTER = 28.0  # pixels; height of capitals where small letters are `SMALL_X_HEIGHT` high
_MOST_PIXELS = 30_000_000  # a larger page is read on a smaller copy


def is_available() -> bool:
    """Whether Tesseract and its Python package are installed."""
    try:
        import pytesseract  # noqa: F401
        import rapidfuzz  # noqa: F401
    except ImportError:
        return False
    return shutil.which("tesseract") is not None


def require(languages: str = "eng") -> None:
    """Raise AeError with the installation line when Tesseract, its package or a language is missing."""
    if not is_available():
        raise AeError(
            "reading text needs Tesseract: install it (Debian: apt-get install tesseract-ocr)"
            " and pip install -r requirements-ocr.txt"
        )
    import pytesseract

    missing = set(languages.split("+")) - set(pytesseract.get_languages())
    if missing:
        packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in sorted(missing))
        raise AeError(f"Tesseract lacks a language: install {packages} (names as in Debian)")


def read(grey: np.ndarray, languages: str = "eng", x_height: float = 0.0) -> str:
    """Text of a page uint8 (H, W), white space collapsed.

    `x_height` in pixels: below `SMALL_X_HEIGHT` the page is enlarged three times (Lanczos) first.
    """
    import pytesseract

    if x_height < SMALL_X_HEIGHT:
        grey = _enlarged(grey)
    text = pytesseract.image_to_string(grey, lang=languages, config=_OPTIONS, timeout=_SECONDS)
    return collapse(text)


def _enlarged(grey: np.ndarray) -> np.ndarray:
    return cv2.resize(grey, None, fx=ENLARGE, fy=ENLARGE, interpolation=cv2.INTER_LANCZOS4)


@dataclass(frozen=True)
class Reading:
    """What was read on a page.

    `text`: line by line; `confidence`: Tesseract's, 0..100, mean over the letters, 0 without any; `words`:
    their number; `layer`: a PDF of one page that holds the text, invisible, where it stands on the page.
    """

    text: str
    confidence: float
    words: int
    layer: bytes = field(default=b"", repr=False)


def read_layer(pixels: np.ndarray, languages: str = "eng") -> Reading:
    """Read a page uint8 (H, W) or (H, W, 3), small letters enlarged.

    Raises AeError when Tesseract fails or takes longer than five minutes.
    """
    from pytesseract import pytesseract

    grey = luminance(pixels)
    with tempfile.TemporaryDirectory(prefix="ae-ocr-") as folder:
        picture, out = f"{folder}/page.png", f"{folder}/text"
        cv2.imwrite(picture, _fit_for_reading(grey), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        # Without a resolution Tesseract guesses one; the layer is laid over the page at the page's own size.
        options = "--dpi 300 -c textonly_pdf=1 -c tessedit_create_tsv=1"
        try:
            pytesseract.run_tesseract(picture, out, "pdf tsv", languages, options, timeout=_SECONDS)
        except RuntimeError as error:  # of the program, or of its time
            reason = str(error).splitlines()[0] if str(error) else "no reason given"
            raise AeError(f"Tesseract could not read the page ({reason})") from error
        words = _words(Path(f"{out}.tsv"))
        return Reading(_text(words), _confidence(words), len(words), Path(f"{out}.pdf").read_bytes())


def _fit_for_reading(grey: np.ndarray) -> np.ndarray:
    """The page at a size that Tesseract reads well and in bounded time."""
    small = text_height(grey) < _SMALL_LETTER
    if small and grey.size * ENLARGE**2 <= _MOST_PIXELS:
        return _enlarged(grey)
    return shrunk(grey, shrink_to(_MOST_PIXELS, grey.size))


_Word = dict[str, str]  # a row of Tesseract's table


def _words(table: Path) -> list[_Word]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if float(row["conf"]) >= 0 and (row["text"] or "").strip()]


def _confidence(words: list[_Word]) -> float:
    letters = sum(len(word["text"]) for word in words)
    return sum(float(word["conf"]) * len(word["text"]) for word in words) / max(letters, 1)


def _text(words: list[_Word]) -> str:
    lines: dict[tuple[str, ...], list[str]] = {}
    for word in words:
        line = tuple(word[key] for key in ("page_num", "block_num", "par_num", "line_num"))
        lines.setdefault(line, []).append(word["text"])
    return "\n".join(" ".join(line) for line in lines.values())


@dataclass(frozen=True)
class Change:
    """Words `before`, read as `after`: alike where nothing changed, one empty where words are new or gone."""

    before: str
    after: str

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return self.before == self.after


def differences(before: str, after: str) -> list[Change]:
    """The text of a page before and after, cut where words differ."""
    old, new = before.split(), after.split()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        Change(" ".join(old[start:end]), " ".join(new[first:last]))
        for _kind, start, end, first, last in matcher.get_opcodes()
    ]


def collapse(text: str) -> str:
    """One space for every run of white space."""
    return " ".join(text.split())


@dataclass(frozen=True)
class CharacterErrors:
    """Edits (insert, delete, substitute) that turn what was read into the truth, and its letters."""

    edits: int
    letters: int

    @property
    def rate(self) -> float:
        """Edits per letter of the truth; 0 for an empty truth that was read as empty."""
        return self.edits / max(self.letters, 1)


def compare(text: str, truth: str) -> CharacterErrors:
    """Errors of one page."""
    from rapidfuzz.distance import Levenshtein

    text, truth = collapse(text), collapse(truth)
    return CharacterErrors(Levenshtein.distance(text, truth), len(truth))


def total(errors: Iterable[CharacterErrors]) -> CharacterErrors:
    """Errors of many pages: total edits over total letters."""
    errors = list(errors)
    return CharacterErrors(sum(e.edits for e in errors), sum(e.letters for e in errors))
