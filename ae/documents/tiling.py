"""Run a network over a page in overlapping tiles, so that memory does not grow with the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isqrt

import numpy as np

from ae import devices
from ae.errors import Cancelled
from ae.models import InputSize

TILE_PIXELS = 2_000_000  # that the network sees at a time; about 0.4 GB of activations for the page network

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

    def decides(self) -> int:
        """Pixels that this tile decides."""
        return int(np.prod([side.stop - side.start for side in self.inner]))

    def seen(self) -> int:
        """Pixels that the network sees for this tile."""
        return int(np.prod([side.stop - side.start for side in self.outer]))

    def halves(self, size: InputSize) -> list[Tile]:
        """The same part of the page as two tiles; this one alone where they would not see less."""
        rows, columns = self.inner
        side = int(columns.stop - columns.start > rows.stop - rows.start)  # the longer one is cut
        whole, seen = self.inner[side], self.outer[side]
        middle = whole.start + _multiple((whole.stop - whole.start) // 2, size.multiple_of)
        if middle >= whole.stop:
            return [self]
        margin = _multiple(size.context, size.multiple_of)
        before = slice(whole.start, middle), slice(seen.start, min(seen.stop, middle + margin))
        behind = slice(middle, whole.stop), slice(max(seen.start, middle - margin), seen.stop)
        halves = [self._with(side, *part) for part in (before, behind)]
        return halves if max(half.seen() for half in halves) < self.seen() else [self]

    def _with(self, side: int, inner: slice, outer: slice) -> Tile:
        if side == 0:
            return Tile((inner, self.inner[1]), (outer, self.outer[1]))
        return Tile((self.inner[0], inner), (self.outer[0], outer))


def plan_tiles(height: int, width: int, size: InputSize, pixels: int = TILE_PIXELS) -> list[Tile]:
    """Cover a page, whose sides are multiples of `size.multiple_of`, with tiles that see about `pixels`.

    Every tile sees `size.context` pixels more on each side than it decides, which is all its pixels depend
    on: the result is that of the whole page, and there is no seam to blend. Bands across the page or
    squares: whichever looks at fewer pixels twice.
    """
    if height * width <= pixels:
        return list(_tiles(height, width, height, width, 0))
    margin = _multiple(size.context, size.multiple_of)
    square = max(size.multiple_of, _multiple(isqrt(pixels), size.multiple_of) - 2 * margin)
    band = max(size.multiple_of, _multiple(pixels // width, size.multiple_of) - 2 * margin)
    plans = [
        list(_tiles(height, width, band, width, margin)),
        list(_tiles(height, width, square, square, margin)),
    ]
    return min(plans, key=lambda plan: sum(tile.seen() for tile in plan))


def _tiles(height: int, width: int, rows: int, columns: int, margin: int) -> Iterator[Tile]:
    for inner in parts_of(height, width, rows, columns):
        outer = [
            slice(max(0, i.start - margin), min(end, i.stop + margin))
            for i, end in zip(inner, (height, width), strict=True)
        ]
        yield Tile(inner, (outer[0], outer[1]))


def parts_of(height: int, width: int, rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of parts that cover a page and are so large, but for the last ones."""
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, min(top + rows, height)), slice(left, min(left + columns, width))


def _multiple(length: int, of: int) -> int:
    """The next multiple."""
    return -(-length // of) * of


def stop_if(cancelled: IsCancelled | None) -> None:
    """Raise Cancelled, if that says so."""
    if cancelled and cancelled():
        raise Cancelled("cleaning was cancelled")


def run_tiled(
    planes: np.ndarray,
    network: Callable[[np.ndarray], np.ndarray],
    size: InputSize,
    *,
    pixels: int = TILE_PIXELS,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> np.ndarray:
    """Planes uint8 (C, H, W) through `network` (C, h, w) -> (..., h, w), both uint8, tile by tile.

    Pads to the multiple that the network needs by reflection and crops again. Where the memory does not
    suffice, this tile and those behind it are halved. Raises Cancelled between two tiles.
    """
    _, height, width = planes.shape
    padded = pad(planes, size.multiple_of)
    result = np.empty(0, np.uint8)
    waiting = deque(plan_tiles(padded.shape[1], padded.shape[2], size, pixels))
    decided, whole = 0, padded.shape[1] * padded.shape[2]
    while waiting:
        stop_if(cancelled)
        if progress:
            progress(decided / whole)
        part = waiting[0]
        clean = _unless_too_large(network, padded[:, *part.outer], is_last=part.halves(size) == [part])
        if clean is None:
            waiting = deque(half for part in waiting for half in part.halves(size))
            continue
        if not result.size:
            result = np.empty((*clean.shape[:-2], *padded.shape[1:]), np.uint8)
        result[..., *part.inner] = clean[..., *part.crop()]
        decided += part.decides()
        waiting.popleft()
    if progress:
        progress(1.0)
    return result[..., :height, :width]


def _unless_too_large(
    network: Callable[[np.ndarray], np.ndarray], planes: np.ndarray, is_last: bool
) -> np.ndarray | None:
    """What the network makes of a tile; None where there is too little memory, if a smaller one may do."""
    try:
        return network(planes)
    except Exception as error:
        if is_last or not devices.is_out_of_memory(error):
            raise
    devices.give_back_memory()  # outside of `except`, which would hold on to what the network had taken
    return None


def pad(planes: np.ndarray, multiple: int) -> np.ndarray:
    """Planes (C, H, W), reflected at the right and the bottom up to the next multiple.

    A side of one pixel repeats it.
    """
    _, height, width = planes.shape
    below, right = -height % multiple, -width % multiple
    return planes if not below | right else np.pad(planes, ((0, 0), (0, below), (0, right)), mode="symmetric")
