"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn import functional as F

from ae.errors import UsageError

_SOFT = 0.03
_FAINT = 0.2, 0.85  # tones of faint ink: the darkest nearby, the brightest that is still ink
_NEARBY = 7  # pixels; a stroke's edge belongs to the tone of its middle
_FADED = 4.0  # how often the error counts where faint ink gets paler

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
    return _rooted((output - target).square())


def faint_ink(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """`robust`, in which faint ink of the target that comes out paler counts four times.

    Where ink and stain are equally likely, squared error alone asks for half of each, and a pale stroke
    goes. Only pages (N, 1, H, W) with paper 1 and ink 0; black ink, which is never in doubt, counts once.
    """
    error = output - target
    darkest, brightest = _FAINT
    tone = -F.max_pool2d(-target, _NEARBY, 1, _NEARBY // 2)
    faded = (tone > darkest) & (target < brightest) & (error > 0)
    return _rooted(error.square() * (1 + (_FADED - 1) * faded))


def _rooted(squared: torch.Tensor) -> torch.Tensor:
    return (squared.flatten(1).mean(1) + _SOFT**2).sqrt().mean() - _SOFT


LOSSES: dict[str, Loss] = {"mse": mse, "bce": bce, "robust": robust, "faint_ink": faint_ink}


def by_name(name: str) -> Loss:
    """The loss called `name`. Raises UsageError when there is none."""
    if name not in LOSSES:
        raise UsageError(f"unknown loss '{name}': choose one of {', '.join(LOSSES)}")
    return LOSSES[name]
