"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

from ae.errors import UsageError

_SOFT = 0.03

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def mse(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared error per pixel."""
    return F.mse_loss(output, target)


def bce(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy per pixel of probabilities; grey targets are probabilities too."""
    return F.binary_cross_entropy(output, target)


def robust(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Root of each image's mean squared error, mean over the images; squared below about 0.03.

    A picture that cannot be saved (a stain taken for a photograph) then counts in proportion to its error
    and does not outweigh all the others, as it would with its square.
    """
    squared = (output - target).square().flatten(1).mean(1)
    return (squared + _SOFT**2).sqrt().mean() - _SOFT


LOSSES: dict[str, Loss] = {"mse": mse, "bce": bce, "robust": robust}


def by_name(name: str) -> Loss:
    """The loss called `name`. Raises UsageError when there is none."""
    if name not in LOSSES:
        raise UsageError(f"unknown loss '{name}': choose one of {', '.join(LOSSES)}")
    return LOSSES[name]
