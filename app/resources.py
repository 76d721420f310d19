"""The one door from the app to `ae`: models, digits and codes, each loaded or computed once.

torch is imported where it is used, so that a page without it starts at once.
Pictures of digits are float32 (N, 28, 28) in 0..1; a model is named by its weights and its device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ae.errors import DataError, WeightsError
from app import settings

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from ae.data.noise import NoiseKind
    from ae.data.samples import Sample
    from ae.documents.cleaning import PageCleaner
    from ae.documents.page import Page
    from ae.models import Autoencoder
    from ae.weights import Card

_NOISE_SEED = 0


@st.cache_resource
def current_settings() -> settings.Settings:
    """The settings of this process; sets the number of threads that torch uses."""
    current = settings.read()
    if current.threads:
        import torch

        torch.set_num_threads(current.threads)
    return current


@st.cache_resource(show_spinner=False)
def device_choices() -> list[str]:
    """Names of the devices that work on this machine, `auto` first."""
    from ae import devices

    return devices.available()


@st.cache_resource(show_spinner=False)
def resolve_device(choice: str) -> str:
    """The device behind a choice such as `auto`. Raises AeError when this machine lacks it."""
    from ae import devices

    return devices.choose(choice).type


def describe_device(device: str) -> str:
    """The device in words."""
    import torch

    from ae import devices

    return devices.describe(torch.device(device))


def cards() -> list[Card]:
    """Every readable card, by name; a damaged one is reported where its model is used."""
    from ae import weights

    return [card for name in weights.names(folder=weights.FOLDER) if (card := find_card(name)) is not None]


def card(name: str) -> Card:
    """What is known about the named weights. Raises WeightsError."""
    from ae import weights

    return weights.read_card(name)


def is_there(name: str) -> bool:
    """Whether the lab holds weights of this name, be they damaged or not."""
    from ae import weights

    return (weights.FOLDER / name).is_dir()


def find_card(name: str) -> Card | None:
    """The named card, or None when it is missing or damaged."""
    try:
        return card(name)
    except WeightsError:
        return None


@st.cache_resource(max_entries=64, show_spinner="Loading the weights")
def model(name: str, device: str) -> Autoencoder:
    """The named model on the device, ready for use. Raises WeightsError."""
    from ae import weights

    return weights.load(name, device)[0]


@st.cache_data(show_spinner=False)
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

    loaded = mnist.load_test_digits()
    images, labels = loaded.images[:, 0].numpy(), loaded.labels.numpy()
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
    """Codes of all test digits, float32 (10000, 2): shipped ones, or computed. Raises WeightsError."""
    shipped = _shipped_codes(name)
    if shipped is not None:
        return shipped
    import torch

    network, images = model(name, device), torch.tensor(digits().images)[:, None]
    return np.concatenate([network.encode(part.to(device)).cpu().numpy() for part in images.split(1000)])


def _shipped_codes(name: str) -> np.ndarray | None:
    from ae.data import mnist

    try:
        return mnist.load_test_codes(name)
    except DataError:
        return None


def neighbours(name: str, device: str, digit: int, count: int) -> list[int]:
    """Ids of the test digits whose codes are closest to this one's, nearest first, itself left out."""
    points = codes(name, device)
    distance = ((points - points[digit]) ** 2).sum(axis=1)
    distance[digit] = np.inf
    return distance.argsort()[:count].tolist()


@st.cache_data(max_entries=256, show_spinner=False)
def decoded(name: str, device: str, code: tuple[float, ...]) -> np.ndarray:
    """The digit (28, 28) that a model's decoder draws for a code of k numbers. Raises WeightsError."""
    return _decode(model(name, device), np.array([code], dtype=np.float32), device)[0]


@st.cache_data(max_entries=16, show_spinner=False)
def decoded_plane(name: str, device: str, extent: Extent, side: int) -> np.ndarray:
    """Decoded digits (side, side, 28, 28) over a plane of codes; first row: the highest second number."""
    x, y = extent.centres(side)
    grid = np.stack(np.meshgrid(x, y[::-1]), axis=-1).reshape(-1, 2).astype(np.float32)
    return _decode(model(name, device), grid, device).reshape(side, side, 28, 28)


@dataclass(frozen=True)
class Extent:
    """The part of a plane of codes that is worth showing."""

    left: float
    right: float
    bottom: float
    top: float

    def centres(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Middles of `side` cells along each axis, ascending."""
        steps = (np.arange(side) + 0.5) / side
        return self.left + steps * (self.right - self.left), self.bottom + steps * (self.top - self.bottom)


@st.cache_data(max_entries=8, show_spinner=False)
def extent(name: str, device: str, cut: float) -> Extent:
    """Where the test digits lie, `cut` per cent left out at each end of each number. Raises WeightsError."""
    ends = np.percentile(codes(name, device), (cut, 100 - cut), axis=0)
    (left, bottom), (right, top) = ends.astype(float).tolist()
    # a unit that never fires gives no range at all
    return Extent(left, max(right, left + 1e-3), bottom, max(top, bottom + 1e-3))


def _through(network: Autoencoder, images: np.ndarray, device: str) -> tuple[np.ndarray, np.ndarray]:
    code = network.encode(_tensor(images[:, None], device))
    return code.cpu().numpy(), network.decode(code)[:, 0].cpu().numpy()


def _decode(network: Autoencoder, code: np.ndarray, device: str) -> np.ndarray:
    return network.decode(_tensor(code, device))[:, 0].cpu().numpy()


def _tensor(array: np.ndarray, device: str) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array)).to(device)


@dataclass(frozen=True)
class DocumentFacts:
    """Width and height of a page in pixels, and its dots per inch if they are known."""

    width: int
    height: int
    dpi: tuple[float, float] | None


@st.cache_resource(max_entries=8, show_spinner="Loading the cleaner")
def page_cleaner(name: str, device: str) -> PageCleaner:
    """The named cleaner of pages, ready for use. Raises WeightsError or AeError."""
    from ae.documents import cleaning

    if name not in cleaning.cleaner_names():
        raise WeightsError(f"the weights '{name}' are missing; restore pretrained/{name} or train them again")
    return cleaning.load_cleaner(name, device)


@st.cache_data(show_spinner=False)
def file_bytes(path: Path) -> bytes:
    """The contents of a file that comes with the lab. Raises DataError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} is missing: restore it") from error


@st.cache_data(show_spinner=False)
def sample_pages() -> list[Sample]:
    """The sample pages that come with the lab. Raises DataError."""
    from ae.data import samples

    return samples.sample_pages()


@st.cache_data(max_entries=200, show_spinner=False, scope="session")
def document_facts(digest: str, name: str, _data: bytes) -> DocumentFacts:
    """Size and resolution of the page in a file, which is read in full. Raises InputError."""
    page = document_page(digest, name, _data)
    return DocumentFacts(page.width, page.height, page.dpi)


@st.cache_data(max_entries=2, show_spinner="Reading the page", scope="session")
def document_page(digest: str, name: str, _data: bytes) -> Page:
    """The page in a file, within the limits of the settings; `digest` names its bytes. Raises InputError."""
    from ae.documents import reading

    current = current_settings()
    limits = reading.Limits(current.max_upload_mb * 1_000_000, current.max_megapixels * 1_000_000)
    return reading.read_page(_data, name, limits)


@st.cache_data(max_entries=2, show_spinner=False, scope="session")
def document_result(key: str, _png: bytes) -> np.ndarray:
    """Pixels of a clean page that this session made, uint8 (H, W) or (H, W, 3); `key` stands for its file."""
    from ae.documents import reading

    limits = reading.Limits(len(_png), current_settings().max_megapixels * 1_000_000)
    return reading.read_page(_png, key, limits).pixels


@st.cache_data(show_spinner=False)
def filter_source() -> str:
    """Python source of the filter without learning."""
    import inspect

    from ae.documents import division

    return inspect.getsource(division)


def document_png(page: Page) -> bytes:
    """The page as a PNG file with its resolution."""
    from ae.documents import writing

    return writing.encode_png(page)


def document_error(page: np.ndarray, truth: np.ndarray) -> float:
    """Root of the mean squared error of a grey page uint8 (H, W), pixels taken as 0..1."""
    from ae import metrics

    return metrics.rmse(page / 255.0, truth / 255.0)


@dataclass(frozen=True)
class PageCodeFacts:
    """What lies between encoder and decoder of a page network, counted in numbers per pixel of the page.

    `total` counts everything that the decoder gets, `narrowest` its coarsest part; `sight` is the distance
    in pixels that a result pixel sees to each side.
    """

    total: float
    narrowest: float
    sight: int


@st.cache_data(max_entries=16, show_spinner=False)
def page_code_facts(name: str, device: str) -> PageCodeFacts:
    """Count the code of a page network. Raises WeightsError."""
    import torch

    network = model(name, device)
    side = 16 * network.input_size.multiple_of
    code = network.encode(torch.zeros(1, network.input_size.planes, side, side, device=device))
    parts = code.features if hasattr(code, "features") else [code]
    sizes = [part.numel() / side**2 for part in parts]
    return PageCodeFacts(sum(sizes), sizes[-1], network.input_size.context)


def experiment_code_ratio() -> int:
    """How many times more numbers the code of the experiment's page network holds than its page."""
    from ae.models.page import StackedConvConfig

    return StackedConvConfig().filters[-1]


@st.cache_data(max_entries=32, show_spinner=False)
def page_code(name: str, device: str, grey: np.ndarray) -> np.ndarray:
    """Channels (C, h, w) that a network without pooling makes of a picture uint8 (h, w). WeightsError."""
    return model(name, device).encode(_tensor(grey[None, None] / np.float32(255), device))[0].cpu().numpy()
