"""Bad light: lamps and the shadows that fall onto the page."""

from __future__ import annotations

import numpy as np

from ae.data.degradation.fields import Canvas, random_curve, step


def lighting(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """One lamp, too near to a corner, or daylight from one side: the far end is dark."""
    canvas = Canvas(page, seed, dpi, finest=2)
    angle = canvas.random.uniform(0, 2 * np.pi)
    power = canvas.random.uniform(0.9, 1.8)
    depth = canvas.random.uniform(0.5, 0.8)
    near = canvas.random.random() < 0.5
    lamp = canvas.somewhere()
    along, across = canvas.turned(lamp, angle)
    far = np.hypot(along, across) if near else along - along.min()
    far = far / max(float(far.max()), 1e-3)
    return canvas.darken(page, strength * depth * np.maximum(far - 0.06, 0) ** power)


def hand_shadow(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """The soft shadow of a hand with its fingers, or of an arm or a phone held above the page."""
    canvas = Canvas(page, seed, dpi, finest=1)
    angle = canvas.random.uniform(0, 2 * np.pi)
    place = canvas.somewhere()
    along, across = canvas.turned(place, angle)
    hand = canvas.random.random() < 0.45
    inside = _hand(canvas, along, across) if hand else along + 14 * random_curve(across, 50, canvas.random)
    penumbra = canvas.random.uniform(4, 20)
    depth = canvas.random.uniform(0.35, 0.55)
    soft = step(inside, penumbra)
    shade = soft * soft * (3 - 2 * soft)
    return canvas.darken(page, strength * depth * shade * (0.85 + 0.3 * canvas.noise(60)))


def _hand(canvas: Canvas, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Millimetres inside the outline of a hand that reaches in from one side."""
    inside = 42 - np.hypot(0.8 * (along - 75), across)
    inside = np.maximum(inside, 30 - np.abs(across) - 1000 * (along < 80))  # the arm behind it
    for finger in range(4):
        aim = (finger - 1.5) * 0.2 + canvas.random.uniform(-0.06, 0.06)
        reach = canvas.random.uniform(70, 95)
        x, y = 75 - along, across - 16 * (finger - 1.5)
        on_bone = np.clip(x * np.cos(aim) + y * np.sin(aim), 0, reach)
        inside = np.maximum(inside, 9 - np.hypot(x - on_bone * np.cos(aim), y - on_bone * np.sin(aim)))
    return inside


def binding_shadow(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """The gutter of a book: paper that bends away from the glass and gets dark towards one side."""
    canvas = Canvas(page, seed, dpi, finest=0.5)
    side = canvas.random.integers(0, 4)
    place = canvas.random.uniform(-2, 0.08 * canvas.size[1])
    reach = canvas.random.uniform(6, 20)
    tilt = canvas.random.uniform(-0.02, 0.02)
    x = canvas.x if side in (0, 2) else canvas.size[1] - canvas.x
    away = np.abs(x - place + tilt * (canvas.y - canvas.size[0] / 2))
    loss = 0.62 * np.exp(-away / reach) + 0.3 * np.exp(-away / 1.5)
    return canvas.darken(page, strength * np.minimum(loss, 0.85))
