"""Batches from data that lies in memory as tensors; a source gives the batches of one epoch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

Batch = tuple[torch.Tensor, torch.Tensor]
_SCALES = 0.6, 2.5  # of resized crops
_AROUND = 17  # pixels in which an error is measured
_WRONG = 0.04  # error more than that of the filter that counts as half wrong, ten grey levels
Corrupt = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


class BatchSource(Protocol):
    """Something that yields (input, target) batches, the same ones for the same generator state."""

    def __len__(self) -> int:
        """Batches an epoch."""

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """The batches of one epoch."""

    def shared(self, part: Part) -> Self:
        """The source for one of several processes.

        For the same generator their batches, put together, are those of one process whose batches are as
        many times larger.
        """


@dataclass(frozen=True)
class Part:
    """Which part of every batch a process takes: part `index` (from 0) of `count` equal ones."""

    index: int = 0
    count: int = 1

    @property
    def rows(self) -> slice:
        """Its rows of a batch for all."""
        return slice(self.index, None, self.count)


ALL = Part()


@dataclass(frozen=True)
class ImageBatches:
    """Shuffled batches of images (N, C, H, W); the input is the target, corrupted if asked for.

    Where the images cannot be divided among the processes, an epoch leaves out the last few of its order.
    """

    images: torch.Tensor
    batch_size: int
    corrupt: Corrupt | None = None
    part: Part = ALL

    def __len__(self) -> int:
        return -(-(len(self.images) // self.part.count) // self.batch_size)

    def shared(self, part: Part) -> ImageBatches:
        """The same images for one of several processes."""
        return replace(self, part=part)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Every image once, in a new order."""
        order = torch.randperm(len(self.images), generator=generator)
        order = order[: len(order) // self.part.count * self.part.count]
        for rows in order.split(self.batch_size * self.part.count):
            target = self.images[rows]
            inputs = self.corrupt(target, generator) if self.corrupt else target
            yield inputs[self.part.rows], target[self.part.rows]


@dataclass(frozen=True)
class WholePages:
    """One page a batch, in a new order each epoch; pages may differ in size. uint8 (C, H, W) pairs."""

    inputs: Sequence[torch.Tensor]
    targets: Sequence[torch.Tensor]
    part: Part = ALL

    def __len__(self) -> int:
        return len(self.inputs) // self.part.count

    def shared(self, part: Part) -> WholePages:
        """The same pages for one of several processes, a page each at a time."""
        return replace(self, part=part)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Every page once, but for the last few where they cannot be divided among the processes."""
        order = torch.randperm(len(self.inputs), generator=generator)[self.part.rows].tolist()
        for index in order[: len(self)]:
            yield _unit(self.inputs[index])[None], _unit(self.targets[index])[None]


@dataclass(frozen=True)
class PageCrops:
    """Random square crops of pages, turned, mirrored, and partly resized.

    `inputs` uint8 (planes, H, W), `targets` uint8 (1, H, W). A share `resized` of the crops is enlarged or
    shrunk by a factor in 0.6 to 2.5, so that letters of many sizes occur. `weights` (one a page) says how
    often each page is taken.
    """

    inputs: Sequence[torch.Tensor]
    targets: Sequence[torch.Tensor]
    weights: torch.Tensor
    crop: int
    batch_size: int
    steps: int
    resized: float = 0.25
    part: Part = ALL

    def __len__(self) -> int:
        return self.steps

    def shared(self, part: Part) -> PageCrops:
        """The same pages for one of several processes."""
        return replace(self, part=part)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """`steps` batches of random crops."""
        for _ in range(self.steps):
            # All processes draw every crop, which is quick, and each cuts its own.
            drawn = [self._draw(generator) for _ in range(self.batch_size * self.part.count)]
            pairs = [self._cut(crop) for crop in drawn[self.part.rows]]
            yield torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])

    def _draw(self, generator: torch.Generator) -> _Crop:
        index = int(torch.multinomial(self.weights, 1, generator=generator))
        height, width = (max(self.crop, length) for length in self.inputs[index].shape[1:])
        factor = self._factor(generator)
        side = round(self.crop / factor)
        if side > min(height, width):
            side, factor = self.crop, 1.0
        top, left = _below(height - side + 1, generator), _below(width - side + 1, generator)
        return _Crop(index, top, left, side, factor, _below(4, generator), _chance(0.5, generator))

    def _cut(self, crop: _Crop) -> Batch:
        both = at_least(torch.cat([self.inputs[crop.index], self.targets[crop.index]]), self.crop)
        window = _unit(both[:, crop.top : crop.top + crop.side, crop.left : crop.left + crop.side])
        if crop.factor != 1.0:
            size = (self.crop, self.crop)
            window = F.interpolate(window[None], size, mode="bilinear", antialias=True)[0].clamp(0, 1)
        window = torch.rot90(window, crop.turns, (1, 2))
        window = window.flip(2) if crop.mirrored else window
        return window[:-1], window[-1:]

    def _factor(self, generator: torch.Generator) -> float:
        if not _chance(self.resized, generator):
            return 1.0
        low, high = _SCALES
        position = torch.rand((), generator=generator).item()
        return float(low * (high / low) ** position)


@dataclass(frozen=True)
class PinnedCrops:
    """Crops of pages whose targets are what the network `known` makes of them, unless it is clearly wrong.

    It is wrong where the page divided by its background, the second plane of the input, is nearer to the
    clean page. A few thousand pages teach something new, but make a network forget what it learned from many
    more (Li & Hoiem, Learning without Forgetting, ECCV 2016).
    """

    crops: PageCrops
    known: nn.Module

    def __len__(self) -> int:
        return len(self.crops)

    def shared(self, part: Part) -> PinnedCrops:
        """The same pages for one of several processes."""
        return replace(self, crops=self.crops.shared(part))

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """The crops' batches."""
        for inputs, clean in self.crops.epoch(generator):
            with torch.inference_mode():
                was = self.known(inputs)
            regret = _around(was - clean) - _around(inputs[:, 1:2] - clean)
            yield inputs, was.lerp(clean, (regret / _WRONG - 0.5).clamp(0, 1))


def _around(error: torch.Tensor) -> torch.Tensor:
    """Root of the mean squared error around each pixel, (N, 1, H, W)."""
    squared = F.avg_pool2d(error.square(), _AROUND, 1, _AROUND // 2, count_include_pad=False)
    return squared.sqrt()


@dataclass(frozen=True)
class _Crop:
    """Where a crop lies on page `index`, and what is done to it: resized, turned by quarters, mirrored."""

    index: int
    top: int
    left: int
    side: int
    factor: float
    turns: int
    mirrored: bool


def at_least(pages: torch.Tensor, side: int) -> torch.Tensor:
    """Pages (C, H, W) continued by reflection at the right and the bottom to at least `side` pixels."""
    below, right = (max(0, side - length) for length in pages.shape[1:])
    if not below and not right:
        return pages
    return torch.from_numpy(np.pad(pages.numpy(), ((0, 0), (0, below), (0, right)), mode="symmetric"))


def _below(bound: int, generator: torch.Generator) -> int:
    return int(torch.randint(bound, (), generator=generator))


def _chance(share: float, generator: torch.Generator) -> bool:
    return torch.rand((), generator=generator).item() < share


def _unit(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.float() / 255
