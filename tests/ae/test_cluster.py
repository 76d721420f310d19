"""Cleaning on a Ray cluster of two nodes, all of it on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image

from ae import PRETRAINED
from ae.cli import main
from ae.documents.batch_options import BatchOptions
from ae.documents.cluster import ClusterBatch, divide
from ae.documents.cluster.actors import Desk
from tests.conftest import draw_page, make_dirty
from tests.pictures import dirty_tiff

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from _cluster_benchmark import two_nodes

ray = pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-cluster.txt")


@pytest.fixture(scope="module")
def cluster():
    """Two nodes with a processor each."""
    with two_nodes() as nodes:
        yield nodes


def clean(*arguments: object, model: str = "division") -> int:
    return main(["clean", *(str(argument) for argument in arguments), "--model", model])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def scans(tmp_path):
    """Faxes, one of them dithered, pictures two of which would be called alike, a damaged file and a text."""
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    dirty_tiff(folder / "fax.tif", 3)
    page = Image.fromarray(make_dirty(draw_page()))
    Image.fromarray(draw_page(600, 400) // 2 + 100).convert("1").save(folder / "dots.tif")
    page.save(folder / "scan.png", dpi=(200, 200))
    page.convert("RGB").save(folder / "scan.jpg", quality=90)
    page.save(folder / "below" / "other.png")
    (folder / "damaged.png").write_bytes((folder / "scan.png").read_bytes()[:300])
    (folder / "readme.txt").write_text("no document")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All but the list of inputs, which is in the order in which they were cleaned."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".inputs.ae-clean")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_bytes_as_on_one_machine_and_resume_does_only_what_is_missing(
    cluster, scans, tmp_path, capsys
):
    options = [scans, "-r", "--to", "png", "--json"]
    assert clean(*options, "-o", tmp_path / "one", model="page") == 1
    alone = rows(capsys)
    left = weights_on_disk()
    assert clean(*options, "-o", tmp_path / "many", "--cluster", "auto", model="page") == 1
    assert weights_on_disk() <= left
    captured = capsys.readouterr()
    spread = [json.loads(line) for line in captured.out.splitlines()]
    assert contents(tmp_path / "one") == contents(tmp_path / "many")
    assert places(alone, tmp_path / "one") == places(spread, tmp_path / "many")
    assert "damaged.png: the picture is cut off" in captured.err
    assert "left out, no document" in captured.err

    before = contents(tmp_path / "many")
    (tmp_path / "many" / "below" / "other.png").unlink()
    clean(*options, "-o", tmp_path / "many", "--cluster", "auto", "--resume", model="page")
    notes = {Path(str(row["input"])).name: row.get("note") for row in rows(capsys)}
    again = notes.pop("other.png"), notes.pop("damaged.png")
    assert again == (None, None)
    assert set(notes.values()) == {"was done before"}
    assert contents(tmp_path / "many") == before


def weights_on_disk() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("ae-weights-*"))


def places(found: list[dict[str, object]], out: Path) -> set[tuple[object, ...]]:
    return {(row["input"], row["page"], row.get("output", "").replace(str(out), "")) for row in found}


def batch_of(source: Path, out: Path) -> ClusterBatch:
    return ClusterBatch(divide([str(source)], str(out)), "division", "auto", PRETRAINED, BatchOptions())


def kill_a_worker(batch: ClusterBatch, nodes: object) -> None:
    ray.kill(batch.team.workers[0], no_restart=False)


def kill_the_reader(batch: ClusterBatch, nodes: object) -> None:
    """The process that has the documents open."""
    raylets = [node.all_processes["raylet"][0].process.pid for node in nodes.list_all_nodes()]
    found = [pid for raylet in raylets for pid in children(raylet) if title(pid).startswith("ray::read")]
    assert found
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for text in lists for child in text.split()]


def title(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


@pytest.mark.parametrize(("kill", "kind"), [(kill_a_worker, "tif"), (kill_the_reader, "pdf")])
def test_no_page_is_lost_or_doubled_when_a_process_is_killed(cluster, tmp_path, kill, kind):
    if kill is kill_the_reader and sys.platform != "linux":
        pytest.skip("finds the process under /proc")
    fax, one, many = dirty_tiff(tmp_path / "fax.tif", 40), tmp_path / f"one.{kind}", tmp_path / f"many.{kind}"
    assert clean(fax, "-o", one) == 0
    batch, found = batch_of(fax, many), []
    for outcome in batch.outcomes():
        found.append(outcome)
        if len(found) == 3:
            kill(batch, cluster)
    assert [outcome.error for outcome in found] == [None] * 40
    assert [outcome.page for outcome in found] == list(range(1, 41))
    assert many.read_bytes() == one.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["fax.tif", many.name, one.name])


class Answer:
    """A method of an actor that is no actor; `alive` says whether it answers."""

    def __init__(self, worker: FakeWorker) -> None:
        self._worker = worker

    async def remote(self, *_: object) -> bool:
        await asyncio.sleep(0)
        if not self._worker.alive:
            raise ray.exceptions.RayActorError
        return True


class FakeWorker:
    def __init__(self) -> None:
        self.alive = True
        self.start = self.is_ready = Answer(self)


def at_desk(workers: int, visit: Callable[[Desk, list[FakeWorker]], Awaitable[None]]) -> None:
    """Do something with a desk; a wait that has no end is an error."""

    async def run() -> None:
        team = [FakeWorker() for _ in range(workers)]
        await asyncio.wait_for(visit(Desk(team, ("", "", "", {})), team), 20)

    asyncio.run(run())


def test_room_that_a_reader_held_or_waited_for_when_it_died_is_free_for_its_next_attempt():
    async def visit(desk, team):
        await desk.begin("reader", "first")
        held = [await desk.take("first") for _ in range(2)]
        waiting = [asyncio.ensure_future(desk.take("first")) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in waiting)
        await desk.begin("reader", "second")
        assert [await desk.take("second") for _ in range(2)] == held
        for one in waiting:
            one.cancel()

    at_desk(1, visit)


def test_no_page_is_sent_to_a_worker_that_died_until_it_lives_again():
    async def visit(desk, team):
        await desk.begin("reader", "first")
        places = [await desk.take("first") for _ in range(4)]
        assert sorted(places) == [0, 0, 1, 1]
        team[0].alive = False
        await desk.give("first", 0, False)
        for place in (0, 1, 1):
            await desk.give("first", place, True)
        assert [await desk.take("first") for _ in range(2)] == [1, 1]
        waiting = asyncio.ensure_future(desk.take("first"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        team[0].alive = True
        assert await waiting == 0

    at_desk(2, visit)


def test_storage_that_no_program_can_open_by_path(cluster, scans, tmp_path):
    address = [f"dir://in::file://{tmp_path}", "-o", f"dir://results::file://{tmp_path}"]
    assert clean(*address, "--cluster", "auto") == 1
    assert clean(scans, "-o", tmp_path / "one") == 1
    assert contents(tmp_path / "results") == contents(tmp_path / "one")
