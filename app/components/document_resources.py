"""The door from the documents page to `ae`: cleaners, samples, measures, a desk and its limits.

torch is imported where it is used, so that the page is drawn at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ae.errors import DataError, WeightsError
from app import resources
from app.components.document_desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from ae.data.samples import Sample
    from ae.documents.cleaning import PageCleaner
    from ae.documents.limits import Limits
    from ae.documents.page import Page
    from ae.ocr import Change


@st.cache_resource(max_entries=8, show_spinner="Loading the cleaner")
def page_cleaner(name: str, device: str) -> PageCleaner:
    """The named cleaner of pages, ready for use. Raises WeightsError or AeError."""
    from ae import weights
    from ae.documents import cleaning

    resources.prepare_torch()
    if name not in cleaning.cleaner_names(weights.FOLDER):
        raise WeightsError(f"the weights '{name}' are missing; restore pretrained/{name} or train them again")
    return cleaning.load_cleaner(name, device, weights.FOLDER)


@st.cache_data(max_entries=32, show_spinner=False)
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


def new_desk(owner: resources.Visitor) -> Desk:
    """The place of a visitor's documents, who has one turn in the queue for all that they do."""
    current = resources.current_settings()
    million = 1_000_000
    return Desk(resources.work_queue(), current.session_mb * million, current.total_mb * million, owner)


def limits() -> Limits:
    """What a document may cost before it is refused."""
    from ae.documents.limits import MILLION, Limits

    current = resources.current_settings()
    return Limits(current.max_upload_mb * MILLION, current.max_megapixels * MILLION)


def first_page(data: bytes, name: str) -> Page:
    """The first page of a file, within the limits. Raises InputError."""
    from ae.documents import reading

    return reading.read_page(data, name, limits())


@st.cache_resource(show_spinner=False)
def ocr_languages() -> list[str]:
    """Languages that text can be read in on this machine, as Tesseract calls them; none without it."""
    from ae import ocr

    if not ocr.is_available():
        return []
    import pytesseract

    return [name for name in pytesseract.get_languages() if name not in ("osd", "equ")]


def text_differences(before: str, after: str) -> list[Change]:
    """Two texts, cut where they differ."""
    from ae import ocr

    return ocr.differences(before, after)


@st.cache_data(show_spinner=False)
def filter_source() -> str:
    """Python source of the filter without learning."""
    import inspect

    from ae.documents import division

    return inspect.getsource(division)


@dataclass(frozen=True)
class PageMeasures:
    """How far a page is from its clean version, pixels taken as 0..1; `psnr` in decibels; no `ssim` for pages
    below 7 pixels a side."""

    rmse: float
    psnr: float
    ssim: float | None


def page_measures(page: np.ndarray, truth: np.ndarray) -> PageMeasures:
    """Measure a grey page uint8 (H, W) against another of its size."""
    from ae import metrics

    page, truth = page / 255.0, truth / 255.0
    error = metrics.mse(page, truth)
    ssim = metrics.ssim(page, truth) if min(page.shape) >= 7 else None
    return PageMeasures(error**0.5, metrics.psnr(error), ssim)


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

    network = resources.model(name, device)
    side = 16 * network.input_size.multiple_of
    code = network.encode(torch.zeros(1, network.input_size.planes, side, side, device=device))
    parts = code.features if hasattr(code, "features") else [code]
    sizes = [part.numel() / side**2 for part in parts]
    return PageCodeFacts(sum(sizes), sizes[-1], network.input_size.context)


@st.cache_data(max_entries=32, show_spinner=False)
def page_code(name: str, device: str, grey: np.ndarray) -> np.ndarray:
    """Channels (C, h, w) that a network without pooling makes of a picture uint8 (h, w). WeightsError."""
    import torch

    picture = torch.from_numpy(grey[None, None] / np.float32(255)).to(device)
    return resources.model(name, device).encode(picture)[0].cpu().numpy()
