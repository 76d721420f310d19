"""Batches: what goes where, pages in order whatever happens to some, no work twice, and flags."""

from __future__ import annotations

import errno
import json
import os
import struct
import threading
import time
from pathlib import Path, PurePath

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from ae.data import degradation
from ae.data.rendering import PageStyle, render_page
from ae.documents import batch as batches
from ae.documents import document_run, flags, grounds, unfinished
from ae.documents.batch import Batch
from ae.documents.batch_options import BatchOptions
from ae.documents.cleaning import DivisionCleaner, load_cleaner
from ae.documents.document import Document, open_document
from ae.documents.page import Page
from ae.documents.places import place_for
from ae.documents.planning import Names, chosen_pages, numbered, parse_pages, plan
from ae.documents.report import PageOutcome, Summary
from ae.documents.treatment import CleanOptions, Region, treat
from ae.documents.unfinished import folder_for
from ae.errors import UsageError
from ae.words import size
from tests.conftest import draw_page, make_dirty
from tests.pictures import pages_of, widths_of


class CountingCleaner(DivisionCleaner):
    """The filter, slower on early pages; counts what it cleans, and fails on pages of a size."""

    def __init__(self, fails_on: tuple[int, ...] = ()) -> None:
        self.cleaned: list[int] = []
        self.most_at_once = 0
        self._at_work = 0
        self._fails_on = fails_on
        self._lock = threading.Lock()

    def clean(self, page: Page, **options: object) -> Page:
        with self._lock:
            self.cleaned.append(page.width)
            self._at_work += 1
            self.most_at_once = max(self.most_at_once, self._at_work)
        time.sleep(0.1 if page.width % 20 else 0.0)
        with self._lock:
            self._at_work -= 1
        if page.width in self._fails_on:
            raise RuntimeError("out of memory\nlong story")
        return super().clean(page)


def tiff(path: Path, widths: list[int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    images = [Image.fromarray(make_dirty(draw_page(width, 60))) for width in widths]
    images[0].save(path, save_all=True, append_images=images[1:])
    return path


@pytest.fixture
def fax(tmp_path):
    return tiff(tmp_path / "fax.tif", [100, 110, 120, 130, 140])


def batch(source: Path, out: Path, cleaner: DivisionCleaner | None = None, **options: object) -> Batch:
    return Batch(plan([str(source)], str(out)), cleaner or CountingCleaner(), BatchOptions(**options))


# One page


def test_one_page_is_cleaned_timed_and_looked_at(dirty_page):
    seen: list[float] = []
    treated = treat(
        Page(dirty_page, "a.png", (200.0, 200.0), number=3), DivisionCleaner(), progress=seen.append
    )
    assert np.array_equal(treated.page.pixels, load_cleaner("division", "cpu").clean(Page(dirty_page)).pixels)
    assert (treated.page.number, treated.page.dpi) == (3, (200.0, 200.0))
    assert treated.facts.seconds > 0
    assert treated.facts.look.reasons == ()
    assert seen[-1] == 1


def test_regions_stay_as_they_were_on_their_page_only(dirty_page):
    options = CleanOptions(keep=(Region.parse("10,20,30,40"), Region.parse("2:0,100,50,50")))
    clean = treat(Page(dirty_page), DivisionCleaner(), options).page.pixels
    assert np.array_equal(clean[20:60, 10:40], dirty_page[20:60, 10:40])
    assert not np.array_equal(clean[100:150, :50], dirty_page[100:150, :50])
    second = treat(Page(dirty_page, number=2), DivisionCleaner(), options).page.pixels
    assert np.array_equal(second[100:150, :50], dirty_page[100:150, :50])


def test_a_region_of_a_page_in_two_tones_keeps_every_dot():
    dots = np.asarray(Image.fromarray(draw_page() // 2 + 100).convert("1").convert("L"))
    for page in (dots, np.dstack([dots] * 3)):
        for colour in (None, "bw"):
            options = CleanOptions(keep=(Region(10, 20, 100, 80),), colour=colour)
            clean = treat(Page(page), load_cleaner("page", "cpu"), options).page.pixels
            kept = clean[20:100, 10:110] if clean.ndim == 2 else clean[20:100, 10:110, 0]
            assert np.array_equal(kept, dots[20:100, 10:110])


def test_a_region_off_the_page_is_told(dirty_page):
    height, width = dirty_page.shape[:2]
    options = CleanOptions(
        keep=(Region(width, 0, 5, 5), Region(1, 1, 5, 5), Region(0, height, 5, 5, number=2))
    )
    note = treat(Page(dirty_page), DivisionCleaner(), options).facts.note
    assert note == f"nothing to keep at {width},0,5,5: the page has {width} x {height} pixels"


def test_a_region_on_a_page_that_is_not_there_is_told_once(fax, tmp_path):
    options = CleanOptions(keep=(Region(1, 1, 5, 5, number=9), Region(1, 1, 5, 5, number=2)))
    notes = [outcome.note for outcome in batch(fax, tmp_path / "out.tif", clean=options).outcomes()]
    assert notes == ["nothing to keep at 9:1,1,5,5: the document has 5 pages", *[""] * 4]


@pytest.mark.parametrize(
    "text", ["1,2,3", "a,b,c,d", "-1,0,5,5", "0,0,0,5", "x:1,2,3,4", "0:1,2,3,4", "-1:1,2,3,4"]
)
def test_a_region_that_is_none_is_an_error(text):
    with pytest.raises(ValueError, match=r"."):
        Region.parse(text)


def test_a_region_says_what_was_parsed():
    assert [str(Region.parse(text)) for text in ("1,2,3,4", "5:1,2,3,4")] == ["1,2,3,4", "5:1,2,3,4"]


def test_inverted_pages_are_inverted_back_on_request(clean_page):
    negative = Page(255 - (clean_page * 0.9).astype(np.uint8))
    turned = treat(negative, DivisionCleaner(), CleanOptions(turn_inverted=True))
    assert np.median(turned.page.pixels) > 240
    assert turned.facts.note == "had light text on a dark background, and has been inverted"
    upright = treat(Page(clean_page), DivisionCleaner(), CleanOptions(turn_inverted=True))
    assert np.median(upright.page.pixels) > 240
    assert upright.facts.note == ""


# Flags


def test_ink_that_went_is_flagged_and_ink_that_stayed_is_not(clean_page, dirty_page):
    assert flags.inspect(dirty_page, clean_page).reasons == ()
    erased = clean_page.copy()
    erased[40:62] = 255
    look = flags.inspect(dirty_page, erased)
    assert flags.INK_REMOVED in look.reasons
    assert look.ink_removed == pytest.approx(1 / 7, abs=0.06)


def test_faint_ink_that_went_is_flagged(clean_page):
    faint = np.where(clean_page < 128, 170, 250).astype(np.uint8)
    assert flags.INK_REMOVED in flags.inspect(faint, np.full_like(faint, 255)).reasons


def test_dust_that_went_is_no_ink(clean_page):
    dusty = clean_page.copy()
    dusty[5:195:9, 5:12:3] = 60
    assert flags.inspect(dusty, clean_page).reasons == ()


def test_a_dark_box_that_went_is_much_change(clean_page):
    boxed = clean_page.copy()
    boxed[100:180, 40:260] = 40
    assert flags.MUCH_CHANGED in flags.inspect(boxed, clean_page).reasons
    assert flags.MUCH_CHANGED not in flags.inspect(boxed, boxed).reasons


def test_text_that_is_read_less_surely_is_flagged(clean_page):
    assert flags.inspect(clean_page, clean_page, (90.0, 80.0)).reasons == (flags.CONFIDENCE_FELL,)
    assert flags.inspect(clean_page, clean_page, (90.0, 89.0)).reasons == ()


@pytest.mark.parametrize("colour", [False, True])
def test_inverted_pages_are_told_from_others(clean_page, colour):
    def kind(page: np.ndarray) -> np.ndarray:
        return cv2.cvtColor(page, cv2.COLOR_GRAY2RGB) if colour else page

    assert grounds.is_inverted(kind(255 - clean_page))
    assert not grounds.is_inverted(kind(clean_page))
    assert not grounds.is_inverted(kind(make_dirty(clean_page) // 3))  # dark paper, darker ink
    assert not grounds.is_inverted(kind(np.full((90, 90), 9, np.uint8)))
    night = np.random.default_rng(0).normal(40, 20, (200, 200)).clip(0, 255).astype(np.uint8)
    assert not grounds.is_inverted(kind(cv2.GaussianBlur(night, (0, 0), 8)))


def test_a_title_alone_on_dark_paper_is_inverted():
    title = np.full((1200, 850), 25, np.uint8)
    for left in range(100, 740, 21):  # thirty light letters
        cv2.rectangle(title, (left, 500), (left + 9, 519), 235, 2)
    assert grounds.is_inverted(title)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dim_and_dusty_page_is_not_inverted(seed):
    dirt = [degradation.Dirt(kind, 0.8) for kind in ("ageing", "wrinkles", "speckle")]
    page = degradation.make_dirty(render_page(seed, PageStyle(dpi=100)).clean, dirt, seed, 100)
    assert not grounds.is_inverted((page * 0.5).astype(np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (5000, 17), (3, 3, 3)])
def test_pages_of_any_size_are_looked_at(shape):
    assert flags.inspect(np.full(shape, 200, np.uint8), np.full(shape, 255, np.uint8)).ink_removed == 0


# Many pages


def test_pages_come_in_order_and_several_are_cleaned_at_once(fax, tmp_path):
    cleaner = CountingCleaner()
    outcomes = list(batch(fax, tmp_path / "out.tif", cleaner, jobs=3).outcomes())
    assert [outcome.page for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert widths_of(tmp_path / "out.tif") == [100, 110, 120, 130, 140]
    assert 1 < cleaner.most_at_once <= 3


@pytest.mark.parametrize("error", [struct.error("too large"), OSError(errno.ENOSPC, "No space left")])
def test_a_result_that_cannot_be_completed_is_told_and_does_not_stop_the_others(tmp_path, monkeypatch, error):
    sources = [str(tiff(tmp_path / name, [100, 110])) for name in ("a.tif", "b.tif")]
    complete = TiffImagePlugin.AppendingTiffWriter.close

    def close(writer: TiffImagePlugin.AppendingTiffWriter) -> None:
        monkeypatch.setattr(TiffImagePlugin.AppendingTiffWriter, "close", complete)
        raise error

    monkeypatch.setattr(TiffImagePlugin.AppendingTiffWriter, "close", close)
    out = tmp_path / "out"
    outcomes = list(Batch(plan(sources, str(out)), CountingCleaner()).outcomes())
    assert [outcome.error is None for outcome in outcomes] == [True, False, True, True]
    assert str(outcomes[1].error).startswith(str(out / "a.tif"))
    assert [path.name for path in out.glob("[!.]*") if path.is_file()] == ["b.tif"]


def test_a_disk_that_fills_up_on_the_way_leaves_no_half_result(fax, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left")

    out = tmp_path / "out" / "a.tif"
    outcomes = batch(fax, out, jobs=1).outcomes()
    next(outcomes)
    monkeypatch.setattr(TiffImagePlugin.AppendingTiffWriter, "write", full)
    (told,) = outcomes
    assert "No space left" in str(told.error)
    assert [path for path in out.parent.iterdir() if path.is_file()] == []


def test_a_page_that_cannot_be_cleaned_is_kept_as_it_was(fax, tmp_path):
    out = tmp_path / "out.tif"
    outcomes = list(batch(fax, out, CountingCleaner(fails_on=(120,)), jobs=2).outcomes())
    assert [outcome.error is None for outcome in outcomes] == [True, True, False, True, True]
    bad = outcomes[2]
    assert bad.error == (
        f"{fax}, page 3: could not be cleaned (RuntimeError: out of memory);"
        " save it again or try a smaller copy of it"
    )
    assert (bad.output, bad.note) == (str(out), "is in the result as it was")
    before, after = pages_of(fax), pages_of(out)
    assert [np.array_equal(*pair) for pair in zip(before, after, strict=True)] == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_what_holds_for_a_whole_file_is_told_once(tmp_path):
    frames = [
        Image.fromarray(make_dirty(draw_page(100 + step, 60)).copy()).resize((100, 60)) for step in (0, 40)
    ]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    notes = [outcome.note for outcome in batch(tmp_path / "moving.gif", tmp_path / "out.png").outcomes()]
    assert notes == ["is an animation, of which the first picture is taken"]


def test_the_processor_is_divided_among_workers_and_given_back(fax, tmp_path, monkeypatch):
    import torch

    seen: list[int] = []
    monkeypatch.setattr(
        CountingCleaner, "clean", lambda self, page, **_: seen.append(torch.get_num_threads()) or page
    )
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        list(batch(fax, tmp_path / "out.tif", jobs=2).outcomes())
        assert set(seen) == {2}
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def four_threads():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("four_threads")
def test_a_document_is_opened_once_to_count_and_to_clean_its_pages(fax, tmp_path, monkeypatch):
    opened: list[str] = []

    def opening(source: Path, name: str, *rest: object) -> Document:
        opened.append(name)
        return open_document(source, name, *rest)

    monkeypatch.setattr(batches, "open_document", opening)
    outcomes = list(batch(fax, tmp_path / "out.tif").outcomes())
    assert [outcome.error for outcome in outcomes] == [None] * 5
    assert opened == [str(fax)]


@pytest.mark.usefixtures("four_threads")
def test_whatever_a_document_cannot_be_opened_for_is_told(fax, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("odd bytes")

    monkeypatch.setattr(batches, "open_document", fail)
    (outcome,) = batch(fax, tmp_path / "out.tif").outcomes()
    assert str(outcome.error).startswith(f"{fax}: could not be read (RuntimeError: odd bytes)")


def test_few_pages_wait_in_memory(tmp_path):
    source = tiff(tmp_path / "long.tif", list(range(100, 140)))
    cleaner = CountingCleaner()
    outcomes = batch(source, tmp_path / "out.tif", cleaner, jobs=2).outcomes()
    next(outcomes)
    assert len(cleaner.cleaned) <= 4
    outcomes.close()


# Not twice


def stopped_after(count: int, source: Path, out: Path, **options: object) -> CountingCleaner:
    cleaner = CountingCleaner()
    outcomes = batch(source, out, cleaner, jobs=1, **options).outcomes()
    for _ in range(count):
        next(outcomes)
    outcomes.close()
    return cleaner


@pytest.mark.parametrize("suffix", [".tif", ".pdf"])
def test_stopping_leaves_the_finished_pages_and_resume_cleans_only_the_rest(fax, tmp_path, suffix):
    source, out, whole = fax.with_suffix(suffix), tmp_path / f"out{suffix}", tmp_path / f"whole{suffix}"
    if suffix == ".pdf":
        with Image.open(fax) as image:
            image.save(source, save_all=True, resolution=100)
    list(batch(source, whole).outcomes())
    first = stopped_after(3, source, out)
    assert count_pages(out) == 3
    second = CountingCleaner()
    outcomes = list(batch(source, out, second, resume=True).outcomes())
    assert sorted(first.cleaned + second.cleaned) == [100, 110, 120, 130, 140]
    assert [outcome.page for outcome in outcomes] == [1, 2, 3, 4, 5]
    assert all(outcome.seconds > 0 for outcome in outcomes)
    assert out.read_bytes() == whole.read_bytes()
    assert not folder_for(out).exists()


def test_a_result_that_was_begun_among_its_inputs_is_none_of_them(tmp_path):
    for number, width in enumerate((100, 110, 120, 130, 140)):
        tiff(tmp_path / "scans" / f"{number}.tif", [width])
    out = tmp_path / "scans" / "all.pdf"
    first, second = stopped_after(2, out.parent, out), CountingCleaner()
    assert count_pages(out) >= 2
    list(batch(out.parent, out, second, resume=True).outcomes())
    assert count_pages(out) == 5
    assert sorted(first.cleaned + second.cleaned) == [100, 110, 120, 130, 140]
    with pytest.raises(UsageError, match="overwrite an input"):
        plan([str(out.parent)], str(out))


def count_pages(path: Path) -> int:
    with open_document(path, path.name) as document:
        return document.page_count


def test_pages_in_colour_that_are_to_be_black_and_white_are_kept_when_it_stops(tmp_path):
    widths = [100, 110, 120, 130, 140]
    images = [Image.fromarray(make_dirty(draw_page(width, 60))).convert("RGB") for width in widths]
    source, out, again = tmp_path / "colour.tif", tmp_path / "out.tif", CountingCleaner()
    images[0].save(source, save_all=True, append_images=images[1:])
    options = CleanOptions(colour="bw")
    first = stopped_after(2, source, out, clean=options)
    list(batch(source, out, again, clean=options, resume=True).outcomes())
    assert sorted(first.cleaned + again.cleaned) == widths


@pytest.mark.parametrize("resume", [True, False])
def test_to_ask_whether_a_result_is_done_changes_nothing(fax, tmp_path, resume):
    out = tmp_path / "out"
    stopped_after(2, fax, out)
    made = plan([str(fax)], str(out))
    place, (source,) = place_for(made, BatchOptions(resume=resume), {}), made.sources
    with open_document(fax, "a.tif") as document:
        result = place.result_for(source, document, 5)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert not place.is_done(result, source, range(1, 6), 5)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    place.begin_result(result, source, 5)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} != before


def test_a_password_is_not_kept_on_disk(fax, tmp_path):
    out = tmp_path / "out.tif"
    stopped_after(2, fax, out, password="secret-word")
    kept = [path for path in folder_for(out).rglob("*") if path.is_file()]
    assert kept
    assert not any(b"secret-word" in path.read_bytes() for path in kept)


def test_what_is_unfinished_is_not_used_for_other_settings_or_without_being_asked(fax, tmp_path):
    out = tmp_path / "out.tif"
    stopped_after(3, fax, out)
    again = CountingCleaner()
    list(batch(fax, out, again, resume=True, clean=CleanOptions(strength=0.5)).outcomes())
    assert len(again.cleaned) == 5
    stopped_after(3, fax, out)
    fresh = CountingCleaner()
    list(batch(fax, out, fresh).outcomes())
    assert len(fresh.cleaned) == 5


def sent(data: bytes, out: object, cleaner: DivisionCleaner) -> Batch:
    """Like `cat data | ae clean - -o out --resume`."""
    return Batch(plan(["-"], str(out), stdin=data), cleaner, BatchOptions(jobs=1, resume=True))


@pytest.mark.parametrize("name", ["out.tif", "out/", "all.zip"])
def test_what_was_made_of_other_standard_input_is_never_taken_for_done(tmp_path, name):
    data = [tiff(tmp_path / "in.tif", [width, 110]).read_bytes() for width in (130, 140)]
    for number in (0, 1):
        cleaner = CountingCleaner()
        assert not any(
            outcome.skipped for outcome in sent(data[number], f"{tmp_path}/{name}", cleaner).outcomes()
        )
        assert sorted(cleaner.cleaned) == [110, 130 + 10 * number]


def test_what_is_unfinished_of_other_standard_input_of_the_same_length_is_not_used(tmp_path):
    data = tiff(tmp_path / "in.tif", [100, 110, 120]).read_bytes()
    outcomes = sent(data, tmp_path / "out.tif", CountingCleaner()).outcomes()
    next(outcomes)
    outcomes.close()
    other = CountingCleaner()
    list(sent(data[:-1] + b"x", tmp_path / "out.tif", other).outcomes())
    assert sorted(other.cleaned) == [100, 110, 120]


def test_what_was_made_of_another_file_is_not_taken_for_done(tmp_path):
    one, other = tiff(tmp_path / "a.tif", [100]), tiff(tmp_path / "b.tif", [120])
    for source in (one, other):
        list(batch(source, tmp_path / "out.tif", resume=True).outcomes())
    assert widths_of(tmp_path / "out.tif") == [120]


def test_what_was_to_be_replaced_by_the_result_of_another_file_is_not_taken_for_it(tmp_path, monkeypatch):
    sources = [tiff(tmp_path / name / "page.tif", [width]) for name, width in (("a", 100), ("b", 120))]
    out = tmp_path / "out"
    list(batch(sources[0], out).outcomes())
    time.sleep(0.02)  # a disk's clock is coarse
    with monkeypatch.context() as patched:
        patched.setattr(CountingCleaner, "clean", stop)
        with pytest.raises(KeyboardInterrupt):
            list(batch(sources[1], out).outcomes())
    assert widths_of(out / "page.tif") == [100]
    list(batch(sources[1], out, resume=True).outcomes())
    assert widths_of(out / "page.tif") == [120]


def stop(*_: object, **__: object) -> Page:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["out/", "out.tif", "out.zip", "out.pdf"])
def test_who_resumes_tries_a_document_again_of_which_a_page_failed(fax, tmp_path, place):
    out = str(tmp_path / place) + ("/" if place.endswith("/") else "")
    resumed = BatchOptions(resume=True)
    first = list(Batch(plan([str(fax)], out), CountingCleaner((120,)), resumed).outcomes())
    assert [bool(outcome.error) for outcome in first] == [False, False, True, False, False]
    assert first[2].note == "is in the result as it was"
    again = CountingCleaner()
    second = list(Batch(plan([str(fax)], out), again, resumed).outcomes())
    assert not any(outcome.error or outcome.skipped for outcome in second)
    assert 120 in again.cleaned
    third = list(Batch(plan([str(fax)], out), CountingCleaner(), resumed).outcomes())
    assert [outcome.skipped for outcome in third] == [True]


def test_who_resumes_gets_no_result_of_an_input_that_was_replaced_by_an_older_one(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    for name, width in (("a.tif", 100), ("b.tif", 110)):
        tiff(scans / name, [width])
    list(batch(scans, out, resume=True).outcomes())
    other = scans / "other"
    (scans / "a.tif").rename(other)
    (scans / "b.tif").rename(scans / "a.tif")
    other.rename(scans / "b.tif")
    cleaner = CountingCleaner()
    assert not any(outcome.skipped for outcome in batch(scans, out, cleaner, resume=True).outcomes())
    assert sorted(cleaner.cleaned) == [100, 110]
    assert (widths_of(out / "a.tif"), widths_of(out / "b.tif")) == ([110], [100])
    assert all(outcome.skipped for outcome in batch(scans, out, resume=True).outcomes())


class Interrupted(CountingCleaner):
    def clean(self, page: Page, **options: object) -> Page:
        raise KeyboardInterrupt


def test_who_stops_before_a_changed_input_is_clean_again_gets_it_clean_later(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    list(batch(tiff(scans / "a.tif", [100]).parent, out, resume=True).outcomes())
    other = tiff(tmp_path / "other" / "a.tif", [130])
    os.utime(other, (1e9, 1e9))
    other.replace(scans / "a.tif")
    with pytest.raises(KeyboardInterrupt):
        list(batch(scans, out, Interrupted(), resume=True).outcomes())
    assert not any(outcome.skipped for outcome in batch(scans, out, resume=True).outcomes())
    assert widths_of(out / "a.tif") == [130]


def test_a_document_whose_folder_was_renamed_is_tried_again_in_its_place(tmp_path):
    scans, out = tmp_path / "in", tmp_path / "out"
    tiff(scans / "fax.tif", [110, 120])
    list(batch(scans, out, CountingCleaner((120,)), resume=True).outcomes())
    renamed = scans.rename(tmp_path / "renamed")
    outcomes = list(batch(renamed, out, resume=True).outcomes())
    assert not any(outcome.error or outcome.skipped for outcome in outcomes)
    assert [path.name for path in out.glob("*.tif")] == ["fax.tif"]


def test_an_input_keeps_its_name_beside_the_pages_of_another(tmp_path):
    scans = tiff(tmp_path / "scans" / "doc.tif", [110, 120]).parent
    Image.new("L", (100, 60), 200).save(scans / "doc-001.png")
    made = Batch(plan([str(scans)], str(tmp_path / "out"), to="png"), CountingCleaner(), BatchOptions())
    list(made.outcomes())
    assert len(list((tmp_path / "out").glob("*.png"))) == 3
    assert Image.open(tmp_path / "out" / "doc-001.png").width == 100


def test_an_input_keeps_its_name_whatever_comes_before_it(tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    Image.new("L", (100, 60), 200).save(scans / "x.jpg", "PNG")
    Image.new("L", (110, 60), 200).save(scans / "x.png")
    list(batch(scans, tmp_path / "out").outcomes())
    assert Image.open(tmp_path / "out" / "x.png").width == 110
    assert Image.open(tmp_path / "out" / "x-2.png").width == 100


def test_damage_to_what_is_unfinished_means_cleaning_again(fax, tmp_path):
    out = tmp_path / "out.tif"
    stopped_after(3, fax, out)
    first, second, third = sorted(folder_for(out).glob("00000[123].json"))
    first.write_text("{")
    second.with_suffix(".png").write_bytes(b"nothing")
    third.write_text("[]")
    cleaner = CountingCleaner()
    list(batch(fax, out, cleaner, resume=True).outcomes())
    assert set(cleaner.cleaned) >= {100, 110, 120}
    assert widths_of(out) == [100, 110, 120, 130, 140]


def test_a_run_that_was_broken_off_while_it_tidied_leaves_nothing_in_the_way(fax, tmp_path, monkeypatch):
    out = tmp_path / "out.tif"
    stopped_after(3, fax, out)

    def broken_off(*_args: object, **_known: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(unfinished.shutil, "rmtree", broken_off)
        with pytest.raises(KeyboardInterrupt):
            unfinished.remove(folder_for(out))
    assert [path.name for path in folder_for(out).iterdir()] == ["settings.json"]
    (folder_for(out) / "settings.json").unlink()
    list(batch(fax, out).outcomes())
    assert widths_of(out) == [100, 110, 120, 130, 140]
    assert not folder_for(out).exists()


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(fax, tmp_path):
    out = tmp_path / "out.tif"
    mine = folder_for(out)
    mine.mkdir()
    (mine / "precious.txt").write_text("mine")
    (outcome,) = batch(fax, out).outcomes()
    assert "in the way" in str(outcome.error)
    assert (mine / "precious.txt").read_text() == "mine"


def test_a_stopped_zip_is_valid_and_goes_on(fax, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    for name in ("a", "b", "c"):
        tiff(scans / f"{name}.tif", [100, 110])
    out = tmp_path / "all.zip"
    stopped_after(3, scans, out)
    import zipfile

    with zipfile.ZipFile(out) as packed:
        assert packed.namelist() == ["a.tif", "b.tif"]
    cleaner = CountingCleaner()
    outcomes = list(batch(scans, out, cleaner, resume=True).outcomes())
    assert [outcome.skipped for outcome in outcomes] == [True] + [False] * 4
    assert len(cleaner.cleaned) <= 3
    with zipfile.ZipFile(out) as packed:
        assert packed.namelist() == ["a.tif", "b.tif", "c.tif"]
    assert not folder_for(out).exists()
    assert [outcome.skipped for outcome in batch(scans, out, resume=True).outcomes()] == [True] * 3


# Planning


def test_names_are_unique_on_every_disk():
    names = Names()
    taken = [
        names.take(PurePath(name), "png").as_posix() for name in ("a.jpg", "A.png", "b/a.png", "a.png", "a.b")
    ]
    assert taken == ["a.png", "A-2.png", "b/a.png", "a-3.png", "a.b.png"]


def test_a_name_too_long_for_a_disk_is_cut():
    names = Names()
    first, second = (names.take(PurePath("가" * 84 + ".png"), "tiff").name for _ in range(2))
    assert max(len(first.encode()), len(second.encode())) <= 255
    assert first != second
    files = numbered(Path(names.take(PurePath("x" * 251 + ".pdf"), "png", 1200)), 1200, "png")
    assert max(len(file.name) for file in files) <= 255


def test_page_ranges():
    assert chosen_pages(parse_pages("1-3,7"), 9) == [1, 2, 3, 7]
    assert chosen_pages(parse_pages("8-, 2"), 9) == [2, 8, 9]
    assert chosen_pages(parse_pages("1-1000000000000"), 3) == [1, 2, 3]
    assert chosen_pages((), 3) == [1, 2, 3]
    for text in ("", "0", "a", "3-2", "-3", "1,,2"):
        with pytest.raises(ValueError, match=r"."):
            parse_pages(text)


@pytest.mark.parametrize(
    ("inputs", "out", "place"),
    [(1, "a.pdf", "file"), (2, "a.pdf", "pdf"), (1, "a.zip", "zip"), (2, "out", "folder"),
     (1, "out/", "folder"), (1, "out", "folder"), (1, "a.TIFF", "file")],
)  # fmt: skip
def test_where_results_go(tmp_path, inputs, out, place):
    files = [str(tmp_path / f"{index}.png") for index in range(inputs)]
    assert plan(files, f"{tmp_path}/{out}").place == place


def test_an_empty_folder_is_usage(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.png").touch()
    with pytest.raises(UsageError, match="--recursive"):
        plan([str(tmp_path)], str(tmp_path / "out"))


def test_a_folder_that_contains_itself_ends(tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(draw_page()).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    made = plan([str(tmp_path / "in")], str(tmp_path / "out"), recursive=True)
    assert [source.name.as_posix() for source in made.sources] == ["a.png"]


# Reports


def test_an_outcome_is_one_line_of_json_and_the_summary_adds_up(fax, tmp_path):
    work = batch(fax, tmp_path / "out.tif", CountingCleaner(fails_on=(110,)))
    summary = Summary()
    for outcome in work.outcomes():
        assert "\n" not in json.dumps(outcome.as_json())
        summary.add(outcome)
    summary.add(PageOutcome("gone.png", "division", "cpu", error="gone.png: cannot be opened"))
    (line,) = summary.lines(12.34, work.sizes)
    assert line.startswith("4 pages of 1 file clean in 12.3 s, 2 failed")
    assert work.sizes == (fax.stat().st_size, (tmp_path / "out.tif").stat().st_size)
    assert line.endswith(f", {size(work.sizes[0])} -> {size(work.sizes[1])}")


def test_pages_to_look_at_are_named(tmp_path, clean_page):
    class Eraser(DivisionCleaner):
        def clean(self, page: Page, **options: object) -> Page:
            return page.with_pixels(np.full_like(page.pixels, 255))

    Image.fromarray(clean_page).save(tmp_path / "a.png")
    summary = Summary()
    for outcome in batch(tmp_path / "a.png", tmp_path / "b.png", Eraser()).outcomes():
        assert outcome.as_json()["flag"] is True
        summary.add(outcome)
    assert summary.lines(1, (0, 0))[-1].startswith("1 page to look at: ink removed 1")


def test_pages_are_encoded_where_they_are_cleaned(fax, tmp_path, monkeypatch):
    threads = set()
    real = document_run.prepare

    def noted(*arguments: object) -> object:
        threads.add(threading.current_thread())
        return real(*arguments)

    monkeypatch.setattr(document_run, "prepare", noted)
    list(batch(fax, tmp_path / "out.tif", DivisionCleaner(), jobs=2).outcomes())
    assert threads
    assert threading.main_thread() not in threads


def test_a_line_about_an_input_that_was_half_written_spoils_no_other(tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    tiff(scans / "a.tif", [100])
    list(batch(scans, out, resume=True).outcomes())
    with (out / ".inputs.ae-clean").open("a") as file:
        file.write('\n["b.tif", "half')
    tiff(scans / "b.tif", [110, 120])
    list(batch(scans, out, CountingCleaner((120,)), resume=True).outcomes())
    skipped = {Path(each.input).name for each in batch(scans, out, resume=True).outcomes() if each.skipped}
    assert skipped == {"a.tif"}
