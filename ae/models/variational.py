"""Variational autoencoder of digits: each digit is a small cloud of codes, and all clouds fill one ball."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ae.models.base import Autoencoder, he_
from ae.models.dense import PIXELS, layers, mlp


@dataclass(frozen=True)
class VariationalConfig:
    """`k`: size of the bottleneck; `widths`: hidden layers from the input to the code.

    `beta`: weight of the divergence from the standard normal; 1 is the model of Kingma & Welling, more than
    1 is Higgins et al. (ICLR 2017).
    """

    k: int = 32
    widths: tuple[int, ...] = (384, 192)
    beta: float = 1.0


class Variational(Autoencoder):
    """Dense variational autoencoder (Kingma & Welling 2013, arXiv:1312.6114).

    In training the code is drawn around its mean, and `penalty` tells how far the codes' distributions are
    from the standard normal; in use the code is the mean. The draws come from `noise`, or without it from
    torch's own generator, which everything in the process shares.
    """

    def __init__(self, config: VariationalConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (PIXELS, *config.widths)
        self.encoder = nn.Sequential(*layers(sizes, nn.ReLU))
        self.mean = nn.Linear(sizes[-1], config.k)
        self.log_variance = nn.Linear(sizes[-1], config.k)
        self.decoder = mlp((config.k, *config.widths[::-1], PIXELS))
        he_(self)
        nn.init.zeros_(self.log_variance.weight)  # start with a variance of one
        self.noise: torch.Generator | None = None
        self._penalty: torch.Tensor | None = None

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> mean of the code (N, k), any real numbers."""
        return self.mean(self.encoder(x.flatten(1)))

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28) in 0..1."""
        return self.decoder(code).sigmoid().view(-1, 1, 28, 28)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruction of x; in training from a code drawn at random around the mean."""
        if not self.training:
            return self.decode(self.encode(x))
        hidden = self.encoder(x.flatten(1))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        self._penalty = self.config.beta * divergence(mean, log_variance) / PIXELS
        noise = torch.randn(mean.shape, generator=self.noise, dtype=mean.dtype, device=mean.device)
        return self.decode(mean + noise * (0.5 * log_variance).exp())

    def penalty(self) -> torch.Tensor | None:
        """Beta times the divergence of the last training batch per pixel, to be added to the loss per pixel.

        With binary cross-entropy the sum is the negative evidence lower bound, divided by 784.
        """
        penalty, self._penalty = self._penalty, None
        return penalty


def divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of normals (N, k) from the standard one, in nats, mean over N."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
