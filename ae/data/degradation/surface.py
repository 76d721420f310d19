"""The sheet itself: its fibres, its colour, and what folding and crumpling do to its light."""

from __future__ import annotations

import cv2
import numpy as np

from ae.data.degradation.fields import Canvas, brighten, bump, darken, random_curve, smooth_noise, step
from ae.units import MM_PER_INCH


def grain(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Paper texture: fibres that run a little along the sheet, and clouds in the pulp."""
    generator = np.random.default_rng(seed)
    unit = dpi / MM_PER_INCH
    tone = generator.uniform(0.05, 0.2)
    fibres = cv2.blur(smooth_noise(page.shape, 0.25 * unit, generator), (max(1, round(0.8 * unit)), 1))
    threads = cv2.blur(smooth_noise(page.shape, 0.25 * unit, generator), (1, max(1, round(1.2 * unit))))
    clouds = smooth_noise(page.shape, 1.5 * unit, generator)
    fine = generator.random(page.shape[:2], np.float32)
    weave = 0.12 * (fibres - 0.5) + 0.12 * (threads - 0.5) + 0.06 * (clouds - 0.5) + 0.03 * (fine - 0.5)
    return darken(page, strength * (tone + weave))


def ageing(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Old or recycled paper: grey all over, darker towards the edges and in patches, brownish in colour."""
    canvas = Canvas(page, seed, dpi, finest=0.4)
    grey = canvas.random.uniform(0.1, 0.36)
    to_edge = np.minimum(
        np.minimum(canvas.x, canvas.size[1] - canvas.x), np.minimum(canvas.y, canvas.size[0] - canvas.y)
    )
    edge = 0.16 * np.exp(-to_edge / canvas.random.uniform(4, 14))
    patches = (
        0.16 * (canvas.noise(35) - 0.5) + 0.07 * (canvas.noise(7) - 0.5) + 0.05 * (canvas.noise(0.5) - 0.5)
    )
    spots = 0.5 * canvas.noise(4) + 0.3 * canvas.noise(1.5) + 0.2 * canvas.noise(0.6)
    foxing = 0.14 * step(spots - 0.74, 0.08) * step(canvas.noise(25) - 0.5, 0.3)
    return canvas.darken(page, strength * (grey + edge + patches + foxing), (0.75, 1.0, 1.5))


def tint(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Coloured paper: yellow, pink, blue, green or grey; on a grey page only its darkness is left."""
    generator = np.random.default_rng(seed)
    colours = ((1.0, 0.9, 0.62), (1.0, 0.78, 0.8), (0.72, 0.86, 1.0), (0.76, 0.95, 0.75), (0.8, 0.8, 0.8))
    colour = np.array(colours[generator.integers(len(colours))]) * generator.uniform(0.8, 1.0)
    light = (1 - strength * (1 - colour)).astype(np.float32)
    if page.ndim == 2:
        return brighten(page, np.full(page.shape, light @ np.array((0.299, 0.587, 0.114)), np.float32))
    return brighten(page, np.broadcast_to(light, page.shape))


def fold(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Folded as a letter: worn creases across the page, beside them paper that leans away from the light."""
    canvas = Canvas(page, seed, dpi, finest=0.15)
    upright = canvas.random.random() < 0.3
    length = canvas.size[1] if upright else canvas.size[0]
    count = canvas.random.integers(1, 4)
    loss = np.zeros(canvas.grid, np.float32)
    for number in range(count):
        middle = length * (number + 1) / (count + 1) + canvas.random.uniform(-0.12, 0.12) * length
        angle = (np.pi / 2 if upright else 0) + canvas.random.uniform(-0.02, 0.02)
        place = (canvas.size[0] / 2, middle) if upright else (middle, canvas.size[1] / 2)
        loss += _crease(canvas, place, angle, lean=canvas.random.uniform(0.1, 0.28))
    return canvas.darken(page, strength * loss)


def creases(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Sharp creases in any direction that end somewhere on the page, as on a sheet that was in a pocket."""
    canvas = Canvas(page, seed, dpi, finest=0.15)
    loss = 0.06 * (canvas.noise(25) - 0.3)
    for _ in range(canvas.random.integers(3, 8)):
        place, angle = canvas.somewhere(), canvas.random.uniform(0, np.pi)
        loss += _crease(
            canvas, place, angle, canvas.random.uniform(0.02, 0.12), canvas.random.uniform(30, 120)
        )
    return canvas.darken(page, strength * loss)


def _crease(
    canvas: Canvas, place: tuple[float, float], angle: float, lean: float, length: float = 1e4
) -> np.ndarray:
    """Light lost at one crease: soft shade on one side, a dark line beside a bright one where it broke."""
    along, across = canvas.turned(place, angle)
    across = across + 0.3 * (random_curve(along, 5, canvas.random) - 0.5)
    side = canvas.random.choice((-1, 1))
    reach = canvas.random.uniform(5, 24)
    lit = 1.3 * step(side * across, canvas.random.uniform(0.4, 4)) - 0.3  # from -0.3 to 1 over the bend
    shade = lean * np.exp(-np.abs(across) / reach) * lit
    worn = random_curve(along, 2.5, canvas.random)
    line = canvas.random.uniform(0.05, 0.32) * bump(across, 0.22) * worn
    lip = canvas.random.uniform(0.02, 0.28) * bump(across + 0.45 * side, 0.28) * (0.1 + worn)
    return (shade + line - lip) * bump(along, length)


def wrinkles(page: np.ndarray, seed: int, strength: float, dpi: float) -> np.ndarray:
    """Crumpled into a ball and smoothed out again: flat facets between sharp ridges, lit from one side."""
    canvas = Canvas(page, seed, dpi, finest=0.25)
    size = canvas.random.uniform(11, 26)
    angle = canvas.random.uniform(0, 2 * np.pi)
    light = 0.7 * _facets(canvas, size, angle) + 0.32 * _facets(canvas, size / 2.7, angle)
    light *= 0.45 + 0.9 * canvas.noise(3 * size)  # some parts of the sheet had it worse
    return canvas.darken(page, strength * (canvas.random.uniform(0.09, 0.2) + light))


def _facets(canvas: Canvas, size: float, angle: float) -> np.ndarray:
    """Light lost on a surface of triangles about `size` mm wide with random heights, about -0.5..0.5."""
    triangles, shades = _triangles(canvas, size, angle)
    flat = np.zeros(canvas.grid, np.float32)
    for corners, shade in zip(triangles, shades, strict=True):
        cv2.fillConvexPoly(flat, corners, float(shade), shift=4)
    flat = _bent(canvas, flat, size)
    reach = size / canvas.step
    sharp = cv2.GaussianBlur(flat, (0, 0), max(0.6, 0.2 / canvas.step))
    soft = cv2.GaussianBlur(flat, (0, 0), max(0.6, 0.12 * reach))
    mixed = soft + step(canvas.noise(1.5 * size) - 0.5, 0.25) * (sharp - soft)
    # Paper is stiff: it turns at a ridge and then bends back, so that light fades inside of a facet.
    return mixed - 0.65 * cv2.GaussianBlur(flat, (0, 0), max(0.6, 0.3 * reach))


def _triangles(canvas: Canvas, size: float, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Corners int32 (N, 3, 2) in sixteenths of a grid pixel, and how much each turns from the light (N,)."""
    rows, columns = (int(side / size) + 4 for side in canvas.size)
    y, x = (axis.astype(np.float32) - 1.5 for axis in np.mgrid[:rows, :columns])
    points = np.dstack((x, y)) + canvas.random.uniform(-0.42, 0.42, (rows, columns, 2))
    height = canvas.random.normal(0, 0.16, (rows, columns, 1))
    nodes = np.concatenate((points, height), axis=2)
    a, b, c, d = nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]
    other = (canvas.random.random(a.shape[:2]) < 0.5)[..., None]  # which diagonal is the ridge
    first = np.stack((a, b, np.where(other, d, c)), axis=2)
    second = np.stack((np.where(other, b, a), c, d), axis=2)
    corners = np.concatenate((first.reshape(-1, 3, 3), second.reshape(-1, 3, 3)))
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    slope = normal[:, :2] / (np.abs(normal[:, 2:]) + 0.3)
    shade = slope @ np.array((np.cos(angle), np.sin(angle)))
    pixels = np.rint(corners[:, :, :2] * size / canvas.step * 16).astype(np.int32)
    return pixels, np.clip(shade, -0.6, 0.6)


def _bent(canvas: Canvas, field: np.ndarray, size: float) -> np.ndarray:
    """The field with its straight edges bent a little; the page's own pixels stay where they are."""
    rows, columns = np.indices(canvas.grid, np.float32)
    push = 0.35 * size / canvas.step
    rows += push * (canvas.noise(0.5 * size) - 0.5)
    columns += push * (canvas.noise(0.5 * size) - 0.5)
    return cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
