"""What cleaning harms, measured: cleaners made for the test do the harm, and the measures have to see it."""

from __future__ import annotations

import json
from dataclasses import asdict

import cv2
import numpy as np
import pytest

from ae import ocr, weights
from ae.cli import main
from ae.data.rendering import RenderedPage
from ae.errors import AeError
from ae.evaluation import bars, harm, rendered, two_tone
from ae.evaluation.bars import BARS, Judgement, judge
from ae.evaluation.reading_errors import ErrorRates, judgements
from tests.ae.test_rendering import EVALUATION
from tests.conftest import draw_page, make_dirty, make_weights


def untouched(pixels):
    return pixels


def lighter(pixels):
    """Takes three quarters of all ink."""
    return 255 - (255 - pixels) // 4


def grey(pixels):
    return np.dstack([cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)] * 3)


def turned_hue(pixels):
    return np.ascontiguousarray(pixels[..., [1, 2, 0]])


@pytest.fixture
def reader(monkeypatch):
    """Reads `word` on a page with black ink, nothing on any other."""
    monkeypatch.setattr(ocr, "require", lambda languages="eng": None)
    monkeypatch.setattr(ocr, "read", lambda page, languages, x_height: "word" if page.min() < 60 else "")


def coloured_page() -> tuple[np.ndarray, np.ndarray]:
    page = np.full((60, 80, 3), 255, np.uint8)
    page[20:40, 20:60] = (180, 20, 30)
    return page, (page < 255).any(2)


def test_hue_is_compared_in_degrees_and_colour_that_went_is_seen():
    page, mask = coloured_page()
    change, kept = harm.hue_change(page, page, mask)
    assert (change, kept) == (0, 1)
    change, kept = harm.hue_change(page, turned_hue(page), mask)
    assert change == pytest.approx(120)
    assert kept == pytest.approx(1)
    change, kept = harm.hue_change(page, grey(page), mask)
    assert change == 180
    assert kept == 0


def test_hue_across_red_is_a_small_change():
    page, mask = coloured_page()
    other = page.copy()
    other[mask] = (180, 30, 20)
    change, _ = harm.hue_change(page, other, mask)
    assert 0 < change < 10


def test_a_mark_without_colour_has_no_hue():
    page = np.full((60, 80, 3), 255, np.uint8)
    page[20:40, 20:60] = 120
    assert harm.hue_change(page, page, (page < 255).any(2)) is None


@pytest.mark.parametrize(("clean", "kept"), [(untouched, 1.0), (lighter, 0.0)])
def test_ink_is_kept_while_it_has_half_of_its_darkness(clean, kept):
    page = np.full((40, 40), 255, np.uint8)
    page[10:20], page[25:30] = 20, 180  # black and faint
    assert harm.ink_kept(page, clean(page)) == kept


def test_faint_ink_alone_that_goes_is_counted():
    page = np.full((40, 40), 255, np.uint8)
    page[10:20], page[25:30] = 20, 180
    after = np.where(page > 100, 255, page).astype(np.uint8)
    assert harm.ink_kept(page, after) == pytest.approx(10 / 15)


def rendered_page(pixels: np.ndarray) -> RenderedPage:
    return RenderedPage(pixels, pixels, "word", 150.0, x_height=12.0)


def test_clean_pages_are_compared_and_read(reader):
    pages = [("rendered text", rendered_page(draw_page())), ("rendered layout", rendered_page(draw_page()))]
    rows = harm.measure_clean_pages({"ours": untouched, "other": lighter}, pages, read=True)
    by = {(row.cleaner, row.kind): row for row in rows}
    assert by["ours", "rendered text"].change == 0
    assert by["ours", "rendered text"].cer_after == 0
    assert by["other", "rendered text"].worst_change > 5
    assert by["other", "rendered text"].cer_after == 1
    assert by["ours", "rendered layout"].cer_after is None
    found = {(j.measure, j.cleaner, j.of): j.holds for j in harm.clean_page_judgements(rows)}
    assert found["change_of_clean_page", "ours", "rendered text"]
    assert not found["change_of_clean_page", "other", "rendered text"]
    assert not found["cer_added_to_clean_page", "other", "rendered text"]


def test_black_and_white_is_compared_with_otsu_and_the_best_sauvola():
    clean = draw_page()
    page = two_tone.InkPage("print", "light", make_dirty(clean), two_tone.ink_of(clean))
    (row,) = two_tone.measure({"ours": untouched}, [page])
    assert 0.9 < row.ours <= 1
    assert 0 < row.otsu < 1
    assert row.window in two_tone.SAUVOLA_WINDOWS
    assert row.gain == row.ours - max(row.otsu, row.sauvola)
    (found,) = two_tone.judgements([row])
    assert found.holds == (row.gain >= 0)


def test_f_measure_counts_both_kinds_of_error():
    truth = np.zeros((4, 4), bool)
    truth[:2] = True
    assert two_tone.f_measure(truth, truth) == 1
    assert two_tone.f_measure(np.ones((4, 4), bool), truth) == pytest.approx(2 / 3)
    assert two_tone.f_measure(~truth, truth) == 0


def test_ink_of_a_clean_page_includes_faint_strokes_and_leaves_paper_out():
    page = np.full((40, 40), 255, np.uint8)
    page[10:13], page[25:28], page[35] = 0, 190, 250
    ink = two_tone.ink_of(page)
    assert ink[10:13].all()
    assert ink[25:28].all()
    assert ink.sum() == 6 * 40


def test_bars_know_which_side_is_good():
    assert judge("ink_kept", "ours", "all", 0.99).holds
    assert not judge("ink_kept", "ours", "all", 0.97).holds
    assert judge("hue_of_mark", "ours", "stamp", 4.9).holds
    assert not judge("hue_of_mark", "ours", "stamp", 5.1).holds
    assert all(bar.aim is None or bar.holds(bar.aim) for bar in BARS.values())


def reading(family: str, **cer: float) -> ErrorRates:
    return ErrorRates("latin", 150.0, family, 1, 1000, cer)


def test_reading_is_judged_against_the_better_of_the_floor_in_every_row():
    rows = [
        reading("streaks", untouched=0.04, division=0.02, page=0.01),
        reading("halftone", untouched=0.02, division=0.06, page=0.03),
    ]
    worse, means, left = judgements(rows, ("untouched", "division"))
    assert (worse.measure, worse.value, worse.holds) == ("rows_read_worse", 1, False)
    # Both rows are of one script and resolution, where the untouched page has 0.03 and the page 0.02.
    assert (means.measure, means.value, means.holds) == ("means_read_worse", 1, False)
    assert means.of == "1 of 4, by 0.0100 at most"
    assert (left.measure, left.value, left.holds) == ("cer_of_floor", pytest.approx(1.0), False)


def test_a_report_sums_up_how_many_figures_hold_and_the_worst():
    ink = [harm.InkKept("page", "a", 1, 0.99, 0.95), harm.InkKept("page", "b", 1, 0.5, 0.4)]
    ink += [harm.InkKept("division", "a", 1, 0.1, 0.1)]
    report = rendered.Report(rendered.Plan(), ("untouched", "division"), ink=ink)
    assert {found.cleaner for found in report.judgements()} == {"page"}
    kept, worst = report.summary()
    assert (kept["measure"], kept["holds"], kept["worst"], kept["of"]) == ("ink_kept", "1 of 2", 0.5, "b")
    assert worst["measure"] == "ink_kept_worst_page"
    assert report.for_card("page")["summary"] == [kept, worst]
    names = ("plan", "rows", "means", "clean_pages", "marks", "ink", "two_tone", "bars")
    assert tuple(json.loads(json.dumps(report.as_json()))) == names


def test_a_judgement_has_stable_names():
    expected = {"measure", "cleaner", "of", "value", "must", "aim", "holds"}
    assert set(asdict(Judgement("cer", "a", "b", 0.0, 0.0, None, True))) == expected
    assert bars.Bar(1.0).holds(1.0)


@EVALUATION
def test_marks_stand_where_their_mask_says():
    from ae.evaluation.specimens import MARKS, specimen

    for mark in MARKS:
        found = specimen(mark, 5)
        assert found.page.shape == (*found.mask.shape, 3)
        assert found.mask[found.box].sum() == found.mask.sum() > 100
        assert (found.page[found.mask] < 255).any(1).mean() > 0.9
        assert bool(found.text) == (mark in ("pencil", "coloured ink"))


@EVALUATION
def test_marks_that_a_cleaner_bleaches_do_not_hold(reader):
    rows = harm.measure_marks({"ours": untouched, "grey": grey}, 1, 0, read=True)
    found = {(j.measure, j.cleaner, j.of): j for j in harm.mark_judgements(rows)}
    assert found["ssim_of_mark", "ours", "photograph, clean paper"].value == pytest.approx(1)
    assert found["hue_of_mark", "ours", "highlighter, clean paper"].value == 0
    assert not found["hue_of_mark", "grey", "highlighter, clean paper"].holds
    assert found["ssim_of_mark", "ours", "pencil, dirty paper"].value < 1


@EVALUATION
def test_ink_is_measured_for_every_family_of_dirt():
    from ae.data.degradation import FAMILIES

    rows = harm.measure_ink({"white": lambda page: np.full_like(page, 255)}, 1, 0)
    white, over_paper = ([row for row in rows if row.cleaner == name] for name in ("white", harm.OVER_PAPER))
    assert [row.family for row in white] == [row.family for row in over_paper] == list(FAMILIES)
    assert {row.kept for row in white} == {0.0}
    kept = {row.family: row.kept for row in over_paper}
    assert kept["coffee_ring"] > 0.99 > kept["low_ink"] > 0.5


def test_evaluate_pages_reads_by_default(noisyoffice, tmp_path, reader, capsys):
    arguments = ["evaluate", "pages", "--data-root", str(noisyoffice), "--model", "untouched", "--json"]
    assert main(arguments) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["cer"] == 0
    assert main([*arguments, "--no-cer"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert "cer" not in row


def test_evaluate_pages_without_tesseract_says_how_to_get_it(noisyoffice, monkeypatch, capsys):
    def missing(languages="eng"):
        raise AeError("reading text needs Tesseract: install it")

    monkeypatch.setattr(ocr, "require", missing)
    assert main(["evaluate", "pages", "--data-root", str(noisyoffice), "--model", "untouched", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "cer" not in json.loads(out)[0]
    assert "install it" in err
    assert len(err.splitlines()) == 1


@EVALUATION
def test_evaluate_rendered_shows_what_holds_and_writes_it_onto_the_card(tmp_path, capsys):
    make_weights(tmp_path, "mine", "page", "pages", widths=(8, 8))
    arguments = ["evaluate", "rendered", "--model", "mine", "--weights", str(tmp_path), "--quick"]
    assert main([*arguments, "--parts", "clean", "--no-cer", "--update-cards"]) == 0
    out = capsys.readouterr().out
    assert "rendered layout" in out
    assert "change_of_clean_page" in out
    weights._read_card.cache_clear()
    (row,) = weights.read_card("mine", tmp_path).measures["rendered"]["summary"]
    assert row["measure"] == "change_of_clean_page"
