"""Rendered pages: the same for the same seed, no boxes for letters, no held-out font in training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont, features

from ae.data import rendering
from ae.data.rendering import fonts, layout, setting, typesetting
from ae.data.rendering.canvas import Canvas
from ae.data.rendering.figures import HELD_OUT_SCENES, TRAINING_SCENES, scene
from ae.data.rendering.page import WHITE
from ae.data.rendering.scripts import SCRIPTS
from ae.data.rendering.texts import ENGLISH
from ae.errors import DataError

BUNDLED = fonts.FontFile("bundled.ttf", "none")
RAQM = pytest.mark.skipif(not features.check("raqm"), reason="Pillow without raqm")
NAMES = {held_out: {font.name for table in fonts.font_table(held_out).values() for font in table}
         for held_out in (False, True)}  # fmt: skip


def missing_packages(held_out: bool) -> str:
    """What to install before pages can be drawn, empty when all is there."""
    packages = set()
    for table in fonts.font_table(held_out).values():
        for font in table:
            try:
                fonts.find(font)
                fonts.find(font, bold=True)
            except DataError:
                packages.add(font.package)
    return " ".join(sorted(packages))


TRAINING = pytest.mark.skipif(
    bool(missing_packages(False)), reason=f"fonts missing: apt-get install {missing_packages(False)}"
)
EVALUATION = pytest.mark.skipif(
    bool(missing_packages(True)), reason=f"fonts missing: apt-get install {missing_packages(True)}"
)


@pytest.fixture
def bundled(monkeypatch, tmp_path):
    """English in Pillow's own font, wherever a font is asked for, so that no package is needed."""
    path = tmp_path / BUNDLED.name
    path.write_bytes(ImageFont.load_default(10).font_bytes)
    monkeypatch.setattr(fonts, "_installed", lambda: {BUNDLED.name: path})
    monkeypatch.setitem(fonts.TRAINING_FONTS, "latin", (BUNDLED,))
    monkeypatch.setattr(fonts, "FORMULA_FONT", BUNDLED)
    monkeypatch.setitem(SCRIPTS, "latin", rendering.Script({"eng": ENGLISH}, "x"))
    monkeypatch.setattr(layout, "_LATIN_SHARE", 1.0)
    setting.vocabulary.cache_clear()
    yield BUNDLED
    setting.vocabulary.cache_clear()


def without_formulas(monkeypatch):
    blocks = {block: share for block, share in layout.BLOCKS.items() if block.__name__ != "formula"}
    monkeypatch.setattr(layout, "BLOCKS", blocks)


# Pillow's own font has neither Greek letters nor sums; formulas are tested where DejaVu is installed.
BLOCKS = [*(block for block in rendering.BLOCKS if block.__name__ != "formula"), rendering.stamp_sample]


@RAQM
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_each_block_leaves_ink_inside_its_column(block, bundled):
    for seed in range(3):
        page = rendering.block_sample(block, seed, colour=False)
        assert page.dtype == np.uint8
        assert (page < 200).sum() > 50
        assert (page[:, -8:] == WHITE).all()


@RAQM
def test_the_same_seed_is_the_same_page(bundled, monkeypatch):
    without_formulas(monkeypatch)
    first, second, other = (rendering.render_training_page(seed, shape=(300, 200)) for seed in (3, 3, 4))
    assert np.array_equal(first.clean, second.clean)
    assert first.text == second.text
    assert not np.array_equal(first.clean, other.clean)


@RAQM
def test_training_pages_have_the_shape_and_sizes_asked_for(bundled, monkeypatch):
    without_formulas(monkeypatch)
    for seed in range(8):
        page = rendering.render_training_page(seed, shape=(240, 320), colour=seed % 2 == 1)
        assert page.clean.shape == ((240, 320, 3) if seed % 2 else (240, 320))
        assert np.array_equal(page.clean, page.dirty)
        assert 8 <= page.x_height <= 60
        assert 72 <= page.dpi <= 600


@RAQM
def test_text_page_prints_all_of_its_text(bundled):
    page = rendering.render_text_page(1, "latin", 120, held_out=False)
    lines = page.text.splitlines()
    rows = (page.clean < 128).any(1)
    assert 12 <= len(lines) <= 20
    assert (np.diff(rows.astype(int)) == 1).sum() >= len(lines)
    assert page.language == "eng"
    assert page.x_height >= 8


def test_unknown_script_and_resolution_are_refused():
    with pytest.raises(DataError, match="latin"):
        rendering.render_text_page(0, "klingon", 150)
    with pytest.raises(DataError, match="100 to 600"):
        rendering.render_text_page(0, "latin", 20)


@RAQM
def test_a_letter_that_the_font_lacks_is_named(bundled):
    fonts.require_glyphs(bundled, "plain words")
    with pytest.raises(DataError, match="ж"):
        fonts.require_glyphs(bundled, "plain ж")


@RAQM
def test_no_line_is_printed_with_boxes(bundled):
    page = setting.Setting(np.random.default_rng(0), "latin", "eng", bundled, 20.0, 1.4, 150)
    canvas, column = Canvas((60, 300), colour=False), typesetting.Column(0, 300, 0, 60)
    with pytest.raises(DataError, match="no glyph"):
        typesetting.print_line(canvas, column, page, ["один"], page.face())


def test_a_missing_font_names_its_package(monkeypatch):
    monkeypatch.setattr(fonts, "_installed", dict)
    with pytest.raises(DataError, match="apt-get install fonts-"):
        rendering.render_training_page(0)


def test_without_complex_shaping_nothing_is_drawn(monkeypatch):
    monkeypatch.setattr(features, "check", lambda name: False)
    with pytest.raises(DataError, match="raqm"):
        rendering.render_training_page(0)


def test_training_shares_no_font_with_evaluation():
    assert not NAMES[False] & NAMES[True]
    assert fonts.FORMULA_FONT.name not in NAMES[True]
    assert fonts.HELD_OUT_FORMULA_FONT.name not in NAMES[False]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_has_fonts_and_holds_two_out(script):
    assert len(fonts.HELD_OUT_FONTS[script]) == 2
    assert len(fonts.TRAINING_FONTS[script]) >= 4


def test_training_shares_no_picture_with_evaluation():
    assert not set(TRAINING_SCENES) & set(HELD_OUT_SCENES)
    generator = np.random.default_rng(0)
    for draw in (*TRAINING_SCENES, *HELD_OUT_SCENES):
        assert draw(generator, 40, 60).shape == (40, 60, 3)
    assert scene(generator, 30, 50).dtype == np.uint8


@TRAINING
@RAQM
def test_training_never_opens_a_held_out_font(monkeypatch):
    opened = set()
    find = fonts.find

    def note(font, bold=False):
        opened.add(font.name)
        return find(font, bold)

    monkeypatch.setattr(fonts, "find", note)
    for seed in range(25):
        rendering.render_training_page(seed, shape=(256, 256))
    assert opened
    assert not opened & NAMES[True]


@TRAINING
@RAQM
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_training_font_has_every_letter(script):
    text = "".join("".join(sentences) for sentences in SCRIPTS[script].languages.values())
    for font in fonts.TRAINING_FONTS[script]:
        for bold in (False, True):
            fonts.require_glyphs(font, text + "0123456789", bold)


@EVALUATION
@RAQM
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_held_out_font_has_every_letter(script):
    text = "".join("".join(sentences) for sentences in SCRIPTS[script].languages.values())
    for font in fonts.HELD_OUT_FONTS[script]:
        fonts.require_glyphs(font, text + "0123456789")
    page = rendering.render_text_page(2, script, 100)
    assert page.font in {font.name for font in fonts.HELD_OUT_FONTS[script]}
    assert page.text
    assert (page.clean < 128).mean() > 0.02


@TRAINING
@RAQM
def test_arabic_letters_are_joined():
    font = fonts.open_font(fonts.TRAINING_FONTS["arabic"][0], 40)
    apart = sum(font.getlength(letter, direction="rtl") for letter in "كتب")
    assert font.getlength("كتب", direction="rtl") < 0.9 * apart


@TRAINING
@RAQM
def test_contact_sheet_is_written():
    script = Path(__file__).parents[2] / "scripts" / "render_pages.py"
    done = subprocess.run(
        [sys.executable, str(script), "--dry-run"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "2 pages" in done.stdout


@TRAINING
@RAQM
def test_formula_leaves_ink():
    formula = next(block for block in rendering.BLOCKS if block.__name__ == "formula")
    assert (rendering.block_sample(formula, 0, colour=False) < 128).sum() > 50


@TRAINING
def test_the_content_says_what_a_page_consists_of():
    def pages(content):
        return [
            rendering.render_training_page(seed, shape=(300, 240), colour=True, content=content).clean
            for seed in range(4)
        ]

    only_text, only_boxes = (rendering.Content({block: 1}) for block in (layout.paragraph, layout.inverted))
    assert all((page < 60).mean() < 0.2 for page in pages(only_text))
    assert any((page < 60).mean() > 0.2 for page in pages(only_boxes))


def test_contents_leave_out_what_they_say():
    drawn = {block.__name__ for block in rendering.WITHOUT_PICTURES.blocks}
    assert {block.__name__ for block in rendering.EVERYTHING.blocks} - drawn == {"photograph", "highlighted"}
    assert not {"photograph", "chart", "inverted"} & {block.__name__ for block in rendering.PLAIN.blocks}
    assert rendering.MOSTLY_FAINT.blocks[layout.faint] > rendering.MOSTLY_FAINT.blocks[layout.paragraph]


@TRAINING
def test_plain_pages_have_small_letters():
    heights = [
        rendering.render_training_page(seed, shape=(120, 120), content=rendering.PLAIN).x_height
        for seed in range(6)
    ]
    low, high = rendering.PLAIN.x_heights
    assert all(low <= height <= high for height in heights)
