"""Every family of dirt keeps the promises that training relies on."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ae.data.degradation import (
    FAMILIES,
    HELD_OUT,
    TRAINED,
    Dirt,
    lay_on_background,
    make_dirty,
    random_dirt,
    recover_backgrounds,
    swap_background,
)
from ae.data.noisyoffice import PagePair
from ae.errors import DataError
from tests.conftest import draw_page

DPI = 100.0


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    """Letters with soft edges and, in the lower half, grey ones, as on a scan."""
    drawn = cv2.GaussianBlur(draw_page(600, 420), (0, 0), 0.6)
    drawn[210:] = 255 - (255 - drawn[210:]) // 2
    return drawn


def in_colour(grey: np.ndarray) -> np.ndarray:
    return np.dstack([grey, grey, np.maximum(grey, 120)])


def change(page: np.ndarray, dirty: np.ndarray) -> float:
    return float(np.abs(page.astype(float) - dirty).mean())


@pytest.mark.parametrize("name", FAMILIES)
def test_strength_zero_is_the_identity(name, page):
    for clean in (page, in_colour(page)):
        assert np.array_equal(FAMILIES[name].apply(clean, 3, 0.0, DPI), clean)


@pytest.mark.parametrize("name", FAMILIES)
def test_next_to_no_strength_changes_next_to_nothing(name, page):
    assert change(page, FAMILIES[name].apply(page, 3, 0.001, DPI)) < 3


@pytest.mark.parametrize("name", FAMILIES)
def test_the_seed_decides(name, page):
    first, again, other = (FAMILIES[name].apply(page, seed, 0.7, DPI) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    if name not in ("jpeg", "focus", "motion"):  # these may draw the same or next to the same
        assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", FAMILIES)
def test_shape_and_type_stay_and_the_input_is_not_touched(name, page):
    for clean in (page, in_colour(page)):
        before = clean.copy()
        dirty = FAMILIES[name].apply(clean, 1, 0.8, DPI)
        assert (dirty.shape, dirty.dtype) == (clean.shape, np.uint8)
        assert np.array_equal(clean, before)


@pytest.mark.parametrize("name", FAMILIES)
def test_stronger_changes_more(name, page):
    seeds = range(3)
    changes = [
        np.mean([change(page, FAMILIES[name].apply(page, seed, strength, DPI)) for seed in seeds])
        for strength in (0.25, 0.6, 1.0)
    ]
    assert 0 < changes[0] < changes[1] < changes[2]


@pytest.mark.parametrize("name", FAMILIES)
def test_ink_stays_where_it_was(name, page):
    dirty = FAMILIES[name].apply(page, 2, 0.7, DPI)

    def likeness(rows: int, columns: int) -> float:
        moved = np.roll(dirty, (rows, columns), (0, 1))[8:-8, 8:-8]
        return float(np.corrcoef(moved.ravel(), page[8:-8, 8:-8].ravel())[0, 1])

    here = likeness(0, 0)
    assert here > 0.3
    assert all(here > likeness(*shift) for shift in ((0, 1), (0, -1), (1, 0), (-1, 0), (2, 2)))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (4, 1), (1, 1, 3), (3, 200, 3)])
def test_tiny_pages(name, shape):
    clean = np.full(shape, 255, np.uint8)
    for dpi in (30, 100, 600):
        assert FAMILIES[name].apply(clean, 4, 1.0, dpi).shape == shape


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_says_what_it_is(name):
    family = FAMILIES[name]
    assert family.name == name
    assert family.about.endswith(".")


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strengths_out_of_range_are_refused(strength, page):
    with pytest.raises(DataError, match="grain"):
        FAMILIES["grain"].apply(page, 0, strength, DPI)


def test_what_is_no_page_is_refused(page):
    with pytest.raises(DataError, match="uint8"):
        FAMILIES["grain"].apply(page.astype(np.float32), 0, 0.5, DPI)
    with pytest.raises(DataError, match="dpi"):
        FAMILIES["grain"].apply(page, 0, 0.5, 0)


def test_unknown_dirt_names_the_known_ones(page):
    with pytest.raises(DataError, match="coffee_ring"):
        make_dirty(page, [Dirt("soup")], 0, DPI)


def test_no_dirt_is_the_same_page(page):
    dirty = make_dirty(page, (), 0, DPI)
    assert np.array_equal(dirty, page)
    assert dirty is not page


def test_families_of_different_kinds_are_held_out():
    assert HELD_OUT == ("fingerprints", "water_stain", "streaks", "halftone", "rust", "tape")
    assert set(TRAINED) | set(HELD_OUT) == set(FAMILIES)
    assert len({FAMILIES[name].stage for name in HELD_OUT}) >= 3


def test_training_never_draws_what_is_held_out():
    drawn = {dirt.kind for seed in range(3000) for dirt in random_dirt(seed)}
    assert drawn == set(TRAINED)


def test_random_dirt_is_repeatable_sensible_and_sometimes_absent():
    mixes = [random_dirt(seed) for seed in range(3000)]
    assert mixes[:50] == [random_dirt(seed) for seed in range(50)]
    assert 0.04 < np.mean([not mix for mix in mixes]) < 0.08
    assert max(map(len, mixes)) == 5
    for mix in mixes:
        stages = [FAMILIES[dirt.kind].stage for dirt in mix]
        assert stages == sorted(stages)
        assert len({dirt.kind for dirt in mix}) == len(mix)
        assert all(0 < dirt.strength <= 1 for dirt in mix)
    strengths = np.array([dirt.strength for mix in mixes for dirt in mix])
    assert 0.4 < np.median(strengths) < 0.6
    assert 0.1 < np.mean(strengths > 0.75) < 0.3


def test_held_out_mixes_all_have_a_held_out_family():
    mixes = [random_dirt(seed, held_out=True) for seed in range(500)]
    assert all({dirt.kind for dirt in mix} & set(HELD_OUT) for mix in mixes)
    assert {dirt.kind for mix in mixes for dirt in mix} >= set(HELD_OUT)


def noisy_pairs(fonts: int) -> tuple[list[PagePair], np.ndarray]:
    """Pages of one background whose letters stand at other places; every second page is the upper part."""
    paper = np.random.default_rng(0).integers(150, 240, (60, 80)).astype(np.uint8)
    pairs = []
    for number in range(fonts):
        clean = np.full((60 if number % 2 else 40, 80), 255, np.uint8)
        clean[5::8, number % 4 :: 4] = 0
        dirty = np.minimum(clean, paper[: len(clean)])
        pairs.append(PagePair(f"Font{number}_Noisec_TR", dirty, clean))
    return pairs, paper


def test_backgrounds_are_what_lies_below_the_text():
    pairs, paper = noisy_pairs(fonts=4)
    (found,) = recover_backgrounds(pairs)
    assert found.shape == paper.shape
    assert np.array_equal(found[:40], paper[:40])
    ink_everywhere = np.zeros((60, 80), bool)
    ink_everywhere[45::8] = True
    assert np.array_equal(found[~ink_everywhere], paper[~ink_everywhere])
    assert found.min() > 100


def test_each_kind_of_noise_has_its_own_background():
    pairs, _ = noisy_pairs(fonts=4)
    others = [PagePair(pair.name.replace("Noisec", "Noisew"), pair.dirty // 2, pair.clean) for pair in pairs]
    first, second = recover_backgrounds([*pairs, *others])
    assert second.mean() < first.mean()


def test_one_page_is_too_few_for_a_background():
    pairs, _ = noisy_pairs(fonts=1)
    pairs[0].clean[:20] = 0
    with pytest.raises(DataError, match="too few"):
        recover_backgrounds(pairs)


def test_text_on_a_background_stays_and_strength_zero_is_clean(page):
    background = recover_backgrounds(noisy_pairs(fonts=4)[0])[0]
    assert np.array_equal(lay_on_background(page, background, 0, 0.0), page)
    weak, strong = (lay_on_background(page, background, 0, strength) for strength in (0.3, 1.0))
    assert np.array_equal(strong, lay_on_background(page, background, 0, 1.0))
    assert not np.array_equal(strong, lay_on_background(page, background, 1, 1.0))
    assert 0 < change(page, weak) < change(page, strong)
    assert strong[page == 255].max() < 255
    assert np.all(strong[page < 20] < 20 + 0.18 * 256)
    assert lay_on_background(in_colour(page), background, 0, 1.0).shape == (*page.shape, 3)


def test_letters_move_to_another_background_as_they_were_scanned():
    (page, *_), paper = noisy_pairs(fonts=4)
    other = np.tile(np.linspace(120, 240, 80), (60, 1)).astype(np.uint8)
    ink = page.clean == 0
    page.dirty[ink] = 30
    moved = swap_background(page, paper, other, 0)
    assert moved.shape == page.dirty.shape
    assert moved[ink].max() < 80 < 100 < moved[~ink].min()
    before, after = (
        np.corrcoef(picture[~ink], paper[: len(ink)][~ink])[0, 1] for picture in (page.dirty, moved)
    )
    assert before == pytest.approx(1)
    assert abs(after) < 0.2
    assert np.array_equal(moved, swap_background(page, paper, other, 0))
    assert not np.array_equal(moved, swap_background(page, paper, other, 1))
