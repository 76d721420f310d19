"""The one door from the app to `ae`: models, digits and codes, each loaded or computed once.

torch is imported where it is used, so that a page without it starts at once.
Pictures of digits are float32 (N, 28, 28) in 0..1; a model is named by its weights and its device.
"""

from __future__ import annotations

import sys
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ae.errors import DataError, WeightsError
from app import kept, settings
from app.work_queue import WorkQueue

if TYPE_CHECKING:
    import torch

    from ae.data.noise import NoiseKind
    from ae.models import Autoencoder
    from ae.weights import Card

_NOISE_SEED = 0


@st.cache_resource(show_spinner=False)
def current_settings() -> settings.Settings:
    """The settings of this process."""
    return settings.read()


class Visitor:
    """Somebody's session: it is there as long as the session is."""


@st.cache_resource(show_spinner=False)
def visitors() -> weakref.WeakSet[Visitor]:
    """Everybody who is here, or left less than two minutes ago."""
    return weakref.WeakSet()


def new_visitor() -> Visitor:
    """One more; the caller keeps it for as long as the session lasts."""
    visitor = Visitor()
    visitors().add(visitor)
    return visitor


def has_torch() -> bool:
    """Whether torch is in memory, so that nobody waits for its import."""
    return sys.modules.get("torch") is not None


@st.cache_resource(show_spinner=False)
def prepare_torch() -> None:
    """Once for the process: how many threads torch and OpenCV use for one thing, and how a GPU computes."""
    import cv2
    import torch

    from ae import devices

    threads = current_settings().threads_each
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    devices.make_repeatable()


@st.cache_resource(show_spinner=False)
def work_queue() -> WorkQueue:
    """The queue of everyone's heavy work."""
    current = current_settings()
    return WorkQueue(current.workers, current.most_waiting, current.job_seconds)


@st.cache_resource(show_spinner=False)
def device_choices() -> list[str]:
    """Names of the devices that work on this machine, `auto` first."""
    from ae import devices

    present = devices.available()
    return [name for name in present if name in ("auto", "cpu")] if has_lost_gpu() else present


@st.cache_resource(max_entries=8, show_spinner=False)
def resolve_device(choice: str) -> str:
    """The device behind a choice such as `auto`. Raises AeError when this machine lacks it."""
    from ae import devices

    return "cpu" if has_lost_gpu() else devices.resolve(choice)


@st.cache_resource(show_spinner=False)
def _lost() -> threading.Event:
    return threading.Event()


def has_lost_gpu() -> bool:
    """Whether the GPU stopped working since the app was started."""
    return _lost().is_set()


def lose_gpu() -> None:
    """Let everyone go on without the GPU: what is on it cannot be read back."""
    _lost().set()
    for cached in (device_choices, resolve_device, model):
        cached.clear()


def describe_device(device: str) -> str:
    """The device in words."""
    from ae import devices

    return devices.describe(device, current_settings().threads_each)


def cards() -> list[Card]:
    """Every readable card, by name; a damaged one is reported where its model is used."""
    from ae import weights

    return [card for name in weights.names(folder=weights.FOLDER) if (card := find_card(name)) is not None]


def card(name: str) -> Card:
    """What is known about the named weights. Raises WeightsError."""
    from ae import weights

    folder = kept.folder_of(name)
    return weights.read_card(name, folder) if folder else weights.read_card(name)


def is_there(name: str) -> bool:
    """Whether the lab holds weights of this name, be they damaged or not."""
    from ae import weights

    return kept.folder_of(name) is not None or (weights.FOLDER / name).is_dir()


def find_card(name: str) -> Card | None:
    """The named card, or None when it is missing or damaged."""
    try:
        return card(name)
    except WeightsError:
        return None


def damage(name: str) -> str:
    """What is wrong with the files of the named weights; empty when they are sound."""
    from ae import weights

    files = sorted((weights.FOLDER / name).glob("*"))
    return _damage(name, str([(path.name, path.stat().st_mtime_ns) for path in files]))


@st.cache_data(max_entries=128, show_spinner=False)
def _damage(name: str, files: str) -> str:
    from ae import weights

    try:
        weights.check(name, weights.FOLDER)
    except WeightsError as error:
        return str(error)
    return ""


@st.cache_resource(max_entries=64, show_spinner="Loading the weights")
def model(name: str, device: str) -> Autoencoder:
    """The named model on the device, ready for use. Raises WeightsError."""
    from ae import weights

    prepare_torch()
    folder = kept.folder_of(name)
    return (weights.load(name, device, folder) if folder else weights.load(name, device))[0]


@st.cache_data(max_entries=16, show_spinner=False)
def source_code(family: str) -> str:
    """Python source of a family of models."""
    from ae import models

    return models.source_code(family)


def about_family(family: str) -> str:
    """What a family of models is, in one sentence."""
    from ae.models import FAMILIES

    return FAMILIES[family].about


@dataclass(frozen=True)
class Digits:
    """The 10,000 test digits: `images` float32 (10000, 28, 28) in 0..1, `labels` int64 (10000,)."""

    images: np.ndarray
    labels: np.ndarray


@st.cache_resource(show_spinner="Loading the test digits")
def digits() -> Digits:
    """The shipped test digits, shared by everyone and therefore read-only. Raises DataError."""
    from ae.data import mnist

    pixels, labels = mnist.load_test_arrays()
    images, labels = pixels / np.float32(255), labels.astype(np.int64)
    images.flags.writeable = labels.flags.writeable = False
    return Digits(images, labels)


@dataclass(frozen=True)
class Passage:
    """What a model makes of n pictures: `code` float32 (n, k), `output` (n, 28, 28), `mse` (n,) per pixel."""

    code: np.ndarray
    output: np.ndarray
    mse: np.ndarray


@st.cache_data(max_entries=512, show_spinner=False)
def passage(name: str, device: str, ids: tuple[int, ...]) -> Passage:
    """The test digits of these ids, squeezed and rebuilt. Raises WeightsError."""
    images = digits().images[list(ids)]
    code, output = _through(model(name, device), images, device)
    return Passage(code, output, mse(output, images))


@st.cache_data(max_entries=64, show_spinner=False)
def noisy_digits(ids: tuple[int, ...], kind: str, level: float) -> np.ndarray:
    """The test digits of these ids with noise, always the same for the same digits, kind and level."""
    import torch

    from ae.data import noise

    images = torch.from_numpy(digits().images[list(ids)])[:, None]
    return noise.add(images, kind, level, _NOISE_SEED)[:, 0].numpy()


@st.cache_data(max_entries=256, show_spinner=False)
def denoised(name: str, device: str, ids: tuple[int, ...], kind: str, level: float) -> Passage:
    """`noisy_digits` through a denoiser; `mse` is the distance from the clean digits. Raises WeightsError."""
    code, output = _through(model(name, device), noisy_digits(ids, kind, level), device)
    return Passage(code, output, mse(output, digits().images[list(ids)]))


def noise_kinds() -> dict[str, NoiseKind]:
    """Kinds of noise by name."""
    from ae.data import noise

    return noise.KINDS


def mse(images: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean squared error per pixel of each picture, (n,)."""
    return ((images - truth) ** 2).mean(axis=(1, 2))


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in decibels of a mean squared error."""
    from ae import metrics

    return metrics.psnr(error)


@st.cache_data(max_entries=8, show_spinner="Encoding the test digits")
def codes(name: str, device: str) -> np.ndarray:
    """Codes of all test digits, float32 (10000, k): shipped ones, or computed. Raises WeightsError."""
    shipped = _shipped_codes(name)
    if shipped is not None and np.allclose(shipped[0], encoded(name, device, digits().images[0]), atol=0.02):
        return shipped  # they are of these weights, not of older ones
    import torch

    from ae import latent

    return latent.encode(model(name, device), torch.tensor(digits().images)[:, None])


def _shipped_codes(name: str) -> np.ndarray | None:
    from ae.data import mnist

    try:
        return mnist.load_test_codes(name)
    except DataError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def encoded(name: str, device: str, image: np.ndarray) -> np.ndarray:
    """The code float32 (k,) of a picture (28, 28) in 0..1. Raises WeightsError."""
    return _through(model(name, device), image[None].copy(), device)[0][0]


@st.cache_data(max_entries=128, show_spinner=False)
def rebuilt(name: str, device: str, images: np.ndarray) -> Passage:
    """Any pictures (n, 28, 28) in 0..1, squeezed and rebuilt. Raises WeightsError."""
    code, output = _through(model(name, device), images.astype(np.float32), device)
    return Passage(code, output, mse(output, images))


@st.cache_data(max_entries=128, show_spinner=False)
def decoded(name: str, device: str, codes: np.ndarray) -> np.ndarray:
    """Pictures float32 (n, 28, 28) of codes float32 (n, k). Raises WeightsError."""
    from ae import latent

    return latent.decode(model(name, device), codes)


def _through(network: Autoencoder, images: np.ndarray, device: str) -> tuple[np.ndarray, np.ndarray]:
    code = network.encode(_tensor(images[:, None], device))
    return code.cpu().numpy(), network.decode(code)[:, 0].cpu().numpy()


def _tensor(array: np.ndarray, device: str) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
