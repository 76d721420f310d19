"""What every model of the lab has in common."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ae import devices


@dataclass(frozen=True)
class InputSize:
    """Which inputs a model takes; the caller pads or crops to fit.

    `multiple_of`: height and width must be multiples of this many pixels.
    `context`: a result pixel depends on inputs at most this many pixels away, so tiles that overlap
    by `context` on each side give exactly what the whole page gives.
    `planes`: channels of the input.
    """

    multiple_of: int = 1
    context: int = 0
    planes: int = 1


class Autoencoder(nn.Module):
    """Encoder, code, decoder; `forward` is `decode(encode(x))`.

    Subclasses keep their config dataclass in `config`, which is enough to build the model again.
    `takes_bfloat16`: in use its layers may compute in bfloat16, since what they say is added to something
    exact or rounded more coarsely than that.
    """

    config: Any
    input_size = InputSize()
    takes_bfloat16 = False

    @property
    def device(self) -> torch.device:
        """Where its numbers are, parameters or (as PCA's) buffers."""
        return next(iter(self.state_dict().values())).device

    def encode(self, x: torch.Tensor) -> Any:
        """Squeeze the input into its code."""
        raise NotImplementedError

    def decode(self, code: Any) -> torch.Tensor:
        """Rebuild the input from its code, values in 0..1."""
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruction of x."""
        return self.decode(self.encode(x))

    def penalty(self) -> torch.Tensor | None:
        """What the last training batch adds to the loss beside its reconstruction; None when nothing."""
        return None

    def folded(self, softness: float = 0.0) -> Autoencoder:
        """The same function, prepared to be run and not trained: itself, where nothing can be gained.

        `softness`: of the pages to come, 0..1, for models that are told it in a plane of their own, which
        the copy no longer takes.
        """
        return self

    def for_inference(self, softness: float = 0.0) -> Autoencoder:
        """A copy, `folded`, in the layout and the kind of numbers that its device is fastest with."""
        dtype = devices.inference_dtype(next(self.parameters()).device, self.takes_bfloat16)
        copy = self.folded(softness)
        copy = deepcopy(self) if copy is self else copy
        return copy.to(dtype).to(memory_format=torch.channels_last)

    def parameter_count(self) -> int:
        """Numbers that training may change."""
        return sum(p.numel() for p in self.parameters())


def glorot_(module: nn.Module) -> None:
    """Glorot-uniform weights and zero biases (Glorot & Bengio 2010), as the original experiments used."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def he_(module: nn.Module) -> None:
    """He-uniform weights and zero biases (He et al. 2015), which keep deep ReLU stacks learning."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
