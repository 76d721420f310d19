"""Lesson: the same network trained at several levels of noise, its filters, and what it makes of noise.

After Vincent et al., JMLR 11 (2010), section 5.2: filters grow from specks to strokes as the noise grows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from ae.data import noise
from ae.lessons import Measured, significant
from ae.lessons.errors import error
from ae.lessons.material import Material, as_bytes
from ae.models import Autoencoder, build
from ae.training.batches import ImageBatches
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import mse

TRAINED_AT = (0.0, 0.1, 0.3, 0.5, 0.8)
MET = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
WIDTHS = (32, 784)
SHOWN_LEVEL = 0.5
_TRAIN, _TEST, _FILTERS, _SEEDS = 5000, 1000, 24, 3


def measure(material: Material) -> Measured:
    """Train the simple model for each width, level and seed, then measure it at every level."""
    images = material.train.images[: 200 if material.is_dry else _TRAIN]
    test = material.test.images[: 60 if material.is_dry else _TEST]
    epochs = 1 if material.is_dry else 12
    seeds = [material.seed + extra for extra in range(_SEEDS)]
    training = TrainingConfig(epochs=epochs, learning_rate=2e-3)
    shown = material.shown
    values: dict[str, Any] = {"trained_at": TRAINED_AT, "met": MET, "widths": WIDTHS}
    values["shown_level"], values["untouched"] = SHOWN_LEVEL, significant(_untouched(test))
    noisy = noise.add(shown, "gaussian", SHOWN_LEVEL, material.seed)
    pictures = {"original": as_bytes(shown), "noisy": as_bytes(noisy)}
    for width in WIDTHS:
        for level in TRAINED_AT:
            name = f"{width} at {level:g}"
            models = [_trained(width, level, images, replace(training, seed=seed)) for seed in seeds]
            runs = [_told(model, test) for model in models]
            values[name] = {key: [run[key] for run in runs] for key in runs[0]}
            pictures[f"filters {name}"] = _filters(models[0])
            with torch.no_grad():
                pictures[f"output {name}"] = as_bytes(models[0](noisy))
            print(name, values[name], flush=True)
    return Measured(
        name="noise",
        model="Family Simple with " + " or ".join(f"{width}" for width in WIDTHS) + " numbers in the code",
        data=f"MNIST: {len(images):,} training digits, errors on {len(test):,} test digits; Gaussian noise",
        training=f"Adam at {training.learning_rate:g}, batches of 64, {epochs} epochs, squared error against "
        "the clean digit; filters and pictures are of the first seed",
        seeds=seeds,
        values=values,
        pictures=pictures,
    )


def _trained(width: int, level: float, images: torch.Tensor, training: TrainingConfig) -> Autoencoder:
    seed_everything(training.seed)
    model = build("simple", {"k": width})
    corrupt = partial(_corrupt, level=level) if level else None
    fit(model, ImageBatches(images, 64, corrupt), mse, training, progress=False)
    return model


def _corrupt(images: torch.Tensor, generator: torch.Generator, level: float) -> torch.Tensor:
    return noise.gaussian(images, level, generator)


def _told(model: Autoencoder, test: torch.Tensor) -> dict[str, Any]:
    """At each level of noise the error against the clean digits, and against the input as it came in, which
    is 0 for a network that copies; and how much neighbouring pixels of a filter agree.
    """
    noisy = [noise.add(test, "gaussian", level, 2006) for level in MET]
    return {
        "errors": significant([error(model, each, test) for each in noisy]),
        "to_input": significant([error(model, each, each) for each in noisy]),
        "agreement": round(agreement(_weights(model)), 3),
    }


def _untouched(test: torch.Tensor) -> list[float]:
    return [
        float((noise.add(test, "gaussian", level, 2006) - test).double().square().mean()) for level in MET
    ]


def _weights(model: Autoencoder) -> np.ndarray:
    """Filters (k, 28, 28) of the first layer."""
    return np.asarray(model.encoder.weight.detach()).reshape(-1, 28, 28)  # type: ignore[union-attr, operator]


def agreement(filters: np.ndarray) -> float:
    """Correlation of each pixel with its right neighbour over all filters (n, 28, 28): 0 for specks.

    Only the middle 20 x 20 pixels count: hardly any digit reaches the margin.
    """
    middle = filters[:, 4:24, 4:24]
    return float(np.corrcoef(middle[:, :, :-1].ravel(), middle[:, :, 1:].ravel())[0, 1])


def _filters(model: Autoencoder) -> np.ndarray:
    """The strongest filters, uint8 (24, 28, 28): each from its least weight, black, to its greatest."""
    weights = _weights(model)
    strongest = (weights**2).sum((1, 2)).argsort()[::-1][:_FILTERS]
    chosen = weights[strongest]
    spread = np.abs(chosen).max((1, 2), keepdims=True)
    return np.rint((chosen / np.maximum(spread, 1e-9) + 1) * 127.5).astype(np.uint8)
