"""What happens to the ink: it fades, runs out, spreads, and shines through from the other side."""

from __future__ import annotations

import cv2
import numpy as np

from ae.data.degradation.fields import Canvas, blurred, brighten, eight_bit, per_channel, smooth_noise, step
from ae.units import MM_PER_INCH


def _keep_ink(page: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Only a share (H, W) in 0..1 of the ink, that is, of what is darker than white paper."""
    ink = cv2.bitwise_not(page)
    share = share if page.ndim == 2 else np.dstack([share] * 3)
    return cv2.bitwise_not(brighten(ink, share))


def fading(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Ink that the sun has bleached: lighter everywhere, in some places more than in others."""
    canvas = Canvas(page, seed, dpi, finest=1)
    loss = canvas.random.uniform(0.35, 0.7) + 0.35 * (canvas.noise(40) - 0.5) + 0.1 * (canvas.noise(8) - 0.5)
    return _keep_ink(page, 1 - np.minimum(strength * canvas.enlarge(loss), 0.8))


def low_ink(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """A cartridge or ribbon at its end: strokes with holes and pale bands, letters half printed."""
    canvas = Canvas(page, seed, dpi, finest=0.1)
    band = 0.5 + 0.5 * np.sin(
        canvas.y * (2 * np.pi / canvas.random.uniform(3, 30)) + canvas.random.uniform(0, 6)
    )
    dry = 0.55 * canvas.noise(12) + 0.25 * canvas.noise(2) + 0.2 * band
    speck = 0.6 * canvas.noise(0.18) + 0.4 * canvas.noise(0.5)
    holes = step(speck - 1.25 + dry + canvas.random.uniform(0.1, 0.3), 0.3)
    pale = 0.55 * np.clip(dry - 0.25, 0, 1)
    loss = np.clip(strength * (0.65 * holes + pale), 0, 0.8)
    return _keep_ink(page, 1 - canvas.enlarge(loss))


def bleeding(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Wet ink on soft paper: strokes grow fatter and get woolly edges."""
    generator = np.random.default_rng(seed)
    unit = dpi / MM_PER_INCH
    reach = 2 * max(1, round(0.13 * unit)) + 1
    fat = cv2.erode(page, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    fat = blurred(fat, max(0.4, 0.06 * unit)).astype(np.float32)
    soak = 0.6 * smooth_noise(page.shape, 2 * unit, generator) + 0.4 * smooth_noise(
        page.shape, 0.3 * unit, generator
    )
    share = per_channel(page, strength * np.clip(0.05 + soak, 0, 1))
    return eight_bit(page + share * np.minimum(fat - page, 0))


def show_through(
    page: np.ndarray, seed: int, strength: float, dpi: float, other: np.ndarray | None = None
) -> np.ndarray:
    """The text of the other side, mirrored, blurred and pale; it vanishes where this side is black.

    `other`: what is printed there, uint8, at least one pixel, tiled if smaller; without it the page's own
    text, moved to another place.
    """
    canvas = Canvas(page, seed, dpi, finest=2)
    back = page if other is None else other
    back = _as_large(back.min(axis=2) if back.ndim == 3 else back, canvas.shape)
    back = np.roll(back[:, ::-1], tuple(canvas.random.integers(0, side) for side in canvas.shape), (0, 1))
    if canvas.random.random() < 0.25:
        back = back[::-1]
    back = blurred(np.ascontiguousarray(back), canvas.random.uniform(0.12, 0.4) * canvas.pixels_per_mm)
    seen = canvas.random.uniform(0.2, 0.48) * (0.75 + 0.5 * canvas.noise(30))
    loss = strength * canvas.enlarge(seen) * (1 - back.astype(np.float32) / 255)
    return brighten(page, per_channel(page, 1 - loss) * np.ones_like(page, np.float32))


def _as_large(page: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Repeated and cut to the shape."""
    times = [-(-wanted // side) for wanted, side in zip(shape, page.shape, strict=True)]
    return np.tile(page, times)[: shape[0], : shape[1]]
