"""What touched the page: shoes and fingers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ae.data.degradation.fields import Canvas, random_curve, step, wobble


def footprint(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """A dirty sole: blocks, waves or bars of its tread in dry grey dust, dragged along the step."""
    canvas = Canvas(page, seed, dpi)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 3)):
        loss = np.maximum(loss, _sole(canvas))
    # Dust sits on the tips of the fibres only: the print is grainy, and smeared into lines.
    dust = 0.45 + 0.5 * canvas.noise(0.35) + 0.5 * canvas.noise(5)
    film = canvas.random.uniform(0, 0.1) * canvas.noise(12)
    return canvas.darken(page, strength * (loss * dust + film), (0.9, 1.0, 1.15))


def _sole(canvas: Canvas) -> np.ndarray:
    """Light lost below one shoe whose middle is somewhere on the page."""
    along, across = canvas.turned(canvas.somewhere(), canvas.random.uniform(0, 2 * np.pi))
    outline = _outline(along, across)
    tread = _TREADS[canvas.random.integers(len(_TREADS))]
    pattern = tread(canvas, along, across)
    scratches = random_curve(across, 0.7, canvas.random) * random_curve(across, 6, canvas.random)
    drag = 0.4 * canvas.noise(1.5) + 1.2 * scratches
    pressure = step(canvas.noise(22) - canvas.random.uniform(0.1, 0.45), 0.5)
    tone = canvas.random.uniform(0.14, 0.36)
    return tone * step(outline, 1.5) * pressure * np.clip(pattern * (0.55 + drag) + 0.18 * drag, 0, 1)


def _outline(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Millimetres inside a sole 280 mm long: ball, waist and heel."""
    waist = 45 - 9 * np.cos((along - 30) / 38) * (np.abs(along) < 120)
    return np.minimum(waist - np.abs(across - 4 * np.sin(along / 60)), 140 - np.hypot(along, 0.8 * across))


def _blocks(canvas: Canvas, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Frames within frames, in rows."""
    pitch = canvas.random.uniform(12, 30)
    y, x = (np.abs(axis / pitch - np.rint(axis / pitch)) for axis in (along, across))
    depth = (0.5 - np.maximum(x, y)) * pitch  # millimetres inside the block
    frames = np.cos(depth * (2 * np.pi / canvas.random.uniform(3.5, 7)))
    return step(depth - 1.5, 0.6) * step(0.3 - frames, 0.6)


def _waves(canvas: Canvas, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Zigzag ribs across the sole."""
    pitch, slope = canvas.random.uniform(5, 11), canvas.random.uniform(0.4, 1.0)
    bend = canvas.random.uniform(8, 20)
    zigzag = slope * np.abs(across / bend - np.rint(across / bend)) * bend
    return step(np.sin((along + zigzag) * (2 * np.pi / pitch)), 0.5)


def _studs(canvas: Canvas, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Round studs, every second row moved by half."""
    pitch = canvas.random.uniform(6, 13)
    row = np.rint(along / pitch)
    shifted = across / pitch + 0.5 * (row % 2)
    distance = np.hypot(along / pitch - row, shifted - np.rint(shifted)) * pitch
    ring = canvas.random.uniform(0, 0.5)
    return step(0.4 * pitch - distance, 0.5) - ring * step(0.2 * pitch - distance, 0.5)


def _bars(canvas: Canvas, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Straight bars with a groove along the middle."""
    pitch = canvas.random.uniform(4, 12)
    share = canvas.random.uniform(-0.4, 0.4)
    return step(np.sin(along * (2 * np.pi / pitch)) - share, 0.4) * step(np.abs(across) - 3, 0.5)


_TREADS: tuple[Callable[[Canvas, np.ndarray, np.ndarray], np.ndarray], ...] = (_blocks, _waves, _studs, _bars)


def fingerprints(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Prints of inky or greasy fingers: whorls and loops of ridges half a millimetre apart, and smudges."""
    canvas = Canvas(page, seed, dpi, finest=0.1)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(2, 7)):
        place = canvas.somewhere()
        part, window = canvas.around(place, 15)
        loss[window] = np.maximum(loss[window], _finger(part, place))
    return canvas.darken(page, strength * loss * (0.7 + 0.45 * canvas.noise(0.3)))


def _finger(canvas: Canvas, place: tuple[float, float]) -> np.ndarray:
    """One fingertip, about 13 by 18 mm, in any direction and pressed unevenly."""
    along, across = canvas.turned(place, canvas.random.uniform(0, 2 * np.pi))
    turn = np.mod(np.arctan2(across, along), 2 * np.pi)
    radius = np.hypot(along / 1.35, across)
    inside = canvas.random.uniform(5.5, 8) * (1 + 0.08 * wobble(turn, canvas.random)) - radius
    core_along, core_across = along + canvas.random.uniform(0, 3), across + canvas.random.uniform(-1, 1)
    arch = np.hypot(core_along - 0.06 * core_across**2, canvas.random.uniform(1.0, 1.7) * core_across)
    swirl = arch + canvas.random.uniform(-0.3, 0.3) * turn + 0.8 * (canvas.noise(4) - 0.5)
    ridges = step(np.sin(swirl * (2 * np.pi / canvas.random.uniform(0.45, 0.65))) + 0.1, 1.2)
    pressure = step(canvas.noise(5) - canvas.random.uniform(0.15, 0.4), 0.5) * step(inside, 2.5)
    return canvas.random.uniform(0.2, 0.5) * pressure * (0.25 + 0.75 * ridges)
