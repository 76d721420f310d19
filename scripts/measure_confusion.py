"""Which digits are confused after reconstruction? Train a small classifier on real digits, let it read what
every digit model rebuilds of the test digits, and write the confusion into the models' cards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from _options import parser, run_options, start
from torch import nn
from torch.nn import functional as F

from ae import devices, weights
from ae.data import mnist
from ae.evaluation import reconstruct
from ae.training.loop import TrainingConfig, fit, seed_everything

_BATCH = 128


class LabelledBatches:
    """Shuffled (images, labels) batches."""

    def __init__(self, digits: mnist.Digits, batch_size: int) -> None:
        self.digits = digits
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.digits) // self.batch_size)

    def epoch(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Every digit once, in a new order."""
        for rows in torch.randperm(len(self.digits), generator=generator).split(self.batch_size):
            yield self.digits.images[rows], self.digits.labels[rows]


def classifier() -> nn.Module:
    """Two convolutions and a dense layer: (N, 1, 28, 28) in 0..1 -> logits (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2), nn.ReLU(),
        nn.Conv2d(16, 32, 5, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 16, 10),
    )  # fmt: skip


@torch.inference_mode()
def confusion(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Counts (10, 10): row = true digit, column = what is read."""
    read = torch.cat([model(batch).argmax(1) for batch in images.split(1000)])
    return torch.bincount(labels * 10 + read, minlength=100).view(10, 10)


def accuracy(counts: torch.Tensor) -> float:
    """Share on the diagonal."""
    return float(counts.diagonal().sum() / counts.sum())


def facts(reader: nn.Module, seen: int, training: TrainingConfig, on_originals: float) -> dict[str, Any]:
    """What stands behind the readings, for the cards."""
    parameters = sum(each.numel() for each in reader.parameters())
    return {
        "model": f"two convolutions and a dense layer, {parameters:,} parameters",
        "data": f"MNIST, {seen:,} training digits with their labels",
        "training": f"Adam at {training.learning_rate:g}, batches of {_BATCH}, {training.epochs} epochs",
        "seed": training.seed,
        "accuracy_originals": on_originals,
        "command": f"python scripts/measure_confusion.py --data-root DIR --epochs {training.epochs} "
        f"--seed {training.seed}",
    }


def trained(known: mnist.Digits, training: TrainingConfig) -> nn.Module:
    """The classifier after training on the digits."""
    seed_everything(training.seed)
    reader = classifier()
    fit(reader, LabelledBatches(known, _BATCH), F.cross_entropy, training)
    return reader


def read_rebuilt(name: str, reader: nn.Module, test: mnist.Digits, behind: dict[str, Any]) -> weights.Card:
    """The card of a model with what the reader makes of the digits that the model rebuilds."""
    model, card = weights.load(name, devices.choose("cpu"))
    counts = confusion(reader, reconstruct(model, test.images), test.labels)
    card.measures["confusion"] = counts.tolist()
    card.measures["classifier_accuracy"] = accuracy(counts)
    card.measures["classifier_accuracy_originals"] = behind["accuracy_originals"]
    card.measures["classifier"] = behind
    return card


def main() -> None:
    """Train, read, write."""
    options = parser(__doc__)
    options.add_argument("--epochs", type=int, default=4)
    args = options.parse_args()
    run = run_options(args)
    train, test = mnist.load(args.data_root), mnist.load_test_digits()
    if args.dry_run:
        train, test = train[:512], test[:100]
    training = TrainingConfig(epochs=args.epochs, learning_rate=2e-3, schedule="cosine", seed=args.seed)
    known, _ = mnist.split(train)
    reader = trained(known, training)
    on_originals = accuracy(confusion(reader, test.images, test.labels))
    print(f"originals: {on_originals:.4f}")
    behind = facts(reader, len(known), training, on_originals)
    for name in weights.names("digits"):
        card = read_rebuilt(name, reader, test, behind)
        print(f"{name}: {card.measures['classifier_accuracy']:.4f}")
        if not args.dry_run:
            weights.write_card(card, run.out)


if __name__ == "__main__":
    start(main)
