"""A digit model's decoder as plain layers over one array of numbers, for programs without torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ae.errors import WeightsError
from ae.models import Autoencoder
from ae.models.linear import Pca

_ACTIVATIONS = {nn.ReLU: "relu", nn.SiLU: "silu", nn.Sigmoid: "sigmoid", nn.Hardtanh: "clamp"}


def export_decoder(model: Autoencoder) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Layers in order, and their weights in one float32 array: for each layer its weight, then its bias.

    A layer says its `kind`, `inputs`, `outputs` and `activation`. `linear` has a weight (outputs, inputs);
    `conv_transpose` a weight (inputs, outputs, kernel, kernel), `stride`, `padding`, and the `side` in pixels
    of what goes in and of the `result`. Values lie in rows: channel, row, column. Raises WeightsError when
    the decoder has another kind of layer.
    """
    layers: list[dict[str, Any]] = []
    numbers: list[torch.Tensor] = []
    side = 1
    for module in _modules(model):
        if isinstance(module, nn.Linear):
            layers.append(_linear(module))
            numbers += [module.weight, module.bias]
        elif isinstance(module, nn.ConvTranspose2d) and module.bias is not None:
            layers.append(_conv_transpose(module, side))
            numbers += [module.weight, module.bias]
            side = layers[-1]["result"]
        elif isinstance(module, nn.Unflatten):
            side = int(module.unflattened_size[-1])
        elif type(module) in _ACTIVATIONS:
            layers[-1]["activation"] = _ACTIVATIONS[type(module)]
        else:
            raise WeightsError(f"a decoder with {type(module).__name__} cannot be exported")
    flat = torch.cat([part.detach().float().cpu().flatten() for part in numbers])
    return layers, flat.numpy()


def _modules(model: Autoencoder) -> Iterator[nn.Module]:
    """Modules from the code to the picture; the digit models end with a sigmoid, PCA with a clamp."""
    if isinstance(model, Pca):
        projection = nn.Linear(*model.components.shape)
        projection.weight.data, projection.bias.data = model.components.T, model.mean
        yield projection
        yield nn.Hardtanh(0, 1)
        return
    decoder = model.decoder
    if isinstance(decoder, nn.Sequential):
        yield from decoder
    elif isinstance(decoder, nn.Module):
        yield decoder
    yield nn.Sigmoid()


def _linear(module: nn.Linear) -> dict[str, Any]:
    return {
        "kind": "linear",
        "inputs": module.in_features,
        "outputs": module.out_features,
        "activation": "none",
    }


def _conv_transpose(module: nn.ConvTranspose2d, side: int) -> dict[str, Any]:
    kernel, stride = module.kernel_size[0], module.stride[0]
    padding = int(module.padding[0])
    return {
        "kind": "conv_transpose",
        "inputs": module.in_channels,
        "outputs": module.out_channels,
        "activation": "none",
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "side": side,
        "result": (side - 1) * stride - 2 * padding + kernel,
    }
