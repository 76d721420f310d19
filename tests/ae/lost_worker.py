"""Training in one of several processes, which a test starts with torchrun; the second one can be lost."""

from __future__ import annotations

import os
import signal
import sys
import weakref
from pathlib import Path

import torch

from ae.models import build
from ae.training import distributed
from ae.training.batches import ImageBatches
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import by_name

CONFIG = TrainingConfig(epochs=4, learning_rate=1e-2, schedule="cosine", warmup=2, average=0.9, clip=1.0)


def images() -> torch.Tensor:
    """Forty random pictures, the same in every process."""
    return torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(7))


def noisy(target: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return (target + 0.1 * torch.randn(target.shape, generator=generator)).clamp(0, 1)


def train(batch_size: int, corrupt=noisy, **options) -> dict[str, torch.Tensor]:
    """The weights of a small dense model."""
    seed_everything(0)
    model = build("simple", {"k": 4})
    fit(model, ImageBatches(images(), batch_size, corrupt), by_name("mse"), CONFIG, progress=False, **options)
    return model.state_dict()


def main(folder: Path, lost_at: int) -> None:
    """Train with batches of 4; when picture batch `lost_at` (from 1) comes, the second process is killed."""
    with distributed.started("cpu") as group:
        seen = 0

        def noisy_until_lost(target: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
            nonlocal seen
            seen += 1
            if group.rank == 1 and seen == lost_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return noisy(target, generator)

        process_group = weakref.ref(torch.distributed.group.WORLD)
        weights = train(4, noisy_until_lost, checkpoint=folder / "run.pt", resume=True)
        torch.save(weights, folder / f"weights-{group.rank}.pt")
    if process_group():
        sys.exit("the group's threads outlive the training")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
