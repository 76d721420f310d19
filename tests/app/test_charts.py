from __future__ import annotations

import ast
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ae.errors import AeError, InputError
from app import charts
from app.components.digits import parse_ids, random_ids
from app.components.pictures import Row, enlarged, mosaic_png, table_png
from app.settings import Settings, read

EXTENT = (-1.0, 1.0, -2.0, 2.0)


@pytest.fixture
def plane() -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(40) % 10
    return np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32), labels


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


def test_confusion_takes_a_class_without_digits() -> None:
    assert not np.isnan(charts.confusion(np.zeros((10, 10), dtype=int)).data[0].z).any()


def test_scatter_has_a_trace_a_class_and_carries_rows(plane: tuple[np.ndarray, np.ndarray]) -> None:
    codes, labels = plane
    figure = charts.latent_scatter(codes, labels, EXTENT, marked=13)
    assert [trace.name for trace in figure.data] == [str(digit) for digit in range(10)]
    assert list(figure.data[3].customdata) == [3, 13, 23, 33]
    assert [list(trace.selectedpoints) for trace in figure.data[2:4]] == [[], [1]]


def test_ten_thousand_points_travel_compactly() -> None:
    codes = np.random.default_rng(0).normal(size=(10_000, 2))
    figure = charts.latent_scatter(codes, np.arange(10_000) % 10, EXTENT, marked=0)
    assert len(figure.to_json()) < 200_000


def test_class_names_can_be_read_on_their_colours() -> None:
    assert [charts.readable_on(colour) for colour in ("#ffffff", "#000000", "#ffa90e", "#832db6")] == [
        "#000000",
        "#ffffff",
        "#000000",
        "#ffffff",
    ]


def test_plane_lays_the_picture_over_its_part() -> None:
    figure = charts.picture_plane(b"png", *EXTENT, mark=(0.5, 0.5))
    image = figure.layout.images[0]
    assert (image.x, image.y, image.sizex, image.sizey) == (-1, 2, 2, 4)
    assert figure.layout.yaxis.scaleratio == 0.5


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


def test_mosaic_keeps_rows_and_columns_in_place() -> None:
    images = np.zeros((2, 3, 28, 28))
    images[1, 2] = 1
    sheet = np.asarray(Image.open(io.BytesIO(mosaic_png(images, 1))))
    assert sheet.shape == (56, 84)
    assert sheet[28:, 56:].min() == 255
    assert sheet.sum() == 28 * 28 * 255


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


@pytest.mark.parametrize("spread", [1.0, 0.3])
def test_names_of_classes_hide_neither_each_other_nor_the_mark(spread: float) -> None:
    codes = np.random.default_rng(0).normal(0.5, spread, size=(2_000, 2))
    figure = charts.latent_scatter(codes, np.arange(2_000) % 10, EXTENT, marked=0)
    places = np.array([codes[0], *[(name.x, name.y) for name in figure.layout.annotations]])
    gaps = np.abs(places[:, None] - places[None]).max(axis=2)[np.triu_indices(11, 1)]
    shown = min(EXTENT[1] - EXTENT[0], EXTENT[3] - EXTENT[2])
    assert gaps.min() >= 0.05 * shown
