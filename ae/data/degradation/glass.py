"""The scanner's glass and rollers: dust, hairs, streaks and bands."""

from __future__ import annotations

import cv2
import numpy as np

from ae.data.degradation.fields import Canvas, bump, darken, step
from ae.units import MM_PER_INCH

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel


def speckle(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Dust on the glass and crumbs of toner: small dark and light specks, and a few hairs."""
    generator = np.random.default_rng(seed)
    unit = dpi / MM_PER_INCH
    dark, light = np.zeros(page.shape[:2], np.uint8), np.zeros(page.shape[:2], np.uint8)
    count = strength * generator.uniform(0.5, 2.5) * dark.size / (10 * unit) ** 2
    for _ in range(int(np.ceil(count))):
        onto = dark if generator.random() < 0.85 else light
        _speck(onto, generator, unit)
    for _ in range(int(strength * generator.integers(0, 6))):
        _hair(dark, generator, unit)
    return darken(cv2.add(page, _like(page, light)), dark.astype(np.float32) / 255)


def _speck(onto: np.ndarray, generator: np.random.Generator, unit: float) -> None:
    """A crumb of random size and darkness, drawn in place; one below a pixel is drawn paler."""
    height, width = onto.shape
    place = generator.uniform(0, 1, 2) * (width, height)
    radius = unit * generator.gamma(2.0, 0.07)
    value = generator.uniform(60, 230) * min(1, (2 * radius) ** 2)
    flatness, turn = generator.uniform(0.4, 1), generator.uniform(0, 180)
    axes = np.maximum(np.array((radius, flatness * radius)), 0.5)
    centre, axes = (np.rint(pair * 2**_SHIFT).astype(int).tolist() for pair in (place, axes))
    cv2.ellipse(onto, centre, axes, turn, 0, 360, value, -1, cv2.LINE_AA, _SHIFT)


def _hair(onto: np.ndarray, generator: np.random.Generator, unit: float) -> None:
    """A thin bent line of 3 to 25 mm, drawn in place."""
    height, width = onto.shape
    heading = generator.uniform(0, 2 * np.pi) + np.cumsum(generator.normal(0, 0.22, 24))
    steps = generator.uniform(3, 25) * unit / 24 * np.stack((np.cos(heading), np.sin(heading)), 1)
    points = generator.uniform(0, 1, 2) * (width, height) + np.cumsum(steps, 0)
    path = np.rint(points * 2**_SHIFT).astype(np.int32)[:, None]
    thickness = max(1, round(0.08 * unit))
    cv2.polylines(onto, [path], False, generator.uniform(50, 190), thickness, cv2.LINE_AA, _SHIFT)


def _like(page: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return mask if page.ndim == 2 else np.dstack([mask] * 3)


def streaks(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Scanner lines: dirt below the sensor draws straight thin lines, dark or light, along the whole page."""
    canvas = Canvas(page, seed, dpi, finest=0.05)
    upright = canvas.random.random() < 0.75
    position = canvas.x if upright else canvas.y
    length = canvas.size[1] if upright else canvas.size[0]
    loss = 0.05 * (canvas.random.random(position.shape, np.float32) - 0.5)  # every sensor cell differs a bit
    for _ in range(canvas.random.integers(3, 14)):
        width = canvas.random.gamma(1.5, 0.09) + 0.05
        depth = canvas.random.uniform(0.12, 0.6) * canvas.random.choice((1, 1, 1, -0.5))
        loss = loss + depth * bump(position - canvas.random.uniform(0, length), width)
    fickle = 0.7 + 0.3 * canvas.noise(30)
    return canvas.darken(page, strength * np.clip(loss, -0.5, 0.8) * fickle)


def roller_marks(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Dirty feed rollers: wide grey bands along the path of the paper, with smudges at every turn."""
    canvas = Canvas(page, seed, dpi, finest=0.3)
    upright = canvas.random.random() < 0.75
    along, across = (canvas.y, canvas.x) if upright else (canvas.x, canvas.y)
    length = canvas.size[1] if upright else canvas.size[0]
    turn = canvas.random.uniform(18, 60)
    loss = np.zeros(canvas.grid, np.float32)
    for _ in range(canvas.random.integers(1, 5)):
        middle, width = canvas.random.uniform(0, length), canvas.random.uniform(3, 16)
        band = step(width / 2 - np.abs(across - middle), 1.5)
        phase = canvas.random.uniform(0, 2 * np.pi)
        smudge = 0.4 + 0.6 * step(np.cos(along * (2 * np.pi / turn) + phase) - 0.4, 0.8)
        loss = np.maximum(loss, canvas.random.uniform(0.1, 0.3) * band * smudge)
    return canvas.darken(page, strength * loss * (0.5 + 0.35 * canvas.noise(0.6) + 0.5 * canvas.noise(5)))
