"""The training loop: batches, a loss and an optimiser; it says nothing about the model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn
from tqdm import tqdm

from ae.devices import mixed_precision
from ae.errors import AeError, UsageError
from ae.files import aside
from ae.training import distributed
from ae.training.batches import BatchSource, Part
from ae.training.distributed import Group
from ae.training.losses import Loss

Validate = Callable[[nn.Module], float]
OnEpoch = Callable[[dict[str, float]], None]


@dataclass(frozen=True)
class TrainingConfig:
    """How to train.

    `schedule` is `constant`, or `cosine` with a warm-up of `warmup` steps; `average` > 0 keeps an
    exponential moving average of the weights and ships that; `patience` > 0 stops after so many epochs
    without a better validation loss and takes the best epoch; `clip` > 0 bounds the gradient's norm.
    `mixed` computes the network in bfloat16 where the processor has it.
    """

    epochs: int = 20
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: int = 0
    average: float = 0.0
    patience: int = 0
    clip: float = 0.0
    mixed: bool = False
    seed: int = 0


def seed_everything(seed: int) -> None:
    """Make the model's initial weights, and all that torch draws later, repeatable.

    Python's and NumPy's own generators are left alone: what draws from NumPy here has a generator of its own.
    """
    torch.manual_seed(seed)


def fit(
    model: nn.Module,
    batches: BatchSource,
    loss: Loss,
    config: TrainingConfig,
    *,
    validate: Validate | None = None,
    device: torch.device | str = "cpu",
    checkpoint: Path | None = None,
    resume: bool = False,
    identity: dict[str, Any] | None = None,
    on_epoch: OnEpoch | None = None,
    progress: bool = True,
) -> list[dict[str, float]]:
    """Train the model in place and return its history, one entry an epoch.

    With a checkpoint path the state is saved after every epoch, and `resume` goes on from it with the
    same result as an uninterrupted run. `identity` says what else makes a run this one (model, data, loss):
    plain values, kept in the checkpoint. Raises AeError when the checkpoint is damaged or belongs to
    another run, or when the loss is no longer a number.

    In one of several processes (`ae.training.distributed`) the batches are divided among all; the first one
    validates, saves and shows the progress.
    """
    group = distributed.current()
    device = torch.device(device)
    batches, identity = _divided(batches, identity or {}, group)
    model.to(device).to(memory_format=torch.channels_last)
    run = _Run(model, config, len(batches), identity, group)
    if resume and checkpoint:
        _go_on(run, checkpoint)
    with _progress_bar(run, len(batches), progress) as bar:
        while not run.is_over:
            entry = _epoch(run, validate, lambda: _trained(run, batches, loss, device, bar))
            _show(bar, entry)
            if group.is_first:
                _keep_and_tell(run, checkpoint, on_epoch)
    model.load_state_dict(run.result())
    model.eval()
    return run.history


def _divided(
    batches: BatchSource, identity: dict[str, Any], group: Group
) -> tuple[BatchSource, dict[str, Any]]:
    """This process's part of the batches, and the identity of a run that is divided so."""
    if group.size == 1:
        return batches, identity
    return batches.shared(Part(group.rank, group.size)), {**identity, "processes": group.size}


def _go_on(run: _Run, checkpoint: Path) -> None:
    """From the checkpoint, if there is one: the first process reads it for all. Raises AeError."""
    if state := run.group.from_first(lambda: run.stored(checkpoint)):
        run.restore(state)


def _progress_bar(run: _Run, steps_per_epoch: int, is_wanted: bool) -> tqdm[Any]:
    return tqdm(
        total=run.config.epochs * steps_per_epoch,
        initial=run.epoch * steps_per_epoch,
        disable=not (is_wanted and run.group.is_first),
    )


def _epoch(run: _Run, validate: Validate | None, train: Callable[[], float]) -> dict[str, float]:
    """Train for one epoch, validate, and record it; its entry in the history."""
    started = time.perf_counter()
    entry = {"epoch": float(run.epoch + 1), "loss": train()}
    if validate:
        entry["validation_loss"] = run.group.from_first(lambda: validate(run.candidate().eval()))
    entry["seconds"] = round(time.perf_counter() - started, 3)
    run.finish_epoch(entry)
    return entry


def _show(bar: tqdm[Any], entry: dict[str, float]) -> None:
    bar.set_postfix({key: f"{entry[key]:.5f}" for key in ("loss", "validation_loss") if key in entry})


def _keep_and_tell(run: _Run, checkpoint: Path | None, on_epoch: OnEpoch | None) -> None:
    """Save the run after an epoch before anybody hears of it, who might stop it."""
    if checkpoint:
        run.save(checkpoint)
    if on_epoch:
        on_epoch(run.history[-1])


def _trained(run: _Run, batches: BatchSource, loss: Loss, device: torch.device, bar: tqdm[Any]) -> float:
    """One pass over the batches; mean loss. Raises AeError when it is no longer a number."""
    run.network.train()
    # A generator of its own for each epoch: a resumed run draws what an uninterrupted one would.
    generator = torch.Generator().manual_seed(run.config.seed * 100_003 + run.epoch)
    if run.group.size > 1:
        # What a model draws itself must differ between the parts of a batch.
        torch.manual_seed((run.config.seed * 100_003 + run.epoch) * run.group.size + run.group.rank)
    total, count = torch.zeros((), device=device), 0
    for inputs, targets in batches.epoch(generator):
        with mixed_precision(device, run.config.mixed):
            outputs = run.network(inputs.to(device))
        value = loss(outputs.float(), targets.to(device))
        run.step(value)
        total += value.detach()
        count += 1
        bar.update()
    mean = float(run.group.mean(total / max(count, 1)))
    if not math.isfinite(mean):
        raise AeError("training diverged: the loss is no longer a number; lower the learning rate")
    return mean


class _Run:
    """Model, optimiser, schedule, average and history of one training run."""

    def __init__(
        self,
        model: nn.Module,
        config: TrainingConfig,
        steps_per_epoch: int,
        identity: dict[str, Any],
        group: Group,
    ) -> None:
        self.model = model
        self.config = config
        self.group = group
        self.identity = {**identity, **asdict(config), "steps_per_epoch": steps_per_epoch}
        self.optimizer = _optimizer(model, config)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, _schedule(config, config.epochs * steps_per_epoch)
        )
        self.average = deepcopy(model).requires_grad_(False) if config.average else None
        self.epoch = 0
        self.steps = 0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, torch.Tensor] | None = None

    @cached_property
    def network(self) -> nn.Module:
        """What computes in training: the model, or the model shared with other processes."""
        return self.group.network(self.model)

    def step(self, value: torch.Tensor) -> None:
        """Gradient, optimiser, schedule, average."""
        self.optimizer.zero_grad(set_to_none=True)
        value.backward()
        if self.config.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        self.schedule.step()
        self.steps += 1
        if self.average:
            _move_average(self.average, self.model, min(self.config.average, self.steps / (self.steps + 10)))

    def candidate(self) -> nn.Module:
        """The model that would be shipped now."""
        return self.average or self.model

    def finish_epoch(self, entry: dict[str, float]) -> None:
        """Record the epoch; keep its weights when they are the best and patience asks for the best."""
        self.history.append(entry)
        self.epoch += 1
        if self.config.patience and self._best_epoch() == self.epoch:
            self.best = deepcopy(self.candidate().state_dict())

    def _best_epoch(self) -> int:
        losses = [entry.get("validation_loss", entry["loss"]) for entry in self.history]
        return losses.index(min(losses)) + 1

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or the best one lies further back than patience allows."""
        return self.epoch >= self.config.epochs or self._is_out_of_patience()

    def _is_out_of_patience(self) -> bool:
        return bool(
            self.config.patience and self.history and self.epoch - self._best_epoch() >= self.config.patience
        )

    def result(self) -> dict[str, torch.Tensor]:
        """Weights to ship."""
        return self.best or self.candidate().state_dict()

    def save(self, path: Path) -> None:
        """Write everything that `restore` needs; aside first, so that a crash leaves the last one."""
        state = {
            "identity": self.identity,
            "epoch": self.epoch,
            "steps": self.steps,
            "history": self.history,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "average": self.average.state_dict() if self.average else None,
            "best": self.best,
            "drawn": _generators(),
        }
        with aside(path) as part:
            torch.save(state, part)

    def stored(self, path: Path) -> dict[str, Any] | None:
        """The checkpoint of the same run, None where there is none."""
        if not path.exists():
            return None
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
            raise AeError(f"{path}: the checkpoint is damaged; start again without --resume") from error
        if state.get("identity") != self.identity:
            raise AeError(f"{path}: the checkpoint is of another run; start again without --resume")
        return dict(state)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `stored` gave."""
        self.epoch, self.steps, self.history = state["epoch"], state["steps"], state["history"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.best = state["best"]
        if drawn := state.get("drawn"):  # older checkpoints do not say
            _draw_on(drawn)


def _generators() -> dict[str, Any]:
    """How far torch has drawn random numbers, on the processor and on every GPU."""
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": gpus}


def _draw_on(generators: dict[str, Any]) -> None:
    """Go on drawing where a run stopped; on other GPUs than it had, from where they are."""
    torch.set_rng_state(generators["cpu"])
    if len(generators["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(generators["cuda"])


def _optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    if config.optimizer not in kinds:
        raise UsageError(f"unknown optimizer '{config.optimizer}': choose one of {', '.join(kinds)}")
    return kinds[config.optimizer](
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )


def _schedule(config: TrainingConfig, total: int) -> Callable[[int], float]:
    """Factor on the learning rate by step."""
    if config.schedule == "constant":
        return lambda step: min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    if config.schedule != "cosine":
        raise UsageError(f"unknown schedule '{config.schedule}': choose constant or cosine")

    def cosine(step: int) -> float:
        if step < config.warmup:
            return (step + 1) / config.warmup
        done = (step - config.warmup) / max(1, total - config.warmup)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return cosine


@torch.no_grad()
def _move_average(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Move the average towards the model; counters and other whole numbers are copied."""
    for old, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new.to(old.dtype), 1 - keep)
        else:
            old.copy_(new)
