"""Lesson: the same code with more and more layers, and few digits to learn from."""

from __future__ import annotations

from typing import Any

import torch

from ae.lessons import Measured, significant
from ae.lessons.errors import error
from ae.lessons.material import Material, as_bytes
from ae.models import build
from ae.models.base import Autoencoder
from ae.training.batches import ImageBatches
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import mse

K, WIDTH = 16, 192
DEPTHS = (0, 1, 2, 3, 5)  # hidden layers on the way to the code, and as many on the way back
SIZES = (250, 1000, 4000)  # digits to learn from
_STEPS, _BATCH, _VALIDATION, _POINTS = 800, 64, 1000, 15
_SHOWN = 5


def measure(material: Material) -> Measured:
    """Training and validation error while each network learns each number of digits, over two seeds."""
    sizes = (64, 128) if material.is_dry else SIZES
    steps = 4 if material.is_dry else _STEPS
    seeds = [material.seed, material.seed + 1]
    held_out = material.validation.images[: 50 if material.is_dry else _VALIDATION]
    values: dict[str, Any] = {"depths": DEPTHS, "sizes": sizes}
    shown = torch.cat([material.train.images[:_SHOWN], held_out[:_SHOWN]])
    pictures = {"original": as_bytes(shown)}
    for size in sizes:
        images = material.train.images[:size]
        for depth in DEPTHS:
            runs = [_watched(depth, seed, images, held_out, steps) for seed in seeds]
            name = f"{depth} on {size}"
            values[name] = {
                "steps": runs[0][1],
                "train": [significant(run[2]) for run in runs],
                "validation": [significant(run[3]) for run in runs],
                "parameters": runs[0][0].parameter_count(),
            }
            with torch.no_grad():
                pictures[name] = as_bytes(runs[0][0](shown))
            print(name, [(run[2][-1], run[3][-1]) for run in runs], flush=True)
    return Measured(
        name="depth",
        model=f"Family Stacked with k = {K} and hidden layers of {WIDTH}",
        data=f"MNIST: up to {sizes[-1]:,} training digits; errors on those (at most 1,000 of them) and on "
        f"{len(held_out):,} validation digits",
        training=f"AdamW at 0.001, batches of {_BATCH}, {steps:,} batches whatever the number of digits",
        seeds=seeds,
        values=values,
        pictures=pictures,
    )


def _watched(
    depth: int, seed: int, images: torch.Tensor, held_out: torch.Tensor, steps: int
) -> tuple[Autoencoder, list[int], list[float], list[float]]:
    """A trained network, and at which steps it had which error on its digits and on others."""
    seed_everything(seed)
    model = build("stacked", {"k": K, "widths": (WIDTH,) * depth})
    batches = ImageBatches(images, _BATCH)
    epochs = max(1, steps // len(batches))
    every = max(1, epochs // _POINTS)
    at: list[int] = []
    learned: list[float] = []
    others: list[float] = []

    def look(entry: dict[str, float]) -> None:
        done = int(entry["epoch"])
        if done % every and done != epochs:
            return
        model.eval()
        at.append(done * len(batches))
        learned.append(error(model, images[:1000], images[:1000]))
        others.append(error(model, held_out, held_out))

    training = TrainingConfig(epochs=epochs, learning_rate=1e-3, optimizer="adamw", warmup=50, seed=seed)
    fit(model, batches, mse, training, on_epoch=look, progress=False)
    return model, at, learned, others
