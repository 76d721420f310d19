"""Trainings that visitors ask for: work for the one queue, done beside the runs of the page."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from ae.errors import AeError
from app import resources

if TYPE_CHECKING:
    from ae.models import Autoencoder
    from ae.recipes import DigitRecipe
    from ae.weights import Card
    from app.work_queue import Job

SECONDS = 60.0  # that one training may take
SHOWN = 5  # held-out digits that are rebuilt while it trains
FIRST_SHOWN = 1000  # the ones before it are those that the error is measured on


@dataclass(eq=False)
class Trial:
    """One training as the page follows it.

    `shown` are held-out digits and `inputs` the same with noise, float32 (5, 28, 28); `outputs` are what the
    model makes of them now. `model` and `card` come at the end; `kept` is the name they were kept under.
    """

    recipe: DigitRecipe
    job: Job = field(init=False)
    history: list[dict[str, float]] = field(default_factory=list)
    shown: np.ndarray | None = None
    inputs: np.ndarray | None = None
    outputs: np.ndarray | None = None
    model: Autoencoder | None = None
    card: Card | None = None
    kept: str = ""

    @property
    def state(self) -> Literal["running", "done", "stopped", "failed"]:
        """Where it is; it runs while it waits for its turn, too."""
        if not self.job.is_over:
            return "running"
        if self.job.error:
            return "failed"
        return "stopped" if self.job.cancelled.is_set() else "done"

    @property
    def is_running(self) -> bool:
        """Whether it has yet to end."""
        return self.state == "running"

    @property
    def place(self) -> int:
        """Its place in the queue, 0 when it has its turn."""
        return resources.work_queue().place(self.job)

    @property
    def problem(self) -> str:
        """Why it failed."""
        error = self.job.error
        return str(error) if isinstance(error, AeError) else f"The training broke off: {error}"

    def stop(self) -> None:
        """Let it end; what was learned until then stays."""
        resources.work_queue().cancel(self.job)


def start(recipe: DigitRecipe, owner: Hashable, seconds: float = SECONDS) -> Trial:
    """Have a model trained when it is the owner's turn. Raises QueueFullError."""
    trial = Trial(recipe)
    trial.job = resources.work_queue().submit(owner, partial(_carry_out, trial), seconds)
    return trial


def _carry_out(trial: Trial, job: Job) -> None:
    import torch

    from ae.recipes.digits import noisy
    from ae.recipes.trial import run_trial, shipped_digits

    resources.prepare_torch()
    queue, data = resources.work_queue(), shipped_digits()
    shown = data.held_out.images[FIRST_SHOWN : FIRST_SHOWN + SHOWN]
    inputs = noisy(shown, trial.recipe.noise)
    trial.shown, trial.inputs = shown[:, 0].numpy(), inputs[:, 0].numpy()

    @torch.no_grad()
    def look(model: Autoencoder, told: dict[str, float]) -> None:
        trial.outputs = model.eval()(inputs)[:, 0].numpy()
        trial.history.append(told)
        queue.give_way(job)

    trial.model, trial.card = run_trial(trial.recipe, data, look, job.should_stop)
