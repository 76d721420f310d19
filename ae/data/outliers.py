"""Pictures that are no digits, made to look as MNIST's do: letters, drawings, turned digits, garments, noise.

Each maker takes how many and a generator of numpy, and gives float32 (N, 28, 28) in 0..1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ae.data.drawing import as_digit
from ae.errors import DataError

# Without those that a reader may take for digits: B, I, O, S, Z, b, g, i, j, l, o, q, s, z.
LETTERS = "ACDEFGHJKLMNPQRTUVWXYacdefhkmnprtuvwxy"
LABELS = {
    "letters": "Letters",
    "drawings": "Scribbles",
    "rotated": "Digits on their side",
    "garments": "Garments",
    "noise": "Noise",
}
_BOARD = 112


def letters(count: int, random: np.random.Generator) -> np.ndarray:
    """Letters of the font that comes with Pillow, slanted a little and of several weights."""
    return np.stack([_letter(random) for _ in range(count)])


def _letter(random: np.random.Generator) -> np.ndarray:
    board = Image.new("L", (_BOARD, _BOARD))
    ImageDraw.Draw(board).text(
        (_BOARD / 2, _BOARD / 2),
        LETTERS[random.integers(len(LETTERS))],
        fill=255,
        font=ImageFont.load_default(72),
        anchor="mm",
        stroke_width=int(random.integers(4)),
        stroke_fill=255,
    )
    return _as_digit(board.rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR))


def drawings(count: int, random: np.random.Generator) -> np.ndarray:
    """Scribbles: one bent line through four to seven random places."""
    return np.stack([_drawing(random) for _ in range(count)])


def _drawing(random: np.random.Generator) -> np.ndarray:
    from scipy.interpolate import CubicSpline

    places = random.uniform(16, _BOARD - 16, (int(random.integers(4, 8)), 2))
    line = CubicSpline(np.arange(len(places)), places)(np.linspace(0, len(places) - 1, 120))
    board = Image.new("L", (_BOARD, _BOARD))
    width = int(random.integers(7, 13))
    pen = ImageDraw.Draw(board)
    for x, y in line:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return _as_digit(board)


def _as_digit(board: Image.Image) -> np.ndarray:
    digit = as_digit(np.asarray(board, np.float32) / 255)
    return np.zeros((28, 28), np.float32) if digit is None else digit


def rotated(digits: np.ndarray) -> np.ndarray:
    """Digits (N, 28, 28), turned by a quarter to the left."""
    return np.ascontiguousarray(np.rot90(digits, axes=(1, 2)))


def noise(digits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The grey values of digits (N, 28, 28), each picture's in a new order: only the shape is gone."""
    return random.permuted(digits.reshape(len(digits), -1), axis=1).reshape(digits.shape)


def garments(count: int, root: Path | None) -> np.ndarray | None:
    """Test pictures of Fashion-MNIST (Xiao et al. 2017), where `root` holds them; else None.

    Raises DataError when they are damaged.
    """
    if root is None or not (root / "FashionMNIST").is_dir():
        return None
    from torchvision.datasets import FashionMNIST

    try:
        data = FashionMNIST(str(root), train=False)
    except (RuntimeError, OSError, ValueError) as error:
        raise DataError(f"{root}/FashionMNIST is damaged: restore it") from error
    return np.asarray(data.data[:count], np.float32) / 255


def make(
    digits: np.ndarray, count: int, random: np.random.Generator, root: Path | None = None
) -> dict[str, np.ndarray]:
    """Up to `count` pictures of each kind; `digits` (N, 28, 28) are turned or shuffled for two of them."""
    kinds: dict[str, Callable[[], np.ndarray | None]] = {
        "letters": lambda: letters(count, random),
        "drawings": lambda: drawings(count, random),
        "rotated": lambda: rotated(digits[:count]),
        "garments": lambda: garments(count, root),
        "noise": lambda: noise(digits[:count], random),
    }
    found = {kind: act() for kind, act in kinds.items()}
    return {kind: pictures for kind, pictures in found.items() if pictures is not None}
