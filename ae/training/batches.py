"""Batches from data that lies in memory as tensors; a source gives the batches of one epoch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch.nn import functional as F

Batch = tuple[torch.Tensor, torch.Tensor]
Corrupt = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


class BatchSource(Protocol):
    """Something that yields (input, target) batches, the same ones for the same generator state."""

    def __len__(self) -> int:
        """Batches an epoch."""

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """The batches of one epoch."""


@dataclass(frozen=True)
class ImageBatches:
    """Shuffled batches of images (N, C, H, W); the input is the target, corrupted if asked for."""

    images: torch.Tensor
    batch_size: int
    corrupt: Corrupt | None = None

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Every image once, in a new order."""
        for rows in torch.randperm(len(self.images), generator=generator).split(self.batch_size):
            target = self.images[rows]
            yield (self.corrupt(target, generator) if self.corrupt else target), target


@dataclass(frozen=True)
class WholePages:
    """One page a batch, in a new order each epoch; pages may differ in size. uint8 (C, H, W) pairs."""

    inputs: Sequence[torch.Tensor]
    targets: Sequence[torch.Tensor]

    def __len__(self) -> int:
        return len(self.inputs)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Every page once."""
        for index in torch.randperm(len(self.inputs), generator=generator).tolist():
            yield _unit(self.inputs[index])[None], _unit(self.targets[index])[None]


@dataclass(frozen=True)
class PageCrops:
    """Random square crops of pages, turned, mirrored, and partly resized.

    `inputs` uint8 (planes, H, W), `targets` uint8 (1, H, W). A share `resized` of the crops is enlarged or
    shrunk by a factor in `scales`, so that letters of many sizes occur. `weights` (one a page) says how often
    each page is taken.
    """

    inputs: Sequence[torch.Tensor]
    targets: Sequence[torch.Tensor]
    weights: torch.Tensor
    crop: int
    batch_size: int
    steps: int
    resized: float = 0.25
    scales: tuple[float, float] = (0.6, 2.5)

    def __len__(self) -> int:
        return self.steps

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """`steps` batches of random crops."""
        for _ in range(self.steps):
            pairs = [self._crop(generator) for _ in range(self.batch_size)]
            yield torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])

    def _crop(self, generator: torch.Generator) -> Batch:
        index = int(torch.multinomial(self.weights, 1, generator=generator))
        both = _at_least(torch.cat([self.inputs[index], self.targets[index]]), self.crop)
        factor = self._factor(generator)
        side = round(self.crop / factor)
        _, height, width = both.shape
        if side > min(height, width):
            side, factor = self.crop, 1.0
        top, left = _below(height - side + 1, generator), _below(width - side + 1, generator)
        window = _unit(both[:, top : top + side, left : left + side])
        if factor != 1.0:
            size = (self.crop, self.crop)
            window = F.interpolate(window[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)
        window = _turned(window, generator)
        return window[:-1], window[-1:]

    def _factor(self, generator: torch.Generator) -> float:
        if not _chance(self.resized, generator):
            return 1.0
        low, high = self.scales
        position = torch.rand((), generator=generator).item()
        return float(low * (high / low) ** position)


def _at_least(pages: torch.Tensor, side: int) -> torch.Tensor:
    """Pages (C, H, W) continued by reflection at the right and the bottom to at least `side` pixels."""
    below, right = (max(0, side - length) for length in pages.shape[1:])
    if not below and not right:
        return pages
    return torch.from_numpy(np.pad(pages.numpy(), ((0, 0), (0, below), (0, right)), mode="symmetric"))


def _turned(window: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One of the eight turns and mirror images of a square."""
    window = torch.rot90(window, _below(4, generator), (1, 2))
    return window.flip(2) if _chance(0.5, generator) else window


def _below(bound: int, generator: torch.Generator) -> int:
    return int(torch.randint(bound, (), generator=generator))


def _chance(share: float, generator: torch.Generator) -> bool:
    return torch.rand((), generator=generator).item() < share


def _unit(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.float() / 255
