"""Run a network over a page in overlapping tiles, so that memory does not grow with the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ae.errors import Cancelled
from ae.models import InputSize

TILE = 1024  # pixels a side, without the overlap; about 0.4 GB of activations for the page network

Progress = Callable[[float], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True)
class Tile:
    """`inner` is the part of the page this tile decides, `outer` what the network sees for it."""

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]

    def crop(self) -> tuple[slice, slice]:
        """`inner` in the coordinates of `outer`."""
        rows, columns = (
            slice(i.start - o.start, i.stop - o.start) for i, o in zip(self.inner, self.outer, strict=True)
        )
        return rows, columns


def tiles(height: int, width: int, size: InputSize, tile: int = TILE) -> Iterator[Tile]:
    """Cover a page whose sides are multiples of `size.multiple_of`.

    Every tile sees `size.context` pixels more on each side, which is all its pixels depend on: the result
    is that of the whole page, and there is no seam to blend.
    """
    step = max(size.multiple_of, tile // size.multiple_of * size.multiple_of)
    margin = -(-size.context // size.multiple_of) * size.multiple_of
    for top in range(0, height, step):
        for left in range(0, width, step):
            spans = ((top, height), (left, width))
            inner = [slice(start, min(start + step, end)) for start, end in spans]
            outer = [
                slice(max(0, i.start - margin), min(end, i.stop + margin))
                for i, (_, end) in zip(inner, spans, strict=True)
            ]
            yield Tile((inner[0], inner[1]), (outer[0], outer[1]))


def run_tiled(
    planes: np.ndarray,
    network: Callable[[np.ndarray], np.ndarray],
    size: InputSize,
    *,
    tile: int = TILE,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> np.ndarray:
    """Planes uint8 (C, H, W) through `network` (C, h, w) -> (h, w), both uint8, tile by tile.

    Pads to the multiple that the network needs by reflection and crops again. Raises Cancelled
    between two tiles.
    """
    _, height, width = planes.shape
    padded = _pad(planes, size.multiple_of)
    result = np.empty(padded.shape[1:], np.uint8)
    plan = list(tiles(padded.shape[1], padded.shape[2], size, tile))
    for done, part in enumerate(plan):
        if cancelled and cancelled():
            raise Cancelled("cleaning was cancelled")
        if progress:
            progress(done / len(plan))
        result[part.inner] = network(padded[:, *part.outer])[part.crop()]
    if progress:
        progress(1.0)
    return result[:height, :width]


def _pad(planes: np.ndarray, multiple: int) -> np.ndarray:
    """Reflect at the right and the bottom up to the next multiple; a side of one pixel repeats it."""
    _, height, width = planes.shape
    below, right = -height % multiple, -width % multiple
    return planes if not below | right else np.pad(planes, ((0, 0), (0, below), (0, right)), mode="symmetric")
