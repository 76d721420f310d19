"""Principal component analysis, in the same clothes as the networks it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ae.models.base import Autoencoder
from ae.models.dense import PIXELS


@dataclass(frozen=True)
class PcaConfig:
    """`k`: number of components."""

    k: int = 32


class Pca(Autoencoder):
    """The best linear code of k numbers; nothing is trained, `fit` computes it with scikit-learn."""

    mean: torch.Tensor
    components: torch.Tensor

    def __init__(self, config: PcaConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(PIXELS))
        self.register_buffer("components", torch.zeros(config.k, PIXELS))

    def fit(self, images: np.ndarray) -> Pca:
        """Fit to images (N, 1, 28, 28) in 0..1 and return self."""
        from sklearn.decomposition import PCA

        pca = PCA(self.config.k, svd_solver="full").fit(images.reshape(len(images), -1))
        self.mean.copy_(torch.from_numpy(pca.mean_))
        self.components.copy_(torch.from_numpy(pca.components_))
        return self

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, 28, 28) in 0..1 -> code (N, k), any real numbers."""
        return (x.flatten(1) - self.mean) @ self.components.T

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, k) -> (N, 1, 28, 28), clipped to 0..1 (which can only lower the error)."""
        return (code @ self.components + self.mean).clamp(0, 1).view(-1, 1, 28, 28)

    def parameter_count(self) -> int:
        """Numbers that fitting computed."""
        return self.mean.numel() + self.components.numel()
