"""Draw PDF pages, in a process apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ae.documents.apart import Apart
from ae.documents.limits import Limits


class Renderer:
    """Draws pages of one file; `close` it. `source` is a path or the file's bytes."""

    def __init__(self, source: Path | bytes, password: str | None, limits: Limits) -> None:
        self._apart = Apart(source, limits)
        self._password = password
        self._most = limits.pixels

    def page(self, index: int, dpi: float, everything: bool) -> np.ndarray:
        """Page `index` (from 0) as it is shown, uint8 (H, W, 3), at `dpi` or less if it would be too large.

        `everything` draws annotations and filled forms too. Raises ApartError.
        """
        return self._array("render", index, self._password, self._most, dpi, everything)

    def picture(self, one_page: bytes) -> np.ndarray:
        """The only page of a small PDF, one pixel for each of its units. Raises ApartError."""
        return self._array("render_other", one_page, self._most)

    def _array(self, action: str, *arguments: Any) -> np.ndarray:
        found: np.ndarray = self._apart.ask(action, *arguments)
        return found

    def repair(self) -> bytes:
        """The file written anew. Raises ApartError when it cannot be opened."""
        data: bytes = self._apart.ask("repair", self._password)
        return data

    def close(self) -> None:
        """Give the process back."""
        self._apart.close()
