"""What rendering gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WHITE, INK = 255, 0


@dataclass(frozen=True)
class RenderedPage:
    """A page, clean and dirty, and what is printed on it.

    `clean` and `dirty`: uint8 (H, W), or (H, W, 3) in colour, 0 = black. `text`: line by line, in reading
    order. `dpi`: dots per inch. `script`: a name in SCRIPTS; `language`: Tesseract's code; `font`: the
    font's file; `x_height`: height of small letters in pixels, 0 where nobody asked.
    """

    clean: np.ndarray
    dirty: np.ndarray
    text: str
    dpi: float
    script: str = "latin"
    language: str = "eng"
    font: str = ""
    x_height: float = 0.0
