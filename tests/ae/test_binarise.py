"""Black and white: ink keeps its width, faint ink stays, stains and the other side go."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.filters import threshold_otsu, threshold_sauvola

from ae.documents.binarise import _Print, _shown, binarise
from ae.evaluation.two_tone import f_measure


def strokes(shape=(400, 500), tone=0, width=5, seed=0) -> np.ndarray:
    """Wavy lines as a pen draws them, on white, with soft edges."""
    page = np.full(shape, 255, np.uint8)
    generator = np.random.default_rng(seed)
    for y in range(30, shape[0] - 20, 40):
        x = np.arange(20, shape[1] - 20, 6)
        points = np.stack([x, y + 10 * np.sin(x / generator.uniform(9, 14))], 1)
        cv2.polylines(page, [np.rint(points * 8).astype(np.int32)], False, tone, width, cv2.LINE_AA, 3)
    return page


def on_paper(page: np.ndarray, seed: int = 0) -> np.ndarray:
    """The page on grey, noisy paper that gets darker to the right."""
    light = np.linspace(0.9, 0.45, page.shape[1])[None]
    noise = np.random.default_rng(seed).normal(0, 5, page.shape)
    return np.clip(page * light + noise, 0, 255).astype(np.uint8)


def ink(page: np.ndarray, tone: int = 0) -> np.ndarray:
    return page < (255 + tone) / 2


def test_the_result_has_two_values_and_the_shape_of_the_page():
    result = binarise(on_paper(strokes()))
    assert result.dtype == np.uint8
    assert result.shape == (400, 500)
    assert set(np.unique(result)) == {0, 255}


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 2), (17, 1300)])
@pytest.mark.parametrize("tone", [0, 90, 255])
def test_any_size_and_an_even_page_work(shape, tone):
    page = np.full(shape, tone, np.uint8)
    assert binarise(page, page).shape == shape


def test_a_clean_black_and_white_page_comes_back_as_it_was():
    page = np.where(strokes() < 128, 0, 255).astype(np.uint8)
    dots = np.random.default_rng(0).random((90, 200)) < 0.4
    page[300:390, 250:450] = np.where(dots, 0, 255)  # a picture of dots
    assert np.array_equal(binarise(page, page), page)


def test_a_table_around_the_page_does_not_decide_how_broad_strokes_are():
    page = strokes(width=2, tone=110)
    clean = page.copy()
    page = on_paper(page)
    alone = binarise(page, clean)
    on_table, clean = (np.pad(each, 300, constant_values=20) for each in (page, clean))
    assert f_measure(binarise(on_table, clean)[300:-300, 300:-300] == 0, alone == 0) > 0.99


def test_blurred_small_print_is_not_too_fat():
    large = strokes((800, 1000), width=5)
    blurred, large = (
        cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for page in (cv2.GaussianBlur(large, (0, 0), 1.2), large)
    )
    found, truth = binarise(blurred, blurred) == 0, large < 128
    assert 0.95 < found.sum() / truth.sum() < 1.05


def test_an_empty_page_of_noisy_paper_stays_empty():
    paper = on_paper(np.full((300, 300), 255, np.uint8))
    clean = np.full_like(paper, 255)
    clean[100, 100] = 250  # what a cleaner may leave
    assert (binarise(paper, clean) == 255).all()


def test_a_dark_margin_beside_dense_writing_is_no_unevenness_of_the_paper():
    page = strokes()[:, 20:-20]
    page = np.hstack([np.full((400, 60), 255, np.uint8), np.minimum(page, np.roll(page, 20, axis=0))])
    dark = on_paper(page)
    dark[:, :40] = np.linspace(20, 120, 40)  # the only paper that is far from ink
    clean = page.copy()
    clean[:, :40] = 200
    assert f_measure(binarise(dark, clean)[:, 60:] < 128, ink(page)[:, 60:]) > 0.9


def words() -> np.ndarray:
    page = np.full((500, 600), 255, np.uint8)
    for y in range(40, 480, 26):
        cv2.putText(page, "goods to the address", (20, y), cv2.FONT_HERSHEY_COMPLEX, 0.62, 40, 1, cv2.LINE_AA)
    return page


def out_of_focus(page: np.ndarray, blur: float) -> np.ndarray:
    """The page on grey, smooth paper."""
    return (0.8 * cv2.GaussianBlur(page, (0, 0), blur)).astype(np.uint8)


def test_letters_out_of_focus_on_smooth_paper_are_parted_as_the_cleaner_parts_them(monkeypatch):
    page = words()
    parted = f_measure(binarise(out_of_focus(page, 2.5), page) == 0, ink(page, 60))
    monkeypatch.setattr("ae.documents.binarise._SHOWN", (0, 0))
    assert parted > 0.75
    assert parted > f_measure(binarise(out_of_focus(page, 2.5), page) == 0, ink(page, 60)) + 0.1


def test_print_out_of_focus_is_not_taken_for_the_other_side_where_the_rest_is_sharp(monkeypatch):
    page = words()
    focus = np.linspace(0, 1, len(page))[:, None]
    dirty = (focus * 0.8 * page + (1 - focus) * out_of_focus(page, 2.5)).astype(np.uint8)
    top = page[:200] < 150
    assert (binarise(dirty, page)[:200][top] == 0).mean() > 0.8
    monkeypatch.setattr("ae.documents.binarise._RESTORED", 2)
    assert (binarise(dirty, page)[:200][top] == 0).mean() < 0.6


@pytest.mark.parametrize(("blur", "is_shown"), [(2.0, True), (9.0, False)])
def test_only_strokes_whose_blur_fills_them_can_run_into_each_other(blur, is_shown):
    darkness, clean = np.full((40, 40), 120, np.float32), np.full((40, 40), 255, np.uint8)
    darkness[:, 10:13], clean[:, 10:13] = 200, 0  # the edge of a stroke that the cleaner left hollow
    shown = _shown(darkness, clean, _Print(10.0, blur, 150.0, left=150.0, unevenness=8.0))
    assert (shown[:, 14] == is_shown).all()


def test_it_beats_otsu_and_sauvola_on_faded_ink_in_bad_light_beside_a_stain():
    page = strokes(tone=140, width=3)
    truth, dirty = ink(page, 140), on_paper(page)
    cv2.circle(dirty, (250, 190), 60, 60, 7, cv2.LINE_AA)
    ours = f_measure(binarise(dirty, page) == 0, truth)
    otsu = f_measure(dirty < threshold_otsu(dirty), truth)
    sauvola = max(f_measure(dirty < threshold_sauvola(dirty, window), truth) for window in (15, 25, 51))
    assert ours > 0.95
    assert ours > max(otsu, sauvola)


def test_strokes_keep_their_width_when_blurred():
    page = strokes(width=7)
    soft = cv2.GaussianBlur(page, (0, 0), 2)
    found, truth = (binarise(soft, soft) == 0).sum(), ink(page).sum()
    assert 0.85 < found / truth < 1.15


def test_strokes_that_the_cleaner_left_hollow_are_full():
    page = strokes(width=9)
    hollow = page.copy()
    hollow[cv2.erode((page < 128).astype(np.uint8), np.ones((5, 5))) > 0] = 255
    assert f_measure(binarise(on_paper(page), hollow) == 0, ink(page)) > 0.95


def test_the_cleaner_parts_blurred_letters_that_run_together_on_rough_paper(monkeypatch):
    page = np.full((400, 500), 255, np.uint8)
    for x in range(40, 460, 12):
        page[40:360, x : x + 5] = 60
    rough = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 40, page.shape), (0, 0), 2)
    dirty = np.clip(0.7 * cv2.GaussianBlur(page, (0, 0), 2.6) + rough, 0, 255).astype(np.uint8)
    parted = f_measure(binarise(dirty, page) == 0, ink(page, 60))
    monkeypatch.setattr("ae.documents.binarise._SHOWN", (0, 0))
    assert parted > 0.99
    assert parted > f_measure(binarise(dirty, page) == 0, ink(page, 60)) + 0.03


def test_what_the_cleaner_took_is_no_ink():
    page = strokes()
    page[280:] = 255
    dirty = page.copy()
    cv2.circle(dirty, (250, 350), 14, 60, -1)
    blob = slice(342, 359), slice(242, 259)
    assert (binarise(dirty, dirty)[blob] == 0).all()
    assert (binarise(dirty, page)[blob] == 255).all()


def test_faint_ink_beside_black_ink_stays():
    page = strokes()
    page[200:] = strokes(tone=185)[200:]
    found = binarise(on_paper(page), page) == 0
    faint = page[200:] < 200
    assert found[200:][faint].mean() > 0.85


def test_pale_and_soft_shapes_from_the_other_side_go():
    page = strokes()
    other = cv2.GaussianBlur(strokes(width=11, seed=3)[:, ::-1], (0, 0), 5)
    dirty = np.minimum(page, 255 - (255 - other) // 3)
    assert f_measure(binarise(dirty, dirty) == 0, ink(page)) > 0.95


def test_a_large_pale_headline_stays_beside_small_text():
    page = strokes(width=2)
    page[330:] = 255
    cv2.putText(page, "Title", (40, 385), cv2.FONT_HERSHEY_SIMPLEX, 2, 150, 14, cv2.LINE_AA)
    found = binarise(page, page) == 0
    assert found[330:][page[330:] < 160].mean() > 0.9


def test_bands_of_a_tall_page_have_no_seam():
    tile = on_paper(strokes((512, 300)))
    tall = np.vstack([tile] * 5)  # higher than a band
    whole = binarise(tall)
    parts = np.vstack([binarise(tile)] * 5)
    assert np.mean(whole != parts) < 0.01
    seams = np.abs(np.diff((whole != parts).mean(1)))
    assert seams[1000:1050].max() < 0.1


def test_the_pale_rim_of_a_stain_goes_and_a_pale_stroke_stays():
    page = np.full((400, 500), 225, np.float32)
    page[strokes((400, 500), width=6) < 128] = 40
    page[300:] = 225
    down = np.arange(400)[:, None] - 340 - 8 * np.sin(np.arange(500) / 30)[None]
    page -= np.where(
        (down > 0) & (down < 60), 85 * np.exp(-np.maximum(down, 0) / 7), 0
    )  # hard above, soft below
    cv2.line(page, (60, 315), (440, 315), 140.0, 6, cv2.LINE_AA)
    dirty = cv2.GaussianBlur(page, (0, 0), 0.7).astype(np.uint8)
    clean = np.where(dirty > 205, 255, dirty).astype(np.uint8)
    found = binarise(dirty, clean) == 0
    assert found[312:319, 80:420].mean() > 0.8
    assert found[325:].sum() < 20
