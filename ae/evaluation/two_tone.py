"""Black and white beside Otsu and Sauvola: F-measure of the ink on degraded print and handwriting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from skimage.filters import threshold_otsu, threshold_sauvola

from ae.data.degradation import Dirt, make_dirty
from ae.data.rendering import render_text_page
from ae.documents.binarise import binarise
from ae.evaluation.bars import Judgement, judge
from ae.evaluation.reading_errors import Clean
from ae.evaluation.specimens import DPI, handwriting_page

SAUVOLA_WINDOWS = (15, 25, 35, 51, 75, 101, 151)
DIRT: dict[str, tuple[Dirt, ...]] = {
    "faded": (Dirt("fading", 0.8), Dirt("grain", 0.4), Dirt("ageing", 0.5)),
    "low ink": (Dirt("low_ink", 0.8), Dirt("grain", 0.4), Dirt("ageing", 0.4)),
    "bleeding": (Dirt("bleeding", 0.8), Dirt("grain", 0.5), Dirt("ageing", 0.4)),
    "show-through": (Dirt("grain", 0.4), Dirt("ageing", 0.6), Dirt("show_through", 1.0)),
    "coffee": (Dirt("grain", 0.4), Dirt("ageing", 0.3), Dirt("coffee_ring", 0.9), Dirt("wrinkles", 0.6)),
    "water": (Dirt("grain", 0.4), Dirt("ageing", 0.3), Dirt("water_stain", 0.9)),
    "bad light": (Dirt("grain", 0.4), Dirt("lighting", 0.9), Dirt("sensor_noise", 0.7)),
    "old book": (
        Dirt("fading", 0.5), Dirt("bleeding", 0.4), Dirt("grain", 0.7), Dirt("ageing", 0.9),
        Dirt("show_through", 0.7), Dirt("focus", 0.3), Dirt("sensor_noise", 0.4), Dirt("jpeg", 0.5),
    ),
}  # fmt: skip
_RESOLUTIONS = (110.0, 150.0, 200.0, 300.0)
_X_HEIGHTS = (10.0, 18.0, 30.0, 45.0)
_LARGEST = 1100  # pixels a side


@dataclass(frozen=True)
class TwoTone:
    """Mean F-measure (0..1) of ours, Otsu and Sauvola with its best `window`, over pages of one family."""

    cleaner: str
    kind: str
    family: str
    pages: int
    ours: float
    otsu: float
    sauvola: float
    window: int

    @property
    def gain(self) -> float:
        """Above the better of the two."""
        return self.ours - max(self.otsu, self.sauvola)


@dataclass(frozen=True)
class InkPage:
    """A dirty page uint8 (H, W), and where the clean one has ink, bool (H, W)."""

    kind: str
    family: str
    dirty: np.ndarray
    ink: np.ndarray


def ink_pages(count: int, seed: int) -> Iterator[InkPage]:
    """`count` pages of print and of handwriting for each family of dirt, sizes in turn."""
    for family in DIRT:
        for index in range(count):
            yield from _pair(family, seed + index)


def _pair(family: str, seed: int) -> Iterator[InkPage]:
    dpi, x_height = _RESOLUTIONS[seed % 4], _X_HEIGHTS[seed % 4]
    printed = render_text_page(seed, "latin", dpi).clean[:_LARGEST, :_LARGEST]
    # Pens are about as wide as letters are high: dirt has to grow with them.
    written = handwriting_page(seed, x_height), DPI * x_height / _X_HEIGHTS[0]
    for kind, (clean, resolution) in {"print": (printed, dpi), "handwriting": written}.items():
        yield InkPage(kind, family, make_dirty(clean, DIRT[family], seed, resolution), ink_of(clean))


def ink_of(clean: np.ndarray) -> np.ndarray:
    """Where a clean page uint8 (H, W) has ink: half way from white to the darkest ink near it, bool."""
    darkest = cv2.erode(clean, np.ones((9, 9), np.uint8)).astype(np.int16)
    return (clean < (darkest + 255) / 2) & (darkest < 225)


def f_measure(found: np.ndarray, truth: np.ndarray) -> float:
    """Harmonic mean of precision and recall of two bool arrays; 1 where both are empty."""
    both = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / both if both else 1.0


def measure(cleaners: dict[str, Clean], pages: list[InkPage]) -> list[TwoTone]:
    """One row for each cleaner, kind of stroke and family of dirt."""
    rows = []
    for kind, family in dict.fromkeys((page.kind, page.family) for page in pages):
        members = [page for page in pages if (page.kind, page.family) == (kind, family)]
        otsu = _mean(lambda grey: grey < threshold_otsu(grey), members)
        by_window = {window: _mean(_sauvola(window), members) for window in SAUVOLA_WINDOWS}
        window = max(by_window, key=lambda size: by_window[size])
        for name, clean in cleaners.items():
            ours = _mean(_ours(clean), members)
            rows.append(TwoTone(name, kind, family, len(members), ours, otsu, by_window[window], window))
    return rows


def _mean(threshold: Callable[[np.ndarray], np.ndarray], pages: list[InkPage]) -> float:
    return float(np.mean([f_measure(threshold(page.dirty), page.ink) for page in pages]))


def _sauvola(window: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda grey: grey < threshold_sauvola(grey, window)


def _ours(clean: Clean) -> Callable[[np.ndarray], np.ndarray]:
    return lambda grey: binarise(grey, clean(grey)) == 0


def judgements(rows: list[TwoTone]) -> list[Judgement]:
    """Every family's gain beside its bar."""
    return [judge("two_tone_gain", row.cleaner, f"{row.kind}, {row.family}", row.gain) for row in rows]
