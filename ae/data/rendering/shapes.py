"""Logos, vignettes and watermarks: printed areas without right angles, which might be taken for stains."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ae.data.rendering.figures import scene

Draw = Callable[[np.ndarray, np.random.Generator], None]
_WHITE = 255
_SMALLEST, _LARGEST = 40, 420  # pixels a side
_MOST = 3
_SHIFT = 4  # binary digits after the point of OpenCV's coordinates


def add_shapes(page: np.ndarray, seed: int) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) with one to three shapes behind what is printed on it.

    Flat, shaded, or cut out of a photograph; on a page in colour most of them are coloured. A page that is
    too small for one comes back as it is.
    """
    if min(page.shape[:2]) < _SMALLEST:
        return page
    generator = np.random.default_rng((seed, 0x5A))
    page = page.copy()
    for _ in range(int(generator.integers(1, _MOST + 1))):
        height, width = (
            int(generator.integers(_SMALLEST, min(_LARGEST, side) + 1)) for side in page.shape[:2]
        )
        window = some_window(generator, page, height, width)
        paint = _paint(generator, height, width, page.ndim == 3)
        share = _outline(generator, height, width) / np.float32(255)
        share = share[..., None] if page.ndim == 3 else share
        window[...] = np.rint(window * (1 - share * (1 - paint / np.float32(_WHITE))))
    return page


def some_window(generator: np.random.Generator, page: np.ndarray, height: int, width: int) -> np.ndarray:
    """A part of this size anywhere on a page (H, W) or (H, W, 3); what is drawn on it is on the page."""
    top, left = (
        int(generator.integers(0, side - length + 1))
        for side, length in zip(page.shape[:2], (height, width), strict=True)
    )
    return page[top : top + height, left : left + width]


def _outline(generator: np.random.Generator, height: int, width: int) -> np.ndarray:
    """How much of each pixel the shape covers, uint8 (height, width), 255 for all of it."""
    mask = np.zeros((height, width), np.uint8)
    _SHAPES[int(generator.integers(len(_SHAPES)))](mask, generator)
    return mask


def _paint(generator: np.random.Generator, height: int, width: int, colour: bool) -> np.ndarray:
    """What the shape is filled with, float32 (height, width) or (height, width, 3)."""
    kind = generator.choice(("flat", "shaded", "photograph"), p=(0.5, 0.2, 0.3))
    if kind == "photograph":
        picture = scene(generator, height, width).astype(np.float32)
    else:
        first, second = generator.uniform(90, 240, (2, 1, 1, 1)) + generator.uniform(-60, 15, (2, 1, 1, 3))
        down = np.linspace(0, 1 if kind == "shaded" else 0, height, dtype=np.float32)[:, None, None]
        picture = np.broadcast_to(first + (second - first) * down, (height, width, 3)).astype(np.float32)
    if not colour:
        return picture.mean(2)
    is_grey = generator.random() < 0.4
    return np.clip(picture.mean(2, keepdims=True) if is_grey else picture, 0, _WHITE)


def _ellipse(mask: np.ndarray, generator: np.random.Generator) -> None:
    height, width = mask.shape
    _filled(mask, [_round(width / 2 - 1, height / 2 - 1, width, height)])


def _ring(mask: np.ndarray, generator: np.random.Generator) -> None:
    height, width = mask.shape
    inner = generator.uniform(0.4, 0.85)
    outlines = [
        _round(share * (width / 2 - 1), share * (height / 2 - 1), width, height) for share in (1, inner)
    ]
    _filled(mask, outlines)


def _pie(mask: np.ndarray, generator: np.random.Generator) -> None:
    """A circle without one of its pieces."""
    height, width = mask.shape
    circle = _round(width / 2 - 1, height / 2 - 1, width, height)
    kept = int(generator.uniform(0.3, 0.9) * len(circle))
    start = int(generator.integers(len(circle)))
    piece = np.roll(circle, start, axis=0)[:kept]
    _filled(mask, [np.concatenate([piece, [(width / 2, height / 2)]])])


def _polygon(mask: np.ndarray, generator: np.random.Generator) -> None:
    """Three to seven corners around the middle; a star if every other one is near it."""
    height, width = mask.shape
    corners = int(generator.integers(3, 8))
    is_star = generator.random() < 0.4
    count = 2 * corners if is_star else corners
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False) + generator.uniform(0, 2 * np.pi)
    reach = np.where(np.arange(count) % 2, generator.uniform(0.35, 0.6), 1) if is_star else np.ones(count)
    _filled(mask, [_points(turn, reach * (width / 2 - 1), reach * (height / 2 - 1), width, height)])


def _curved(mask: np.ndarray, generator: np.random.Generator) -> None:
    """A few large smooth lobes, all alike, as designers draw them."""
    height, width = mask.shape
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    lobes, depth = int(generator.integers(2, 7)), generator.uniform(0.05, 0.35)
    reach = 1 - depth * (0.5 + 0.5 * np.cos(lobes * turn + generator.uniform(0, 6)))
    _filled(mask, [_points(turn, reach * (width / 2 - 1), reach * (height / 2 - 1), width, height)])


def _letters(mask: np.ndarray, generator: np.random.Generator) -> None:
    """A word across the page."""
    height, width = mask.shape
    word = "".join(generator.choice(list("ABCDEFGHKLMNPRSTUVXYZ"), int(generator.integers(3, 7))))
    thick = max(3, int(generator.uniform(0.05, 0.16) * min(height, width)))
    face = cv2.FONT_HERSHEY_SIMPLEX if generator.random() < 0.6 else cv2.FONT_HERSHEY_DUPLEX
    (long, high), _below = cv2.getTextSize(word, face, 1, 1)
    scale = max(0.3, min((width - 2 * thick) / long, (height - 2 * thick) / high))
    middle = int((width - scale * long) / 2), int((height + scale * high) / 2)
    cv2.putText(mask, word, middle, face, scale, 255, thick, cv2.LINE_AA)


_SHAPES: tuple[Draw, ...] = (_ellipse, _ring, _pie, _polygon, _polygon, _curved, _letters, _letters)


def _round(across: float, down: float, width: int, height: int) -> np.ndarray:
    return _points(np.linspace(0, 2 * np.pi, 180, endpoint=False), across, down, width, height)


def _points(
    turn: np.ndarray, across: np.ndarray | float, down: np.ndarray | float, width: int, height: int
) -> np.ndarray:
    """Points (N, 2) around the middle, x before y."""
    return np.stack([width / 2 + across * np.cos(turn), height / 2 + down * np.sin(turn)], 1)


def _filled(mask: np.ndarray, outlines: list[np.ndarray]) -> None:
    points = [np.rint(outline * 2**_SHIFT).astype(np.int32) for outline in outlines]
    cv2.fillPoly(mask, points, 255, cv2.LINE_AA, _SHIFT)
