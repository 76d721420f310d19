"""Noise for digits: Gaussian, salt and pepper, masking blocks.

Every kind has a level from 0 (nothing changes) to 1 and draws from the generator it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class NoiseKind:
    """A kind of noise in words, with the function (images, level, generator) -> noisy images."""

    name: str
    label: str
    level_label: str
    apply: Callable[[torch.Tensor, torch.Tensor | float, torch.Generator], torch.Tensor]


def gaussian(images: torch.Tensor, level: torch.Tensor | float, generator: torch.Generator) -> torch.Tensor:
    """Add normal noise of standard deviation `level`, then clip to 0..1 (experiment E2 at 0.5)."""
    noise = torch.randn(images.shape, generator=generator)
    return (images + noise * level).clamp(0, 1)


def salt_and_pepper(
    images: torch.Tensor, level: torch.Tensor | float, generator: torch.Generator
) -> torch.Tensor:
    """Turn each pixel black or white, each with probability `level` / 2."""
    chance = torch.rand(images.shape, generator=generator)
    salted = torch.where(chance < _half(level), torch.zeros_like(images), images)
    return torch.where(chance > 1 - _half(level), torch.ones_like(images), salted)


def _half(level: torch.Tensor | float) -> torch.Tensor | float:
    return level / 2


def masking(images: torch.Tensor, level: torch.Tensor | float, generator: torch.Generator) -> torch.Tensor:
    """Blacken blocks of 4 x 4 pixels, each with probability `level` (Vincent et al. 2010 mask pixels)."""
    n, _, height, width = images.shape
    cells = torch.rand((n, 1, -(-height // 4), -(-width // 4)), generator=generator)
    kept = (cells >= level).float()
    mask = kept.repeat_interleave(4, 2).repeat_interleave(4, 3)[:, :, :height, :width]
    return images * mask


KINDS: dict[str, NoiseKind] = {
    kind.name: kind
    for kind in (
        NoiseKind("gaussian", "Gaussian", "Standard deviation", gaussian),
        NoiseKind("salt_and_pepper", "Salt and pepper", "Share of pixels", salt_and_pepper),
        NoiseKind("masking", "Masking blocks", "Share of blocks", masking),
    )
}


def add(images: torch.Tensor, kind: str, level: float, seed: int) -> torch.Tensor:
    """Noisy copy of images (N, 1, H, W) in 0..1; the same seed gives the same noise."""
    return KINDS[kind].apply(images, level, torch.Generator().manual_seed(seed))


def mixed(images: torch.Tensor, generator: torch.Generator, top: float = 0.8) -> torch.Tensor:
    """Each image with a kind of its own and a level of its own, uniform in 0..`top`."""
    n = len(images)
    level = torch.rand((n, 1, 1, 1), generator=generator) * top
    choice = torch.randint(len(KINDS), (n, 1, 1, 1), generator=generator)
    noisy = images
    for index, kind in enumerate(KINDS.values()):
        noisy = torch.where(choice == index, kind.apply(images, level, generator), noisy)
    return noisy
