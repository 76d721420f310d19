"""Read pages with Tesseract, and count the errors: the measure that decides about a page cleaner.

Optional: needs the program `tesseract` with its language packages, and the packages of
`requirements-ocr.txt`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from ae.errors import AeError

SMALL_X_HEIGHT = 20.0  # pixels; pages with smaller letters are enlarged before they are read
ENLARGE = 3
_OPTIONS = "--psm 6"  # one uniform block of text
_SECONDS = 300


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
        grey = cv2.resize(grey, None, fx=ENLARGE, fy=ENLARGE, interpolation=cv2.INTER_LANCZOS4)
    text = pytesseract.image_to_string(grey, lang=languages, config=_OPTIONS, timeout=_SECONDS)
    return collapse(text)


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
