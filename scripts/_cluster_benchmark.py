"""Cleaning on a cluster: pages a second with one and two workers, and what would limit a hundred machines.

The limits are computed from the stages of one page, measured alone and one after the other: `plan` (find the
file), `read` (open and decode), `clean`, `encode`, `write`; and from what the command and the desk do a page.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image

from ae import PRETRAINED, __version__
from ae.documents.batch import Batch, BatchOptions
from ae.documents.cleaning import DIVISION, PageCleaner, load_cleaner
from ae.documents.cluster import ClusterBatch, divide
from ae.documents.cluster.actors import PAGES_A_WORKER, Desk, Worker
from ae.documents.document import create_writer, open_document
from ae.documents.planning import plan
from ae.documents.report import PageOutcome
from ae.documents.treatment import treat
from ae.documents.writing import Output, prepare

MACHINES = 100
STAGES = ("plan", "read", "clean", "encode", "write")
_ASKED = 200  # times the desk is asked
_STORE = 100_000_000  # bytes of the object store of a node
_RAY = {  # its own limit is for machines that are not busy
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_register_timeout_seconds": "300",
}


@dataclass(frozen=True)
class Machine:
    """What a machine of the cluster is taken to have; `network`, and `storage` of all, in bytes a second."""

    cores: int = 16
    network: float = 10e9 / 8
    storage: float = 10e9 / 8


@dataclass(frozen=True)
class PageCost:
    """One page: seconds of each stage, of the command and of the desk; bytes in, of pixels, and out."""

    seconds: dict[str, float]
    command: float
    desk: float
    bytes_in: int
    pixels: int
    bytes_out: int

    @property
    def reading(self) -> float:
        """Seconds of a processor beside the worker's."""
        return self.seconds["read"] + self.seconds["encode"] + self.seconds["write"]


def measure(pages: Sequence[np.ndarray], model: str) -> dict[str, Any]:
    """Rows of pages a second, the cost of a page, and the limits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _stored(pages, folder / "in")
        cleaner = load_cleaner(model, "cpu")
        stages, sizes = stage_seconds(source, folder / "stages", cleaner)
        rows = [_plain(source, folder / "alone", cleaner, jobs) for jobs in (1, None)]
        with two_nodes():
            spread = [_spread(source, folder / f"spread-{count}", model, count) for count in (1, 2)]
    rows += [row for row, _, _ in spread]
    _, command, desk = spread[-1]
    cost = PageCost(stages, command, desk, *sizes)
    for row in rows:
        row["times"] = round(row["pages_a_second"] / rows[0]["pages_a_second"], 2)
    height, width = pages[0].shape
    return {
        "rows": rows,
        "page": {"width": width, "height": height, "model": model, "pages": len(pages)},
        "cost": asdict(cost),
        "machine_assumed": asdict(Machine()),
        "limits": limits(cost, Machine()),
        "cores": os.cpu_count(),
    }


def _stored(pages: Sequence[np.ndarray], folder: Path) -> Path:
    folder.mkdir()
    for number, page in enumerate(pages):
        Image.fromarray(page).save(folder / f"{number:03}.png", dpi=(300, 300))
    return folder


def stage_seconds(
    source: Path, out: Path, cleaner: PageCleaner
) -> tuple[dict[str, float], tuple[int, int, int]]:
    """Median seconds of every stage, with one thread; bytes in, of pixels, and out."""
    with _threads(1):
        started = time.perf_counter()
        made = plan([str(source)], str(out))
        planning = (time.perf_counter() - started) / len(made.sources)
        found = [_stages(one.content, out / one.name, cleaner) for one in made.sources]
    seconds = {stage: median(row[stage] for row, _ in found) for stage in STAGES[1:]}
    sizes = [int(median(column)) for column in zip(*(row for _, row in found), strict=True)]
    return {"plan": planning, **seconds}, (sizes[0], sizes[1], sizes[2])


def _stages(path: Path, target: Path, cleaner: PageCleaner) -> tuple[dict[str, float], tuple[int, int, int]]:
    stopwatch = _Stopwatch()
    with open_document(path, path.name) as document:
        page = document.page(1)
        stopwatch.lap("read")
        treated = treat(page, cleaner)
        stopwatch.lap("clean")
        prepared = prepare(treated.page, document.kind, Output())
        stopwatch.lap("encode")
        with create_writer(document.kind, target, document) as writer:
            writer.add(prepared)
        stopwatch.lap("write")
    return stopwatch.laps, (path.stat().st_size, page.pixels.size, target.stat().st_size)


class _Stopwatch:
    """Seconds of one stage after the other."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage], self._last = now - self._last, now


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _plain(source: Path, out: Path, cleaner: PageCleaner, jobs: int | None) -> dict[str, Any]:
    """The plain command, with one thread, or as it is by default."""
    batch = Batch(plan([str(source)], f"{out}-{jobs}/"), cleaner, BatchOptions(jobs=jobs))
    with _threads(jobs or torch.get_num_threads()):
        rate, _ = _rate(batch.outcomes())
    return {"how": "plain, one thread" if jobs else "plain, by default", "pages_a_second": rate}


def _rate(outcomes: Iterable[PageOutcome]) -> tuple[float, float]:
    """Pages a second, and seconds a page of this process' own processor, once all is warm: the first quarter
    does not count. Raises RuntimeError when a page failed."""
    times = []
    for outcome in outcomes:
        if outcome.error:
            raise RuntimeError(outcome.error)
        times.append((time.perf_counter(), time.process_time()))
    first, last = times[len(times) // 4], times[-1]
    pages = len(times) - 1 - len(times) // 4
    return round(pages / (last[0] - first[0]), 4), (last[1] - first[1]) / pages


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A cluster of two nodes with a processor each, on this machine."""
    import ray

    os.environ.update(_RAY)
    node = {"num_cpus": 1, "object_store_memory": _STORE}
    nodes = _head({**node, "include_dashboard": False})
    try:
        nodes.add_node(**node)
        ray.init(address=nodes.address, log_to_driver=False, logging_level="ERROR")
        yield nodes
    finally:
        ray.shutdown()
        nodes.shutdown()


def _head(settings: dict[str, Any], tries: int = 3) -> Any:
    """A cluster of one node. Ray gives up after 30 seconds, which a busy machine may need."""
    from ray.cluster_utils import Cluster

    try:
        return Cluster(initialize_head=True, head_node_args=settings)
    except Exception:  # Ray's own text, of no kind
        if tries == 1:
            raise
        return _head(settings, tries - 1)


def _spread(source: Path, out: Path, model: str, workers: int) -> tuple[dict[str, Any], float, float]:
    """The command on the cluster; and seconds a page of the command's own processor, and of the desk."""
    started = time.perf_counter()
    shares = divide([str(source)], f"{out}/")
    batch = ClusterBatch(shares, model, "cpu", PRETRAINED, BatchOptions(jobs=workers))
    starting = time.perf_counter() - started
    rate, used = _rate(batch.outcomes())
    row = {"how": f"cluster, {workers} worker{'s' * (workers > 1)}", "pages_a_second": rate}
    return {**row, "seconds_to_start": round(starting, 1)}, used, _desk_seconds()


def _desk_seconds() -> float:
    """Seconds in which the desk gives a place and takes it back."""
    import ray

    worker = ray.remote(num_cpus=0, max_concurrency=PAGES_A_WORKER + 1)(Worker).remote()
    start = (__version__, DIVISION, "cpu", {})
    desk = ray.remote(num_cpus=0)(Desk).remote([worker] * (_ASKED // PAGES_A_WORKER), start)
    for _ in range(2):  # the first round waits for the worker
        started = time.perf_counter()
        places = ray.get([desk.take.remote("reader") for _ in range(_ASKED)])
        ray.get([desk.give.remote("reader", place, True) for place in places])
    seconds = (time.perf_counter() - started) / _ASKED
    ray.get(worker.end.remote())
    for actor in (desk, worker):
        ray.kill(actor)
    return seconds


# What follows from it


def limits(cost: PageCost, machine: Machine) -> list[dict[str, Any]]:
    """What bounds a cluster, the tightest first: pages a second, and how many machines keep up with it."""
    a_machine = machine.cores / (cost.seconds["clean"] + cost.reading)
    moved = cost.bytes_in + cost.bytes_out
    # Pixels go to a worker and back, and every machine has readers as well as workers.
    network = machine.network / (2 * cost.pixels + moved)
    bounds = {
        "the processors of 100 machines": MACHINES * a_machine,
        "network of 100 machines": MACHINES * network,
        "storage": machine.storage / moved,
        "the command, which takes every page's report": 1 / cost.command,
        "the desk": 1 / cost.desk,
        "finding the files": 1 / cost.seconds["plan"],
    }
    rows = [
        {"limit": name, "pages_a_second": round(rate, 1), "machines": round(rate / a_machine, 1)}
        for name, rate in bounds.items()
    ]
    return sorted(rows, key=lambda row: row["pages_a_second"])


def report(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    page, cost, machine = found["page"], found["cost"], found["machine_assumed"]
    lines = [
        f"{page['pages']} grey pages of {page['width']} x {page['height']} pixels, model `{page['model']}`,"
        f" on one machine with {found['cores']} cores; its cluster has two nodes with a core each.",
        "",
        "| how | pages a second | times the first |",
        "|---|---|---|",
        *(f"| {row['how']} | {row['pages_a_second']:.3f} | {row['times']:.2f} |" for row in found["rows"]),
        "",
        "| stage of a page | seconds on one core |",
        "|---|---|",
        *(f"| {stage} | {seconds:.4f} |" for stage, seconds in cost["seconds"].items()),
        f"| the command's own work on a cluster | {cost['command']:.4f} |",
        f"| the desk | {cost['desk']:.5f} |",
        "",
        f"A page is {cost['bytes_in'] / 1e6:.2f} MB in, {cost['pixels'] / 1e6:.2f} MB of pixels and"
        f" {cost['bytes_out'] / 1e6:.2f} MB out.",
        "",
        f"Computed from these for {MACHINES} machines of {machine['cores']} cores, with"
        f" {machine['network'] * 8 / 1e9:g} Gbit/s each and storage that gives"
        f" {machine['storage'] * 8 / 1e9:g} Gbit/s to all:",
        "",
        "| bound | pages a second | enough for so many machines |",
        "|---|---|---|",
        *(
            f"| {row['limit']} | {row['pages_a_second']:,.1f} | {row['machines']:,.0f} |"
            for row in found["limits"]
        ),
        "",
        f"The first to be reached: **{found['limits'][0]['limit']}**. One reader decodes and writes the pages"
        f" of a document, so that one file alone gets at most {_one_document(cost):.1f} pages a second.",
    ]
    return "\n".join(lines)


def _one_document(cost: dict[str, Any]) -> float:
    """Pages a second of one document: encoding is done beside decoding and writing."""
    return 1 / (cost["seconds"]["read"] + cost["seconds"]["write"])
