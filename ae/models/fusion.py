"""Convolutions that do in the same pass what follows them: the sum with a skip, and ReLU.

As steps of their own both read and write all features once more, which takes a processor as long as the
convolution itself. oneDNN does them while it holds the result, but torch has the call for its compiler alone,
under a name that may change: where it is missing, or answers something else, the steps follow each other.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F


class FusedConv2d(nn.Module):
    """For inference: a convolution, other features added to it if they are given, cut at 0 with `relu`."""

    def __init__(self, conv: nn.Conv2d, *, relu: bool = False) -> None:
        super().__init__()
        # The call knows no other padding, and would not say so.
        assert conv.padding_mode == "zeros"
        assert not isinstance(conv.padding, str)
        self.conv = conv
        self.relu = relu

    @property
    def weight(self) -> torch.Tensor:
        """That of the convolution."""
        return self.conv.weight

    def forward(self, x: torch.Tensor, plus: torch.Tensor | None = None) -> torch.Tensor:
        """Features (N, C, H, W) in, (N, out, h, w) out; `plus` has the shape of the latter."""
        if x.device.type == "cpu" and not torch.is_grad_enabled() and has_fused(x.dtype):
            return _in_one_pass(self.conv, x, plus, self.relu)
        h = self.conv(x)
        h = h if plus is None else h.add_(plus)
        return F.relu(h, inplace=True) if self.relu else h


def _in_one_pass(conv: nn.Conv2d, x: torch.Tensor, plus: torch.Tensor | None, relu: bool) -> torch.Tensor:
    last = "relu" if relu else None
    how = conv.padding, conv.stride, conv.dilation, conv.groups
    run = torch.ops.mkldnn._convolution_pointwise
    if plus is None:
        return run(x, conv.weight, conv.bias, *how, last or "none", [], "")
    return run.binary(x, plus, conv.weight, conv.bias, *how, "add", None, last, [], "")


@cache
def has_fused(dtype: torch.dtype) -> bool:
    """Whether torch has the call for such numbers on this processor, and it gives what the steps give."""
    conv = nn.utils.skip_init(nn.Conv2d, 16, 16, 3, padding=1).to(dtype)
    x = torch.linspace(-1, 1, 16 * 64).view(1, 16, 8, 8).to(dtype, memory_format=torch.channels_last)
    with torch.inference_mode(), torch.autocast("cpu", enabled=False):
        nn.init.constant_(conv.weight, 0.125)
        nn.init.constant_(conv.bias, 0.5)
        try:
            found = _in_one_pass(conv, x, x, True)
        except (AttributeError, TypeError, ValueError, RuntimeError):
            return False
        return torch.allclose(found, F.relu(conv(x) + x), atol=0.02, rtol=0.02)
