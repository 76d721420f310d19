"""Digit models: autoencoders, denoisers, and PCA beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from ae import weights
from ae.data import mnist, noise
from ae.errors import UsageError
from ae.models import FAMILIES, build
from ae.recipes.base import RunOptions, run, save, start_card
from ae.training.batches import Corrupt, ImageBatches
from ae.training.loop import TrainingConfig, seed_everything
from ae.training.losses import Loss, by_name

NOISE_REGIMES = ("none", "gaussian-0.5", "mixed")
EXPERIMENT = TrainingConfig(epochs=20, learning_rate=1e-3)  # E1 and E2; Keras' batch of 32
DEEP = TrainingConfig(
    epochs=40, learning_rate=1e-3, optimizer="adamw", weight_decay=1e-4, schedule="cosine", warmup=200
)
CONV = replace(DEEP, epochs=15, learning_rate=3e-3)
_DIGIT_TRAINING = {
    "simple": (EXPERIMENT, 32),
    "stacked": (DEEP, 128),
    "conv": (CONV, 128),
    "variational": (DEEP, 128),
}
_DIGIT_LOSS = {"variational": "bce"}  # the likelihood of its paper; the others take squared error
_DRY_IMAGES = 256
_NOISE_SEED = 99  # of what is measured on
DIGIT_INPUT = {"shape": ["N", 1, 28, 28], "range": [0, 1]}


@dataclass(frozen=True)
class DigitRecipe:
    """One digit model: what it is, what it is trained on, and how."""

    name: str
    family: str
    config: dict[str, Any]
    training: TrainingConfig
    batch_size: int
    loss: str = "mse"
    noise: str = "none"
    about: str = ""

    @property
    def task(self) -> str:
        """`digits`, or `denoising` when the input is noisy."""
        return "digits" if self.noise == "none" else "denoising"


def digit_recipe(
    name: str, family: str, k: int, *, noise: str = "none", loss: str = "", about: str = "", **config: Any
) -> DigitRecipe:
    """The family's standard recipe for a digit model; `config` sets more than its k."""
    training, batch_size = _DIGIT_TRAINING[family]
    loss = loss or _DIGIT_LOSS.get(family, "mse")
    return DigitRecipe(name, family, {"k": k, **config}, training, batch_size, loss, noise, about)


def corruption(regime: str) -> Corrupt | None:
    """The function that makes a training batch noisy; None when the regime is `none`."""
    if regime == "none":
        return None
    if regime == "mixed":
        return noise.mixed
    if regime == "gaussian-0.5":
        return lambda images, generator: noise.gaussian(images, 0.5, generator)
    raise UsageError(f"unknown noise '{regime}': choose one of {', '.join(NOISE_REGIMES)}")


def noisy(images: torch.Tensor, regime: str) -> torch.Tensor:
    """The input for images (N, 1, 28, 28) under a regime of noise; always the same."""
    corrupt = corruption(regime)
    return corrupt(images, torch.Generator().manual_seed(_NOISE_SEED)) if corrupt else images


def data_of(name: str, **facts: Any) -> dict[str, Any]:
    """What a card says of the digits that a model learned from."""
    return {"name": name, **facts, "licence": mnist.LICENCE, "citation": mnist.CITATION}


def train_digits(recipe: DigitRecipe, digits: mnist.Digits, options: RunOptions) -> weights.Card:
    """Train on the 60,000 training digits (the last 20 % validate), write weights and card."""
    seed_everything(recipe.training.seed)
    if options.dry_run:
        digits = digits[:_DRY_IMAGES]
    train, validation = mnist.split(digits)
    batches = ImageBatches(train.images, recipe.batch_size, corruption(recipe.noise))
    model = build(recipe.family, recipe.config)
    loss = by_name(recipe.loss)
    inputs = noisy(validation.images, recipe.noise)

    def validate(candidate: nn.Module) -> float:
        return _mean_loss(candidate, inputs, validation.images, loss)

    history = run(recipe, model, batches, options, validate)
    card = start_card(recipe, options, recipe.task, history)
    card.data = data_of("MNIST", train=len(train), validation=len(validation), noise=recipe.noise)
    card.partitions = ["train", "validation"]
    card.input = dict(DIGIT_INPUT)
    save(card, model, inputs[:1000], options)
    return card


@torch.no_grad()
def _mean_loss(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, loss: Loss) -> float:
    device = next(model.parameters()).device
    values = [
        loss(model(a.to(device)), b.to(device)) * len(a)
        for a, b in zip(inputs.split(2000), targets.split(2000), strict=True)
    ]
    return float(torch.stack(values).sum() / len(inputs))


def fit_pca(k: int, digits: mnist.Digits, options: RunOptions) -> weights.Card:
    """Fit PCA on the training digits (validation left out, as for the networks), write weights and card."""
    train, _ = mnist.split(digits[:_DRY_IMAGES] if options.dry_run else digits)
    model = build("pca", {"k": k})
    model.fit(train.images.numpy())  # type: ignore[operator]
    card = weights.Card(
        name=f"pca-k{k}",
        family="pca",
        task="digits",
        config={"k": k},
        about=FAMILIES["pca"].about,
        loss="mse",
        data=data_of("MNIST", train=len(train)),
        partitions=["train"],
        seed=0,
        command=options.command_for("pca", 0),
        input=dict(DIGIT_INPUT),
    )
    weights.save(card, model, options.out)
    return card
