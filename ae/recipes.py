"""From data to weights with a card: what the training scripts and `python -m ae train` share."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ae import devices, weights
from ae.data import degradation, mnist, noise, noisyoffice
from ae.data.training_pages import rendered_pairs
from ae.errors import UsageError
from ae.models import FAMILIES, Autoencoder, build
from ae.page_pool import PagePool
from ae.training.batches import BatchSource, Corrupt, ImageBatches, PageCrops, WholePages
from ae.training.loop import OnEpoch, TrainingConfig, fit, seed_everything
from ae.training.losses import Loss, by_name

NOISE_REGIMES = ("none", "gaussian-0.5", "mixed")

EXPERIMENT = TrainingConfig(epochs=20, learning_rate=1e-3)  # E1 and E2; Keras' batch of 32
DEEP = TrainingConfig(
    epochs=40, learning_rate=1e-3, optimizer="adamw", weight_decay=1e-4, schedule="cosine", warmup=200
)
CONV = replace(DEEP, epochs=15, learning_rate=3e-3)
PAGE_EXPERIMENT = TrainingConfig(epochs=10, learning_rate=1e-3)  # E3
CLEANER = TrainingConfig(
    epochs=50,
    learning_rate=4e-3,
    optimizer="adamw",
    weight_decay=1e-4,
    schedule="cosine",
    warmup=100,
    average=0.998,
    clip=1.0,
    mixed=True,
)
FINE_TUNING = replace(CLEANER, epochs=8, learning_rate=5e-4, warmup=50, average=0.99)
PAGE_CROPS = {"crop": 160, "batch_size": 6, "steps": 300}
_DIGIT_TRAINING = {"simple": (EXPERIMENT, 32), "stacked": (DEEP, 128), "conv": (CONV, 128)}
HALF_TOLERANCE = 1e-3  # a quarter of a grey level
_DRY_IMAGES = 256
_DIGIT_INPUT = {"shape": ["N", 1, 28, 28], "range": [0, 1]}
_DRY_PAGES = 4


@dataclass(frozen=True)
class RunOptions:
    """What every recipe takes: where data lies, where weights go, and how to run.

    `dry_run` does everything on a handful of images for one epoch; `command` is
    what the card says made the weights, with `{name}` and `{seed}` to be filled in.
    """

    data_root: Path | None = None
    out: Path = weights.FOLDER
    device: str = "auto"
    dry_run: bool = False
    resume: bool = False
    checkpoints: Path = Path("runs")
    progress: bool = True
    command: str = ""
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
    made beside the corpus, from which the share `corpus` of the crops is taken. `init` names the weights to
    start from, or their folder. Without `partitions` the pairs are a person's own.
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
    corpus: float = 1.0
    init: str = ""


def digit_recipe(
    name: str, family: str, k: int, *, noise: str = "none", loss: str = "mse", about: str = "", **config: Any
) -> DigitRecipe:
    """The family's standard recipe for a digit model; `config` sets more than its k."""
    training, batch_size = _DIGIT_TRAINING[family]
    return DigitRecipe(name, family, {"k": k, **config}, training, batch_size, loss, noise, about)


def page_recipe(name: str, family: str, partitions: tuple[str, ...], **settings: Any) -> PageRecipe:
    """The family's standard recipe for a page model; `settings` are more fields of `PageRecipe`."""
    if family == "stacked_conv":
        standard: dict[str, Any] = {"training": PAGE_EXPERIMENT, "loss": "bce"}
    elif settings.get("init"):
        standard = {"training": FINE_TUNING, **PAGE_CROPS, "steps": 100}
    else:
        standard = {"training": CLEANER, **PAGE_CROPS}
    return PageRecipe(name, family, {}, partitions=partitions, **{**standard, **settings})


def corruption(regime: str) -> Corrupt | None:
    """The function that makes a training batch noisy; None when the regime is `none`."""
    if regime == "none":
        return None
    if regime == "mixed":
        return noise.mixed
    if regime == "gaussian-0.5":
        return lambda images, generator: noise.gaussian(images, 0.5, generator)
    raise UsageError(f"unknown noise '{regime}': choose one of {', '.join(NOISE_REGIMES)}")


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

    history = _run(recipe, model, batches, options, validate)
    card = _card(recipe, options, recipe.task, history)
    card.data = {
        "name": "MNIST",
        "train": len(train),
        "validation": len(validation),
        "noise": recipe.noise,
        "licence": mnist.LICENCE,
        "citation": mnist.CITATION,
    }
    card.partitions = ["train", "validation"]
    card.input = dict(_DIGIT_INPUT)
    _save(card, model, inputs[:1000], options)
    return card


def _card(
    recipe: DigitRecipe | PageRecipe, options: RunOptions, task: str, history: list[dict[str, float]]
) -> weights.Card:
    """What the card of a digit and of a page model have in common; data and input are still to be said."""
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
        command=options.command.format(name=recipe.name, seed=recipe.training.seed),
        training={**asdict(recipe.training), "batch_size": recipe.batch_size},
        history=history,
    )


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
        command=options.command.format(name="pca", seed=0),
        input=dict(_DIGIT_INPUT),
    )
    weights.save(card, model, options.out)
    return card


def train_pages(recipe: PageRecipe, pairs: list[noisyoffice.PagePair], options: RunOptions) -> weights.Card:
    """Train on pairs of dirty and clean pages and on rendered ones, write weights and card.

    Raises DataError when a font for the rendered pages is missing.
    """
    if recipe.family == "page" and recipe.loss == "bce":
        raise UsageError(
            "family 'page' corrects a page without a cap, which cross-entropy cannot judge: use mse"
        )
    seed_everything(recipe.training.seed)
    rendered = _rendered(recipe, pairs, options.dry_run)
    if options.dry_run:
        pairs, recipe = pairs[:_DRY_PAGES], replace(recipe, steps=min(recipe.steps, 2))
    model = _start(recipe, options).to(memory_format=torch.channels_last)
    batches = _page_batches(recipe, pairs, rendered)
    history = _run(recipe, model, batches, options)
    card = _card(recipe, options, "pages", history)
    card.data = _page_data(recipe, len(pairs))
    card.partitions = list(recipe.partitions)
    card.training |= {"crop": recipe.crop, "steps_per_epoch": len(batches)}
    if recipe.twin:
        card.training["twin"] = recipe.twin
    size = asdict(model.input_size)
    card.input = {"shape": ["N", model.input_size.planes, "H", "W"], "range": [0, 1], **size}
    probe, _ = next(batches.epoch(torch.Generator().manual_seed(0)))
    _save(card, model, probe, options)
    return card


def _start(recipe: PageRecipe, options: RunOptions) -> Autoencoder:
    """A new model, or one that goes on from the weights `init`."""
    if not recipe.init:
        return build(recipe.family, recipe.config)
    path = Path(recipe.init)
    here = options.out if (options.out / path.name).is_dir() else weights.FOLDER
    model, card = weights.load(path.name, folder=path.parent if len(path.parts) > 1 else here)
    if card.family != recipe.family:
        raise UsageError(f"'{recipe.init}' is of family '{card.family}', not '{recipe.family}'")
    return model.requires_grad_(True)


def _page_data(recipe: PageRecipe, pairs: int) -> dict[str, Any]:
    """What the card says of the training data."""
    data: dict[str, Any] = {"pages": pairs, "rendered": recipe.rendered}
    if recipe.init:
        data["init"] = recipe.init
    if recipe.partitions:
        source = {"licence": noisyoffice.LICENCE, "citation": noisyoffice.CITATION}
        return {"name": "NoisyOffice (simulated)", **data, **source}
    return {"name": "own pages" if pairs else "rendered pages", **data}


def _page_batches(
    recipe: PageRecipe, pairs: list[noisyoffice.PagePair], rendered: Iterable[noisyoffice.PagePair]
) -> BatchSource:
    if not recipe.crop:
        return WholePages([_tensor(pair.dirty) for pair in pairs], [_tensor(pair.clean) for pair in pairs])
    pool = PagePool()
    pool.add(pairs, recipe.corpus)
    pool.add(rendered, 1 - recipe.corpus, misjudge=np.random.default_rng(recipe.training.seed))
    return PageCrops(pool.inputs, pool.targets, pool.weights, recipe.crop, recipe.batch_size, recipe.steps)


def _rendered(
    recipe: PageRecipe, pairs: list[noisyoffice.PagePair], dry_run: bool
) -> Iterable[noisyoffice.PagePair]:
    """The rendered pages of a recipe, some of them on the backgrounds of the corpus."""
    if not recipe.rendered:
        return []
    seed = recipe.training.seed
    if dry_run:
        return rendered_pairs(_DRY_PAGES, seed)
    backgrounds = degradation.recover_backgrounds(pairs) if recipe.partitions else []
    return rendered_pairs(recipe.rendered, seed, backgrounds, os.cpu_count() or 1)


def _tensor(grey: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(grey[None].copy())


def _run(
    recipe: DigitRecipe | PageRecipe,
    model: Autoencoder,
    batches: BatchSource,
    options: RunOptions,
    validate: Callable[[nn.Module], float] | None = None,
) -> list[dict[str, float]]:
    training = replace(recipe.training, epochs=1) if options.dry_run else recipe.training
    said = asdict(replace(recipe, about=""))
    identity = {key: str(value) for key, value in said.items() if key != "training"}
    return fit(
        model,
        batches,
        by_name(recipe.loss),
        training,
        validate=validate,
        device=devices.choose(options.device),
        checkpoint=None if options.dry_run else options.checkpoints / f"{recipe.name}.pt",
        resume=options.resume,
        identity=identity,
        on_epoch=options.on_epoch,
        progress=options.progress,
    )


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


def _save(card: weights.Card, model: Autoencoder, inputs: torch.Tensor, options: RunOptions) -> None:
    """Store float16 where that changes nothing that one could see."""
    change = half_precision_change(model, inputs)
    card.training["half_precision_change"] = change
    weights.save(card, model, options.out, half=change < HALF_TOLERANCE)
