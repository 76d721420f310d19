"""Several processes train one model (on CPUs, over the loopback device) as one process would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ae.cli import main
from ae.training.batches import ImageBatches, PageCrops, Part, WholePages
from tests.ae import lost_worker

ROOT = Path(__file__).parents[2]
# Sums of floats in another order: after 20 steps at a learning rate of 0.01 weights differ by less than this.
TOLERANCE = 1e-4

pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available(), reason="this build of torch has no torch.distributed"
)


def torchrun(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Two processes of this machine."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    if sys.platform == "linux":
        environment["GLOO_SOCKET_IFNAME"] = "lo"
    return subprocess.run(
        [*launcher, *map(str, arguments)],
        capture_output=True, text=True, timeout=240, env=environment, cwd=cwd, check=False,
    )  # fmt: skip


def parts(source, seed: int = 3):
    """What one process with batches twice as large sees, and what two processes see together."""
    whole, *shared = (
        list(source(*how).epoch(torch.Generator().manual_seed(seed)))
        for how in ((8, Part()), (4, Part(0, 2)), (4, Part(1, 2)))
    )
    return whole, list(zip(*shared, strict=True))


def image_batches(batch_size: int, part: Part) -> ImageBatches:
    return ImageBatches(lost_worker.images(), batch_size, lost_worker.noisy).shared(part)


def page_crops(batch_size: int, part: Part) -> PageCrops:
    pages = [
        torch.arange(4 * (50 + 20 * i) * 90).remainder(251).to(torch.uint8).view(4, -1, 90) for i in range(3)
    ]
    inputs, targets = [page[:3] for page in pages], [page[3:] for page in pages]
    return PageCrops(inputs, targets, torch.ones(3), 32, batch_size, 3).shared(part)


@pytest.mark.parametrize("source", [image_batches, page_crops])
def test_the_parts_of_two_processes_are_the_batches_of_one(source):
    whole, shared = parts(source)
    assert len(whole) == len(shared) == len(source(4, Part(0, 2)))
    for (inputs, targets), halves in zip(whole, shared, strict=True):
        for index, part in enumerate(halves):
            assert torch.equal(part[0], inputs[index::2])
            assert torch.equal(part[1], targets[index::2])


def test_two_processes_see_as_many_images_each_where_they_cannot_be_divided():
    images = torch.arange(11.0).view(11, 1, 1, 1)
    seen = []
    for index in range(2):
        source = ImageBatches(images, 2).shared(Part(index, 2))
        batches = [targets for _, targets in source.epoch(torch.Generator().manual_seed(0))]
        assert [len(batch) for batch in batches] == [2, 2, 1]
        assert len(source) == 3
        seen += torch.cat(batches).flatten().tolist()
    assert len(set(seen)) == 10


def test_two_processes_take_different_whole_pages():
    pages = [torch.full((1, 8, 8), value, dtype=torch.uint8) for value in range(5)]
    seen = []
    for index in range(2):
        source = WholePages(pages, pages).shared(Part(index, 2))
        taken = [inputs.max().item() for inputs, _ in source.epoch(torch.Generator().manual_seed(0))]
        assert len(taken) == len(source) == 2
        seen += taken
    assert len(set(seen)) == 4


def test_two_processes_agree_with_one_of_the_doubled_batch_also_after_one_was_lost(tmp_path):
    script = Path(lost_worker.__file__)
    lost = torchrun(script, tmp_path, 13)  # in the third of four epochs
    assert lost.returncode != 0
    assert torch.load(tmp_path / "run.pt", weights_only=True)["epoch"] == 2
    assert not list(tmp_path.glob("weights-*"))
    done = torchrun(script, tmp_path, 0)
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"weights-{rank}.pt", weights_only=True) for rank in (0, 1))
    expected = lost_worker.train(8)
    for key, value in expected.items():
        assert torch.equal(first[key], second[key])
        torch.testing.assert_close(first[key], value, atol=TOLERANCE, rtol=0)
    other = lost_worker.train(4)  # a tolerance that batches of another size would also meet holds nothing
    assert max((other[key] - value).abs().max().item() for key, value in expected.items()) > 10 * TOLERANCE


def test_torchrun_trains_by_the_command_line_and_writes_one_card(mnist_root, tmp_path):
    options = ["digits", "--data-root", mnist_root, "--name", "two", "--k", "4", "--epochs", "1"]
    options += ["--device", "cpu", "--out", tmp_path / "out", "--batch-size", "16"]
    done = torchrun("-m", "ae", "train", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
    card = json.loads((tmp_path / "out" / "two" / "card.json").read_text())
    assert card["command"].startswith("torchrun --nproc-per-node 2 -m ae train digits")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["two"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["two.pt"]
    assert main(["models", "--weights", str(tmp_path / "out")]) == 0
