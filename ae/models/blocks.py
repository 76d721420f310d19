"""What the networks for pages are made of."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Film(nn.Module):
    """Feature-wise linear modulation (Perez et al., AAAI 2018): scale and shift by one number for each image.

    Starts as the identity, and always is where the number is 0.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor, number: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, width, H, W) in and out, for numbers (N,), 0 if not given."""
        if number is None:
            return x
        scale, shift = (number[:, None] * each for each in (self.weight, self.bias))
        return x * (1 + scale)[..., None, None].to(x) + shift[..., None, None].to(x)

    def fold_into(self, conv: nn.Conv2d, number: float) -> None:
        """Let the convolution before it do the same for images with this number, in place."""
        assert conv.bias is not None
        scale, shift = 1 + number * self.weight, number * self.bias
        conv.weight.data *= scale[:, None, None, None]
        conv.bias.data = conv.bias * scale + shift


class SoftConv(nn.Conv2d):
    """A convolution whose kernel has a part that counts as much as a page is soft; it starts at zero."""

    def __init__(
        self, channels: int, out: int, size: int, stride: int = 1, padding: int = 0, bias: bool = True
    ) -> None:
        super().__init__(channels, out, size, stride, padding, bias=bias)
        self.soft_weight = nn.Parameter(torch.zeros_like(self.weight))

    def forward(self, x: torch.Tensor, softness: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, channels, H, W) in, (N, out, H, W) out; `softness` (N,) of pages, 0 if not given."""
        h = super().forward(x)
        if softness is None:
            return h
        more = F.conv2d(x, self.soft_weight, None, self.stride, self.padding)
        return h + more * softness[:, None, None, None].to(more)

    def at(self, softness: float) -> nn.Conv2d:
        """The plain convolution of pages that are so soft."""
        # Without drawing first weights, which would change what is drawn at random elsewhere.
        plain = nn.utils.skip_init(
            nn.Conv2d, self.in_channels, self.out_channels, self.kernel_size, self.stride, self.padding,
            bias=self.bias is not None, device=self.weight.device, dtype=self.weight.dtype,
        ).eval()  # fmt: skip
        known = {key: value for key, value in self.state_dict().items() if key != "soft_weight"}
        plain.load_state_dict(known | {"weight": self.weight + softness * self.soft_weight})
        return plain


def told(layer: nn.Module, x: torch.Tensor, softness: torch.Tensor | None) -> torch.Tensor:
    """The layer on features (N, C, H, W), told the softness (N,) of their pages if it wants to know it."""
    return layer(x, softness) if isinstance(layer, SoftConv | Film) else layer(x)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a skip; batch normalisation folds into them after training.

    With `linear_sum` nothing is cut off from the sum. Otherwise a few steps that are too large can leave all
    of it below zero for good. With `soft` the softness of a page modulates what is normalised, and with
    `soft_kernels` the convolutions, too.
    """

    norm1: nn.Module
    norm2: nn.Module

    def __init__(
        self, width: int, *, linear_sum: bool = False, soft: bool = False, soft_kernels: bool = False
    ) -> None:
        super().__init__()
        self._linear_sum = linear_sum
        conv = SoftConv if soft_kernels else nn.Conv2d
        self.conv1 = conv(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.film1: nn.Module = Film(width) if soft else nn.Identity()
        self.conv2 = conv(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.film2: nn.Module = Film(width) if soft else nn.Identity()
        nn.init.zeros_(self.norm2.weight)  # every block starts as the identity

    def fold(self, softness: float) -> None:
        """Fold normalisation and modulation, in place; the block must be in evaluation mode."""
        self.conv1 = _fused(self.conv1, self.norm1, self.film1, softness)
        self.conv2 = _fused(self.conv2, self.norm2, self.film2, softness)
        self.norm1 = self.norm2 = self.film1 = self.film2 = nn.Identity()

    def forward(self, x: torch.Tensor, softness: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, width, H, W) in and out; `softness` (N,) of their pages, 0 if not given."""
        h = F.relu(told(self.film1, self.norm1(told(self.conv1, x, softness)), softness), inplace=True)
        total = told(self.film2, self.norm2(told(self.conv2, h, softness)), softness).add_(x)
        return total if self._linear_sum else F.relu(total, inplace=True)


_Model = TypeVar("_Model", bound=nn.Module)


def folded_copy(model: _Model, softness: float = 0.0) -> _Model:
    """A copy for inference on pages that are so soft, with all that follows convolutions folded into them."""
    copy = deepcopy(model).eval()
    for module in copy.modules():
        if isinstance(module, ResidualBlock):
            module.fold(softness)
    for module in list(copy.modules()):
        for name, child in module.named_children():
            if isinstance(child, SoftConv):
                setattr(module, name, child.at(softness))
    return copy


def _fused(conv: nn.Conv2d, norm: nn.Module, film: nn.Module, softness: float) -> nn.Conv2d:
    assert isinstance(norm, nn.BatchNorm2d)
    fused = fuse_conv_bn_eval(conv.at(softness) if isinstance(conv, SoftConv) else conv, norm)
    if isinstance(film, Film):
        film.fold_into(fused, softness)
    return fused
