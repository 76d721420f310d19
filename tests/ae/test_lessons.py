from __future__ import annotations

import numpy as np
import pytest

from ae import lessons, weights
from ae.errors import DataError
from ae.lessons import Measured, making_data


def some(**values: object) -> Measured:
    return Measured("depth", "a model", "some data", "short", [0, 1], values)


def test_what_is_written_is_read_again(tmp_path):
    measured = some(a=[1, 2.5], b={"c": None})
    measured.pictures = {"x": np.arange(6, dtype=np.uint8).reshape(2, 3)}
    lessons.write(measured, tmp_path)
    again = lessons.read("depth", tmp_path)
    assert again.values == {"a": [1, 2.5], "b": {"c": None}}
    assert (again.seeds, again.data) == ([0, 1], "some data")
    assert again.command.endswith("--only depth --seed 0")
    assert np.array_equal(again.pictures["x"], measured.pictures["x"])


def test_each_value_has_a_line_of_its_own(tmp_path):
    lessons.write(some(first=[1], second=[2]), tmp_path)
    lines = (tmp_path / "depth.json").read_text().splitlines()
    assert '  "first": [1],' in lines
    assert '  "second": [2]' in lines


def test_a_missing_lesson_names_the_command_and_a_damaged_one_its_file(tmp_path):
    with pytest.raises(DataError, match=r"measure_lessons.py --data-root DIR --only depth"):
        lessons.read("depth", tmp_path)
    for text in ("{", '{"name": "depth"}', "[]"):
        (tmp_path / "depth.json").write_text(text)
        with pytest.raises(DataError, match=r"depth\.json is damaged"):
            lessons.read("depth", tmp_path)
    lessons.write(some(), tmp_path)
    (tmp_path / "depth.npz").write_bytes(b"nonsense")
    with pytest.raises(DataError, match=r"depth\.json is damaged"):
        lessons.read("depth", tmp_path)


def test_numbers_are_rounded_to_significant_digits():
    assert lessons.significant([0.00123456, 1234.56]) == [0.001235, 1235.0]


def test_spread_is_mean_and_ends_of_each_row():
    assert lessons.spread([[0.2, 0.4], [1.0, 1.0]]) == ([0.3, 1.0], [0.2, 1.0], [0.4, 1.0])


@pytest.mark.parametrize("name", lessons.NAMES)
def test_shipped_measurements_are_whole_and_small(name):
    measured = lessons.read(name)
    assert measured.name == name
    assert measured.seeds
    assert f"--only {name}" in measured.command
    assert sum(path.stat().st_size for path in lessons.FOLDER.glob(f"{name}.*")) < 300_000


def test_shipped_measurements_are_of_the_shipped_weights():
    made = lessons.read("making_data").values["digests"]
    found = lessons.read("outliers").values
    measured = made | {name: found[name]["digest"] for name in weights.names("digits")}
    assert set(made) == set(making_data.MODELS)
    assert {name: weights.read_card(name).digest for name in measured} == measured


def test_every_direction_of_pca_is_found_in_the_end():
    values = lessons.read("linear").values
    ends = [run[-1][-1] for k in values["ks"] for run in values[str(k)]["angles"]]
    assert len(ends) == 9
    assert max(ends) < 10  # degrees, of 90 for spaces that have nothing in common
