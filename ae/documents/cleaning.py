"""Clean pages: the one place that knows models and tiles.

A halftone's dots, a scanner's lines and black margins, which follow rules, are undone before a network sees a
page, and it sees the page in good light. A grey page goes through the filter or network as it is then. A
colour page is divided by its background channel by channel, the network works on its luminance, and each
pixel takes the colour of what is dark around it, so that ink keeps its hue (`ae.documents.carrying`). A
second, small network says where the page itself is better than the result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from ae import devices, memory, weights
from ae.arrays import luminance
from ae.documents import division, regions
from ae.documents.carrying import with_colour, with_detail
from ae.documents.fading import is_faded, with_dark_ink
from ae.documents.faintness import darkened
from ae.documents.grounds import has_light_print
from ae.documents.light import Light
from ae.documents.margins import without_margins
from ae.documents.mounts import without_mount
from ae.documents.noise import much_noise, without_noise
from ae.documents.page import Page
from ae.documents.planes import working_planes
from ae.documents.regions import RegionJudge
from ae.documents.scanner_lines import without_lines
from ae.documents.screens import without_screen
from ae.documents.softness import softness
from ae.documents.specks import without_specks
from ae.documents.text_size import TextSize, kernel_scale, scale_of, text_size
from ae.documents.tiling import TILE_PIXELS, IsCancelled, Progress, run_tiled
from ae.documents.umbra import without_umbra
from ae.errors import UsageError, WeightsError
from ae.models import Autoencoder, RegionNet

DIVISION = "division"
DEFAULT = "page"
LOST = "was cleaned on the processor, since the GPU stopped working"
_DEGREES = 4  # of softness
_LEAST_PAPER = 0.6  # of the usual background of a page in good light
_LARGE = 20_000_000  # values of a page; below, to give back memory costs more than it is worth
_MOST_UNSCREENED = 0.5  # softness of a page without its halftone: what is left of the dots would be sharpened


def cleaner_names(folder: Path = weights.FOLDER) -> list[str]:
    """Names that `load_cleaner` takes, the default first."""
    learned = weights.names("pages", folder)
    return [*sorted(learned, key=lambda name: (name != DEFAULT, name)), DIVISION]


def load_cleaner(name: str = DEFAULT, device: str = "auto", folder: Path = weights.FOLDER) -> PageCleaner:
    """A cleaner, ready for many pages.

    Raises UsageError for an unknown name or device, WeightsError when the weights are damaged.
    """
    chosen = devices.choose(device)
    if name == DIVISION:
        return DivisionCleaner()
    if not (folder / name).is_dir():
        raise UsageError(f"unknown page model '{name}': choose one of {', '.join(cleaner_names(folder))}")
    card = weights.read_card(name, folder)
    if card.task != "pages":
        raise UsageError(f"'{name}' is no page model: choose one of {', '.join(cleaner_names(folder))}")
    model, card = weights.load(name, chosen, folder)
    judge = RegionJudge(_regions(card.regions, folder)) if card.regions else None
    return NetworkCleaner(name, model, chosen, card, lambda: weights.load(name, "cpu", folder)[0], judge)


def _regions(name: str, folder: Path) -> RegionNet:
    """The network that judges what another one cleaned; on the processor, since it is small."""
    model, card = weights.load(name, "cpu", weights.home(name, folder))
    if not isinstance(model, RegionNet):
        raise WeightsError(f"'{name}' is of family '{card.family}' and cannot judge pages: train it again")
    return model


def _takes_views(card: weights.Card) -> bool:
    """Whether a model sees several views of a page in good light; the experiment's takes it as it is."""
    return int(card.input["shape"][1]) > 1


def without_machine_marks(pixels: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) without a halftone's dots, a scanner's lines and black margins, what
    a sheet lies on, and a camera's noise in hardly any light, else as it was."""
    unscreened = without_screen(pixels)
    return without_noise(_page_alone(unscreened), much_noise(unscreened))


def _page_alone(unscreened: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) without a scanner's lines and what is beside the sheet."""
    return without_mount(without_margins(without_lines(unscreened)))


@dataclass(frozen=True)
class _Work:
    """How one page is to be cleaned."""

    best: bool
    progress: Progress | None
    cancelled: IsCancelled | None


class PageCleaner:
    """Cleans pages. `card` is None for the filter without learning; training saw `partitions`.

    `problem`: what happened to it and goes for every page since, as the rest of a sentence about a page.
    """

    name: str
    device: torch.device = torch.device("cpu")
    card: weights.Card | None = None
    partitions: tuple[str, ...] = ()
    problem: str = ""

    def clean(
        self,
        page: Page,
        *,
        strength: float = 1.0,
        best: bool = False,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Page:
        """The same page with clean pixels.

        `strength` blends from the untouched page (0: the same pixels) to the full result (1). `best` lets a
        network judge four mirror images and takes the mean, four times as long; a filter has no use for it.
        `progress` is called with the share done, 0..1; when `cancelled` answers True, Cancelled is raised.
        Raises UsageError when the strength is not in 0..1.
        """
        if not 0 <= strength <= 1:
            raise UsageError(f"strength {strength:g}: give a number from 0 to 1")
        if strength == 0:
            return page
        clean = self._clean(page, _Work(best, progress, cancelled))
        if strength < 1:
            clean = cv2.addWeighted(page.pixels, 1 - strength, clean, strength, 0)
        return page.with_pixels(clean)

    def _clean(self, page: Page, work: _Work) -> np.ndarray:
        """Clean pixels of the page's shape."""
        raise NotImplementedError

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """The page as it is judged, uint8 of its shape: itself, or without what machines drew on it."""
        return without_machine_marks(pixels) if self.card and _takes_views(self.card) else pixels


class DivisionCleaner(PageCleaner):
    """The filter without learning (`ae.documents.division`)."""

    name = DIVISION
    partitions = ("TR",)  # its kernels and levels were tuned there

    def _clean(self, page: Page, work: _Work) -> np.ndarray:
        scale = kernel_scale(luminance(page.pixels))
        if page.is_colour:
            clean = division.by_channel(page.pixels, division.divide, scale)
        else:
            clean = division.divide(page.pixels, scale)
        if work.progress:
            work.progress(1.0)
        return clean


class NetworkCleaner(PageCleaner):
    """A page model with its weights on a device.

    When the GPU stops working, `reload` reads the weights again and the processor goes on; without it, the
    page fails. `judge` says what is to stay on a page.
    """

    def __init__(
        self,
        name: str,
        model: Autoencoder,
        device: torch.device,
        card: weights.Card | None,
        reload: Callable[[], Autoencoder] | None = None,
        judge: RegionJudge | None = None,
    ) -> None:
        self.name = name
        self.device = device
        self.card = card
        self.partitions = tuple(card.partitions) if card else ()
        self._reload = reload
        self._judge = judge
        self._lock = threading.Lock()
        self._model = FoldedCopies(model)

    def _clean(self, page: Page, work: _Work) -> np.ndarray:
        if self._model.input_size.planes == 1:  # the experiment's network takes the page as it is
            grey = luminance(page.pixels)
            clean = self._through_network(grey[None], work)
            return with_colour(clean, page.pixels, kernel_scale(grey)) if page.is_colour else clean
        unscreened = without_screen(page.pixels)
        if has_light_print(unscreened):
            return page.pixels
        clean, text = self._judged(page, unscreened, work)
        del unscreened
        _let_go(page.pixels)  # of what was made of the page on the way
        return without_specks(clean, luminance(clean), text.small)

    def _judged(self, page: Page, unscreened: np.ndarray, work: _Work) -> tuple[np.ndarray, TextSize]:
        """Clean pixels of the page's shape, dust and all, and how large its letters are.

        `unscreened`: the page without a halftone's dots, itself where it has none.
        """
        most_soft = 1.0 if unscreened is page.pixels else _MOST_UNSCREENED
        pixels = _page_alone(unscreened)
        quiet = without_noise(pixels, much_noise(unscreened), work.cancelled)
        light = Light(quiet)
        even = light.lit(quiet)
        lit = darkened(even)
        grey = luminance(lit)
        text = text_size(grey)
        scale = scale_of(text.usual)
        small, clean = self._clean_lit(grey, scale, work, most_soft)
        if lit.ndim == 3:
            is_faint = lit is not even or is_faded(clean, page.pixels)
            clean = with_colour(clean, lit, scale, is_faint=is_faint)
        clean = with_dark_ink(clean, page.pixels)
        if self._judge:
            clean = regions.mixed(pixels, light, clean, self._judge.shares(quiet, light, small))
        return clean, text

    def _clean_lit(
        self, grey: np.ndarray, scale: float, work: _Work, most_soft: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """The luminance uint8 (H, W) of a page in good light, cleaned: uint8 (h, w) at the size at which the
        network works, and at its own. The page counts as soft by `most_soft` at most.
        """
        planes = working_planes(grey, scale)
        soft = min(softness(planes[0]), most_soft) if self._model.is_told else 0.0
        small = clean = without_umbra(self._through_network(planes, work, soft), planes)
        if small.shape != grey.shape:
            clean = with_detail(small, division.flattened(grey, scale, _LEAST_PAPER))
        return small, clean

    def _through_network(self, planes: np.ndarray, work: _Work, soft: float = 0.0) -> np.ndarray:
        """The planes of a page, uint8 (planes, H, W), that is as soft as `soft` says, cleaned (H, W)."""
        network = partial(self._run_mirrored if work.best else self._run, soft=soft)
        size = self._model.input_size
        clean = run_tiled(
            planes, network, size, pixels=TILE_PIXELS, progress=work.progress, cancelled=work.cancelled
        )
        _let_go(planes)
        return clean

    def _run(self, planes: np.ndarray, soft: float = 0.0) -> np.ndarray:
        with self._lock:
            model, device = self._model, self.device
        try:
            return _through(model.at(soft), planes, device)
        except RuntimeError as error:
            if self._reload is None or not devices.is_lost(error, device):
                raise
        self._go_on_without_gpu()
        return _through(self._model.at(soft), planes, self.device)

    def _go_on_without_gpu(self) -> None:
        """Use the processor from now on; nothing can be read back from a GPU that failed."""
        with self._lock:
            if self._reload and self.device.type != "cpu":
                self._model = FoldedCopies(self._reload())
                self.device, self.problem = torch.device("cpu"), LOST

    def _run_mirrored(self, planes: np.ndarray, soft: float = 0.0) -> np.ndarray:
        """Mean over the four mirror images of a tile."""
        total = np.zeros(planes.shape[1:], np.uint16)
        for axes in ((), (1,), (2,), (1, 2)):
            back = tuple(axis - 1 for axis in axes)
            total += np.flip(self._run(np.flip(planes, axes), soft), back)
        return np.rint(total / 4).astype(np.uint8)


class FoldedCopies:
    """A model for inference: a folded copy for each of a few degrees of softness, made when it is needed.

    `input_size`: of the copies. `is_told`: whether the model wants to know how soft a page is.
    """

    def __init__(self, model: Autoencoder) -> None:
        self._model = model
        sharp = model.for_inference()
        self.input_size = sharp.input_size
        self.is_told = model.input_size.planes > sharp.input_size.planes
        self._copies = {0.0: sharp}

    def at(self, soft: float) -> Autoencoder:
        """The copy for pages of about this softness 0..1."""
        degree = round(soft * _DEGREES) / _DEGREES if self.is_told else 0.0
        if degree not in self._copies:
            made = self._model.for_inference(degree)
            self._copies.setdefault(degree, made)  # of two threads the first one's stays
        return self._copies[degree]


def _let_go(pixels: np.ndarray) -> None:
    """Give back the memory that a step of a large page took, or the peak is that of all steps together."""
    if pixels.size > _LARGE:
        memory.give_back()


@torch.inference_mode()
def _through(model: Autoencoder, planes: np.ndarray, device: torch.device) -> np.ndarray:
    batch = torch.from_numpy(np.array(planes, order="C"))[None].to(device).float().div_(255)
    page = model(batch)[0, 0]
    return page.mul(255).round().to(torch.uint8).cpu().numpy()
