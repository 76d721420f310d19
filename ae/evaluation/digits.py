"""The figures of digit models, computed from weights and test digits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ae import metrics, weights
from ae.data import noise
from ae.data.mnist import Digits
from ae.errors import UsageError
from ae.models import Autoencoder

SIGMA = 0.5  # experiment E2
NOISE_SEED = 2006
NOISE_LEVELS = tuple(round(0.1 * step, 1) for step in range(10))
_BATCH = 1000


@torch.inference_mode()
def reconstruct(model: Autoencoder, images: torch.Tensor) -> torch.Tensor:
    """The model's output for images (N, 1, 28, 28) in 0..1, on the CPU, in batches."""
    return torch.cat([model(batch.to(model.device)).cpu() for batch in images.split(_BATCH)])


def reconstruction_mse(model: Autoencoder, images: torch.Tensor) -> float:
    """Mean squared error per pixel of the reconstruction."""
    return _mse(reconstruct(model, images), images)


def _mse(output: torch.Tensor, target: torch.Tensor) -> float:
    return float((output - target).double().square().mean())


def measure_autoencoder(model: Autoencoder, digits: Digits) -> dict[str, Any]:
    """`mse` per pixel, `psnr` in decibels of that mean, and `mse_by_digit` for the ten classes."""
    squared = (reconstruct(model, digits.images) - digits.images).double().square().mean((1, 2, 3))
    error = float(squared.mean())
    by_digit = [float(squared[digits.labels == digit].mean()) for digit in range(10)]
    return {"mse": error, "psnr": metrics.psnr(error), "mse_by_digit": by_digit}


def measure_denoiser(model: Autoencoder, digits: Digits) -> dict[str, Any]:
    """Error at sigma 0.5 against the clean digit, of the noisy digit too, and by kind and level of noise."""
    noisy = noise.add(digits.images, "gaussian", SIGMA, NOISE_SEED)
    error, untouched = _mse(reconstruct(model, noisy), digits.images), _mse(noisy, digits.images)
    return {
        "mse": error,
        "psnr": metrics.psnr(error),
        "mse_noisy": untouched,
        "psnr_noisy": metrics.psnr(untouched),
        "by_noise": {kind: _by_level(model, digits, kind) for kind in noise.KINDS},
    }


def _by_level(model: Autoencoder, digits: Digits, kind: str) -> dict[str, list[float]]:
    errors, untouched = [], []
    for level in NOISE_LEVELS:
        noisy = noise.add(digits.images, kind, level, NOISE_SEED)
        errors.append(_mse(reconstruct(model, noisy), digits.images))
        untouched.append(_mse(noisy, digits.images))
    return {
        "levels": list(NOISE_LEVELS),
        "mse": errors,
        "psnr": [metrics.psnr(error) for error in errors],
        "mse_noisy": untouched,
    }


def measure_digit_models(
    digits: Digits, names: Iterable[str], device: torch.device, folder: Path = weights.FOLDER
) -> list[dict[str, Any]]:
    """One row a model: its name, task, k, parameters and measures on the test digits.

    Raises UsageError for a model of something else, WeightsError when one cannot be loaded.
    """
    rows = []
    for name in names:
        model, card = weights.load(name, device, folder)
        if card.task not in ("digits", "denoising"):
            raise UsageError(f"'{name}' is no digit model; see `python -m ae models`")
        measures = _measure(model, card, digits)
        rows.append(
            {
                "name": name,
                "family": card.family,
                "task": card.task,
                "k": card.config["k"],
                "loss": card.loss,
                "seed": card.seed,
                "parameters": card.parameters,
                "partition": "test",
                "seen_in_training": "test" in card.partitions,
                **measures,
                **seed_spread(card),
            }
        )
    return rows


def _measure(model: Autoencoder, card: weights.Card, digits: Digits) -> dict[str, Any]:
    if card.task == "denoising":
        return measure_denoiser(model, digits)
    measures = measure_autoencoder(model, digits)
    if card.family == "pca":
        # Fitted on clean digits, it stands beside the denoisers too.
        denoising = measure_denoiser(model, digits)
        measures |= {"by_noise": denoising.pop("by_noise"), "denoising": denoising}
    return measures


def seed_spread(card: weights.Card) -> dict[str, Any]:
    """Mean and standard deviation of the test error over the seeds that were trained, where several were."""
    by_seed = card.measures.get("mse_by_seed", {})
    if len(by_seed) < 2:
        return {}
    errors = np.array(list(by_seed.values()))
    return {"mse_by_seed": by_seed, "mse_mean": float(errors.mean()), "mse_std": float(errors.std(ddof=1))}
