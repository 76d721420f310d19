"""Fully convolutional networks for document pages of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from ae.errors import UsageError
from ae.models.base import Autoencoder, InputSize, glorot_
from ae.models.blocks import Film, FixedStatistics, ResidualBlock, SoftConv, add_doubled, applied, folded_copy


@dataclass(frozen=True)
class StackedConvConfig:
    """`filters`: channels of the encoder; the decoder mirrors them."""

    filters: tuple[int, ...] = (32, 16, 8)


class StackedConv(Autoencoder):
    """Experiment E3: 3x3 convolutions at full resolution, 32-16-8-8-16-32 filters, no pooling.

    Its "bottleneck" has 8 channels at full resolution: eight times more numbers than the page itself.
    """

    def __init__(self, config: StackedConvConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _relu_convs((1, *config.filters))
        self.decoder = _relu_convs((config.filters[-1], *config.filters[::-1]))
        self.output = nn.Conv2d(config.filters[0], 1, 3, padding="same")
        glorot_(self)
        self.input_size = InputSize(context=2 * len(config.filters) + 1)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Page (N, 1, H, W) in 0..1 -> code (N, 8, H, W), never negative."""
        return self.encoder(x.contiguous(memory_format=torch.channels_last))

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Code (N, 8, H, W) -> clean page (N, 1, H, W) in 0..1."""
        return self.output(self.decoder(code)).sigmoid()


def _relu_convs(channels: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in pairwise(channels):
        layers += [nn.Conv2d(a, b, 3, padding="same"), nn.ReLU()]
    return nn.Sequential(*layers)


@dataclass(frozen=True)
class PageConfig:
    """`widths`: channels at 1/2, 1/4, 1/8 and 1/16 of the page; `planes`: input planes (see `PageNet`).

    `soft`: whether the model is told how soft a page is.
    """

    widths: tuple[int, ...] = (32, 64, 96, 128)
    planes: int = 3
    soft: bool = False


class PageCode(NamedTuple):
    """What the decoder needs: features from fine to coarse (the last is the bottleneck), the base, and how
    soft the pages are, (N,)."""

    features: list[torch.Tensor]
    base: torch.Tensor
    softness: torch.Tensor | None


class PageNet(FixedStatistics, Autoencoder):
    """Cleaner of pages: a U-shaped autoencoder that corrects the background-divided page.

    Input planes, (N, planes, H, W) in 0..1: the page's luminance, the page divided by its background,
    and the page divided by a four times wider background (see `ae.documents.planes`). The result is
    the second plane plus a correction without a cap, whose last layer starts at zero, so that training
    starts from the filter. Height and width must be multiples of 16.

    A model that is `soft` takes one plane more, all of it the page's softness 0..1 (`ae.documents.softness`):
    what is a stain among sharp letters may be ink among blurred ones. `folded` copies are told beforehand.
    """

    takes_bfloat16 = True

    def __init__(self, config: PageConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        conv = SoftConv if config.soft else nn.Conv2d

        def block(level: int) -> ResidualBlock:
            is_finest = level == 0  # where blur is undone
            return ResidualBlock(widths[level], soft=config.soft, soft_kernels=config.soft and is_finest)

        self.enter = conv(config.planes * 4, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(block(level) for level in range(len(widths)))
        self.downs = nn.ModuleList(conv(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.ups = nn.ModuleList(conv(b, a, 1) for a, b in pairwise(widths))
        self.up_blocks = nn.ModuleList(block(level) for level in range(len(widths) - 1))
        self.leave = conv(widths[0], 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(_bias(self.leave))
        self.input_size = InputSize(
            multiple_of=2 ** len(widths),
            context=_context(len(widths)),
            planes=config.planes + config.soft,
        )

    def encode(self, x: torch.Tensor) -> PageCode:
        """Planes (N, planes, H, W) in 0..1 -> features at 1/2, 1/4, ... of the size, the base, and softness.

        Raises ValueError for another number of planes than `input_size` says.
        """
        if x.shape[1] != self.input_size.planes:
            raise ValueError(f"{x.shape[1]} input planes: the model takes {self.input_size.planes}")
        shown, said = x[:, : self.config.planes], x[:, self.config.planes :]
        softness = said.mean((1, 2, 3)) if said.shape[1] else None
        h = applied(self.enter, _unshuffled(shown.to(self.enter.weight.dtype)), softness)
        features = [self.down_blocks[0](h, softness)]
        for down, block in zip(self.downs, self.down_blocks[1:], strict=True):
            features.append(block(applied(down, features[-1], softness), softness))
        return PageCode(features, x[:, 1:2], softness)

    def decode(self, code: PageCode) -> torch.Tensor:
        """Features and base -> clean page (N, 1, H, W), close to 0..1 in training, within it otherwise."""
        *finer, h = code.features
        soft = code.softness
        for up, block, skip in zip(
            reversed(self.ups), reversed(self.up_blocks), reversed(finer), strict=True
        ):
            h = block(add_doubled(applied(up, h, soft), skip), soft)
        page = code.base + F.pixel_shuffle(applied(self.leave, h, soft), 2)
        return page if self.training else page.clamp(0, 1)

    def folded(self, softness: float = 0.0) -> PageNet:
        """A copy for inference, with every normalisation folded into the convolution before it.

        It takes no plane of softness: it is for pages that are as soft as it was said to be.
        """
        copy = folded_copy(self, softness)
        copy.input_size = replace(self.input_size, planes=self.config.planes)
        return copy

    def finest(self) -> list[str]:
        """Names of the weights and statistics at half of the page's size."""
        parts = "enter.", "down_blocks.0.", "ups.0.", "up_blocks.0.", "leave."
        return [name for name, value in self.state_dict().items()
                if name.startswith(parts) and value.is_floating_point()]  # fmt: skip

    def learn_softness(self) -> None:
        """Let training change nothing but what softness does: no other weights, no statistics.

        Raises UsageError when the model is not told the softness of pages.
        """
        if not self.config.soft:
            raise UsageError("the model is not told how soft pages are: set `soft` in its config")
        self.requires_grad_(False)
        for parameter in self._of_softness():
            parameter.requires_grad_(True)
        self.keep_statistics()

    def keep_softness(self) -> None:
        """Let training change all but what softness does."""
        for parameter in self._of_softness():
            parameter.requires_grad_(False)

    def _of_softness(self) -> Iterator[nn.Parameter]:
        for module in self.modules():
            if isinstance(module, Film):
                yield from module.parameters()
            if isinstance(module, SoftConv):
                yield module.soft_weight


def _unshuffled(planes: torch.Tensor) -> torch.Tensor:
    """As `pixel_unshuffle` by 2, twice as fast: (N, C, H, W), sides even, -> (N, 4 C, H / 2, W / 2).

    The channels of a place lie beside each other, as convolutions like them.
    """
    places = [(c, y, x) for c in range(planes.shape[1]) for y in range(2) for x in range(2)]
    return torch.stack([planes[:, c, y::2, x::2] for c, y, x in places], 3).movedim(3, 1)


def _bias(layer: nn.Conv2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias


def _context(levels: int) -> int:
    """Pixels that a result pixel can see to each side, rounded up to whole coarsest cells."""
    block = 2  # two 3x3 convolutions
    cells = [2 ** (level + 1) for level in range(levels)]  # pixels of one feature cell at each level
    reach = 2 * cells[0] + sum(2 * block * c for c in cells[:-1]) + block * cells[-1]
    coarsest = cells[-1]
    # a tile's cell can start up to one coarsest cell before the pixel that it explains
    return -(-reach // coarsest) * coarsest + coarsest
