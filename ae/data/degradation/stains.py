"""What was spilt on the page: coffee, water, grease."""

from __future__ import annotations

import numpy as np

from ae.data.degradation.fields import Canvas, bump, step, wobble

COFFEE = (0.55, 1.0, 1.7)  # what brown takes from red, green and blue


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
