"""Lesson: a linear autoencoder finds the subspace of PCA (Bourlard & Kamp 1988; Baldi & Hornik 1989)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.linalg import subspace_angles
from torch import nn

from ae.lessons import Measured, significant
from ae.lessons.material import Material
from ae.recipes.trial import Portions
from ae.training.batches import ImageBatches
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import mse

KS = (2, 4, 8)
# Portions of training after which the network is looked at. The eighth component gains hardly more than the
# ninth, so its direction is found some fifty times later than the first.
LOOKS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_PORTION, _BATCH, _TRAIN, _SHOWN = 20, 64, 10_000, 4


class Linear(nn.Module):
    """784 -> k -> 784 with nothing in between; images have their mean taken off before."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(784, k, bias=False)
        self.decoder = nn.Linear(k, 784, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 784) -> (N, 784)."""
        return self.decoder(self.encoder(x))


def measure(material: Material) -> Measured:
    """Angles between the network's subspace and PCA's while it trains, for each size and three seeds."""
    images = material.train.images[: 300 if material.is_dry else _TRAIN].flatten(1)
    looks = [look for look in LOOKS if look <= (2 if material.is_dry else LOOKS[-1])]
    seeds = [material.seed + extra for extra in range(3)]
    centred = images - images.mean(0)
    components = np.linalg.svd(centred.numpy(), full_matrices=False)[2][: max(KS)]
    values: dict[str, Any] = {"ks": KS, "steps": [look * _PORTION for look in looks]}
    pictures = {"pca": _pictures(components[:_SHOWN])}
    for k in KS:
        runs = [_watched(k, seed, centred, components[:k], looks) for seed in seeds]
        values[str(k)] = {
            "angles": [[significant(angles) for angles in run["angles"]] for run in runs],
            "errors": [significant(run["errors"]) for run in runs],
            "pca_error": significant([_error_of(centred, components[:k])])[0],
        }
        pictures[f"network {k}"] = np.stack([_pictures(found) for found in runs[0]["found"]])
        print(k, [run["angles"][-1].max() for run in runs], flush=True)
    return Measured(
        name="linear",
        model="784 to k to 784, two linear layers without bias; the mean digit is taken off before",
        data=f"MNIST: {len(images):,} training digits",
        training=f"Adam at 0.001, batches of {_BATCH}, {looks[-1] * _PORTION:,} batches, squared error",
        seeds=seeds,
        values=values,
        pictures=pictures,
    )


def _watched(
    k: int, seed: int, centred: torch.Tensor, components: np.ndarray, looks: list[int]
) -> dict[str, list[Any]]:
    """Train, and look at the network at the given times."""
    seed_everything(seed)
    model = Linear(k)
    seen: dict[str, list[Any]] = {"angles": [], "errors": [], "found": []}

    def look() -> None:
        space = np.asarray(model.decoder.weight.detach(), dtype=np.float64)
        seen["angles"].append(angles(space, components))
        with torch.no_grad():
            seen["errors"].append(float((model(centred) - centred).square().mean()))
        seen["found"].append(nearest_directions(space, components[:_SHOWN]))

    def on_portion(entry: dict[str, float]) -> None:
        if int(entry["epoch"]) in looks:
            look()

    look()
    batches = Portions(ImageBatches(centred, _BATCH), _PORTION)
    training = TrainingConfig(epochs=looks[-1], learning_rate=1e-3, seed=seed)
    fit(model, batches, mse, training, on_epoch=on_portion, progress=False)
    return seen


def angles(space: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Principal angles in degrees, smallest first, between columns of `space` (784, k) and rows (k, 784).

    Bjorck & Golub, Mathematics of Computation 27 (1973); 0 everywhere when the spaces are one.
    """
    return np.degrees(np.sort(subspace_angles(space, components.T)))


def nearest_directions(space: np.ndarray, components: np.ndarray) -> np.ndarray:
    """For each component (n, 784) the nearest direction of length one in the columns of `space` (784, k)."""
    basis = np.linalg.qr(space)[0]
    shadows = components @ basis @ basis.T
    return shadows / np.maximum(np.linalg.norm(shadows, axis=1, keepdims=True), 1e-9)


def _error_of(centred: torch.Tensor, components: np.ndarray) -> float:
    axes = torch.from_numpy(components)
    return float((centred @ axes.T @ axes - centred).square().mean())


def _pictures(directions: np.ndarray) -> np.ndarray:
    """Directions (n, 784) of length one as uint8 (n, 28, 28): grey is nothing, black less, white more."""
    return np.rint(np.clip(directions * 6 + 0.5, 0, 1) * 255).astype(np.uint8).reshape(-1, 28, 28)
