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
