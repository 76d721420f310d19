"""Convolutional autoencoder of digits with a short code."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ae.models.base import Autoencoder


@dataclass(frozen=True)
class ConvConfig:
    """`k`: size of the bottleneck; `widths`: channels at 14, 7 and 4 pixels; `hidden`: the dense layer."""

    k: int = 32
    widths: tuple[int, int, int] = (24, 48, 96)
    hidden: int = 256


class Conv(Autoencoder):
    """Strided convolutions 28 -> 14 -> 7 -> 4, a dense layer, k numbers, and the mirror image back."""

    def __init__(self, config: ConvConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c = config.widths
        self.encoder = nn.Sequential(
            nn.Conv2d(1, a, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(b, c, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(),
            nn.Linear(c * 16, config.hidden), nn.SiLU(),
            nn.Linear(config.hidden, config.k),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(config.k, config.hidden), nn.SiLU(),
            nn.Linear(config.hidden, c * 16), nn.SiLU(),
            nn.Unflatten(1, (c, 4, 4)),
            nn.ConvTranspose2d(c, b, 3, stride=2, padding=1), nn.SiLU(),
            nn.ConvTranspose2d(b, a, 4, stride=2, padding=1), nn.SiLU(),
            nn.ConvTranspose2d(a, 1, 4, stride=2, padding=1),
        )  # fmt: skip

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> code (N, k), any real numbers."""
        return self.encoder(x)

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28) in 0..1."""
        return self.decoder(code).sigmoid()
