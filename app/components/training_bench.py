"""One training at a time, over all visitors, in a thread that outlives a run of the page."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from ae.errors import AeError

if TYPE_CHECKING:
    from ae.models import Autoencoder
    from ae.recipes import DigitRecipe
    from ae.weights import Card

SECONDS = 60.0  # that one training may take
SHOWN = 5  # held-out digits that are rebuilt while it trains
FIRST_SHOWN = 1000  # the ones before it are those that the error is measured on


class BusyError(AeError):
    """Somebody else trains."""


@dataclass(eq=False)
class Trial:
    """One training as the page follows it.

    `shown` are held-out digits and `inputs` the same with noise, float32 (5, 28, 28); `outputs` are what the
    model makes of them now. `model` and `card` come at the end; `kept` is the name they were kept under.
    """

    recipe: DigitRecipe
    seconds: float = SECONDS
    state: Literal["running", "done", "stopped", "failed"] = "running"
    problem: str = ""
    history: list[dict[str, float]] = field(default_factory=list)
    shown: np.ndarray | None = None
    inputs: np.ndarray | None = None
    outputs: np.ndarray | None = None
    model: Autoencoder | None = None
    card: Card | None = None
    kept: str = ""
    started: float = field(default_factory=time.monotonic)
    asked_to_stop: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether it has yet to end."""
        return self.state == "running"

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    def is_over(self) -> bool:
        """Whether it is to end now."""
        return self.asked_to_stop.is_set() or self.age > self.seconds


@dataclass
class Bench:
    """Where trainings are done: there is room for one."""

    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, recipe: DigitRecipe, seconds: float = SECONDS) -> Trial:
        """Begin a training. Raises BusyError when another one runs, whoever began it."""
        if not self.lock.acquire(blocking=False):
            raise BusyError(
                f"Another visitor trains a model now, which takes up to {SECONDS:.0f} seconds. "
                "Press Train again in a moment."
            )
        trial = Trial(recipe, seconds)
        threading.Thread(target=self._train, args=(trial,), daemon=True, name="training").start()
        return trial

    def _train(self, trial: Trial) -> None:
        try:
            _carry_out(trial)
            trial.state = "stopped" if trial.asked_to_stop.is_set() else "done"
        except AeError as error:
            trial.problem, trial.state = str(error), "failed"
        except Exception as error:  # a thread has nobody above it to tell
            trial.problem, trial.state = f"The training broke off: {error}", "failed"
        finally:
            self.lock.release()


@st.cache_resource(show_spinner=False)
def bench() -> Bench:
    """The one bench of this process."""
    return Bench()


def _carry_out(trial: Trial) -> None:
    import torch

    from ae.recipes.trial import noisy, run_trial, shipped_digits

    data = shipped_digits()
    shown = data.held_out.images[FIRST_SHOWN : FIRST_SHOWN + SHOWN]
    inputs = noisy(shown, trial.recipe.noise)
    trial.shown, trial.inputs = shown[:, 0].numpy(), inputs[:, 0].numpy()

    @torch.no_grad()
    def look(model: Autoencoder, told: dict[str, float]) -> None:
        trial.outputs = model.eval()(inputs)[:, 0].numpy()
        trial.history.append(told)

    with _one_thread(), _no_search_for_garbage():
        trial.model, trial.card = run_trial(trial.recipe, data, look, trial.is_over)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Keep what is in memory out of Python's search for garbage.

    Streamlit searches after every run of a page, and of what follows a training every second: with torch in
    memory that holds all threads up for a fifth of a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # as the process started, see `run_page`


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch use one CPU thread: small batches gain little from more, and others want to work too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
