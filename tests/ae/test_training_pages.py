"""Rendered pairs to train on; a plain drawn page stands in for the renderer, so that no font is needed."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from ae.data import training_pages
from ae.data.degradation import FAMILIES, TRAINED, office_dirt, shading_dirt, weakening_dirt
from ae.data.noisyoffice import PagePair
from ae.data.rendering import MOSTLY_FAINT, PLAIN, RenderedPage
from ae.data.training_pages import rendered_pairs, swapped_pairs
from tests.conftest import draw_page


@pytest.fixture(autouse=True)
def plain_pages(monkeypatch):
    monkeypatch.setattr(
        training_pages,
        "render_training_page",
        lambda seed, **_: RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0),
    )


def test_pairs_are_repeatable_and_differ_from_page_to_page():
    first, again = (list(rendered_pairs(6, seed=3)) for _ in range(2))
    assert all(np.array_equal(a.dirty, b.dirty) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a.dirty, b.dirty) for a, b in pairwise(first))
    assert all(np.array_equal(pair.clean, draw_page(200, 150)) for pair in first)


def test_some_pages_lie_on_a_background(monkeypatch):
    laid = []
    monkeypatch.setattr(
        training_pages, "lay_on_background", lambda clean, background, *_: laid.append(background) or clean
    )
    backgrounds = [np.full((150, 200), 180, np.uint8)]
    list(rendered_pairs(40, seed=1, backgrounds=backgrounds))
    assert 2 <= len(laid) <= 20
    assert laid[0] is backgrounds[0]


def test_faint_pages_are_a_share_of_all_and_their_ink_is_weakened(monkeypatch):
    asked = []
    page = RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0)

    def remember(_seed, *, content, **_):
        asked.append(content is MOSTLY_FAINT)
        return page

    monkeypatch.setattr(training_pages, "render_training_page", remember)
    pairs = list(rendered_pairs(40, seed=1, faint=0.5))
    assert 10 <= sum(asked) <= 30
    ink = [pair.dirty[page.clean < 100].mean() for pair in pairs]
    faint, others = (
        [tone for tone, is_faint in zip(ink, asked, strict=True) if is_faint == wanted]
        for wanted in (True, False)
    )
    assert np.mean(faint) > np.mean(others)


def test_photographs_are_a_share_of_the_pages():
    pairs = list(rendered_pairs(30, seed=1, photographed=0.5))
    assert 8 <= sum(pair.name.startswith("photographed") for pair in pairs) <= 22


def test_pages_in_deep_shadow_are_a_share_of_all_and_darker_and_often_smaller():
    pairs = list(rendered_pairs(40, seed=1, shaded=0.5))
    shaded = [pair for pair in pairs if pair.clean.shape != (150, 200)]
    assert 10 <= len(shaded) <= 30
    heights = [pair.clean.shape[0] for pair in shaded]
    assert min(heights) >= 60
    assert np.ptp(heights) > 40
    assert max(heights) < 150
    darkest = [np.percentile(pair.dirty, 25) for pair in shaded]
    assert np.median(darkest) < 150


def test_deep_shadow_is_two_kinds_of_it_and_nothing_that_is_held_out():
    pages = [[dirt.kind for dirt in shading_dirt(seed)] for seed in range(200)]
    shadows = {"lighting", "hand_shadow", "binding_shadow"}
    assert all("grain" in kinds for kinds in pages)
    assert all(sum(kind in shadows for kind in kinds) == 2 for kinds in pages)
    assert {"photocopy", "sensor_noise", "jpeg", "ageing"} < set().union(*pages) <= set(TRAINED)
    assert all(kinds == sorted(kinds, key=list(FAMILIES).index) for kinds in pages)


def test_weakened_ink_has_nothing_that_is_held_out():
    kinds = {dirt.kind for seed in range(200) for dirt in weakening_dirt(seed)}
    assert {"focus", "fading", "low_ink", "motion"} <= kinds <= set(TRAINED)


def test_an_office_scan_always_has_grain_and_noise_and_nothing_that_is_held_out():
    pages = [[dirt.kind for dirt in office_dirt(seed)] for seed in range(200)]
    always = {"fading", "grain", "focus", "sensor_noise"}
    assert all(always <= set(kinds) for kinds in pages)
    kinds = set().union(*pages)
    assert always | {"coffee_ring", "wrinkles", "ageing"} <= kinds <= set(TRAINED)
    assert all(kinds == sorted(kinds, key=list(FAMILIES).index) for kinds in pages)
    assert max(kinds.count("coffee_ring") for kinds in pages) > 1


def test_office_scans_are_a_share_of_the_pages_that_are_not_faint(monkeypatch):
    drawn = []
    for name in ("office_dirt", "weakening_dirt", "random_dirt"):
        monkeypatch.setattr(training_pages, name, lambda _seed, name=name, **_: drawn.append(name) or ())
    page = RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0)
    monkeypatch.setattr(training_pages, "render_training_page", lambda *_, **__: page)
    list(rendered_pairs(200, seed=1, faint=0.5, office=0.5))
    shares = {name: drawn.count(name) / len(drawn) for name in set(drawn)}
    assert shares == pytest.approx({"weakening_dirt": 0.5, "office_dirt": 0.25, "random_dirt": 0.25}, abs=0.1)


def test_worn_pages_are_plain_text_below_many_layers_of_dirt(monkeypatch):
    asked, worn_dirt = [], []
    page = RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0)
    monkeypatch.setattr(
        training_pages, "render_training_page", lambda *_, content, **__: asked.append(content) or page
    )
    monkeypatch.setattr(training_pages, "office_dirt", lambda _seed, *, worn: worn_dirt.append(worn) or ())
    list(rendered_pairs(200, seed=1, worn=0.5, office=0.5))
    assert sum(worn_dirt) == asked.count(PLAIN)
    assert 70 <= sum(worn_dirt) <= 130
    assert 25 <= worn_dirt.count(False) <= 75
    most = [max(Counter(dirt.kind for dirt in office_dirt(seed, worn=True)).values()) for seed in range(200)]
    assert max(most) > 5
    assert {dirt.kind for seed in range(200) for dirt in office_dirt(seed, worn=True)} <= set(TRAINED)


def corpus() -> list[PagePair]:
    """Pages named as NoisyOffice's, on a dark and on a pale background."""
    pages = []
    for noise, level in (("c", 140), ("w", 220)):
        for font in range(4):
            clean = np.full((60, 80), 255, np.uint8)
            clean[5::8, font::4] = 0
            pages.append(PagePair(f"Font{font}_Noise{noise}_TR", np.minimum(clean, level), clean))
    return pages


def test_stains_are_drawn_on_a_share_of_the_moved_pages_and_only_darken_them():
    plain = list(swapped_pairs(corpus(), 16, seed=2))
    stained = list(swapped_pairs(corpus(), 16, seed=2, stained=0.5))
    assert all(np.array_equal(a.clean, b.clean) for a, b in zip(plain, stained, strict=True))
    differ = [not np.array_equal(a.dirty, b.dirty) for a, b in zip(plain, stained, strict=True)]
    assert 3 <= sum(differ) <= 13
    darkened = [b.dirty.mean() < a.dirty.mean() for a, b in zip(plain, stained, strict=True)]
    assert darkened == differ


def test_what_is_held_out_is_never_drawn():
    assert set(training_pages._STAINS) <= set(TRAINED)


def test_pages_are_moved_to_the_backgrounds_of_their_own_partition():
    pages = corpus()
    moved = list(swapped_pairs(pages, 12, seed=2))
    again = list(swapped_pairs(pages, 12, seed=2))
    assert all(np.array_equal(a.dirty, b.dirty) for a, b in zip(moved, again, strict=True))
    originals = {page.name: page for page in pages}
    assert all(np.array_equal(pair.clean, originals[pair.name.rsplit("-", 1)[0]].clean) for pair in moved)
    brightness = {(pair.name[11], int(np.median(pair.dirty[pair.clean == 255]))) for pair in moved}
    assert any(noise == "c" and level > 200 for noise, level in brightness)
    assert any(noise == "w" and level < 160 for noise, level in brightness)
