"""A page of a document: pixels, and what has to survive cleaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Page:
    """`pixels` uint8 (H, W) grey or (H, W, 3) colour, 0 = black; `dpi` across and down, None if unknown."""

    pixels: np.ndarray
    name: str = ""
    dpi: tuple[float, float] | None = None

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def is_colour(self) -> bool:
        """Whether the pixels have three channels."""
        return self.pixels.ndim == 3
