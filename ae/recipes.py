"""From data to weights with a card: what the training scripts and `python -m ae train` share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ae import devices, weights
from ae.data import degradation, mnist, noise, noisyoffice
from ae.data.training_pages import rendered_pairs
from ae.documents import division
from ae.errors import AeError
from ae.models import FAMILIES, Autoencoder, build
from ae.training.batches import BatchSource, Corrupt, ImageBatches, PageCrops, WholePages
from ae.training.loop import OnEpoch, TrainingConfig, fit, seed_everything
from ae.training.losses import Loss, by_name

NOISE_REGIMES = ("none", "gaussian-0.5", "mixed")
_DRY_IMAGES = 256
_DRY_PAGES = 4


@dataclass(frozen=True)
class RunOptions:
    """What every recipe takes: where data lies, where weights go, and how to run.

    `dry_run` does everything on a handful of images for one epoch; `script` is the training script that
    the card names, where there is one.
    """

    data_root: Path | None = None
    out: Path = weights.FOLDER
    device: str = "auto"
    dry_run: bool = False
    resume: bool = False
    checkpoints: Path = Path("runs")
    progress: bool = True
    script: str = ""
    on_epoch: OnEpoch | None = None


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


@dataclass(frozen=True)
class PageRecipe:
    """One page model; `steps` batches of `batch_size` crops an epoch, or whole pages when `crop` is 0.

    `twin` names the same recipe trained on less, whose unseen partition measures both. `rendered` pages are
    made beside the corpus, each of whose pages counts `repeat` times.
    """

    name: str
    family: str
    config: dict[str, Any]
    training: TrainingConfig
    partitions: tuple[str, ...]
    loss: str = "mse"
    crop: int = 0
    batch_size: int = 1
    steps: int = 0
    about: str = ""
    twin: str = ""
    rendered: int = 0
    repeat: int = 1


def corruption(regime: str) -> Corrupt | None:
    """The function that makes a training batch noisy; None when the regime is `none`."""
    if regime == "none":
        return None
    if regime == "mixed":
        return noise.mixed
    if regime == "gaussian-0.5":
        return lambda images, generator: noise.gaussian(images, 0.5, generator)
    raise AeError(f"unknown noise '{regime}': choose one of {', '.join(NOISE_REGIMES)}")


def train_digits(recipe: DigitRecipe, digits: mnist.Digits, options: RunOptions) -> weights.Card:
    """Train on the 60,000 training digits (the last 20 % validate), write weights and card."""
    seed_everything(recipe.training.seed)
    if options.dry_run:
        digits = digits[:_DRY_IMAGES]
    train, validation = mnist.split(digits)
    corrupt = corruption(recipe.noise)
    batches = ImageBatches(train.images, recipe.batch_size, corrupt)
    model = build(recipe.family, recipe.config)
    loss = by_name(recipe.loss)
    inputs = corrupt(validation.images, torch.Generator().manual_seed(99)) if corrupt else validation.images

    def validate(candidate: nn.Module) -> float:
        return _mean_loss(candidate, inputs, validation.images, loss)

    history = _run(recipe.name, model, batches, loss, recipe.training, validate, options)
    card = weights.Card(
        name=recipe.name,
        family=recipe.family,
        task=recipe.task,
        config=recipe.config,
        about=recipe.about,
        loss=recipe.loss,
        data={
            "name": "MNIST",
            "train": len(train),
            "validation": len(validation),
            "noise": recipe.noise,
            "licence": mnist.LICENCE,
            "citation": mnist.CITATION,
        },
        partitions=["train", "validation"],
        seed=recipe.training.seed,
        command=_command(recipe.name, options),
        training={**asdict(recipe.training), "batch_size": recipe.batch_size},
        input={"shape": ["N", 1, 28, 28], "range": [0, 1]},
        history=history,
    )
    weights.save(card, model, options.out, half=True)
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
        data={"name": "MNIST", "train": len(train), "licence": mnist.LICENCE, "citation": mnist.CITATION},
        partitions=["train"],
        seed=0,
        command=_command("pca", options),
        input={"shape": ["N", 1, 28, 28], "range": [0, 1]},
    )
    weights.save(card, model, options.out)
    return card


def page_pairs(recipe: PageRecipe, root: Path, dry_run: bool = False) -> list[noisyoffice.PagePair]:
    """The pairs a recipe trains on. Raises DataError when the corpus or a font is missing."""
    pairs = noisyoffice.load(root, list(recipe.partitions))
    if not recipe.rendered:
        return pairs
    count = _DRY_PAGES if dry_run else recipe.rendered
    backgrounds = degradation.recover_backgrounds(pairs)
    return pairs * recipe.repeat + list(rendered_pairs(count, recipe.training.seed, backgrounds))


def train_pages(recipe: PageRecipe, pairs: list[noisyoffice.PagePair], options: RunOptions) -> weights.Card:
    """Train on pairs of dirty and clean pages, write weights and card."""
    seed_everything(recipe.training.seed)
    if options.dry_run:
        pairs, recipe = pairs[:_DRY_PAGES], replace(recipe, steps=min(recipe.steps, 2))
    model = build(recipe.family, recipe.config).to(memory_format=torch.channels_last)
    batches = _page_batches(recipe, model, pairs)
    history = _run(recipe.name, model, batches, by_name(recipe.loss), recipe.training, None, options)
    card = weights.Card(
        name=recipe.name,
        family=recipe.family,
        task="pages",
        config=recipe.config,
        about=recipe.about,
        loss=recipe.loss,
        data={
            "name": "NoisyOffice (simulated)",
            "pages": len(pairs),
            "rendered": recipe.rendered,
            "licence": noisyoffice.LICENCE,
            "citation": noisyoffice.CITATION,
        },
        partitions=list(recipe.partitions),
        seed=recipe.training.seed,
        command=_command(recipe.name, options),
        training={
            **asdict(recipe.training),
            "batch_size": recipe.batch_size,
            "crop": recipe.crop,
            "steps_per_epoch": len(batches),
            **({"twin": recipe.twin} if recipe.twin else {}),
        },
        input={
            "shape": ["N", model.input_size.planes, "H", "W"],
            "range": [0, 1],
            **asdict(model.input_size),
        },
        history=history,
    )
    weights.save(card, model, options.out, half=True)
    return card


def _page_batches(recipe: PageRecipe, model: Autoencoder, pairs: list[noisyoffice.PagePair]) -> BatchSource:
    if not recipe.crop:
        return WholePages([_tensor(pair.dirty) for pair in pairs], [_tensor(pair.clean) for pair in pairs])
    inputs, targets, clean_inputs = [], [], []
    for pair in pairs:
        scale = division.kernel_scale(pair.dirty)
        shrink = division.working_shrink(scale)
        dirty, clean = (division.shrunk(grey, shrink) for grey in (pair.dirty, pair.clean))
        inputs.append(torch.from_numpy(division.planes(dirty, scale / shrink)))
        targets.append(_tensor(clean))
        clean_inputs.append(torch.from_numpy(division.planes(clean, scale / shrink)))
    return PageCrops(inputs, targets, clean_inputs, recipe.crop, recipe.batch_size, recipe.steps)


def _tensor(grey: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(grey[None].copy())


def _run(
    name: str,
    model: Autoencoder,
    batches: BatchSource,
    loss: Loss,
    training: TrainingConfig,
    validate: Callable[[nn.Module], float] | None,
    options: RunOptions,
) -> list[dict[str, float]]:
    if options.dry_run:
        training = replace(training, epochs=1)
    return fit(
        model,
        batches,
        loss,
        training,
        validate=validate,
        device=devices.choose(options.device),
        checkpoint=None if options.dry_run else options.checkpoints / f"{name}.pt",
        resume=options.resume,
        on_epoch=options.on_epoch,
        progress=options.progress,
    )


def _command(name: str, options: RunOptions) -> str:
    """The command line that makes these weights again, without this machine's folders."""
    if options.script:
        data = " --data-root DIR" if options.data_root else ""
        return f"python scripts/{options.script}{data} --only {name}"
    words, hidden = [], False
    for word in sys.argv[1:]:
        words.append("DIR" if hidden else word)
        hidden = word in ("--data-root", "--out")
    return f"python -m ae {shlex.join(words)}"
