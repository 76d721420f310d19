"""What a machine may do to the work: too little memory for a tile, a GPU that fails, a disk that is full."""

from __future__ import annotations

import errno
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ae import cli, devices, weights
from ae.documents.cleaning import LOST, FoldedCopies, NetworkCleaner, load_cleaner
from ae.documents.encoding import encode
from ae.documents.page import Page
from ae.documents.tiling import plan_tiles, run_tiled
from ae.documents.treatment import treat
from ae.models import Autoencoder, InputSize, build
from tests.conftest import draw_page, make_dirty

SIZE = InputSize(multiple_of=16, context=24)
PAGE = np.random.default_rng(0).integers(0, 256, (1, 333, 290), dtype=np.uint8)
WORDS = [
    "CUDA out of memory. Tried to allocate 20.00 MiB",
    "CUDA error: out of memory",
    "MPS backend out of memory (MPS allocated: 1 GB)",
    "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried 9 bytes",
]


def blur(planes: np.ndarray) -> np.ndarray:
    """Every pixel depends on those 24 above and to the left, as far as there are any."""
    shifted = np.maximum(planes[0], np.roll(planes[0], (24, 24), (0, 1)))
    shifted[:24], shifted[:, :24] = planes[0, :24], planes[0, :, :24]
    return shifted


class Cramped:
    """A network whose memory takes so many pixels; counts what it was asked."""

    def __init__(self, most: int, error: Exception) -> None:
        self.most, self.error, self.refused, self.taken = most, error, 0, 0

    def __call__(self, planes: np.ndarray) -> np.ndarray:
        if planes[0].size > self.most:
            self.refused += 1
            raise self.error
        self.taken += 1
        return blur(planes)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError(WORDS[0]), MemoryError(), *map(RuntimeError, WORDS)]
)
@pytest.mark.parametrize("pixels", [10**6, 40_000])
def test_out_of_memory_halves_the_tiles_and_the_page_is_the_same(error: Exception, pixels: int) -> None:
    network, shares = Cramped(20_000, error), []
    clean = run_tiled(PAGE, network, SIZE, pixels=pixels, progress=shares.append)
    assert np.array_equal(clean, run_tiled(PAGE, blur, SIZE, pixels=10**6))
    assert 1 <= network.refused <= 8  # once a size, not once a tile
    assert network.taken > 4
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_halves_cover_a_tile_and_see_less_than_it_did() -> None:
    for tile in plan_tiles(1600, 1200, SIZE, 200_000)[:6]:
        parts, page = [tile], np.zeros((1600, 1200), int)
        while any(part.halves(SIZE) != [part] for part in parts):
            largest = max(part.seen() for part in parts)
            parts = [half for part in parts for half in part.halves(SIZE)]
            assert max(part.seen() for part in parts) <= largest
        for part in parts:
            page[part.inner] += 1
        assert len(parts) > 8
        assert np.array_equal(page, _painted(tile.inner))


def _painted(place: tuple[slice, slice]) -> np.ndarray:
    page = np.zeros((1600, 1200), int)
    page[place] = 1
    return page


def test_memory_that_takes_no_tile_at_all_ends_in_its_error() -> None:
    with pytest.raises(MemoryError):
        run_tiled(PAGE, Cramped(10, MemoryError()), SIZE)


def test_another_error_does_not_halve_anything() -> None:
    network = Cramped(10, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        run_tiled(PAGE, network, SIZE)
    assert network.refused == 1


class Failing(torch.nn.Module):
    """Stands in for a model on a GPU whose driver has failed."""

    def __init__(self, model: Autoencoder, error: Exception) -> None:
        super().__init__()
        self.input_size, self.error = model.input_size, error

    def for_inference(self, softness: float = 0.0) -> Failing:
        copy = Failing(self, self.error)
        copy.input_size = replace(self.input_size, planes=min(3, self.input_size.planes))
        return copy

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        raise self.error


LOSSES = [
    "CUDA error: unspecified launch failure",
    "CUDA error: an illegal memory access was encountered",
    "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    "Found no NVIDIA driver on your system.",
]


@pytest.mark.parametrize("words", LOSSES)
def test_a_lost_gpu_is_replaced_by_the_processor_and_the_page_says_so(words: str) -> None:
    model = build("page", {}).eval()
    # `meta` is a device that takes tensors and holds nothing: all that a GPU needs to fail here.
    lost = NetworkCleaner(
        "page", Failing(model, RuntimeError(words)), torch.device("meta"), None, lambda: model
    )
    page = Page(make_dirty(draw_page()), "a.png")
    treated = treat(page, lost)
    expected = NetworkCleaner("page", model, torch.device("cpu"), None).clean(page)
    assert np.array_equal(treated.page.pixels, expected.pixels)
    assert treated.facts.note == LOST
    assert lost.device.type == "cpu"


def test_a_wrong_shape_on_a_gpu_is_not_taken_for_a_lost_one() -> None:
    model = build("page", {}).eval()
    broken = Failing(model, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    cleaner = NetworkCleaner("page", broken, torch.device("meta"), None, lambda: model)
    with pytest.raises(RuntimeError, match="shapes"):
        cleaner.clean(Page(make_dirty(draw_page())))
    assert not devices.is_lost(RuntimeError(LOSSES[0]), "cpu")


def test_the_shipped_cleaner_can_leave_a_lost_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaner = load_cleaner("page", "cpu")
    page = Page(make_dirty(draw_page()), "a.png")
    expected = cleaner.clean(page).pixels
    cleaner._model = FoldedCopies(Failing(weights.load("page")[0], RuntimeError(LOSSES[0])))
    cleaner.device = torch.device("meta")
    assert np.array_equal(cleaner.clean(page).pixels, expected)
    assert cleaner.problem == LOST


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path, monkeypatch, capsys) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(encode(Page(make_dirty(draw_page()), "a.png"), "png"))
    out = tmp_path / "out"
    out.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ae.files.os.replace", full)
    code = cli.main(["clean", str(source), "-o", str(out / "b.png"), "--model", "division", "--json"])
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert code == 1
    assert "No space left on device" in told["error"]
    assert [path for path in out.rglob("*") if path.is_file()] == []
