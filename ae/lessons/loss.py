"""Lesson: one network, trained with squared error and with cross-entropy, and what becomes of grey pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from ae.lessons import Measured, significant
from ae.lessons.material import Material, as_bytes
from ae.models import build
from ae.models.base import Autoencoder
from ae.recipes.trial import WIDTHS
from ae.training.batches import ImageBatches
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import by_name

LOSSES = ("mse", "bce")
K = 8
EDGES = np.linspace(0, 1, 12)  # of the bins of target greys; the outer ones hold black and white
SHARES = (0.1, 0.5, 0.9)
_TRAIN, _TEST, _EPOCHS = 6000, 1000, 12


def measure(material: Material) -> Measured:
    """Train with both losses over two seeds; measure both errors, and outputs by the grey of their target."""
    images = material.train.images[: 200 if material.is_dry else _TRAIN]
    test = material.test.images[: 60 if material.is_dry else _TEST]
    epochs = 1 if material.is_dry else _EPOCHS
    seeds = [material.seed, material.seed + 1]
    shown = material.shown
    values: dict[str, Any] = {"edges": significant(EDGES), "shares": SHARES}
    pictures = {"original": as_bytes(shown)}
    for loss in LOSSES:
        models = [_trained(loss, images, epochs, seed) for seed in seeds]
        outputs = [_output(model, test) for model in models]
        values[loss] = {
            "mse": significant([float(F.mse_loss(output, test)) for output in outputs]),
            "bce": significant([float(F.binary_cross_entropy(output, test)) for output in outputs]),
            "grey": significant([grey_share(output) for output in outputs]),
            "by_target": by_target(outputs[0], test),
        }
        pictures[loss] = as_bytes(_output(models[0], shown))
        print(loss, values[loss], flush=True)
    values["grey_of_targets"] = significant([grey_share(test)])[0]
    return Measured(
        name="loss",
        model=f"Family Stacked, k = {K}, hidden layers {', '.join(map(str, WIDTHS[2]))}; one start for both",
        data=f"MNIST: {len(images):,} training digits, measured on {len(test):,} test digits",
        training=f"AdamW at 0.001, batches of 64, {epochs} epochs",
        seeds=seeds,
        values=values,
        pictures=pictures,
    )


def _trained(loss: str, images: torch.Tensor, epochs: int, seed: int) -> Autoencoder:
    seed_everything(seed)
    model = build("stacked", {"k": K, "widths": WIDTHS[2]})
    training = TrainingConfig(epochs=epochs, learning_rate=1e-3, optimizer="adamw", warmup=50, seed=seed)
    fit(model, ImageBatches(images, 64), by_name(loss), training, progress=False)
    return model


@torch.no_grad()
def _output(model: Autoencoder, images: torch.Tensor) -> torch.Tensor:
    return model(images)


def grey_share(images: torch.Tensor) -> float:
    """Share of pixels that are neither nearly black nor nearly white: between 0.1 and 0.9."""
    return float(((images > 0.1) & (images < 0.9)).float().mean())


def by_target(output: torch.Tensor, target: torch.Tensor) -> list[list[float] | None]:
    """For each bin of target greys the 10 %, 50 % and 90 % quantiles of the output; None for an empty bin."""
    made, wanted = output.numpy().ravel(), target.numpy().ravel()
    bins = np.clip(np.digitize(wanted, EDGES) - 1, 0, len(EDGES) - 2)
    chosen = [made[bins == number] for number in range(len(EDGES) - 1)]
    return [significant(np.quantile(part, SHARES), 3) if len(part) else None for part in chosen]
