"""Lessons measured on a handful of made pictures, by the very code that the script runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

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


def measured_by(measure: Callable[[Material], lessons.Measured]):
    """A fixture for a whole file of tests: a lesson measured once, and found by the app as it is read."""

    @pytest.fixture(scope="module", autouse=True)
    def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lessons.Measured]:
        folder = tmp_path_factory.mktemp("lessons")
        told = measure(small_material())
        lessons.write(told, folder)
        with pytest.MonkeyPatch.context() as patch:
            use_lessons(folder, patch)
            yield lessons.read(told.name)

    return measured


def charts_of(app: AppTest) -> list[dict[str, Any]]:
    """Plotly figures of the page, in their order."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def charts_by_axis(app: AppTest) -> dict[str, dict[str, Any]]:
    """Plotly figures of the page by the title of their y-axis."""
    return {chart["layout"]["yaxis"]["title"]["text"]: chart for chart in charts_of(app)}
