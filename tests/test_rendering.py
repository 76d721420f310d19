"""Rendered office pages and the samples made of them: repeatable, of the right size, dirty as told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont

from ae.data import samples
from ae.data.degradation import Dirt, make_dirty
from ae.data.rendering import PageStyle, RenderedPage, load_font, render_page
from ae.errors import DataError

SMALL = PageStyle(size_mm=(90, 70), dpi=96, margin_mm=6)
KINDS = ("ageing", "coffee_ring", "fold", "wrinkles", "lighting", "hand_shadow", "speckle", "grain")
ALL_DIRT = [Dirt(kind, 0.8) for kind in KINDS]


def same(a: RenderedPage, b: RenderedPage) -> bool:
    return np.array_equal(a.clean, b.clean) and np.array_equal(a.dirty, b.dirty) and a.text == b.text


def test_a_seed_gives_the_same_page_again() -> None:
    assert same(render_page(3, SMALL, ALL_DIRT), render_page(3, SMALL, ALL_DIRT))


def test_another_seed_gives_another_page() -> None:
    first, second = render_page(3, SMALL), render_page(4, SMALL)
    assert first.text != second.text
    assert not np.array_equal(first.clean, second.clean)


@pytest.mark.parametrize(
    ("size_mm", "dpi", "shape"),
    [
        ((210, 297), 50, (585, 413)),
        ((148, 210), 72, (595, 420)),
        ((137.16, 106.68), 100, (420, 540)),
        ((5, 5), 25.4, (5, 5)),
    ],
)
def test_a_page_has_the_size_of_its_paper(
    size_mm: tuple[float, float], dpi: float, shape: tuple[int, int]
) -> None:
    page = render_page(0, PageStyle(size_mm=size_mm, dpi=dpi), ALL_DIRT)
    assert page.clean.shape == page.dirty.shape == shape
    assert page.clean.dtype == page.dirty.dtype == np.uint8
    assert page.dpi == dpi


def test_a_page_without_dirt_is_clean() -> None:
    page = render_page(1, SMALL)
    assert np.array_equal(page.clean, page.dirty)
    assert page.clean.max() == 255
    assert page.clean.min() == 0


def test_the_margin_stays_white() -> None:
    page = render_page(1, PageStyle(size_mm=(100, 140), dpi=100, margin_mm=12))
    margin = PageStyle(dpi=100).pixels(11)
    edge = np.ones(page.clean.shape, bool)
    edge[margin:-margin, margin:-margin] = False
    assert (page.clean[edge] == 255).all()


def test_a_large_page_has_a_table_and_a_list_with_dots() -> None:
    text = render_page(2, PageStyle(dpi=60)).text
    assert "....." in text
    assert "Page Dirt Error Seconds" in text


def test_a_font_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(DataError, match=r"nowhere\.ttf"):
        render_page(0, PageStyle(font="nowhere.ttf"))


def test_without_font_packages_the_font_of_pillow_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    open_font = ImageFont.truetype

    def only_from_memory(font: Any, *args: Any, **options: Any) -> ImageFont.FreeTypeFont:
        if isinstance(font, str | Path):
            raise OSError("not installed")
        return open_font(font, *args, **options)

    monkeypatch.setattr(ImageFont, "truetype", only_from_memory)
    assert load_font(None, 40).size == 40
    assert render_page(0, SMALL).clean.min() < 128


@pytest.mark.parametrize("kind", KINDS)
def test_strength_zero_changes_nothing(kind: str) -> None:
    clean = render_page(0, SMALL).clean
    assert np.array_equal(make_dirty(clean, [Dirt(kind, 0)], 1, SMALL.dpi), clean)


@pytest.mark.parametrize("kind", KINDS)
def test_more_strength_is_more_dirt(kind: str) -> None:
    clean = render_page(0, SMALL).clean
    weak, strong = (make_dirty(clean, [Dirt(kind, strength)], 1, SMALL.dpi) for strength in (0.3, 1.0))
    error = [np.abs(dirty.astype(int) - clean).mean() for dirty in (weak, strong)]
    assert 0 < error[0] < error[1]


@pytest.mark.parametrize("kind", KINDS)
def test_dirt_depends_on_its_seed_and_leaves_its_input_alone(kind: str) -> None:
    clean = render_page(0, SMALL).clean
    copy = clean.copy()
    first, again, other = (make_dirty(clean, [Dirt(kind)], seed, SMALL.dpi) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(clean, copy)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1)])
def test_dirt_takes_pages_of_any_size(shape: tuple[int, int]) -> None:
    assert make_dirty(np.full(shape, 255, np.uint8), ALL_DIRT, 0, 300).shape == shape


def test_unknown_dirt_is_named() -> None:
    with pytest.raises(DataError, match="jam"):
        make_dirty(np.zeros((4, 4), np.uint8), [Dirt("jam")], 0, 100)


def test_the_shipped_samples_are_pairs_of_one_size() -> None:
    found = samples.sample_pages()
    assert len(found) == 3
    for sample in found:
        with Image.open(sample.dirty) as dirty, Image.open(sample.clean) as clean:
            assert dirty.size == clean.size
            assert dirty.mode == clean.mode == "L"
            assert dirty.info["dpi"] == clean.info["dpi"]


def test_the_shipped_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in samples.FOLDER.iterdir()) < 3_000_000


def test_missing_samples_are_explained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="make_samples"):
        samples.sample_pages(tmp_path)


def test_the_script_makes_the_samples_anew(tmp_path: Path) -> None:
    script = Path(__file__).parents[1] / "scripts" / "make_samples.py"
    run = subprocess.run(
        [sys.executable, str(script), "--dry-run", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 samples" in run.stdout
    assert not list(tmp_path.iterdir())
