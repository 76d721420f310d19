"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

from ae.errors import UsageError

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def mse(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared error per pixel."""
    return F.mse_loss(output, target)


def bce(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy per pixel of probabilities; grey targets are probabilities too."""
    return F.binary_cross_entropy(output, target)


LOSSES: dict[str, Loss] = {"mse": mse, "bce": bce}


def by_name(name: str) -> Loss:
    """The loss called `name`. Raises UsageError when there is none."""
    if name not in LOSSES:
        raise UsageError(f"unknown loss '{name}': choose one of {', '.join(LOSSES)}")
    return LOSSES[name]
