"""The desk and the pyramid: work in the background, bounded and ended with the session; pictures in tiles."""

from __future__ import annotations

import gc
import io
import threading
import weakref
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ae import memory
from ae.data.samples import Sample
from ae.documents.cleaning import DivisionCleaner
from ae.documents.document import open_document
from ae.documents.limits import Limits
from app.components import document_pictures as pictures
from app.components import document_work
from app.components.document_desk import Desk
from app.components.document_entry import Choices
from app.components.document_memory import Memory
from app.components.document_progress import line
from app.components.document_pyramid import TILE, build
from app.components.document_work import RememberingCleaner, sight
from app.work_queue import WorkQueue
from tests.app.documents_lab import PatientCleaner, dirty_png, dirty_tiff, pixels, wait, wait_until
from tests.conftest import draw_page, make_dirty


@pytest.fixture
def desk() -> Desk:
    return Desk(WorkQueue(1))


def put(desk: Desk, *names: str):
    return [desk.add(name, dirty_png(name, 300 + 10 * index)[1]) for index, name in enumerate(names)]


def test_work_ends_when_the_session_does() -> None:
    desk, cleaner = Desk(WorkQueue(1)), PatientCleaner()
    (entry,) = put(desk, "a.png")
    desk.ask([entry], Choices(), cleaner)
    run = entry.run
    wait_until(lambda: run.state == "cleaning")
    gone = weakref.ref(desk)
    del desk
    gc.collect()
    assert gone() is None
    wait_until(lambda: run.is_over)
    assert run.state == "stopped"
    assert cleaner.cleaned == []


def test_one_visitor_does_not_take_all_threads() -> None:
    pool, patient = WorkQueue(2), PatientCleaner()
    busy, other = Desk(pool), Desk(pool)
    busy.ask(put(busy, "a.png", "b.png", "c.png"), Choices(), patient)
    (entry,) = put(other, "d.png")
    other.ask([entry], Choices(), DivisionCleaner())
    wait(other)
    assert entry.run.state == "done"
    assert [item.run.state for item in busy.entries.values()][1:] == ["waiting", "waiting"]
    busy.stop()
    wait(busy)


def test_another_choice_ends_the_work_for_the_one_before(desk: Desk) -> None:
    (entry,) = put(desk, "a.png")
    desk.ask([entry], Choices(model="one"), PatientCleaner())
    first = entry.run
    desk.ask([entry], Choices(model="two"), DivisionCleaner())
    wait(desk)
    wait_until(lambda: first.is_over)
    assert (first.state, entry.run.state) == ("stopped", "done")


def test_what_was_done_before_a_stop_is_a_valid_file(desk: Desk) -> None:
    stop_after_two = threading.Event()

    class Stopping(DivisionCleaner):
        def clean(self, page, **options):
            if page.number == 3:
                desk.stop()
                stop_after_two.set()
            return super().clean(page, **options)

    entry = desk.add("a.tif", dirty_tiff(count=5)[1])
    desk.ask([entry], Choices(), Stopping())
    wait(desk)
    assert stop_after_two.is_set()
    assert entry.run.state == "stopped"
    with open_document(entry.run.files[0][1], "part.tif") as document:
        assert document.page_count == 3


def test_the_oldest_clean_pages_are_forgotten() -> None:
    memory = Memory(most=250)
    for number in range(3):
        memory.put(str(number), "a document", bytes(100), size=100)
    assert memory.get("0") is None
    assert memory.get("2") == bytes(100)


def test_a_page_that_was_forgotten_is_cleaned_again(desk: Desk) -> None:
    (entry,) = put(desk, "a.png")
    desk.ask([entry], Choices(), DivisionCleaner())
    wait(desk)
    _page, clean = sight(entry, 1, entry.run)
    entry.run.memory = Memory(most=1)
    assert np.array_equal(sight(entry, 1, entry.run)[1].pixels, clean.pixels)


def test_the_clean_pages_of_a_document_go_with_it(desk: Desk) -> None:
    entries = put(desk, "a.png", "b.png")
    desk.ask(entries, Choices(), DivisionCleaner())
    wait(desk)
    pages = [sight(entry, 1, entry.run)[0] for entry in entries]
    desk.remove(entries[0].key)
    known = [
        RememberingCleaner(DivisionCleaner(), desk.memory, entry).knows(page, best=False)
        for entry, page in zip(entries, pages, strict=True)
    ]
    assert known == [False, True]


def test_a_document_that_goes_while_it_is_cleaned_leaves_nothing(desk: Desk) -> None:
    (entry,) = put(desk, "a.png")

    class Removing(DivisionCleaner):
        def clean(self, page, **options):
            desk.remove(entry.key)
            return super().clean(page, **options)

    desk.ask([entry], Choices(), Removing())
    wait_until(lambda: entry.run.is_over)
    assert desk.memory.size == 0


def test_after_every_page_what_was_freed_is_given_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[int] = []
    entry = desk.add("a.tif", dirty_tiff(count=3)[1])
    monkeypatch.setattr(memory, "give_back", lambda: given_back.append(len(entry.outcomes)))
    desk.ask([entry], Choices(), DivisionCleaner())
    wait(desk)
    assert given_back == [1, 2, 3]


def test_a_result_beyond_what_a_session_holds_is_refused() -> None:
    desk = Desk(WorkQueue(1), most_bytes=1000)
    (entry,) = put(desk, "a.png")
    desk.ask([entry], Choices(), DivisionCleaner())
    wait(desk)
    assert entry.run.state == "failed"
    assert "more than this session can hold" in entry.run.problem


def test_all_desks_together_hold_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "_all", weakref.WeakSet())
    queue = WorkQueue(1)
    mine, other = (Desk(queue, most_bytes=3000, most_of_all=4000) for _ in range(2))
    entry = other.add("a.png", bytes(2000))
    assert mine.problem_with(2000) == ""
    assert "others use this lab too" in mine.problem_with(2001)
    assert "a session holds" in mine.problem_with(3001)
    other.remove(entry.key)
    assert mine.problem_with(3000) == ""
    other.add("a.png", bytes(2000))
    del other  # its session is over
    gc.collect()
    assert mine.problem_with(3000) == ""


def test_what_desks_remember_gives_way_to_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "_all", weakref.WeakSet())
    mine, other = (Desk(WorkQueue(1), most_of_all=4000) for _ in range(2))
    caches = [mine.memory, mine.views, other.memory, other.views]
    for cache, number in product(caches, range(20)):
        cache.put(str(number), "a document", None, size=100)
    assert [cache.size for cache in caches] == [1000] * 4
    other.add("a.png", bytes(2000))
    assert [cache.size for cache in caches] == [500] * 4
    assert mine.problem_with(2000) == ""
    mine.add("b.png", bytes(2000))
    assert [cache.size for cache in caches] == [100] * 4  # what is on the screen


def test_what_a_session_remembered_is_room_for_others_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "_all", weakref.WeakSet())
    mine, other = (Desk(WorkQueue(1), most_of_all=4000) for _ in range(2))
    del other
    gc.collect()
    mine.add("a.png", bytes(1000))
    for number in range(20):
        mine.views.put(str(number), "a document", None, size=100)
    assert mine.views.size == 1500


def test_sessions_begin_while_others_look_at_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(WorkQueue(1))
    has_looked, may_go_on = threading.Event(), threading.Event()

    class Slow(weakref.WeakSet):
        def __iter__(self):
            for item in super().__iter__():
                yield item
                has_looked.set()
                may_go_on.wait(0.2)

    monkeypatch.setattr(Desk, "_all", Slow([desk]))
    rooms: list[int] = []
    looking = threading.Thread(target=lambda: rooms.append(desk.room))
    looking.start()
    assert has_looked.wait(5)
    other = Desk(WorkQueue(1))
    may_go_on.set()
    looking.join(5)
    assert rooms == [other.room]


def test_a_page_can_be_seen_before_it_is_clean(desk: Desk) -> None:
    patient = PatientCleaner()
    (entry,) = put(desk, "a.png")
    desk.ask([entry], Choices(), patient)
    page, clean = sight(entry, 1, entry.run)
    assert np.array_equal(page.pixels, make_dirty(draw_page(300, 200)))
    assert clean is None
    patient.is_done = True
    wait(desk)
    assert np.array_equal(sight(entry, 1, entry.run)[1].pixels, pixels(entry.run.files[0][1]))


def test_one_pdf_of_all_is_forgotten_when_a_part_of_it_changes(desk: Desk) -> None:
    first, second = put(desk, "a.png", "b.png")
    desk.ask([first, second], Choices(), DivisionCleaner())
    wait(desk)
    desk.join([first, second], Choices(), DivisionCleaner())
    wait(desk)
    with open_document(desk.joined.files[0][1], "all.pdf") as document:
        assert document.page_count == 2
    desk.ask([first, second], Choices(), DivisionCleaner())
    assert desk.joined
    first.boxes[1] = ((0, 0, 10, 10),)
    desk.ask([first, second], Choices(), DivisionCleaner())
    assert desk.joined is None
    wait(desk)


def test_one_pdf_of_all_that_was_stopped_ends_where_it_was_and_is_made_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put(desk, "a.png", "b.png")
    desk.ask([first, second], Choices(), DivisionCleaner())
    wait(desk)
    with monkeypatch.context() as patch:
        patch.setattr(document_work, "_note", lambda _outcome, _entry, run: run.stop.set())
        desk.join([first, second], Choices(), DivisionCleaner())
        wait(desk)
    assert desk.joined.state == "stopped"
    with open_document(desk.joined.files[0][1], "all.pdf") as document:
        assert document.page_count == 1
    first.run.state = "stopped"  # as if it had still been at work
    desk.go_on()
    desk.ask([first, second], Choices(), DivisionCleaner())  # which the page does at once
    wait(desk)
    assert first.run.state == desk.joined.state == "done"
    with open_document(desk.joined.files[0][1], "all.pdf") as document:
        assert document.page_count == 2


def test_names_stay_below_their_folder_and_are_told_apart(desk: Desk) -> None:
    evil = desk.add("../../etc/passwd.png", b"1")
    windows = desk.add("..\\scans\\a.png", b"2")
    again = desk.add("scans/a.png", b"3")
    assert [str(entry.path) for entry in (evil, windows, again)] == [
        "etc/passwd.png",
        "scans/a.png",
        "scans/a.png",
    ]
    assert [windows.name, again.name] == ["scans/a.png", "scans/a.png (2)"]
    assert desk.add("scans/a.png", b"3") is again


def test_a_sample_that_a_visitor_also_brings_is_theirs(desk: Desk) -> None:
    sample = Sample("coffee", "Coffee ring", "", Path("dirty.png"), Path("clean.png"))
    _name, data, _kind = dirty_png("dirty.png")
    shown = desk.add("dirty.png", data, sample)
    brought = desk.add("dirty.png", data)
    assert brought is not shown
    assert brought.sample is None
    assert brought.name == "dirty.png"
    desk.remove(brought.key)
    assert desk.entries == {shown.key: shown}


def test_every_state_has_its_line(desk: Desk) -> None:
    patient = PatientCleaner()
    first, second, bad = *put(desk, "a.png", "b.png"), desk.add("bad.png", b"no picture")
    desk.ask([first, second, bad], Choices(), patient, Limits())
    wait_until(lambda: first.run.state == "cleaning")
    assert "cleaning, 0 of 1 done" in line(first)
    assert "waiting" in line(second)
    patient.is_done = True
    wait(desk)
    assert "check_circle" in line(first)
    assert "kB →" in line(first)
    assert line(bad).startswith(":red[:material/error: bad.png")


@pytest.mark.parametrize("shape", [(1, 1), (700, 500), (1300, 1100), (17, 2600), (2050, 3)])
@pytest.mark.parametrize("colours", [(1, 1), (3, 3), (3, 1)])
def test_tiles_hold_both_pictures_whole(shape: tuple[int, int], colours: tuple[int, int]) -> None:
    before, after = (smooth(*shape, count, phase) for phase, count in enumerate(colours))
    pyramid = build(before, after)
    sizes = [(level.height, level.width) for level in pyramid.levels]
    assert sizes[0] == shape
    assert all(small == (-(-large[0] // 2), -(-large[1] // 2)) for large, small in pairwise(sizes))
    assert max(sizes[-1]) <= 1024
    for index, picture in enumerate((before, after)):
        shown = put_together(pyramid.levels[0], index)
        assert np.abs(shown.astype(int) - grey(picture)).max() <= 12


def smooth(height: int, width: int, channels: int, phase: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    wave = np.rint(127 + 100 * np.sin(rows / 90 + columns / 70 + phase)).astype(np.uint8)
    return np.dstack([wave] * 3) if channels == 3 else wave


def grey(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else picture[..., 1]


def put_together(level, index: int) -> np.ndarray:
    """The page before (0) or after (1) cleaning from the tiles of a level, as the viewer cuts them."""
    page = np.zeros((level.height, level.width), np.uint8)
    columns = -(-level.width // TILE)
    for place, tile in enumerate(level.tiles):
        top, left = place // columns * TILE, place % columns * TILE
        height, width = min(TILE, level.height - top), min(TILE, level.width - left)
        start = index * -(-width // 16) * 16
        picture = np.asarray(Image.open(io.BytesIO(tile)).convert("L"))
        page[top : top + height, left : left + width] = picture[:height, start : start + width]
    return page


def test_a_preview_is_bounded_and_a_small_page_is_shown_as_it_is() -> None:
    large, small = np.zeros((3000, 2000), np.uint8), make_dirty(draw_page())
    assert Image.open(io.BytesIO(pictures.preview(large))).size == (933, 1400)
    assert np.array_equal(pixels(pictures.preview(small)), small)


@pytest.mark.parametrize(
    ("across", "down", "corner"), [(0, 0, (0, 0)), (100, 100, (600, 900)), (50, 0, (300, 0))]
)
def test_a_window_stays_on_the_page(across: int, down: int, corner: tuple[int, int]) -> None:
    window = pictures.window_at((1000, 700), across, down, 100, 100)
    assert (window.left, window.top) == corner
    assert window.cut(np.zeros((1000, 700, 3))).shape == (100, 100, 3)


def test_the_window_starts_where_most_was_changed() -> None:
    before = np.full((400, 400), 200, np.uint8)
    after = before.copy()
    before[300:380, 20:100] = 60
    after[300:380, 20:100] = np.tile([0, 255], 40)
    across, down = pictures.busiest_place(before, after, 100, 100)
    assert across < 20
    assert down > 80


def test_a_difference_is_dark_where_pages_differ() -> None:
    page, truth = np.array([[0, 100, 255]], np.uint8), np.array([[0, 110, 0]], np.uint8)
    assert pictures.difference(page, truth).tolist() == [[255, 235, 1]]
