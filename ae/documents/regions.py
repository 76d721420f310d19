"""What stays on a page: a small network judges the cleaner's result square by square."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ae.arrays import enlarged, luminance, shrink_to, shrunk
from ae.documents.judged import Judged
from ae.documents.light import Light, evened
from ae.documents.region_rules import ruled, show_evened
from ae.documents.squares import Squares
from ae.documents.tiling import pad, parts_of
from ae.models.regions import CELL, RegionNet, View

_MOST_PIXELS = 6_000_000  # that the network sees at once; what it judges does not need more detail
_TILE = 512  # pixels of a side of the parts that are mixed at a time
_CERTAIN = 0.98  # of a share that is as good as all


@dataclass(frozen=True)
class Shares:
    """The share of each of `VIEWS` in the squares of a page, float32 (rows, columns, 4).

    `step`: rows and columns of squares to a pixel of the page.
    """

    cells: np.ndarray
    step: tuple[float, float]

    def are_cleaned(self, rows: slice, columns: slice) -> bool:
        """Whether the cleaner's result is all of this part of the page."""
        part = self.cells[self._around(rows, 0), self._around(columns, 1), View.CLEANED]
        return bool(part.min() >= _CERTAIN)

    def _around(self, pixels: slice, axis: int) -> slice:
        first = int(pixels.start * self.step[axis] - 0.5)
        return slice(max(0, first), int(pixels.stop * self.step[axis] + 0.5) + 1)

    def of(self, rows: slice, columns: slice) -> np.ndarray:
        """The shares of the pixels of a part of the page, float32 (h, w, 4)."""
        return enlarged(self.cells, self.step, rows, columns)


def mixed(pixels: np.ndarray, light: Light, clean: np.ndarray, shares: Shares) -> np.ndarray:
    """The page and its cleaned version, both uint8 (H, W) or (H, W, 3), mixed by the shares, same shape."""
    result = clean.copy()
    for rows, columns in parts_of(pixels.shape[0], pixels.shape[1], _TILE, _TILE):
        if shares.are_cleaned(rows, columns):
            continue
        total = np.zeros(clean[rows, columns].shape, np.float32)
        for index, share in enumerate(np.moveaxis(shares.of(rows, columns), 2, 0)):
            if share.any():  # on most of a page some views are not wanted at all
                view = _view(index, pixels, light, clean, rows, columns)
                total += view * share.reshape(*share.shape, *[1] * (pixels.ndim - 2))
        result[rows, columns] = np.rint(np.clip(total, 0, 255))
    return result


def _view(
    index: int, pixels: np.ndarray, light: Light, clean: np.ndarray, rows: slice, columns: slice
) -> np.ndarray:
    """One of `VIEWS` of a part of the page, uint8 (h, w) or (h, w, 3)."""
    if index == View.EVENED:
        return light.evened(pixels, rows, columns)
    if index == View.WHITE:
        return np.full_like(pixels[rows, columns], 255)
    return (pixels if index == View.UNTOUCHED else clean)[rows, columns]


class RegionJudge:
    """A region network on the processor, ready for many pages."""

    def __init__(self, model: RegionNet) -> None:
        self._model = model.for_inference()

    @torch.inference_mode()
    def shares(self, pixels: np.ndarray, light: Light, cleaned: np.ndarray) -> Shares:
        """Judge a page uint8 (H, W) or (H, W, 3) by a copy at the size at which it was cleaned.

        `light`: that of the page; `cleaned`: the cleaner's luminance, uint8 (h, w), which may be smaller than
        the page.
        """
        shrink = shrink_to(_MOST_PIXELS, cleaned.size)
        cleaned = shrunk(cleaned, shrink)
        height, width = cleaned.shape
        copy = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        multiple = self._model.input_size.multiple_of
        light = light.on_copy(copy.shape)
        even = evened(copy, light)
        lit = in_good_light(copy, light)
        judged = Judged.of(copy, even, cleaned, multiple)
        (seen_page,) = pad(luminance(lit)[None], multiple)
        seen = np.stack([seen_page, judged.even, judged.cleaned, judged.colour])
        found = self._model(torch.from_numpy(seen)[None].float().div_(255))[0]
        cells = np.ascontiguousarray(found.permute(1, 2, 0).numpy())
        step = height / pixels.shape[0] / CELL, width / pixels.shape[1] / CELL
        shares = ruled(cells, judged, even, light, multiple)
        if lit is not copy:
            show_evened(shares, judged.even_squares, light.badness)
        return Shares(shares, step)


def in_good_light(page: np.ndarray, light: Light) -> np.ndarray:
    """What the network is shown of a page uint8 (H, W) or (H, W, 3): itself where much of it is white."""
    (grey,) = pad(luminance(page)[None], CELL)
    return page if Squares.of(grey).have_white_paper else light.lit(page)
