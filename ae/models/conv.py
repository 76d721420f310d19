"""Convolutional autoencoder of digits with a short code."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ae.models.base import Autoencoder
from ae.models.dense import layers


@dataclass(frozen=True)
class ConvConfig:
    """`k`: size of the bottleneck; `widths`: channels at 14, 7 and 4 pixels; `hidden`: dense layers.

    `proposals`: codes that the encoder thinks of for a digit, to take the best of them.
    """

    k: int = 32
    widths: tuple[int, int, int] = (24, 48, 96)
    hidden: tuple[int, ...] = (256,)
    proposals: int = 1


class Conv(Autoencoder):
    """Strided convolutions 28 -> 14 -> 7 -> 4, dense layers, k numbers, and the mirror image back.

    Two numbers hold all digits only as a crumpled sheet, and a smooth encoder takes some of them to the wrong
    fold. With several proposals it may be of two minds: all are decoded, and the code whose picture is
    nearest to the digit is kept, in training too (multiple choice learning: Guzman-Rivera, Batra & Kohli,
    NIPS 2012).
    """

    def __init__(self, config: ConvConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c = config.widths
        self.encoder = nn.Sequential(
            nn.Conv2d(1, a, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(b, c, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(),
            *layers((c * 16, *config.hidden), nn.SiLU),
            nn.Linear(config.hidden[-1], config.proposals * config.k),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            *layers((config.k, *config.hidden[::-1], c * 16), nn.SiLU),
            nn.Unflatten(1, (c, 4, 4)),
            nn.ConvTranspose2d(c, b, 3, stride=2, padding=1), nn.SiLU(),
            nn.ConvTranspose2d(b, a, 4, stride=2, padding=1), nn.SiLU(),
            nn.ConvTranspose2d(a, 1, 4, stride=2, padding=1),
        )  # fmt: skip

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> code (N, k), any real numbers."""
        proposals = self.encoder(x).unflatten(1, (self.config.proposals, self.config.k))
        if self.config.proposals == 1:
            return proposals[:, 0]
        return proposals[torch.arange(len(x), device=x.device), self._nearest(proposals, x)]

    @torch.no_grad()
    def _nearest(self, proposals: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Which of the codes (N, P, k) of each digit has the picture nearest to it, (N,)."""
        pictures = self.decode(proposals.flatten(0, 1)).unflatten(0, proposals.shape[:2])
        return (pictures - x[:, None]).square().mean((2, 3, 4)).argmin(1)

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28) in 0..1."""
        return self.decoder(code).sigmoid()
