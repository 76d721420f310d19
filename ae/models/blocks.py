"""What the networks for pages are made of."""

from __future__ import annotations

from copy import deepcopy
from typing import Self, TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ae.models.fusion import FusedConv2d


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


def applied(layer: nn.Module, x: torch.Tensor, softness: torch.Tensor | None) -> torch.Tensor:
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

    def folded(self, softness: float) -> FoldedBlock:
        """The block for inference on pages that are so soft; it must be in evaluation mode."""
        return FoldedBlock(
            FusedConv2d(_fused(self.conv1, self.norm1, self.film1, softness), relu=True),
            FusedConv2d(_fused(self.conv2, self.norm2, self.film2, softness), relu=not self._linear_sum),
        )

    def forward(self, x: torch.Tensor, softness: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, width, H, W) in and out; `softness` (N,) of their pages, 0 if not given."""
        h = F.relu(applied(self.film1, self.norm1(applied(self.conv1, x, softness)), softness), inplace=True)
        total = applied(self.film2, self.norm2(applied(self.conv2, h, softness)), softness).add_(x)
        return total if self._linear_sum else F.relu(total, inplace=True)


class FoldedBlock(nn.Module):
    """A `ResidualBlock` for inference, with normalisation and modulation folded into its convolutions."""

    def __init__(self, conv1: FusedConv2d, conv2: FusedConv2d) -> None:
        super().__init__()
        self.conv1 = conv1
        self.conv2 = conv2

    def forward(self, x: torch.Tensor, softness: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, width, H, W) in and out; the block knows the `softness` of its pages already."""
        return self.conv2(self.conv1(x), plus=x)


class NormedConv(nn.Sequential):
    """A convolution, batch normalisation, ReLU."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU())

    def folded(self) -> FusedConv2d:
        """The same for inference; it must be in evaluation mode."""
        conv, norm, _relu = self
        return FusedConv2d(_fused(conv, norm), relu=True)


class FixedStatistics(nn.Module):
    """A network that training may change without the statistics of its features."""

    _keeps_statistics = False

    def keep_statistics(self) -> None:
        """Let training change weights alone: batch normalisation takes nothing from what comes."""
        self._keeps_statistics = True
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """As of every module, but statistics that are to be kept stay."""
        super().train(mode)
        if self._keeps_statistics:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d | nn.SyncBatchNorm):
                    module.eval()
        return self


def add_doubled(h: torch.Tensor, skip: torch.Tensor) -> torch.Tensor:
    """Features (N, C, H, W) at twice their size, each repeated, plus those of a skip (N, C, 2H, 2W)."""
    if torch.is_grad_enabled():
        return F.interpolate(h, scale_factor=2.0).add_(skip)
    # One pass over what is large; its gradient would take seven times as long as that of the above.
    height, width = h.shape[2:]
    total = skip.unflatten(3, (width, 2)).unflatten(2, (height, 2)) + h[:, :, :, None, :, None]
    return total.flatten(4).flatten(2, 3)


_Model = TypeVar("_Model", bound=nn.Module)


def folded_copy(model: _Model, softness: float = 0.0) -> _Model:
    """A copy for inference on pages that are so soft, with all that follows convolutions folded into them."""
    copy = deepcopy(model).eval()
    _fold(copy, softness)
    return copy


def _fold(module: nn.Module, softness: float) -> None:
    for name, child in module.named_children():
        if isinstance(child, ResidualBlock):
            setattr(module, name, child.folded(softness))
        elif isinstance(child, NormedConv):
            setattr(module, name, child.folded())
        elif isinstance(child, nn.Conv2d):
            setattr(module, name, FusedConv2d(_plain(child, softness)))
        elif not isinstance(child, FusedConv2d):
            _fold(child, softness)


def _plain(conv: nn.Conv2d, softness: float) -> nn.Conv2d:
    return conv.at(softness) if isinstance(conv, SoftConv) else conv


def _fused(
    conv: nn.Module, norm: nn.Module, film: nn.Module | None = None, softness: float = 0.0
) -> nn.Conv2d:
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    fused = fuse_conv_bn_eval(_plain(conv, softness), norm)
    if isinstance(film, Film):
        film.fold_into(fused, softness)
    return fused
