"""What the networks for pages are made of."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a skip; batch normalisation folds into them after training.

    With `linear_sum` nothing is cut off from the sum. Otherwise a few steps that are too large can leave all
    of it below zero for good.
    """

    norm1: nn.Module
    norm2: nn.Module

    def __init__(self, width: int, *, linear_sum: bool = False) -> None:
        super().__init__()
        self._linear_sum = linear_sum
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm2.weight)  # every block starts as the identity

    def fold(self) -> None:
        """Fold the normalisations, in place; the block must be in evaluation mode."""
        self.conv1, self.norm1 = _fused(self.conv1, self.norm1), nn.Identity()
        self.conv2, self.norm2 = _fused(self.conv2, self.norm2), nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, width, H, W) in and out."""
        h = F.relu(self.norm1(self.conv1(x)), inplace=True)
        total = self.norm2(self.conv2(h)).add_(x)
        return total if self._linear_sum else F.relu(total, inplace=True)


_Model = TypeVar("_Model", bound=nn.Module)


def folded_copy(model: _Model) -> _Model:
    """A copy for inference, with the normalisations of all its blocks folded."""
    copy = deepcopy(model).eval()
    for module in copy.modules():
        if isinstance(module, ResidualBlock):
            module.fold()
    return copy


def _fused(conv: nn.Conv2d, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(conv, norm)
