"""What every measuring of a lesson starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ae.data import mnist
from ae.data.mnist import Digits

_SHOWN = (15, 61, 17, 12, 21)  # a 5, an 8, a 7, a 9 and a 6


@dataclass(frozen=True)
class Material:
    """`train`: the first 80 % of MNIST's 60,000, `validation`: the rest, `test`: the 10,000 test digits.

    `root` may hold other data sets too; `is_dry` asks for a few seconds of everything.
    """

    train: Digits
    validation: Digits
    test: Digits
    seed: int = 0
    root: Path | None = None
    is_dry: bool = False

    @property
    def shown(self) -> torch.Tensor:
        """Five test digits (5, 1, 28, 28) that lessons draw before and after."""
        return self.test.images[[row % len(self.test) for row in _SHOWN]]


def material(root: Path | None, seed: int, is_dry: bool) -> Material:
    """MNIST from the folder, split as for the shipped models. Raises DataError."""
    train, validation = mnist.split(mnist.load(root))
    return Material(train, validation, mnist.load_test_digits(), seed, root, is_dry)


def as_bytes(images: torch.Tensor) -> np.ndarray:
    """Pictures (n, 1, 28, 28) in 0..1 as uint8 (n, 28, 28), to be stored."""
    return np.rint(images[:, 0].numpy() * 255).astype(np.uint8)
