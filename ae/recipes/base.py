"""What every recipe takes, and the way from a trained model to weights with a card."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from ae import devices, weights
from ae.models import Autoencoder
from ae.training import distributed
from ae.training.batches import BatchSource
from ae.training.loop import OnEpoch, fit
from ae.training.losses import Loss, by_name

if TYPE_CHECKING:
    from ae.recipes.digits import DigitRecipe
    from ae.recipes.pages import PageRecipe
    from ae.recipes.regions import RegionRecipe

HALF_TOLERANCE = 1e-3  # a quarter of a grey level


@dataclass(frozen=True)
class RunOptions:
    """What every recipe takes: where weights go, and how to run.

    `dry_run` does everything on a handful of images for one epoch; `command` is
    what the card says made the weights, with `{name}` and `{seed}` to be filled in.
    """

    out: Path = weights.FOLDER
    device: str = "auto"
    dry_run: bool = False
    resume: bool = False
    checkpoints: Path = Path("runs")
    progress: bool = True
    command: str = ""
    on_epoch: OnEpoch | None = None

    def command_for(self, name: str, seed: int) -> str:
        """The command that makes these weights; whatever else is in braces stays."""
        return self.command.replace("{name}", name).replace("{seed}", str(seed))


def start_card(
    recipe: DigitRecipe | PageRecipe | RegionRecipe,
    options: RunOptions,
    task: str,
    history: list[dict[str, float]],
) -> weights.Card:
    """What the cards of all models have in common; data and input are still to be said."""
    return weights.Card(
        name=recipe.name,
        family=recipe.family,
        task=task,
        config=recipe.config,
        about=recipe.about,
        loss=recipe.loss,
        data={},
        partitions=[],
        seed=recipe.training.seed,
        command=options.command_for(recipe.name, recipe.training.seed),
        training={**asdict(recipe.training), "batch_size": recipe.batch_size},
        history=history,
    )


def run(
    recipe: DigitRecipe | PageRecipe | RegionRecipe,
    model: Autoencoder,
    batches: BatchSource,
    options: RunOptions,
    validate: Callable[[nn.Module], float] | None = None,
    loss: Loss | None = None,
) -> list[dict[str, float]]:
    """Train the model in place as the recipe says and return its history; `loss` goes before the recipe's."""
    training = replace(recipe.training, epochs=1) if options.dry_run else recipe.training
    said = asdict(replace(recipe, about=""))
    identity = {key: str(value) for key, value in said.items() if key != "training"}
    return fit(
        model,
        batches,
        with_penalty(model, loss or by_name(recipe.loss)),
        training,
        validate=validate,
        device=devices.choose(options.device),
        checkpoint=None if options.dry_run else checkpoint_of(recipe, options),
        resume=options.resume,
        identity=identity,
        on_epoch=options.on_epoch,
        progress=options.progress,
    )


def checkpoint_of(recipe: DigitRecipe | PageRecipe | RegionRecipe, options: RunOptions) -> Path:
    """The file from which training goes on with `resume`."""
    return options.checkpoints / f"{recipe.name}.pt"


def with_penalty(model: Autoencoder, loss: Loss) -> Loss:
    """The loss of the reconstruction, and what the model itself adds to it while it trains."""

    def total(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        extra = model.penalty()
        return loss(output, target) if extra is None else loss(output, target) + extra

    return total


def passing_folder() -> Path:
    """A folder for the weights of a dry run; it goes when the program ends."""
    folder = tempfile.mkdtemp(prefix="ae-dry-run-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@torch.inference_mode()
def half_precision_change(model: Autoencoder, inputs: torch.Tensor) -> float:
    """Mean absolute change of the outputs (0..1) when the weights are rounded to float16."""
    model = model.cpu().eval()
    rounded = deepcopy(model)
    rounded.load_state_dict(
        {key: v.half().float() if v.is_floating_point() else v for key, v in model.state_dict().items()}
    )
    return float((model(inputs) - rounded(inputs)).abs().mean())


def save(card: weights.Card, model: Autoencoder, inputs: torch.Tensor, options: RunOptions) -> None:
    """Store float16 where that changes nothing that one could see; of several processes the first does."""
    if not distributed.current().is_first:
        return
    change = half_precision_change(model, inputs)
    card.training["half_precision_change"] = change
    weights.save(card, model, options.out, half=change < HALF_TOLERANCE)


def save_page_model(
    card: weights.Card, model: Autoencoder, batches: BatchSource, options: RunOptions
) -> None:
    """The same for pages of any size; how float16 changes them is seen on a first batch."""
    size = model.input_size
    card.input = {"shape": ["N", size.planes, "H", "W"], "range": [0, 1], **asdict(size)}
    probe, _ = next(batches.epoch(torch.Generator().manual_seed(0)))
    save(card, model, probe, options)
