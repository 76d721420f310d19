"""What goes wrong around the app: a defect in a page, a GPU that is lost, a full disk, damaged weights."""

from __future__ import annotations

import errno
import gc
import json
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae.documents.cleaning import DivisionCleaner
from app import journal, resources
from app.components import document_resources as door
from app.components.document_desk import Desk
from app.components.document_entry import Choices
from app.settings import Settings
from app.work_queue import WorkQueue
from tests.app.digit_lab import ROOT, open_page, texts
from tests.app.documents_lab import PatientCleaner, dirty_png, dirty_tiff, wait, wait_until

SECRET = "my-diary-of-1999.pdf"


@pytest.fixture
def for_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app as visitors get it, not developers."""
    monkeypatch.setattr(resources, "current_settings", lambda: Settings(log=True))


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """What the app writes to standard error."""
    yield Log(capsys)
    journal.start_log(False)
    logger = logging.getLogger("streamlit.error_util")
    for found in [each for each in logger.filters if isinstance(each, journal.WithoutText)]:
        logger.removeFilter(found)


class Log:
    """Standard error so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self._text = capsys, ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]


def fail(error: Exception):
    def raises(*_: object, **__: object) -> None:
        raise error

    return raises


# A defect


@pytest.mark.usefixtures("lab", "for_visitors")
def test_a_defect_is_told_in_a_friendly_way_and_the_other_pages_work(
    monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setattr(resources, "passage", fail(ValueError(f"cannot read {SECRET}")))
    app = open_page("overview")
    assert not app.exception
    (error,) = app.error
    assert "went wrong, and it was not you" in error.value
    assert SECRET not in texts(app)
    (told,) = [line for line in log.lines if line["event"] == "defect"]
    assert told["kind"] == "ValueError"
    assert str(told["where"]).startswith("tests/app/test_faults.py:")
    assert SECRET not in log.text
    other = open_page("denoising")
    assert not other.error
    assert not other.exception


@pytest.mark.usefixtures("lab")
def test_a_defect_is_not_hidden_from_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "passage", fail(ValueError("odd")))
    assert open_page("overview").exception[0].message == "odd"


def test_a_defect_in_a_part_of_a_page_is_told_without_its_text(log: Log) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["client"]["showErrorDetails"] == "none"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["browser"]["gatherUsageStats"] is False
    journal.start_log(True)
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        record = logging.LogRecord(
            "streamlit", logging.ERROR, "", 0, "Uncaught", (), (ValueError, error, None)
        )
    journal.WithoutText().filter(record)
    assert SECRET not in logging.Formatter().format(record)
    assert "ValueError at tests/app/test_faults.py" in record.getMessage()
    assert SECRET not in log.text


# The GPU


@pytest.mark.usefixtures("lab", "for_visitors")
def test_a_lost_gpu_is_replaced_by_the_processor_for_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resources._through

    def through(network, images, device):
        if device != "cpu":
            raise RuntimeError("CUDA error: unspecified launch failure")
        return real(network, images, device)

    monkeypatch.setattr("ae.devices.available", lambda: ["auto", "cpu", "cuda"])
    monkeypatch.setattr("torch.cuda.get_device_name", lambda _device: "A GPU")
    monkeypatch.setattr("torch.nn.Module.to", lambda self, *_, **__: self)
    monkeypatch.setattr(resources, "_through", through)
    app = open_page("overview", device="CUDA")
    assert not app.exception
    assert not app.error
    assert app.get("image") or app.get("plotly_chart")
    assert "The GPU stopped working" in app.sidebar.warning[0].value
    assert "CUDA" not in [label for each in app.sidebar.get("segmented_control") for label in each.options]
    st.cache_resource.clear()


# Weights


@pytest.mark.parametrize("damage", ["missing", "corrupted", "card"])
def test_damaged_weights_are_greyed_out_with_the_reason_and_the_rest_works(lab: Path, damage: str) -> None:
    weights = lab / "stacked-k8"
    if damage == "missing":
        (weights / "model.safetensors").unlink()
    elif damage == "corrupted":
        data = bytearray((weights / "model.safetensors").read_bytes())
        data[-1] ^= 1
        (weights / "model.safetensors").write_bytes(data)
    else:
        (weights / "card.json").write_text("{")
    app = open_page("overview")
    assert not app.exception
    greyed = [entry.value for entry in app.caption if entry.value.startswith(":gray-badge")]
    assert len(greyed) == 1
    assert "stacked-k8" in greyed[0]
    assert "restore it" in greyed[0] or "SHA-256 differs" in greyed[0]
    sound = open_page("overview", family="Stacked", k="4")
    assert not sound.error
    assert sound.get("image")
    assert not open_page("bottleneck").exception


def test_weights_that_were_restored_are_no_longer_grey(lab: Path) -> None:
    path = lab / "stacked-k8" / "model.safetensors"
    data = path.read_bytes()
    path.unlink()
    assert "missing" in resources.damage("stacked-k8")
    path.write_bytes(data)
    assert resources.damage("stacked-k8") == ""


# Documents


def work(cleaner: DivisionCleaner, name: str = "a.png", data: bytes = b"", **limits: float) -> Desk:
    """A desk after its work on one document."""
    desk = Desk(WorkQueue(1, **limits))
    entry = desk.add(name, data or dirty_png()[1])
    desk.ask([entry], Choices(), cleaner)
    wait(desk)
    return desk


def test_a_full_disk_is_told_where_the_document_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("app.components.document_work.tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("app.components.document_work._scratch", lambda _run: None)
    monkeypatch.setattr("ae.files.os.replace", fail(full))
    (entry,) = work(DivisionCleaner()).entries.values()
    assert entry.run.state == "failed"
    assert entry.run.problem.startswith("a.png")
    assert "No space left" in entry.run.problem
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    (again,) = work(DivisionCleaner()).entries.values()
    assert again.run.state == "done"


def test_a_page_that_breaks_the_cleaner_does_not_stop_the_queue() -> None:
    class Breaking(DivisionCleaner):
        def clean(self, page, **options):
            raise MemoryError

    desk = work(Breaking())
    (entry,) = desk.entries.values()
    assert "MemoryError" in entry.outcomes[1].error
    other = desk.add("b.png", dirty_png(width=310)[1])
    desk.ask([other], Choices(model="division"), DivisionCleaner())
    wait(desk)
    assert other.outcomes[1].error is None


def test_work_beyond_the_time_limit_stops_says_so_and_keeps_what_is_done() -> None:
    class Slow(DivisionCleaner):
        def clean(self, page, cancelled=None, **options):
            if page.number == 2:
                wait_until(cancelled)
            return super().clean(page)

    (entry,) = work(Slow(), "a.tif", dirty_tiff()[1], seconds=1.0).entries.values()
    assert entry.run.state == "stopped"
    assert "time limit" in entry.run.problem
    assert entry.run.files


def test_a_full_queue_is_told_and_the_visitor_can_go_on_later() -> None:
    queue, patient = WorkQueue(1, most=1), PatientCleaner()
    desks = [Desk(queue) for _ in range(3)]
    entries = [desk.add("a.png", dirty_png(width=300 + 10 * n)[1]) for n, desk in enumerate(desks)]
    for desk, entry in zip(desks, entries, strict=True):
        desk.ask([entry], Choices(), patient)
        wait_until(lambda: queue.figures.running == 1)
    assert [entry.run.state for entry in entries][2] == "stopped"
    assert "The lab is busy" in entries[2].run.problem
    assert desks[1].place == 1
    patient.is_done = True
    wait(desks[0])
    wait(desks[1])
    desks[2].go_on()
    desks[2].ask([entries[2]], Choices(), patient)
    wait(desks[2])
    assert entries[2].run.state == "done"


def test_a_visitor_with_one_page_need_not_wait_for_the_long_document_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.work_queue._SLICE", 0.0)
    order: list[str] = []

    class Noting(DivisionCleaner):
        def clean(self, page, **options):
            if page.number == 2 and page.name == "long.tif":
                wait_until(lambda: queue.figures.waiting == 1)
            order.append(page.name)
            return super().clean(page)

    queue = WorkQueue(1)
    long, short = Desk(queue), Desk(queue)
    first = long.add("long.tif", dirty_tiff(count=5)[1])
    long.ask([first], Choices(), Noting())
    wait_until(lambda: bool(order))
    second = short.add("short.png", dirty_png()[1])
    short.ask([second], Choices(), Noting())
    wait(long)
    wait(short)
    assert order.index("short.png") in (1, 2)
    assert order.count("long.tif") == 5


def test_work_that_was_stopped_leaves_the_queue() -> None:
    queue, patient = WorkQueue(1), PatientCleaner()
    busy, other = Desk(queue), Desk(queue)
    busy.ask([busy.add("a.png", dirty_png()[1])], Choices(), patient)
    wait_until(lambda: queue.figures.running == 1)
    other.ask([other.add("b.png", dirty_png(width=310)[1])], Choices(), patient)
    assert other.place == 1
    other.stop()
    wait_until(lambda: queue.figures.waiting == 0)
    assert not other.is_busy
    busy.stop()
    wait(busy)


def test_a_session_that_ends_frees_its_documents_and_its_place() -> None:
    queue, patient = WorkQueue(1), PatientCleaner()
    busy, gone = Desk(queue), Desk(queue)
    busy.ask([busy.add("a.png", dirty_png()[1])], Choices(), patient)
    wait_until(lambda: queue.figures.running == 1)
    gone.ask([gone.add("b.png", dirty_png(width=310)[1])], Choices(), patient)
    del gone
    gc.collect()
    wait_until(lambda: queue.figures.waiting == 0)
    patient.is_done = True
    wait(busy)


def test_two_tabs_of_one_person_do_not_mix_their_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "page_cleaner", lambda *_: DivisionCleaner())
    tabs = [open_page("documents", document="Your own pages") for _ in range(2)]
    for tab, name in zip(tabs, ("a.png", "b.png"), strict=True):
        tab.file_uploader[0].set_value([dirty_png(name)]).run()
    for tab in tabs:
        wait(_desk(tab))
    assert [[entry.name for entry in _desk(tab).entries.values()] for tab in tabs] == [["a.png"], ["b.png"]]
    st.cache_resource.clear()


def _desk(app: AppTest) -> Desk:
    return app.session_state["documents_desk"]


def test_the_log_tells_of_the_work_and_of_no_name(log: Log) -> None:
    journal.start_log(True)
    work(DivisionCleaner(), SECRET)
    work(DivisionCleaner(), SECRET, b"%PDF-1.7 and no more")
    work(DivisionCleaner(), f"{SECRET}.png", dirty_png()[1])
    events = [line["event"] for line in log.lines]
    assert events.count("page_cleaned") == 2
    assert {"document_done", "document_failed"} <= set(events)
    assert "diary" not in log.text
    cleaned = next(line for line in log.lines if line["event"] == "page_cleaned")
    assert cleaned["megapixels"] == 0.06
    assert set(cleaned) == {"time", "event", "megapixels", "seconds", "device"}
