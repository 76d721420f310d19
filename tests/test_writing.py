"""Generated text goes between the marks of a document, whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ae.errors import InputError

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import _windows
import _writing

PLACE = _writing.marks("measured")
TEXT = f"before\n{PLACE.begin}\nold\n{PLACE.end}\nafter\n"


def test_only_what_stands_between_the_marks_is_written_again(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(TEXT)
    for generated in ("new ± 1", "newer\n\ntwo lines"):
        _writing.fill(path, PLACE, generated)
        assert path.read_text(encoding="utf-8") == TEXT.replace("old", generated)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"old\n{PLACE.end}\n", "the mark <!-- measured --> is missing"),
        (f"{PLACE.begin}\nold\n", "the mark <!-- /measured --> is missing"),
        (TEXT + PLACE.end, "the mark <!-- /measured --> is there 2 times"),
        (f"{PLACE.end}\nold\n{PLACE.begin}\n", "the mark <!-- /measured --> stands before <!-- measured -->"),
    ],
    ids=["no begin", "no end", "two ends", "swapped"],
)
def test_a_document_without_its_marks_is_named_and_left_as_it_was(tmp_path, text, told):
    path = tmp_path / "a.md"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        _writing.fill(path, PLACE, "new")
    assert str(caught.value).startswith(f"{path}: {told}")
    assert path.read_text() == text


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        _writing.write_text(path, "half of it \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("document", ["robustness.md", "scale.md"])
def test_the_documents_have_their_marks(document):
    path = Path(__file__).parents[1] / "docs" / document
    text = path.read_text(encoding="utf-8")
    assert "new" in _writing.filled(text, PLACE, "new", path)


def test_the_largest_window_is_no_larger_than_the_page():
    values = np.zeros((30, 50))
    values[20:, 40:] = 3.0
    assert _windows.largest_window(values, (10, 10)) == ((slice(20, 30), slice(40, 50)), 3.0)
    window, mean = _windows.largest_window(values, (100, 100))
    assert (window, mean) == ((slice(0, 30), slice(0, 50)), pytest.approx(0.2))
