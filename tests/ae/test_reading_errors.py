"""Character errors by script and dirt; a fake reader stands in for Tesseract."""

from __future__ import annotations

import numpy as np
import pytest

from ae import ocr
from ae.cli import main
from ae.data.noisyoffice import PagePair
from ae.data.rendering import RenderedPage
from ae.evaluation import reading_errors
from ae.evaluation.reading_errors import DirtyText


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    """A reader that sees `word` on a white page and `w rd` on any other; it counts what it reads."""
    seen = []

    def read(grey, languages="eng", x_height=0.0):
        seen.append(languages)
        return "word" if grey.min() == 255 else "w rd"

    monkeypatch.setattr(ocr, "read", read)
    return seen


WHITE, GREY = np.full((20, 30), 255, np.uint8), np.full((20, 30), 90, np.uint8)


def whiten(grey):
    return WHITE


def untouched(grey):
    return grey


def test_truth_is_what_is_read_in_the_original_and_each_original_is_read_once(reader):
    pairs = [PagePair(str(i), GREY, WHITE) for i in range(3)]
    truths = reading_errors.original_texts(pairs)
    assert (truths, len(reader)) == (["word"] * 3, 1)
    assert reading_errors.noisyoffice_error_rate([GREY] * 3, truths) == 3 / 12
    assert reading_errors.noisyoffice_error_rate([WHITE] * 3, truths) == 0


def test_pages_alike_are_read_once_and_in_every_language_and_shape(reader):
    pages = [
        (WHITE, "eng", 9.0),
        (GREY, "eng", 9.0),
        (WHITE, "kor", 9.0),
        (WHITE, "eng", 9.0),
        (WHITE.T, "eng", 9.0),
    ]
    assert reading_errors.read_once(pages) == ["word", "w rd", "word", "word", "word"]
    assert len(reader) == 4


def test_many_pages_come_back_in_order_and_are_made_as_they_are_needed(reader):
    made = []

    def pages():
        for number in range(40):
            made.append(len(reader))
            yield (WHITE if number % 2 else GREY), "eng", 12.0

    assert reading_errors.read_all(pages()) == ["w rd", "word"] * 20
    assert made[-1] > 20  # most pages were read before the last one was made


def dirty_text(script, family, language):
    page = RenderedPage(WHITE, WHITE, "word", 150.0, script, language, "a font", 12.0)
    return DirtyText(page, GREY, script, 150.0, family)


def test_rows_say_the_error_of_every_cleaner_by_script_and_dirt(reader):
    pages = [dirty_text("latin", "streaks", "fra"), dirty_text("latin", "streaks", "fra")]
    pages += [dirty_text("korean", "streaks", "kor")]
    rows = reading_errors.rendered_errors({"untouched": untouched, "ours": whiten}, pages)
    assert [(row.script, row.pages, row.letters) for row in rows] == [("latin", 2, 8), ("korean", 1, 4)]
    assert rows[0].cer == {"untouched": 0.25, "ours": 0.0, "original": 0.0}
    assert (reader.count("fra"), reader.count("kor")) == (5, 3)  # the original of both French pages once
    assert reading_errors.mean_by(rows, "family") == {"streaks": rows[0].cer}
    assert reading_errors.mean_by(rows, "dpi").keys() == {"150.0"}


def test_spaces_do_not_count_where_a_script_has_none():
    rows = reading_errors.rendered_errors({"untouched": untouched}, [dirty_text("chinese", "streaks", "x")])
    assert rows[0].cer["untouched"] == 0.25  # `wrd` for `word`, not `w rd`


def test_an_unknown_script_is_usage(capsys):
    assert main(["evaluate", "rendered", "--scripts", "runes"]) == 2
    assert "choose from latin" in capsys.readouterr().err
