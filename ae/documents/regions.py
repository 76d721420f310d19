"""What stays on a page: a small network judges the cleaner's result square by square."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ae.documents import division
from ae.documents.light import Light, evened
from ae.models.regions import CELL, VIEWS, RegionNet

_MOST_PIXELS = 6_000_000  # that the network sees at once; what it judges does not need more detail
_TILE = 512  # pixels of a side of the parts that are mixed at a time
_COLOURED = 10  # grey levels between the strongest and the weakest channel, mean over a square
_DOUBT = 18.0  # times as much for the cleaned page
_DOUBT_ON_BARE = 0.2  # the same for areas on a page of bare white paper, which are rather print
_BARE_SHARE = 0.25  # of the squares of such a page are bare and white
_SHADED_SHARE = 0.02  # of the squares of a clean page may be neither paper nor ink
_CLEAN_PAGE = 16.0  # times as much for such a page itself
_AREA = 0.4  # of a square's pixels are no letter's edge or dust any more
_REMOVED = 10  # grey levels; less does not show
_PALE = 140  # grey level in even light; what is darker is rather a picture than dirt
_BARE = 250  # grey level of paper that is white
_CERTAIN = 0.98  # of a share that is as good as all
_UNTOUCHED, _CLEANED, _WHITE = (VIEWS.index(view) for view in ("untouched", "cleaned", "white"))


@dataclass(frozen=True)
class Shares:
    """The share of each of `VIEWS` in the squares of a page, float32 (rows, columns, 4).

    `step`: rows and columns of squares to a pixel of the page.
    """

    cells: np.ndarray
    step: tuple[float, float]

    def are_cleaned(self, rows: slice, columns: slice) -> bool:
        """Whether the cleaner's result is all of this part of the page."""
        part = self.cells[self._around(rows, 0), self._around(columns, 1), _CLEANED]
        return bool(part.min() >= _CERTAIN)

    def _around(self, pixels: slice, axis: int) -> slice:
        first = int(pixels.start * self.step[axis] - 0.5)
        return slice(max(0, first), int(pixels.stop * self.step[axis] + 0.5) + 1)

    def of(self, rows: slice, columns: slice) -> np.ndarray:
        """The shares of the pixels of a part of the page, float32 (h, w, 4)."""
        down, across = self.step
        middle = [(start + 0.5) * step - 0.5 for start, step in ((columns.start, across), (rows.start, down))]
        places = np.array([[across, 0, middle[0]], [0, down, middle[1]]], np.float32)
        size = columns.stop - columns.start, rows.stop - rows.start
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self.cells, places, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def mixed(pixels: np.ndarray, light: Light, clean: np.ndarray, shares: Shares) -> np.ndarray:
    """The page and its cleaned version, both uint8 (H, W) or (H, W, 3), mixed by the shares, same shape."""
    result = clean.copy()
    for rows, columns in _tiles(*pixels.shape[:2]):
        if shares.are_cleaned(rows, columns):
            continue
        part = shares.of(rows, columns)
        views = pixels[rows, columns], light.evened(pixels, rows, columns), clean[rows, columns]
        total = 255 * part[..., _WHITE]
        total = np.broadcast_to(total.reshape(*total.shape, *[1] * (pixels.ndim - 2)), views[0].shape).copy()
        for view, share in zip(views, np.moveaxis(part, 2, 0), strict=False):
            total += view * share.reshape(*share.shape, *[1] * (pixels.ndim - 2))
        result[rows, columns] = np.rint(np.clip(total, 0, 255))
    return result


def _tiles(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield slice(top, min(top + _TILE, height)), slice(left, min(left + _TILE, width))


class RegionJudge:
    """A region network, ready for many pages."""

    def __init__(self, model: RegionNet) -> None:
        self._model = model.folded().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def shares(self, pixels: np.ndarray, cleaned: np.ndarray) -> Shares:
        """Judge a page uint8 (H, W) or (H, W, 3) by a copy at the size at which it was cleaned.

        `cleaned`: the cleaner's luminance, uint8 (h, w), which may be smaller than the page.
        """
        shrink = max(1.0, (cleaned.size / _MOST_PIXELS) ** 0.5)
        cleaned = division.shrunk(cleaned, shrink)
        height, width = cleaned.shape
        copy = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        multiple = self._model.input_size.multiple_of
        planes = np.pad(
            _planes(copy, cleaned),
            ((0, 0), (0, -height % multiple), (0, -width % multiple)),
            mode="symmetric",
        )
        device = next(self._model.parameters()).device
        found = self._model(torch.from_numpy(planes)[None].to(device).float() / 255)[0]
        cells = np.ascontiguousarray(found.permute(1, 2, 0).cpu().numpy())
        step = height / pixels.shape[0] / CELL, width / pixels.shape[1] / CELL
        return Shares(_weighed(cells, planes), step)


def _weighed(cells: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Shares of squares (rows, columns, 4) of a page with the input `planes`, with what is known beside them.

    Where something pale and grey was removed, dirt or faint print, the cleaner is trusted: it was
    trained on both. Bare paper that is white already stays as it is, and where a page has much of it, the
    cleaner is not trusted with whole areas: they are the shaded rows of a table. A page that has nothing but
    ink on such paper is clean, and stays unless the network is sure.
    """
    page, even, cleaned, colour = planes
    removed = np.where(even >= _PALE, cv2.subtract(cleaned, page), 0)
    removed = cv2.erode(removed, np.ones((3, 3), np.uint8))  # a letter's edge is thinner
    pale = _widened(_of_cells(removed, np.max) >= _REMOVED)
    pale &= cv2.resize(colour, cells.shape[1::-1], interpolation=cv2.INTER_AREA) < _COLOURED
    bare = _of_cells(page, np.min) >= _BARE
    is_white = bare.mean() >= _BARE_SHARE
    areas = _widened(_of_cells(removed >= _REMOVED, np.mean) >= _AREA)
    cells[pale, _CLEANED] *= np.where(areas & is_white, _DOUBT_ON_BARE, _DOUBT)[pale]
    if is_white and _is_shaded(page).mean() < _SHADED_SHARE:
        cells[..., _UNTOUCHED] *= _CLEAN_PAGE
    cells[bare] = np.eye(len(VIEWS), dtype=np.float32)[_UNTOUCHED]
    return cells / cells.sum(2, keepdims=True)


def _is_shaded(page: np.ndarray) -> np.ndarray:
    """Squares without any white, too pale to be the inside of a letter, bool (rows, columns)."""
    brightest = _of_cells(page, np.max)
    return (brightest >= _PALE) & (brightest < _BARE)


def _widened(squares: np.ndarray) -> np.ndarray:
    """The squares, bool (rows, columns), and those beside them."""
    return cv2.dilate(squares.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _of_cells(plane: np.ndarray, measure: Callable[..., np.ndarray]) -> np.ndarray:
    """One number for each square of a plane uint8 (H, W)."""
    height, width = plane.shape
    return measure(plane.reshape(height // CELL, CELL, width // CELL, CELL), axis=(1, 3))


def _planes(page: np.ndarray, cleaned: np.ndarray) -> np.ndarray:
    """Input of `RegionNet`, uint8 (4, H, W)."""
    even = evened(page)
    if page.ndim == 2:
        return np.stack([page, even, cleaned, np.zeros_like(page)])
    grey, even_grey = (cv2.cvtColor(view, cv2.COLOR_RGB2GRAY) for view in (page, even))
    return np.stack([grey, even_grey, cleaned, even.max(2) - even.min(2)])
