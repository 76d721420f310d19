"""Ours and the peers on the same pages in one run: how good, how fast, how much memory."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from _peers import FILTERS
from _processes import Done, run
from torch.utils.flop_counter import FlopCounterMode

from ae import weights
from ae.data import noisyoffice
from ae.data.degradation import FAMILIES, HELD_OUT, Dirt, Stage, in_order, make_dirty, random_dirt
from ae.data.rendering import SCRIPTS, PageStyle, render_page, render_text_page
from ae.documents.planes import working_shrink
from ae.documents.text_size import kernel_scale
from ae.evaluation import reading_errors
from ae.evaluation.bars import judge
from ae.evaluation.pages import compare

HERE = Path(__file__).parent
E3 = "stacked_conv"
OURS = "page"
_SCRIPTS = ("latin", "korean", "cyrillic", "arabic")
LANGUAGES = tuple(code for script in _SCRIPTS for code in SCRIPTS[script].tesseract)
_TIMES = 3  # of which the fastest counts
_RESOLUTIONS = (150.0, 200.0, 300.0)
_OFFICE_DIRT = (Dirt("grain", 0.4), Dirt("coffee_ring", 0.6), Dirt("lighting", 0.5))


@dataclass(frozen=True)
class BenchmarkPage:
    """A dirty page and its clean original, uint8 (H, W); its text is read in the original where unknown."""

    dirty: np.ndarray
    clean: np.ndarray
    text: str = ""
    language: str = "eng"
    x_height: float = 10.0


@dataclass(frozen=True)
class Quality:
    """Likeness to the clean originals in 0..1, pooled error; `cer` None where nothing was read."""

    rmse: float
    psnr: float
    ssim: float
    cer: float | None
    seconds_a_page: float


def rendered_pages(count: int, seed: int) -> list[BenchmarkPage]:
    """Pages of text in several scripts and sizes, with fonts and one kind of dirt that training never saw."""
    found = []
    for index in range(count):
        script, dpi = _SCRIPTS[index % len(_SCRIPTS)], _RESOLUTIONS[index % len(_RESOLUTIONS)]
        page = render_text_page(seed + index, script, dpi)
        family = HELD_OUT[(index + index // len(_SCRIPTS)) % len(HELD_OUT)]  # every script meets all of them
        dirty = make_dirty(page.clean, _dirt(seed + index, family), seed + index, dpi)
        found.append(BenchmarkPage(dirty, page.clean, page.text, page.language, page.x_height))
    return found


def _dirt(seed: int, family: str) -> tuple[Dirt, ...]:
    """Random paper, stains and light, and the family of dirt, in the order in which they happen to a page."""
    others = [dirt for dirt in random_dirt(seed) if FAMILIES[dirt.kind].stage < Stage.OPTICS]
    return in_order([*others, Dirt(family, 0.7)])


def office_pages(count: int, seed: int, dpi: float) -> list[BenchmarkPage]:
    """Plain office pages that need no special font, with a stain in bad light."""
    found = []
    for number in range(seed, seed + count):
        page = render_page(number, PageStyle(dpi=dpi))
        found.append(BenchmarkPage(make_dirty(page.clean, _OFFICE_DIRT, number, dpi), page.clean, page.text))
    return found


def corpus_pages(root: Path, partition: str) -> list[BenchmarkPage]:
    """The pages of a partition of NoisyOffice."""
    return [BenchmarkPage(pair.dirty, pair.clean) for pair in noisyoffice.load(root, [partition])]


class Bench:
    """A folder in which peers clean pages, each in a process of its own."""

    def __init__(self, folder: Path, device: str) -> None:
        self.folder, self.device = folder, device

    def clean(
        self, name: str, pages: list[np.ndarray], *, watched: bool = False
    ) -> tuple[list[np.ndarray], Cleaned]:
        """The clean pages and the seconds of each; if `watched`, peak memory and too many seconds."""
        given = self.folder / "in"
        given.mkdir(exist_ok=True)
        for old in given.iterdir():
            old.unlink()
        for number, page in enumerate(pages):
            np.save(given / f"{number:04d}.npy", page)
        command = [sys.executable, str(HERE / "_peers.py"), name, str(self.folder), self.device]
        done = run(command, watched=watched)
        results = [np.load(path) for path in sorted((self.folder / "out" / name).glob("*.npy"))]
        for path in (self.folder / "out" / name).iterdir():
            path.unlink()
        return results, Cleaned.from_output(done)


@dataclass(frozen=True)
class Cleaned:
    """Seconds of each page, and the peak memory in megabytes."""

    seconds: list[float]
    peak_mb: float | None

    @classmethod
    def from_output(cls, done: Done) -> Cleaned:
        """From what `_peers.py` printed."""
        seconds = json.loads(done.output.splitlines()[-1])
        return cls([seconds[page] for page in sorted(seconds)], done.peak_mb)


@contextmanager
def bench(device: str) -> Iterator[Bench]:
    """A bench in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="ae-benchmark-") as folder:
        yield Bench(Path(folder), device)


def known_peers() -> list[str]:
    """Names of all filters and networks, ours last."""
    return [*FILTERS, *sorted(weights.names("pages"), key=lambda name: (name == OURS, name))]


def peers(only: list[str] | None) -> tuple[list[str], dict[str, str]]:
    """Names of the filters and networks that are there, and how to get those that are not."""
    chosen = [name for name in known_peers() if not only or name in only]
    missing = {name: FILTERS[name].missing for name in chosen if name in FILTERS and FILTERS[name].missing}
    return [name for name in chosen if name not in missing], missing


def quality(
    results: list[np.ndarray], pages: list[BenchmarkPage], texts: list[str] | None, cleaned: Cleaned
) -> Quality:
    """How near the results are to the originals; `texts` are the truths of reading."""
    pairs = [noisyoffice.PagePair("", page.dirty, page.clean) for page in pages]
    likeness = compare(results, pairs)
    shown = ((result, page.language, page.x_height) for result, page in zip(results, pages, strict=True))
    cer = None if texts is None else reading_errors.error_rate(shown, texts)
    seconds = float(np.mean(cleaned.seconds))
    return Quality(likeness["rmse_pooled"], likeness["psnr"], likeness["ssim"], cer, seconds)


def truths(pages: list[BenchmarkPage]) -> list[str]:
    """The printed text, or what is read in the original."""
    unknown = [(page.clean, page.language, page.x_height) for page in pages if not page.text]
    read = iter(reading_errors.read_once(unknown))
    return [page.text or next(read) for page in pages]


def speed(table: Bench, names: list[str], page: np.ndarray, rounds: int) -> dict[str, Cleaned]:
    """Seconds and memory of every peer for one page, in turns: the machine's load meets all of them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            seconds[name] += table.clean(name, [page])[1].seconds
    return {
        name: Cleaned([median(seconds[name])], table.clean(name, [page], watched=True)[1].peak_mb)
        for name in names
    }


def large_pages(table: Bench, names: list[str], page: np.ndarray, pixels: float) -> list[dict[str, Any]]:
    """Seconds, and peak memory in another run, for the page repeated and cut to so many pixels."""
    times = (pixels / page.size) ** 0.5
    height, width = (round(side * times) for side in page.shape)
    tiles = np.tile(page, (-(-height // page.shape[0]), -(-width // page.shape[1])))
    large = np.ascontiguousarray(tiles[:height, :width])
    rows = []
    for name in names:
        seconds = table.clean(name, [large])[1].seconds[0]
        peak = table.clean(name, [large], watched=True)[1].peak_mb
        row = {"name": name, "megapixels": round(large.size / 1e6, 1)}
        rows.append({**row, "seconds": round(seconds, 2), "peak_mb": peak})
    return rows


def matrix_product_speed(device: torch.device, side: int) -> float:
    """Multiply-adds per second of a product of two float32 matrices."""
    a, b = torch.rand(side, side, device=device), torch.rand(side, side, device=device)
    return side**3 / _fastest(lambda: torch.mm(a, b), device)


@torch.inference_mode()
def network_row(name: str, device: torch.device, page: np.ndarray, product: float) -> dict[str, Any]:
    """Multiply-adds per pixel that the network sees, their speed as a share of the matrix product's; both in
    float32.

    `pixels_seen`: how many of them there are for each pixel of the page; large letters are judged on a
    smaller copy.
    """
    model, card = weights.load(name, device)
    model = model.folded().to(memory_format=torch.channels_last)
    height, width = (side // 64 * 64 for side in (min(1024, page.shape[0]), min(1536, page.shape[1])))
    planes = torch.rand(1, model.input_size.planes, height, width, device=device)
    with FlopCounterMode(display=False) as counter:  # which knows convolutions alone, not what follows in one
        deepcopy(model).to("meta")(planes.to("meta"))
    multiply_adds = counter.get_total_flops() / 2
    seconds = _fastest(lambda: model(planes), device)
    shrink = working_shrink(kernel_scale(page)) if model.input_size.planes > 1 else 1.0
    return {
        "name": name,
        "parameters": card.parameters,
        "weights_bytes": (weights.FOLDER / name / "model.safetensors").stat().st_size,
        "multiply_adds_per_pixel": round(multiply_adds / (height * width)),
        "pixels_seen": round(1 / shrink**2, 4),
        "share_of_matrix_product": round(multiply_adds / seconds / product, 3),
    }


def _fastest(work: Callable[[], object], device: torch.device) -> float:
    work()
    seconds = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def judgements(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Our figures beside what they have to reach; none where ours was left out."""
    ours, network, large = (_ours(found[table]) for table in ("rows", "networks", "large"))
    figures = {
        "seconds_ratio": ours.get("ratio"),
        "memory_a4": _gigabytes(ours.get("peak_mb")),
        "memory_70_mp": _gigabytes(large.get("peak_mb")),
        "weights_bytes": network.get("weights_bytes"),
    }
    return [
        asdict(judge(measure, OURS, "benchmark", value))
        for measure, value in figures.items()
        if value is not None
    ]


def _ours(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next((row for row in rows if row["name"] == OURS), {})


def _gigabytes(megabytes: float | None) -> float | None:
    return None if megabytes is None else megabytes / 1e3
