"""A short training of a digit model that can be watched and stopped, over the lab's one training loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from ae import weights
from ae.data import mnist
from ae.errors import Cancelled
from ae.models import Autoencoder, build
from ae.models.variational import Variational
from ae.recipes.base import RunOptions, start_card, with_penalty
from ae.recipes.digits import DIGIT_INPUT, DigitRecipe, corruption, data_of, digit_recipe, noisy
from ae.training.batches import Batch, BatchSource, ImageBatches, Part
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import by_name, mse

BATCH = 128
PORTION = 10  # batches between two looks
WIDTHS = {1: (256,), 2: (512, 128), 3: (512, 256, 128)}  # of dense families, by number of hidden layers
_HIDDEN = {1: (128,), 2: (256, 128), 3: (256, 256, 128)}  # of the dense part of the convolutional one
_RATES = {"simple": 1e-2, "conv": 5e-3}  # found by trial for a thousand batches
_MOST_PORTIONS = 600
_WRITTEN = 60  # entries of the history that go onto the card
_SEEDING = threading.Lock()  # the generator that first weights come from is the process's
Look = Callable[[Autoencoder, dict[str, float]], None]


@dataclass(frozen=True)
class Portions:
    """A source whose epoch is only `size` batches of another's, so that the loop reports more often.

    Before each batch it asks `is_over`, and raises Cancelled.
    """

    source: BatchSource
    size: int
    is_over: Callable[[], bool] = bool

    def __len__(self) -> int:
        return min(self.size, len(self.source))

    def shared(self, part: Part) -> Portions:
        """The same for one of several processes."""
        return Portions(self.source.shared(part), self.size, self.is_over)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """The first batches of a new order."""
        for batch, _ in zip(self.source.epoch(generator), range(len(self)), strict=False):
            if self.is_over():
                raise Cancelled("the training was stopped")
            yield batch


@dataclass(frozen=True)
class TrialData:
    """Digits to learn from, and others to measure on; `name` says in words what they are."""

    name: str
    train: mnist.Digits
    held_out: mnist.Digits
    partition: str


def shipped_digits() -> TrialData:
    """The 10,000 test digits that come with the project: 8,000 to learn from, 2,000 held out.

    A model that learned from them may not be compared on them with one that did not. Raises DataError.
    """
    train, held_out = mnist.split(mnist.load_test_digits())
    return TrialData("MNIST test digits, the first 8,000", train, held_out, "test")


def trial_recipe(family: str, k: int, depth: int, loss: str, noise: str, seed: int = 0) -> DigitRecipe:
    """A recipe of moderate size; `depth` is the number of hidden layers, which the simple family lacks."""
    shape: dict[str, dict[str, Any]] = {
        "simple": {},
        "conv": {"widths": (12, 24, 48), "hidden": _HIDDEN[depth]},
    }
    config: dict[str, Any] = shape.get(family, {"widths": WIDTHS[depth]})
    recipe = digit_recipe(f"mine-{family}-k{k}", family, k, noise=noise, loss=loss, **config)
    training = TrainingConfig(
        epochs=_MOST_PORTIONS,
        learning_rate=_RATES.get(family, 2e-3),
        optimizer="adamw",
        warmup=30,
        clip=1.0,
        seed=seed,
    )
    return replace(recipe, training=training, batch_size=BATCH, about="Trained in the browser.")


def run_trial(
    recipe: DigitRecipe, data: TrialData, look: Look, is_over: Callable[[], bool]
) -> tuple[Autoencoder, weights.Card]:
    """Train until `is_over`, or to the recipe's end; what was learned until then is the result.

    After every few batches `look` gets the model and `batches`, `loss` (on what it learns from) and `error`
    (squared, per pixel, on held-out digits). Raises AeError when the loss is no longer a number.
    """
    model = _seeded(recipe)
    every = ImageBatches(data.train.images, recipe.batch_size, corruption(recipe.noise))
    batches = Portions(every, PORTION, is_over)
    watch = _Watch(model, look, len(batches))
    targets = data.held_out.images[:1000]
    inputs = noisy(targets, recipe.noise)

    @torch.no_grad()
    def validate(candidate: nn.Module) -> float:
        return float(mse(candidate(inputs), targets))

    loss = with_penalty(model, by_name(recipe.loss))
    try:
        fit(model, batches, loss, recipe.training, validate=validate, on_epoch=watch, progress=False)
    except Cancelled:
        model.eval()
    card = _card(recipe, data, watch.history, validate(model))
    card.parameters = model.parameter_count()
    return model, card


def _seeded(recipe: DigitRecipe) -> Autoencoder:
    """A new model as the seed says, though others may train in this process at the same time."""
    with _SEEDING:
        seed_everything(recipe.training.seed)
        model = build(recipe.family, recipe.config)
    if isinstance(model, Variational):
        model.noise = torch.Generator().manual_seed(recipe.training.seed)
    return model


@dataclass
class _Watch:
    """Keeps the history of a training and shows every entry of it to `look`."""

    model: Autoencoder
    look: Look
    batches: int  # of a portion
    history: list[dict[str, float]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def __call__(self, entry: dict[str, float]) -> None:
        told = {
            "batches": entry["epoch"] * self.batches,
            "loss": entry["loss"],
            "error": entry["validation_loss"],
            "seconds": round(time.monotonic() - self.started, 2),
        }
        self.history.append(told)
        self.look(self.model, told)


def _card(
    recipe: DigitRecipe, data: TrialData, history: list[dict[str, float]], error: float
) -> weights.Card:
    done = int(history[-1]["batches"]) if history else 0
    command = f"AE Lab, lesson Train your own: {done} batches of {recipe.batch_size}, seed {{seed}}"
    every = max(1, -(-len(history) // _WRITTEN))
    card = start_card(recipe, RunOptions(command=command), recipe.task, history[::-1][::every][::-1])
    card.training |= {"epochs": 0, "batches": done}
    sizes = {"train": len(data.train), "validation": len(data.held_out)}
    card.data = data_of(data.name, **sizes, noise=recipe.noise)
    card.partitions = [data.partition]
    card.input = dict(DIGIT_INPUT)
    card.measures = {"mse_held_out": error}
    return card
