"""Lessons measured on a handful of made pictures, by the very code that the script runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ae import lessons
from ae.data.mnist import Digits
from ae.lessons.material import Material
from ae.lessons.outliers import measure as measure_outliers


def made_digits(count: int, seed: int = 0) -> Digits:
    """Blurry strokes that stand in for digits, classes in turn; each class has its own place."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.zeros(count, 1, 28, 28)
    for index in range(count):
        shift = int(torch.randint(0, 4, (), generator=generator))
        top, left = 4 + (index % 10) + shift, 3 + 2 * (index % 10)
        images[index, 0, top : top + 8, left : left + 4] = 0.9
    return Digits(images, torch.arange(count) % 10)


def small_material() -> Material:
    """What a dry run of the script starts from."""
    return Material(made_digits(200, 1), made_digits(100, 2), made_digits(100, 3), is_dry=True)


def use_lessons(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app find what was measured for lessons in a folder."""
    monkeypatch.setattr(lessons, "FOLDER", folder)


def write_outliers(folder: Path, names: list[str]) -> lessons.Measured:
    """The lesson of outliers, measured with the named weights."""
    measured = measure_outliers(small_material(), names)
    lessons.write(measured, folder)
    return measured


def pictures(count: int) -> np.ndarray:
    """Made digits float32 (count, 28, 28)."""
    return made_digits(count).images[:, 0].numpy()


def written(measured: lessons.Measured, folder: Path) -> tuple[lessons.Measured, Path]:
    """What was measured as the app reads it from this folder."""
    lessons.write(measured, folder)
    return lessons.read(measured.name, folder), folder
