"""What hands leave on a page: handwriting-like strokes, signatures, pencil notes, stamps."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ae.data.rendering.canvas import Canvas
from ae.data.rendering.inks import STAMPS, pen_ink, pick
from ae.data.rendering.setting import Setting
from ae.data.rendering.typesetting import Column

_FINER = 3  # strokes are drawn so many times larger and then reduced, which smooths their edges
_STEPS = 7  # points between two points that a curve passes through


def handwriting(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Lines of joined letter-like strokes that mean nothing."""
    ink = pen_ink(setting)
    height = setting.size * setting.uniform(0.5, 1.1)
    for _ in range(setting.integer(1, 4)):
        if not column.has_room(3 * height):
            return
        width = column.width * setting.uniform(0.4, 1.0)
        script_line(canvas, (column.left, column.top + 1.9 * height), width, height, setting, ink)
        column.skip(2.6 * height)


def signature(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A quick name across a thin line."""
    height = setting.size * setting.uniform(0.8, 1.6)
    width = min(column.width, height * setting.uniform(5, 10))
    base = column.top + 2.2 * height
    if not column.has_room(3.4 * height):
        return
    ink = pen_ink(setting)
    x = column.left + setting.uniform(0, 1) * (column.width - width)
    script_line(canvas, (x, base), width, height, setting, ink, slant=setting.uniform(0.3, 0.9))
    canvas.rule((x, base + 0.5 * height), (x + width, base + 0.5 * height), setting.hairline, setting.ink)
    column.skip(3.4 * height)


def script_line(
    canvas: Canvas,
    place: tuple[float, float],
    width: float,
    height: float,
    setting: Setting,
    ink: tuple[int, int, int],
    slant: float | None = None,
) -> None:
    """Words of made-up letters from `place` (x, y of the base line) on; `height`: that of small letters."""
    slant = setting.uniform(-0.1, 0.5) if slant is None else slant
    thickness = height * setting.uniform(0.06, 0.15)
    x, end = place[0], place[0] + width
    while x < min(end, canvas.width) and end - x > height:
        word = _word_points(setting, min(setting.integer(2, 9), int((end - x) / (1.2 * height)) + 1))
        points = np.stack([word[:, 0] + slant * word[:, 1], -word[:, 1]], 1) * height
        mask, corner = _brush(_smooth(points), max(0.8, thickness), setting.generator)
        canvas.ink(mask, (x + corner[0], place[1] + corner[1]), ink)
        x += (word[:, 0].max() + setting.uniform(0.5, 1.1)) * height


def _word_points(setting: Setting, letters: int) -> np.ndarray:
    """Points (n, 2) that the pen passes, in heights of a small letter, y upwards."""
    generator = setting.generator
    x, points = 0.0, [(0.0, 0.0)]
    for _ in range(letters):
        wide = generator.uniform(0.7, 1.3)
        shape = _LETTERS[int(generator.integers(len(_LETTERS)))]
        points += [
            (x + u * wide + generator.normal(0, 0.04), v + generator.normal(0, 0.06)) for u, v in shape
        ]
        x += wide
    return np.array(points)


# Made-up letters: places in their box that the pen passes; 0..1 is the height of an "o".
_LETTERS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0.7, 0.9), (0.2, 0.9), (0.1, 0.2), (0.6, 0.1), (0.8, 0.9), (0.9, 0.0)),
    ((0.3, 1.0), (0.4, 0.0), (0.7, 0.9), (0.8, 0.0)),
    ((0.5, 1.9), (0.3, 2.0), (0.3, 0.1), (0.7, 0.0)),
    ((0.7, 0.9), (0.2, 0.8), (0.4, 0.1), (0.8, 0.8), (0.6, -0.9), (0.2, -0.9), (0.8, 0.1)),
    ((0.4, 0.5), (0.6, 0.9), (0.2, 0.8), (0.2, 0.1), (0.8, 0.1)),
    ((0.2, 1.0), (0.3, 0.0), (0.5, 0.9), (0.6, 0.0), (0.8, 0.9), (0.9, 0.0)),
    ((0.4, 1.8), (0.6, 1.7), (0.3, 0.0), (0.5, 0.8), (0.8, 0.7), (0.9, 0.0)),
    ((0.4, 1.0), (0.8, 0.8), (0.5, 0.4), (0.8, 0.1), (0.9, 0.1)),
    ((0.3, 0.8), (0.4, -1.0), (0.1, -0.8), (0.5, 0.0), (0.9, 0.2)),
)


def _smooth(points: np.ndarray) -> np.ndarray:
    """A curve through the points (Catmull-Rom)."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, _STEPS, endpoint=False)[None, :, None]
    before, start, end, after = (side[:, None] for side in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return curve.reshape(-1, 2)


def _brush(
    curve: np.ndarray, thickness: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A mask uint8 of a line with the width of a broad pen, and where its top left corner lies."""
    corner = np.floor(curve.min(0) - thickness - 1)
    width, height = np.ceil(curve.max(0) - corner + thickness + 1).astype(int)
    large = np.zeros((height * _FINER, width * _FINER), np.uint8)
    steps = np.diff(curve, axis=0)
    nib = 0.75 + 0.45 * np.abs(np.sin(np.arctan2(steps[:, 1], steps[:, 0]) - 0.7))
    pressure = 1 + 0.15 * np.cumsum(generator.normal(0, 0.2, len(steps)))
    widths = np.maximum(1, thickness * _FINER * nib * np.clip(pressure, 0.6, 1.4)).round().astype(int)
    places = np.round((curve - corner) * _FINER).astype(int)
    for start, end, wide in zip(places[:-1], places[1:], widths, strict=True):
        cv2.line(large, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 255, int(wide))
    return cv2.resize(large, (int(width), int(height)), interpolation=cv2.INTER_AREA), corner


def stamp(canvas: Canvas, setting: Setting, centre: tuple[float, float]) -> None:
    """A round or rectangular stamp, a little turned, its ink uneven; it lies over the text."""
    reach = int(setting.size * setting.uniform(3, 6))
    side = 2 * reach
    shape: Callable[[Canvas, Setting, int], None] = _round if setting.chance(0.5) else _rectangular
    sheet = Canvas((side, side), colour=False)
    shape(sheet, setting, reach)
    mask = 255 - sheet.pixels()
    turn = cv2.getRotationMatrix2D((reach, reach), setting.uniform(-25, 25), 1)
    mask = cv2.warpAffine(mask, turn, (side, side), flags=cv2.INTER_LINEAR)
    patchy = cv2.resize(
        setting.generator.uniform(0.55, 1.15, (9, 9)).astype(np.float32),
        (side, side),
        interpolation=cv2.INTER_CUBIC,
    )
    mask = np.clip(mask * np.clip(patchy, 0.45, 1) * setting.uniform(0.7, 1), 0, 255).astype(np.uint8)
    canvas.ink(mask, (centre[0] - reach, centre[1] - reach), pick(setting, STAMPS))


def _round(sheet: Canvas, setting: Setting, reach: int) -> None:
    thick = max(1, round(reach * setting.uniform(0.02, 0.05)))
    for share in (0.95, 0.85) if setting.chance(0.6) else (0.95,):
        radius = share * reach
        box = (reach - radius, reach - radius, reach + radius, reach + radius)
        sheet.pen.ellipse(box, outline=0, width=thick)
    _stamp_text(sheet, setting, reach, 1.2 * reach, setting.integer(1, 3))


def _rectangular(sheet: Canvas, setting: Setting, reach: int) -> None:
    tall = reach * setting.uniform(0.3, 0.5)
    wide = 0.85 * reach
    thick = max(1, round(reach * setting.uniform(0.02, 0.05)))
    box = (reach - wide, reach - tall, reach + wide, reach + tall)
    sheet.pen.rounded_rectangle(box, radius=0.1 * reach, outline=0, width=thick)
    _stamp_text(sheet, setting, reach, 1.5 * reach, setting.integer(1, 2))


def _stamp_text(sheet: Canvas, setting: Setting, reach: int, width: float, lines: int) -> None:
    """Words and numbers in the middle, each line as large as fits the width."""
    tallest = 0.55 * reach / lines
    step = 1.3 * tallest
    for line in range(lines):
        text = setting.number() if line and setting.chance(0.5) else setting.phrase(1)
        face = setting.face(1.0, bold=True)
        scale = round(min(width / max(1.0, face.width(text)), tallest / setting.size), 2)
        face = setting.face(max(0.2, scale), bold=True)
        base = reach + (line - (lines - 1) / 2) * step + 0.35 * face.size
        sheet.text(
            (reach - face.width(text) / 2, base), text, face.font,
            right_to_left=setting.script.right_to_left, bolder=face.bolder,
        )  # fmt: skip
