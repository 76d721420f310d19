"""A network that says what each part of a page is: to be kept, evened out, cleaned, or bare paper."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from ae.models.base import Autoencoder, InputSize
from ae.models.blocks import FixedStatistics, NormedConv, ResidualBlock, add_doubled, folded_copy

CELL = 8  # pixels of a side of the squares that are judged
_TOWARDS_CLEANED = 2.0
_SUREST = 6.0


class View(IntEnum):
    """What of a page may be shown in a square, in the order of a network's shares."""

    UNTOUCHED = 0
    EVENED = 1
    CLEANED = 2
    WHITE = 3


VIEWS = tuple(view.name.lower() for view in View)


@dataclass(frozen=True)
class RegionConfig:
    """`widths`: channels at 1/8, 1/16, 1/32, ... of the page."""

    widths: tuple[int, ...] = (48, 64, 96, 96)


class RegionNet(FixedStatistics, Autoencoder):
    """Segmentation of a page into what is best shown in one of four `VIEWS`.

    Input planes (N, 4, H, W) in 0..1: luminance of the page in good light, of the page with even light
    (`ae.documents.light`), of the page as the cleaner gives it, and how coloured the page with even light is.
    Output (N, 4, H / 8, W / 8): the share of each of `VIEWS`, together 1. Height and width must be multiples
    of 64. A photograph, a dark box or a highlighted line differs from a stain by what is around it: the
    coarsest features stand for squares of 64 pixels, and their mean over the page is added to each of them.
    """

    takes_bfloat16 = True

    def __init__(self, config: RegionConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.enter = NormedConv(nn.Conv2d(3 * CELL**2 + 1, widths[0], 3, padding=1))
        self.down_blocks = nn.ModuleList(ResidualBlock(w, linear_sum=True) for w in widths)
        self.downs = nn.ModuleList(NormedConv(nn.Conv2d(a, b, 2, stride=2)) for a, b in pairwise(widths))
        self.whole = nn.Conv2d(widths[-1], widths[-1], 1)
        self.ups = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.up_blocks = nn.ModuleList(ResidualBlock(w, linear_sum=True) for w in widths[:-1])
        self.leave = nn.Conv2d(widths[0], len(VIEWS), 1)
        nn.init.zeros_(self.leave.weight)
        with torch.no_grad():
            self.leave.bias.copy_(torch.tensor([0.0, 0.0, _TOWARDS_CLEANED, 0.0]))  # type: ignore[union-attr]
        self.input_size = InputSize(multiple_of=CELL * 2 ** (len(widths) - 1), planes=4)

    def encode(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Planes (N, 4, H, W) in 0..1 -> features at 1/8, 1/16, ... of the size."""
        paper_is_0 = torch.cat([1 - x[:, :3], x[:, 3:]], 1)
        h = self.enter(_squares(paper_is_0.to(self.whole.weight.dtype)))
        features = [self.down_blocks[0](h)]
        for down, block in zip(self.downs, self.down_blocks[1:], strict=True):
            features.append(block(down(features[-1])))
        features[-1] = features[-1] + self.whole(features[-1].mean((2, 3), keepdim=True))
        return features

    def decode(self, code: list[torch.Tensor]) -> torch.Tensor:
        """Features from fine to coarse -> shares (N, 4, H / 8, W / 8)."""
        *finer, h = code
        for up, block, skip in zip(
            reversed(self.ups), reversed(self.up_blocks), reversed(finer), strict=True
        ):
            h = block(add_doubled(up(h), skip))
        # Bounded: a softmax that is quite sure of all squares no longer learns from any.
        return (_SUREST * torch.tanh(self.leave(h).float() / _SUREST)).softmax(1)

    def folded(self, softness: float = 0.0) -> RegionNet:
        """A copy for inference, with every normalisation folded into the convolution before it."""
        return folded_copy(self)


def _squares(planes: torch.Tensor) -> torch.Tensor:
    """What the network sees of each square: all of its pixels, and how coloured it is.

    Planes (N, 4, H, W), sides multiples of `CELL`, -> (N, 193, H / 8, W / 8). The numbers of a square lie
    beside each other, as convolutions like them.
    """
    rows, columns = (side // CELL for side in planes.shape[2:])
    squares = planes.view(-1, 4, rows, CELL, columns, CELL).permute(0, 2, 4, 1, 3, 5)
    fine, colour = squares[:, :, :, :3].flatten(3), squares[:, :, :, 3].mean((3, 4), keepdim=True)
    return torch.cat([fine, colour.flatten(3)], 3).movedim(3, 1)


def mix(shares: torch.Tensor, views: torch.Tensor) -> torch.Tensor:
    """Views (N, 3, C, H, W) of a page, all of `VIEWS` but white, by their shares -> page (N, C, H, W)."""
    shares = F.interpolate(shares, scale_factor=float(CELL), mode="bilinear")
    page = shares[:, 3, None]
    return page + (shares[:, :3, None] * views).sum(1)
