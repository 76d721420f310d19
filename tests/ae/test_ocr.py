"""Reading text, and counting what was read wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae import ocr
from ae.errors import AeError


def printed(text: str) -> np.ndarray:
    image = Image.new("L", (900, 120), 255)
    ImageDraw.Draw(image).text((30, 30), text, font=ImageFont.load_default(48), fill=0)
    return np.asarray(image)


def test_printed_text_is_read():
    ocr.require("eng")
    assert ocr.read(printed("Clean pages read well"), x_height=25) == "Clean pages read well"


def test_errors_are_edits_over_letters_with_white_space_collapsed():
    errors = ocr.compare("the  cot\nsat", "the cat sat")
    assert (errors.edits, errors.letters) == (1, 11)
    assert ocr.total([errors, ocr.compare("", "four")]).rate == pytest.approx(5 / 15)


def test_a_missing_language_names_its_package():
    with pytest.raises(AeError, match="tesseract-ocr-xyz"):
        ocr.require("eng+xyz")


def test_without_tesseract_the_installation_line_is_given(monkeypatch):
    monkeypatch.setattr(ocr.shutil, "which", lambda name: None)
    with pytest.raises(AeError, match="requirements-ocr"):
        ocr.require()


def test_a_page_is_read_with_its_confidence_and_a_layer_of_its_text():
    pypdfium2 = pytest.importorskip("pypdfium2")
    ocr.require("eng")
    reading = ocr.read_layer(printed("Clean pages read well"), "eng")
    assert reading.text == "Clean pages read well"
    assert reading.words == 4
    assert 80 < reading.confidence <= 100
    document = pypdfium2.PdfDocument(reading.layer)
    assert document[0].get_textpage().get_text_range().strip() == "Clean pages read well"
    drawn = document[0].render(grayscale=True).to_numpy()
    document.close()
    assert drawn.min() == 255  # the text can be found, but not seen


def test_a_page_without_text_is_read_as_empty():
    ocr.require("eng")
    reading = ocr.read_layer(np.full((300, 400, 3), 255, np.uint8), "eng")
    assert (reading.text, reading.words, reading.confidence) == ("", 0, 0.0)


def test_what_is_read_differently_is_marked():
    changes = ocr.differences("the cat sat on", "the dog sat on it")
    assert [(change.before, change.after) for change in changes if not change.is_same] == [
        ("cat", "dog"),
        ("", "it"),
    ]
    assert " ".join(change.after for change in changes) == "the dog sat on it"
    assert ocr.differences("", "") == []


def test_a_failure_of_tesseract_is_one_sentence():
    ocr.require("eng")
    with pytest.raises(AeError, match="could not read"):
        ocr.read_layer(printed("a"), "xyz")
