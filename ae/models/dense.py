"""Dense autoencoders of digits: one layer each way, or a stack mirrored about its code."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from ae.models.base import Autoencoder, glorot_, he_

PIXELS = 28 * 28


@dataclass(frozen=True)
class SimpleConfig:
    """`k`: size of the bottleneck."""

    k: int = 32


class Simple(Autoencoder):
    """Experiment E1: Dense 784 -> k with ReLU, Dense k -> 784 with sigmoid."""

    def __init__(self, config: SimpleConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = nn.Linear(PIXELS, config.k)
        self.decoder = nn.Linear(config.k, PIXELS)
        glorot_(self)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> code (N, k), never negative."""
        return self.encoder(x.flatten(1)).relu()

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28) in 0..1."""
        return self.decoder(code).sigmoid().view(-1, 1, 28, 28)


@dataclass(frozen=True)
class StackedConfig:
    """`k`: size of the bottleneck; `widths`: hidden layers from the input to the code."""

    k: int = 32
    widths: tuple[int, ...] = (1000, 500, 250)


class Stacked(Autoencoder):
    """Deep dense autoencoder, mirrored about a linear code (Hinton & Salakhutdinov 2006)."""

    def __init__(self, config: StackedConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (PIXELS, *config.widths, config.k)
        self.encoder = mlp(sizes)
        self.decoder = mlp(sizes[::-1])
        he_(self)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> code (N, k), any real numbers."""
        return self.encoder(x.flatten(1))

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28) in 0..1."""
        return self.decoder(code).sigmoid().view(-1, 1, 28, 28)


def layers(sizes: tuple[int, ...], activation: type[nn.Module]) -> list[nn.Module]:
    """Linear layers, each with the activation behind it."""
    return [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), activation())]


def mlp(sizes: tuple[int, ...]) -> nn.Sequential:
    """Linear layers with ReLU between them, none after the last."""
    return nn.Sequential(*layers(sizes, nn.ReLU)[:-1])
