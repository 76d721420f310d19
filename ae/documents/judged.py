"""A page that is judged, as a network sees it and rules look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ae.arrays import colourfulness, luminance
from ae.documents.squares import Squares
from ae.documents.tiling import pad


@dataclass(frozen=True, eq=False)
class Judged:
    """Planes uint8 (H, W), sides multiples of a square's: the grey page, the same in even light, cleaned, and
    how coloured it is in even light."""

    page: np.ndarray
    even: np.ndarray
    cleaned: np.ndarray
    colour: np.ndarray

    @classmethod
    def of(cls, page: np.ndarray, even: np.ndarray, cleaned: np.ndarray, multiple: int) -> Judged:
        """Of a page, it in even light, both uint8 (h, w) or (h, w, 3), and the clean one, grey (h, w)."""
        return cls(*pad(np.stack([luminance(page), luminance(even), cleaned, colourfulness(even)]), multiple))

    @cached_property
    def squares(self) -> Squares:
        """Of the page as it is."""
        return Squares.of(self.page)

    @cached_property
    def even_squares(self) -> Squares:
        """Of the page in even light."""
        return Squares.of(self.even)
