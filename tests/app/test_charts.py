from __future__ import annotations

import ast
import io
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from ae.errors import AeError, InputError
from app import charts
from app.components.digits import parse_ids, random_ids
from app.components.families import LOOKS
from app.components.pictures import Row, enlarged, table_png
from app.settings import Settings, read
from tests.app.digit_lab import ROOT


def test_charts_import_neither_streamlit_nor_torch() -> None:
    tree = ast.parse(Path(charts.__file__).read_text(encoding="utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not imported & {"streamlit", "torch", "app", "ae"}


def test_lines_draw_every_series_with_its_spread() -> None:
    series = charts.Series("a", [2, 4], [0.5, 0.25], "#112233", low=[0.4, 0.2], high=[0.7, 0.3])
    figure = charts.lines([series], charts.Axis("k", ticks=[2, 4], log=True), charts.Axis("error"))
    line = figure.data[0]
    assert (line.name, list(line.y)) == ("a", [0.5, 0.25])
    assert np.allclose(line.error_y.array, [0.2, 0.05])
    assert np.allclose(line.error_y.arrayminus, [0.1, 0.05])
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.rangemode == "tozero"


def test_axes_part_thousands_as_the_texts_do() -> None:
    axes = charts.Axis("few", ticks=[0.5, 16384], log=True), charts.Axis("many")
    figure = charts.lines([charts.Series("a", [1], [2], "#112233")], *axes)
    assert list(figure.layout.xaxis.ticktext) == ["0.5", "16,384"]
    assert figure.layout.yaxis.separatethousands


def test_a_series_without_spread_has_no_bars() -> None:
    figure = charts.lines([charts.Series("a", [1], [2], "#112233")], charts.Axis("x"), charts.Axis("y"))
    assert figure.data[0].error_y.array is None


@pytest.mark.parametrize("k", [2, 8, 16, 32])
def test_a_code_has_one_bar_for_each_number(k: int) -> None:
    figure = charts.code_bars(np.linspace(-1, 1, k, dtype=np.float32))
    assert len(figure.data[0].y) == k
    assert figure.layout.xaxis.tickvals[-1] == k


def test_confusion_colours_mistakes_alone_and_writes_shares() -> None:
    counts = np.diag([90] * 10)
    counts[5, 8] = 10
    figure = charts.confusion(counts)
    shown = np.array(figure.data[0].z)
    assert shown[5, 8] == 10
    assert not np.diag(shown).any()
    written = {(note.y, note.x): note.text for note in figure.layout.annotations}
    assert (written[5, 8], written[5, 5], written[0, 1]) == ("10", "<b>90</b>", "")
    black = [(note.y, note.x) for note in figure.layout.annotations if note.font.color == "#000000"]
    assert black == [(5, 8)]  # the only strong orange


def test_confusion_takes_a_class_without_digits() -> None:
    assert not np.isnan(charts.confusion(np.zeros((10, 10), dtype=int)).data[0].z).any()


# Machado, Oliveira & Fernandes 2009: how linear colours look without red, and without green cones.
PROTANOPIA = [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]]
DEUTERANOPIA = [[0.3673, 0.8606, -0.228], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]


EYES = pytest.mark.parametrize(
    "eye", [np.eye(3), PROTANOPIA, DEUTERANOPIA], ids=["all", "no red", "no green"]
)


def light_of(names: Sequence[str]) -> np.ndarray:
    """Colours as linear light (n, 3)."""
    colours = np.array([[int(name[i : i + 2], 16) / 255 for i in (1, 3, 5)] for name in names])
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def seen_by(eye: Sequence[Sequence[float]], names: Sequence[str]) -> np.ndarray:
    """Colours in CIELAB (n, 3), as an eye sees them."""
    seen = np.clip(light_of(names) @ np.transpose(eye), 0, 1)
    shown = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    return rgb2lab(shown[None])[0]


def gaps(lab: np.ndarray) -> np.ndarray:
    """How far each two of the colours are apart."""
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(len(lab), 1)]


@EYES
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_class_colours_are_told_apart_by_every_eye(eye: list[list[float]], theme: str) -> None:
    assert gaps(seen_by(eye, charts.CLASS_COLOURS[theme])).min() > 29


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_class_colours_stand_out_on_the_page(theme: str) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    page = settings["theme"][theme]["backgroundColor"]
    bright = light_of([page, *charts.CLASS_COLOURS[theme]]) @ [0.2126, 0.7152, 0.0722] + 0.05
    assert (np.maximum(bright[0] / bright[1:], bright[1:] / bright[0]) >= 3).all()  # as WCAG asks


@EYES
def test_colours_of_pairs_are_told_apart_by_every_eye(eye: list[list[float]]) -> None:
    assert gaps(seen_by(eye, charts.PAIR_COLOURS)).min() > 29


@pytest.mark.parametrize("colour", [charts.NOISE_COLOUR, *charts.PAIR_COLOURS])
def test_what_is_no_family_has_no_colour_of_one(colour: str) -> None:
    families = seen_by(np.eye(3), [look.colour for look in LOOKS.values()])
    assert np.linalg.norm(families - seen_by(np.eye(3), [colour]), axis=1).min() > 29


def test_enlarging_repeats_pixels_and_clips() -> None:
    big = enlarged(np.array([[0.0, 1.2], [-0.1, 0.5]]), 3)
    assert big.shape == (6, 6)
    assert (big[0, 5], big[5, 0], big[5, 5]) == (255, 0, 128)


def test_table_of_digits_has_a_cell_for_each_digit() -> None:
    rows = [Row("Original", "", np.ones((5, 28, 28))), Row("k = 2", "0.0413", np.zeros((5, 28, 28)))]
    sheet = np.asarray(Image.open(io.BytesIO(table_png(rows))))
    cell, gap = 168, 8
    assert sheet.shape[0] == 2 * cell + gap
    assert (sheet[:cell, -cell:, :3] == 255).all()
    assert (sheet[cell : cell + gap, -cell:, 3] == 0).all()
    assert (sheet[-cell:, -cell:] == (0, 0, 0, 255)).all()


def test_ids_are_read_with_commas_or_spaces() -> None:
    assert parse_ids("3, 14 15", count=100) == (3, 14, 15)


@pytest.mark.parametrize("text", ["", "a", "1, -2", "100", "1.5", "²", "1 2 3 4 5 6 7 8 9"])
def test_unreadable_ids_say_what_to_type(text: str) -> None:
    with pytest.raises(InputError, match=r"^Test digits: "):
        parse_ids(text, count=100)


def test_shuffling_among_classes_draws_only_these() -> None:
    labels = np.arange(1000) % 10
    drawn = labels[random_ids(labels, [5, 8])]
    assert len(drawn) == 5
    assert set(drawn) <= {5, 8}
    assert list(drawn) == sorted(drawn)


def test_settings_come_from_the_environment() -> None:
    assert read({}) == Settings()
    assert read({"AE_DEVICE": "cpu", "AE_THREADS": "3", "AE_MAX_UPLOAD_MB": ""}) == Settings("cpu", threads=3)


@pytest.mark.parametrize("text", ["many", "-1", "0", "1.5"])
def test_a_setting_that_is_no_number_names_itself(text: str) -> None:
    with pytest.raises(AeError, match="AE_MAX_UPLOAD_MB"):
        read({"AE_MAX_UPLOAD_MB": text})
