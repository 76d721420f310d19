"""Photographs that nobody took, and charts of numbers that nobody measured."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ae.data.rendering.canvas import BLACK, Canvas
from ae.data.rendering.inks import INKS, pick
from ae.data.rendering.setting import Setting
from ae.data.rendering.typesetting import ASCENT, Column, print_text, write

Scene = Callable[[np.random.Generator, int, int], np.ndarray]


def photograph(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A photograph, some in grey, some framed, mostly with a caption."""
    width = column.width * (setting.uniform(0.35, 1.0) if setting.chance(0.6) else 1.0)
    height = min(width * setting.uniform(0.5, 1.1), 0.7 * canvas.height, column.bottom - column.top)
    if height < 2 * setting.size:
        return
    left = column.left + setting.uniform(0, 1) * (column.width - width)
    pixels = scene(setting.generator, int(height), int(min(width, 1.5 * canvas.width)), setting.held_out)
    if setting.chance(0.4):
        pixels = np.repeat(pixels.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    canvas.picture(pixels, (left, column.top))
    if setting.chance(0.3):
        canvas.frame((left, column.top, left + pixels.shape[1], column.top + height), setting.hairline)
    column.skip(height + 0.4 * setting.line)
    if setting.chance(0.6):
        print_text(canvas, column, setting, setting.sentences(1)[0], setting.face(0.85), most=2)
    column.skip(0.5 * setting.line)


def scene(generator: np.random.Generator, height: int, width: int, held_out: bool = False) -> np.ndarray:
    """A picture uint8 (height, width, 3); evaluation has kinds of its own."""
    scenes = HELD_OUT_SCENES if held_out else TRAINING_SCENES
    picture = scenes[int(generator.integers(len(scenes)))](generator, height, width)
    noise = generator.normal(0, generator.uniform(0, 5), (height, width, 1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _colour(generator: np.random.Generator, low: int = 20, high: int = 235) -> np.ndarray:
    return generator.uniform(low, high, 3)


def noise_field(
    generator: np.random.Generator, height: int, width: int, cells: int, octaves: int = 4
) -> np.ndarray:
    """Smooth noise 0..1, float32 (height, width), with `cells` waves over the picture and finer ones."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        count = max(2, cells * 2**octave)
        small = generator.random((min(count, height), min(count, width)), np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def _blend(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """From the first colour to the second, pixel by pixel."""
    return first + (second - first) * share[..., None]


def landscape(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Sky and clouds over ridges that get darker towards the front."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    picture = _blend(
        _colour(generator, 90, 255), _colour(generator, 160, 255), np.broadcast_to(down, (height, width))
    )
    clouds = np.clip(2 * noise_field(generator, height, width, 3) - 0.9, 0, 1)
    picture = _blend(picture, np.array([250.0, 250.0, 250.0]), clouds)
    for layer in range(int(generator.integers(2, 5))):
        ridge = 0.35 + 0.15 * layer + 0.3 * (noise_field(generator, 1, width, 3 + layer)[0] - 0.5)
        ground = _colour(generator, 10, 170 - 30 * layer)
        texture = 0.6 + 0.6 * noise_field(generator, height, width, 12, 3)
        picture = np.where((down > ridge)[..., None], ground * texture[..., None], picture)
    return picture


def portrait(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A soft oval before shoulders, lit from one side."""
    picture = _blend(_colour(generator), _colour(generator), noise_field(generator, height, width, 2))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    u, v = columns / width - generator.uniform(0.42, 0.58), rows / height - 0.42
    light = 0.75 + 0.8 * u * generator.choice([-1, 1])
    shoulders = (u / 0.42) ** 2 + ((v - 0.55) / 0.33) ** 2
    head, hair = (u / 0.17) ** 2 + (v / 0.24) ** 2, (u / 0.2) ** 2 + ((v + 0.06) / 0.25) ** 2
    skin = np.array([225.0, 180.0, 150.0]) * generator.uniform(0.4, 1.05)
    for shape, colour in (
        (shoulders, _colour(generator, 10, 200)),
        (hair, _colour(generator, 5, 120)),
        (head, skin),
    ):
        share = np.clip((1 - shape) * 12, 0, 1)
        picture = _blend(picture, colour * light[..., None], share)
    features = sum(
        np.exp(-(((u - x) / 0.03) ** 2 + ((v - y) / 0.02) ** 2))
        for x, y in ((-0.07, -0.03), (0.07, -0.03), (0, 0.12))
    )
    return picture * (1 - 0.7 * np.clip(features, 0, 1))[..., None]


def pebbles(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Round shaded things on a textured ground."""
    ground = noise_field(generator, height, width, 20, 3)[..., None]
    picture = np.ascontiguousarray(_colour(generator) * (0.5 + 0.5 * ground), np.float32)
    for _ in range(int(generator.integers(8, 60))):
        radius = int(generator.uniform(0.02, 0.15) * min(height, width)) + 2
        x, y = int(generator.integers(width)), int(generator.integers(height))
        colour = _colour(generator)
        for share in np.linspace(1, 0.2, 6):
            middle = (int(x - 0.3 * (1 - share) * radius), int(y - 0.3 * (1 - share) * radius))
            cv2.circle(
                picture,
                middle,
                max(1, int(share * radius)),
                tuple((colour * (1.25 - 0.6 * share)).tolist()),
                -1,
            )
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


def clouds_of_colour(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Marble: two noises bend each other; from nearly black to nearly white."""
    first, second = (noise_field(generator, height, width, int(generator.integers(2, 7))) for _ in range(2))
    veins = 0.5 + 0.5 * np.sin(2 * np.pi * (3 * first + 2 * second))
    return _blend(
        _blend(_colour(generator, 0, 120), _colour(generator, 120, 255), veins), _colour(generator), second
    )


def city(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Houses with lit windows at dusk; only evaluation shows it."""
    down = np.broadcast_to(np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width))
    picture = np.ascontiguousarray(
        _blend(_colour(generator, 20, 160), _colour(generator, 120, 255), down), np.float32
    )
    for _ in range(int(generator.integers(6, 16))):
        wide, tall = int(width * generator.uniform(0.08, 0.25)), int(height * generator.uniform(0.2, 0.8))
        left = int(generator.integers(-wide, width))
        cv2.rectangle(
            picture, (left, height - tall), (left + wide, height), _colour(generator, 10, 150).tolist(), -1
        )
        step = max(3, wide // int(generator.integers(4, 9)))
        for x in range(left + step // 2, left + wide - step // 2, step):
            for y in range(height - tall + step, height, step + step // 2):
                pane = (250, 230, 150) if generator.random() < 0.4 else (40, 45, 60)
                cv2.rectangle(picture, (x, y), (x + step // 2, y + step // 2), pane, -1)
    return picture


def leaves(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Overlapping leaves with veins; only evaluation shows it."""
    picture = np.ascontiguousarray(np.full((height, width, 3), 1.0) * _colour(generator, 10, 90), np.float32)
    for _ in range(int(generator.integers(40, 90))):
        middle = (int(generator.integers(width)), int(generator.integers(height)))
        long = int(min(height, width) * generator.uniform(0.06, 0.2)) + 3
        turn = generator.uniform(0, 360)
        colour = np.array([60, 150, 50]) * generator.uniform(0.4, 1.5) + generator.normal(0, 25, 3)
        cv2.ellipse(
            picture, middle, (long, max(2, long // 3)), turn, 0, 360, np.clip(colour, 0, 255).tolist(), -1
        )
        reach = long * np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))])
        start, end = (tuple(int(v) for v in np.array(middle) + sign * reach) for sign in (-1, 1))
        cv2.line(picture, start, end, np.clip(colour * 1.35, 0, 255).tolist(), 1, cv2.LINE_AA)
    return picture


TRAINING_SCENES: tuple[Scene, ...] = (landscape, portrait, pebbles, clouds_of_colour)
HELD_OUT_SCENES: tuple[Scene, ...] = (city, leaves)  # never in training


def chart(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Bars, lines or dots between two axes, with numbers along them."""
    small = setting.face(0.7)
    height = min(column.width * setting.uniform(0.35, 0.7), 0.6 * canvas.height, column.bottom - column.top)
    height -= 1.3 * setting.size
    left, right = column.left + small.width("100") + setting.size, column.right
    if height < 3 * setting.size or right - left < 4 * setting.size:
        return
    top, bottom = column.top, column.top + height
    _axes(canvas, setting, (left, top, right, bottom))
    kind = (_bars, _lines, _dots)[setting.integer(0, 2)]
    for _ in range(1 if kind is _bars else setting.integer(1, 3)):
        kind(canvas, setting, (left, top, right, bottom))
    column.skip(height + 1.8 * setting.size)


def _axes(canvas: Canvas, setting: Setting, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    small = setting.face(0.7)
    width = setting.hairline * setting.uniform(1, 2.5)
    grid = setting.chance(0.5)
    for step in range(5):
        y = bottom + (top - bottom) * step / 4
        label = str(25 * step)
        place = (
            left - small.width(label) - 0.4 * setting.size,
            max(y, top + small.size * 0.3) + 0.25 * small.size,
        )
        write(canvas, setting, place, label, small, setting.ink)
        if grid:
            canvas.rule((left, y), (right, y), setting.hairline / 2, (170, 170, 170))
        x = left + (right - left) * (step + 0.5) / 5
        year = str(2001 + step)
        base = bottom + 0.2 * setting.size + ASCENT * small.size
        if (right - left) / 5 > small.width(year):
            write(canvas, setting, (x - small.width(year) / 2, base), year, small, setting.ink)
    canvas.rule((left, top), (left, bottom), width, setting.ink)
    canvas.rule((left, bottom), (right, bottom), width, setting.ink)


def _bars(canvas: Canvas, setting: Setting, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    count, ink = setting.integer(3, 9), pick(setting, INKS)
    step = (right - left) / count
    for i in range(count):
        x, y = left + (i + 0.2) * step, bottom - setting.uniform(0.1, 1) * (bottom - top)
        canvas.fill((x, y, x + 0.6 * step, bottom), ink)
        if setting.chance(0.5):
            canvas.frame((x, y, x + 0.6 * step, bottom), setting.hairline, BLACK)


def _lines(canvas: Canvas, setting: Setting, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    xs = np.linspace(left, right, 24)
    values = np.cumsum(setting.generator.normal(0, 1, 24))
    ys = bottom - (values - values.min()) / (np.ptp(values) + 1e-6) * 0.95 * (bottom - top)
    width = max(1, round(setting.hairline * setting.uniform(1, 4)))
    canvas.pen.line(
        list(zip(xs.tolist(), ys.tolist(), strict=True)), canvas.tone(pick(setting, INKS)), width, "curve"
    )


def _dots(canvas: Canvas, setting: Setting, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    radius, ink = max(1.0, 0.12 * setting.size), pick(setting, INKS)
    for _ in range(setting.integer(10, 50)):
        x, y = setting.uniform(left + radius, right - radius), setting.uniform(top + radius, bottom - radius)
        canvas.pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=canvas.tone(ink))
