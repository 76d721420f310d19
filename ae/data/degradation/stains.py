"""What was left on the page: coffee, water, grease, the rust of a clip, adhesive tape."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ae.data.degradation.fields import Canvas, bump, step, wobble

COFFEE = (0.55, 1.0, 1.7)  # what brown takes from red, green and blue
RUST = (0.5, 1.05, 1.6)
GLUE = (0.6, 0.9, 1.9)
# A paper clip as it lies: the middle line of its wire, in shares of its length, along and across.
_CLIP = (
    (0.2, -0.1), (0.85, -0.1), (1.0, 0.0), (0.85, 0.1), (0.05, 0.1), (-0.08, 0.02), (0.05, -0.06),
    (0.7, -0.06), (0.78, 0.0), (0.7, 0.05), (0.3, 0.05),
)  # fmt: skip


def coffee_ring(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Prints of a wet cup: broken rings of uneven width with a darker edge, pools and drops."""
    canvas = Canvas(page, seed, dpi)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 5)):
        _add_ring(loss, canvas)
    for _ in range(canvas.random.integers(0, 3)):
        _add_pool(loss, canvas, canvas.random.uniform(2, 8))
    for _ in range(canvas.random.integers(1, 7)):
        _add_pool(loss, canvas, canvas.random.gamma(2, 0.35))
    pigment = 0.86 + 0.2 * canvas.noise(0.4) + 0.08 * canvas.noise(4)
    return canvas.darken(page, strength * loss * pigment, COFFEE)


def _beside(place: tuple[float, float], distance: float, angle: float) -> tuple[float, float]:
    return place[0] + distance * float(np.sin(angle)), place[1] + distance * float(np.cos(angle))


def _rough(canvas: Canvas) -> np.ndarray:
    """How far the fibres pull an edge out or in, millimetres."""
    return 0.5 * (canvas.noise(2) - 0.5) + 0.3 * (canvas.noise(0.7) - 0.5)


def _add_ring(loss: np.ndarray, canvas: Canvas) -> None:
    """Draw the rim of one cup in place; it goes through a random point of the page."""
    size = canvas.random.uniform(16, 44)
    centre = _beside(canvas.somewhere(), size, canvas.random.uniform(0, 2 * np.pi))
    part, window = canvas.around(centre, 1.1 * size + 8)
    loss[window] = np.maximum(loss[window], _ring(part, centre, size))


def _ring(canvas: Canvas, centre: tuple[float, float], size: float) -> np.ndarray:
    radius, turn = canvas.polar(centre)
    width = canvas.random.uniform(-0.4, 1.6) + canvas.random.uniform(0.8, 3.2) * wobble(
        turn, canvas.random, 3
    )
    width = np.maximum(width + 0.4 * wobble(turn, canvas.random, 12), -1)
    rim = size * (1 + 0.015 * wobble(turn, canvas.random, 4)) + 0.4 * width
    inside = width - np.abs(radius - rim) + _rough(canvas)
    tone = canvas.random.uniform(0.12, 0.42) * (0.75 + 0.5 * wobble(turn, canvas.random, 9))
    wash = max(0, canvas.random.uniform(-0.3, 0.07)) * step(size - radius, 1.5)  # most cups leave none
    stain = tone * step(inside, 0.5) + 0.5 * tone * bump(inside, 0.35) * (width > 0.3)
    return np.maximum(stain, wash)


def _add_pool(loss: np.ndarray, canvas: Canvas, size: float) -> None:
    """Draw a puddle of about `size` mm in place, with lobes and a dark edge."""
    place = canvas.somewhere()
    part, window = canvas.around(place, 2 * size + 2)
    radius, turn = part.polar(place)
    inside = size * (1 + 0.4 * wobble(turn, part.random, 5)) - radius + min(1, size / 2) * _rough(part)
    tone = part.random.uniform(0.2, 0.5)
    stain = tone * step(inside, 0.4) + 0.15 * bump(inside, 0.3) + 0.15 * step(inside - 0.45 * size, 0.5)
    loss[window] = np.maximum(loss[window], stain)


def water_stain(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Dried water: pale brown patches with wide lobes, bounded by one or more dark tide lines."""
    canvas = Canvas(page, seed, dpi)
    rough = 5 * (canvas.noise(14) - 0.5) + 2 * (canvas.noise(4) - 0.5) + 0.5 * (canvas.noise(1) - 0.5)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 4)):
        size = canvas.random.uniform(12, 60)
        centre = _beside(canvas.somewhere(), size, canvas.random.uniform(0, 2 * np.pi))
        radius, turn = canvas.polar(centre)
        inside = size * (1 + 0.15 * wobble(turn, canvas.random, 8)) - radius + rough
        for tide in range(canvas.random.integers(1, 4)):
            depth = inside - tide * canvas.random.uniform(3, 12)
            line = canvas.random.uniform(0.12, 0.3) * np.exp(-np.maximum(depth, 0) / 1.1)
            loss += step(depth, 0.3) * (line + canvas.random.uniform(0.03, 0.09))
    return canvas.darken(page, strength * np.minimum(loss, 0.6), (0.7, 1.0, 1.5))


def grease(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Spots of oil that make the paper glassy: soft grey blots of any size, darkest in the middle."""
    canvas = Canvas(page, seed, dpi, finest=0.4)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(2, 9)):
        _add_blot(loss, canvas, canvas.random.gamma(2.0, 3.0) + 1)
    return canvas.darken(page, strength * loss, (0.85, 1.0, 1.3))


def _add_blot(loss: np.ndarray, canvas: Canvas, size: float) -> None:
    """Draw one soft spot of about `size` mm in place."""
    place = canvas.somewhere()
    part, window = canvas.around(place, 2 * size + 4)
    radius, turn = part.polar(place)
    rough = 2.5 * (part.noise(5) - 0.5) + 0.8 * (part.noise(1.2) - 0.5)
    inside = size * (1 + 0.3 * wobble(turn, part.random, 5)) - radius + min(1, size / 6) * rough
    spot = step(inside, 0.8 + 0.2 * size) * (0.7 + 0.3 * np.clip(inside / size, 0, 1))
    loss[window] = np.maximum(loss[window], part.random.uniform(0.12, 0.42) * spot)


def rust(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Paper clips that rusted: brown outlines of bent wire, darker where they pressed, with pale haloes."""
    canvas = Canvas(page, seed, dpi, finest=0.15)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 4)):
        _add_clip(loss, canvas)
    worn = 0.35 + 0.65 * canvas.noise(5) + 0.4 * (canvas.noise(0.5) - 0.5)
    return canvas.darken(page, strength * loss * np.clip(worn, 0, 1.2), RUST)


def _add_clip(loss: np.ndarray, canvas: Canvas) -> None:
    """Draw the print of one clip in place."""
    length, place = canvas.random.uniform(22, 50), canvas.somewhere()
    part, window = canvas.around(place, 1.5 * length)
    distance = _to_line(part.turned(place, canvas.random.uniform(0, 2 * np.pi)), np.array(_CLIP) * length)
    wire, deep = canvas.random.uniform(0.35, 0.6), canvas.random.uniform(0.25, 0.6)
    halo = 0.25 * np.exp(-distance / canvas.random.uniform(0.6, 2))
    loss[window] = np.maximum(loss[window], deep * np.maximum(step(wire - distance, 0.35), halo))


def _to_line(at: tuple[np.ndarray, np.ndarray], corners: np.ndarray) -> np.ndarray:
    """Distance of each place (along, across) from a line of straight pieces, all in millimetres."""
    nearest = np.full(np.broadcast_shapes(at[0].shape, at[1].shape), np.inf, np.float32)
    for start, end in pairwise(corners):
        piece = end - start
        share = ((at[0] - start[0]) * piece[0] + (at[1] - start[1]) * piece[1]) / (piece @ piece)
        share = np.clip(share, 0, 1)
        away = np.hypot(at[0] - start[0] - share * piece[0], at[1] - start[1] - share * piece[1])
        nearest = np.minimum(nearest, away)
    return nearest


def tape(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Old adhesive tape: yellow see-through strips with straight sides, torn ends, dust along the edges."""
    canvas = Canvas(page, seed, dpi)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 5)):
        _add_strip(loss, canvas)
    return canvas.darken(page, strength * np.minimum(loss, 0.6), GLUE)


def _add_strip(loss: np.ndarray, canvas: Canvas) -> None:
    """Draw one strip in place; where two cross it is darker."""
    width, length = canvas.random.uniform(10, 26), canvas.random.uniform(30, 130)
    place = canvas.somewhere()
    part, window = canvas.around(place, length)
    straight = canvas.random.choice((0, np.pi / 2)) + canvas.random.normal(0, 0.06)
    along, across = part.turned(place, float(straight))
    inside = np.minimum(
        width / 2 - np.abs(across), length / 2 - np.abs(along) + 1.2 * (part.noise(1.2) - 0.5)
    )
    tone = canvas.random.uniform(0.08, 0.3) * (0.8 + 0.4 * part.noise(6))
    bubbles = 1 - 0.5 * step(part.noise(2.5) - 0.72, 0.06)
    dusty = canvas.random.uniform(0.05, 0.3) * bump(inside - 0.2, 0.3)
    loss[window] += step(inside, 0.25) * tone * bubbles + dusty
