"""A page as layers, as programs for small scans write it: sharp ink over a coarse picture of the rest.

What has no sharp edges needs few pixels, and what has them needs one bit for each: together they are several
times smaller than one picture. This is for pages that came in layers, and only where nothing is lost by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ae.arrays import bands, luminance, strongest
from ae.documents.binarise import INK, PAPER, binarise
from ae.documents.page import Page

MOST_PIXELS = 40_000_000  # A4 at 600 dpi; each takes 16 bytes of memory for a while
FACTORS = (2, 3)  # paper is stored so many times smaller
_COARSER = 3  # and the colours of the ink so many times more
_FADES = 3  # pixels across an edge in which ink fades, which are no paper
_RING, _PART, _MOST_LOSS = 5, 32, 10.0  # pixels across an edge, of a part; grey levels, its mean beside edges
_WIDEST = 64  # times coarser: further away nothing is known of what is under the ink


@dataclass(frozen=True, eq=False)
class Layers:
    """`ink` is black where the page shows `colours`, white where it shows `paper`; those two are smaller."""

    ink: Page
    colours: Page
    paper: Page


def ink_of(page: Page) -> np.ndarray:
    """Where a page has ink, bool (H, W)."""
    return binarise(luminance(page.pixels)) == INK


def split(page: Page, ink: np.ndarray, factor: int) -> Layers | None:
    """The layers of a page, paper `factor` times smaller; None where they would not look like it."""
    paper = _small(page.pixels, (~_wider(ink, _FADES)).astype(np.float32), factor)
    core = ~_wider(~ink, _FADES)
    colours = _small(page.pixels, ink * np.float32(0.02) + core, factor * _COARSER)
    if not _is_alike(page.pixels, ink, colours, paper):
        return None
    mask = np.where(ink, np.uint8(INK), np.uint8(PAPER))
    return Layers(
        replace(page, pixels=mask, is_bw=True), replace(page, pixels=colours), replace(page, pixels=paper)
    )


def _wider(what: np.ndarray, side: int) -> np.ndarray:
    """Where a square of this side touches `what`, bool (H, W)."""
    return cv2.dilate(what.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _small(pixels: np.ndarray, weight: np.ndarray, factor: int) -> np.ndarray:
    """A smaller copy, uint8, in which a pixel counts as much as its weight (H, W), 0..1.

    Where none counts, what is around takes its place, and white where there is nothing.
    """
    size = [max(1, -(-side // factor)) for side in weight.shape[::-1]]
    total = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    channels = cv2.split(pixels)
    sums = [
        cv2.resize(channel.astype(np.float32) * weight, size, interpolation=cv2.INTER_AREA)
        for channel in channels
    ]
    known = total > 1e-3
    means = [np.where(known, part / np.maximum(total, 1e-3), 0).astype(np.float32) for part in sums]
    filled = cv2.merge([_filled(mean, known.astype(np.float32)) for mean in means])
    return np.clip(np.rint(filled), 0, 255).astype(np.uint8)


def _filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The same with what is not known taken from coarser and coarser copies."""
    result, step = values.copy(), 2
    missing = known == 0
    while missing.any() and step <= _WIDEST:
        size = [max(1, -(-side // step)) for side in values.shape[::-1]]
        share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(values * known, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
        spread = cv2.resize(np.stack([mean, share], 2), values.shape[::-1], interpolation=cv2.INTER_NEAREST)
        found = missing & (spread[..., 1] > 0)
        result[found] = spread[..., 0][found]
        missing &= ~found
        step *= 2
    result[missing] = 255
    return result


def _is_alike(pixels: np.ndarray, ink: np.ndarray, colours: np.ndarray, paper: np.ndarray) -> bool:
    """Whether no small part of the layers, put together, is far from the page.

    Edges are left out: they become sharp, which is what the layers are for.
    """
    whole = [
        cv2.resize(layer, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR) for layer in (colours, paper)
    ]
    edges = _wider(ink, _RING) & _wider(~ink, _RING)
    for rows in bands(len(pixels)):
        inside = ink[rows] if pixels.ndim == 2 else ink[rows][..., None]
        apart = cv2.absdiff(pixels[rows], np.where(inside, whole[0][rows], whole[1][rows]))
        apart = np.where(edges[rows], 0, strongest(apart))
        if cv2.blur(apart.astype(np.float32), (_PART, _PART)).max(initial=0) > _MOST_LOSS:
            return False
    return True
