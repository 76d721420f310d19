"""What dirt is drawn with: a canvas in millimetres, smooth noise, curves, and taking light away."""

from __future__ import annotations

import copy

import cv2
import numpy as np

from ae.units import MM_PER_INCH

NEUTRAL = (1.0, 1.0, 1.0)

_TURN = 2048  # steps of a closed curve around a circle


class Canvas:
    """The page's area on a grid no finer than `finest` mm: soft dirt costs the same at any resolution.

    `y` (h, 1) and `x` (1, w) are millimetres from the top left corner, `size` is the page's height and
    width in millimetres, `random` draws everything. Fields drawn on it are float32 (h, w).
    """

    def __init__(self, page: np.ndarray, seed: int, dpi: float, finest: float = 0.2) -> None:
        self.shape = page.shape[:2]
        self.random = np.random.default_rng(seed)
        self.pixels_per_mm = dpi / MM_PER_INCH
        share = min(1.0, 1 / (finest * self.pixels_per_mm))
        self.grid = tuple(max(1, round(side * share)) for side in self.shape)
        self.size = tuple(side / self.pixels_per_mm for side in self.shape)
        self.step = self.size[0] / self.grid[0]
        self.y, self.x = (
            ((np.arange(count, dtype=np.float32) + 0.5) * np.float32(length / count))
            for count, length in zip(self.grid, self.size, strict=True)
        )
        self.y, self.x = self.y[:, None], self.x[None, :]

    def somewhere(self) -> tuple[float, float]:
        """A random place on the page, (y, x) in millimetres."""
        y, x = self.random.uniform(0, 1, 2) * self.size
        return float(y), float(x)

    def around(self, place: tuple[float, float], reach: float) -> tuple[Canvas, tuple[slice, slice]]:
        """The part of the canvas within `reach` mm of a place, and its window in the whole one.

        It has the same coordinates and draws from the same `random`; it is never empty.
        """
        window = tuple(
            _span((middle - reach) / self.step, (middle + reach) / self.step, count)
            for middle, count in zip(place, self.grid, strict=True)
        )
        part = copy.copy(self)
        part.y, part.x = self.y[window[0]], self.x[:, window[1]]
        part.grid = (part.y.shape[0], part.x.shape[1])
        return part, (window[0], window[1])

    def noise(self, millimetres: float) -> np.ndarray:
        """Random clouds in 0..1 whose spots are about so many millimetres wide."""
        return smooth_noise(self.grid, millimetres / self.step, self.random)

    def turned(self, place: tuple[float, float], angle: float) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates (along, across) in millimetres from a place, along the direction `angle`."""
        y, x = self.y - np.float32(place[0]), self.x - np.float32(place[1])
        sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        return y * sine + x * cosine, y * cosine - x * sine

    def polar(self, place: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Distance in millimetres from a place and angle in 0..2 pi."""
        y, x = np.broadcast_arrays(self.y - np.float32(place[0]), self.x - np.float32(place[1]))
        radius, angle = cv2.cartToPolar(np.ascontiguousarray(x), np.ascontiguousarray(y))
        return radius, angle

    def enlarge(self, field: np.ndarray) -> np.ndarray:
        """A field (h, w) as float32 (H, W), as large as the page."""
        height, width = self.shape
        full = np.ascontiguousarray(np.broadcast_to(field, self.grid), np.float32)
        if self.grid == self.shape:
            return full
        return cv2.resize(full, (width, height), interpolation=cv2.INTER_LINEAR)

    def darken(
        self, page: np.ndarray, loss: np.ndarray, absorption: tuple[float, float, float] = NEUTRAL
    ) -> np.ndarray:
        """`darken` with a field drawn on this canvas."""
        return darken(page, self.enlarge(loss), absorption)


def _span(first: float, last: float, count: int) -> slice:
    """Whole indices from first to last within 0..count, at least one."""
    start = min(max(int(first), 0), count - 1)
    return slice(start, max(start + 1, min(int(last) + 2, count)))


def smooth_noise(shape: tuple[int, ...], size: float, generator: np.random.Generator) -> np.ndarray:
    """Random clouds, float32 (H, W) in 0..1, whose spots are about `size` pixels wide."""
    height, width = shape[:2]
    if size <= 1:
        return generator.random((height, width), np.float32)
    rows, columns = (int(side / size) + 3 for side in (height, width))
    coarse = generator.random((rows, columns), np.float32)
    # The lattice starts at a random offset, so that its nodes do not sit at the page's corner each time.
    top, left = generator.uniform(0.5, 1.5, 2)
    matrix = np.array([[1 / size, 0, left], [0, 1 / size, top]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    field = cv2.warpAffine(coarse, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.clip(field, 0, 1)


def wobble(angle: np.ndarray, generator: np.random.Generator, turns: int = 6) -> np.ndarray:
    """A smooth closed curve around the circle, about -1..1, at angles in radians."""
    circle = np.linspace(0, 2 * np.pi, _TURN, endpoint=False)
    waves = np.arange(1, turns + 1)[:, None]
    phases = generator.uniform(0, 2 * np.pi, (turns, 1))
    curve = 0.6 * (np.sin(waves * circle + phases) / waves).sum(axis=0).astype(np.float32)
    return curve[(angle * (_TURN / (2 * np.pi))).astype(np.int32) % _TURN]


def random_curve(x: np.ndarray, length: float, generator: np.random.Generator) -> np.ndarray:
    """A random smooth curve along x in 0..1, with bends about `length` apart (same unit as x)."""
    first, last = float(x.min()), float(x.max())
    fine = 8 / length  # samples per unit
    samples = smooth_noise((1, int((last - first) * fine) + 2), 8, generator)[0]
    return samples[((x - np.float32(first)) * np.float32(fine)).astype(np.int32)]


def step(inside: np.ndarray, width: float = 0.25) -> np.ndarray:
    """0 outside, 1 inside, over `width` millimetres around the edge."""
    return np.clip(inside / np.float32(width) + np.float32(0.5), 0, 1)


def bump(distance: np.ndarray, width: float) -> np.ndarray:
    """1 at distance 0, falling as a bell of the given width."""
    return np.exp(-np.square(distance * np.float32(1 / width)))


def darken(
    page: np.ndarray, loss: np.ndarray, absorption: tuple[float, float, float] = NEUTRAL
) -> np.ndarray:
    """Take the share `loss` (0..1; below 0 adds light) of the light away, as ink or shadow does.

    page: uint8 (H, W) or (H, W, 3); loss: float32 (H, W). On colour each of red, green and blue loses
    by its own absorption, so that coffee is brown.
    """
    light = np.maximum(1 - loss, 0, dtype=np.float32)
    if page.ndim == 2:
        return brighten(page, light)
    channels = [light if share == 1 else cv2.pow(light, share) for share in absorption]
    return brighten(page, np.dstack(channels))


def brighten(page: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """page times gain, rounded and clipped to uint8."""
    return cv2.multiply(page, np.ascontiguousarray(gain, np.float32), dtype=cv2.CV_8U)


def per_channel(page: np.ndarray, field: np.ndarray) -> np.ndarray:
    """A field (H, W) ready to broadcast against the page."""
    return field if page.ndim == 2 else field[..., None]


def eight_bit(page: np.ndarray) -> np.ndarray:
    """Rounded and clipped to uint8."""
    return np.clip(np.rint(page), 0, 255).astype(np.uint8)


def blurred(page: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur that leaves the page alone when sigma (pixels) is next to nothing."""
    return cv2.GaussianBlur(page, (0, 0), sigma) if sigma > 0.1 else page.copy()
