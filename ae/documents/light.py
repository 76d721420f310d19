"""The light on a page and the tint of its paper: one smooth surface for the whole page, divided out.

Unlike `ae.documents.division`, whose background follows every stain, so smooth a surface leaves photographs,
dark boxes and highlighted text as they are.
"""

from __future__ import annotations

from copy import copy

import cv2
import numpy as np
import torch

from ae.arrays import bands, shrunk_to_side

_SIDES = 1024, 96  # pixels of the copies on which strokes are removed and the surface is fitted
_QUANTILE = 0.85  # of the points lie below the surface: ink, stains, pictures
_ROUNDS = 12
_NEAR = 0.06  # of the brightness of paper, above it and below
_DARKEST = 40.0  # grey levels; what is darker is no paper
_WHITE = 0.95  # of the paper's brightness is white, so that its grain and the last of a shadow are too
_EVEN, _UNEVEN = 0.9, 0.75  # the darkest paper beside the brightest: in good light, in bad light
_DIM = 1.25  # times as bright would be right, in bad light
_LIT = 220.0  # grey levels of the paper of a dim page, when it is brightened; of its strongest channel
_BRIGHTEST = 99  # percentile; white letters on a dark ground and the sky of a photograph are more


class Light:
    """The light on one page uint8 (H, W) or (H, W, 3): a quadratic surface for each channel.

    `gain`: how much brighter a dim page is to be, 1 for a page in enough light. `tint`: the share of its
    strongest channel that the weakest one of the paper lacks, 0 for grey.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        self._shape: tuple[int, ...] = pixels.shape[:2]
        small = _paper(pixels)
        self._terms = _light(small)
        rows, columns = (slice(0, length, -(-length // 64)) for length in self._shape)
        brightness = self._surface(rows, columns)
        self._brightness = brightness.reshape(*brightness.shape[:2], -1).mean(2)
        channels = brightness.reshape(-1, small.shape[2]).mean(0)
        self.tint = float(1 - channels.min() / channels.max())
        room = 255 / max(float(np.percentile(small, _BRIGHTEST)), 1)
        self.gain = max(1.0, min(room, _LIT / float(brightness.max())))

    @property
    def is_even(self) -> bool:
        """Whether the paper is about as bright everywhere."""
        return self._darkest() > _EVEN

    @property
    def badness(self) -> float:
        """0 for good light, 1 for light that is dim or uneven beyond doubt."""
        dim, uneven = (self.gain - 1) / (_DIM - 1), (_EVEN - self._darkest()) / (_EVEN - _UNEVEN)
        return min(max(dim, uneven, 0.0), 1.0)

    def on_copy(self, shape: tuple[int, ...]) -> Light:
        """The same light on a copy (H, W) or (H, W, 3) of the page that is smaller or larger."""
        other = copy(self)
        other._shape = shape[:2]
        return other

    def evened(self, pixels: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """The part `rows` x `columns` of the page with even light on white paper, uint8 of its shape."""
        return _over(pixels[rows, columns], self._surface(rows, columns), 255 / _WHITE)

    def lit(self, pixels: np.ndarray) -> np.ndarray:
        """The page as it would be in good light: all of its paper as bright as the brightest, tint and all.

        A dim page is made brighter as well, as far as nothing on it is brighter than its paper.
        """
        if self.is_even:
            return pixels if self.gain == 1 else cv2.convertScaleAbs(pixels, alpha=self.gain)
        result, brightest = np.empty_like(pixels), self.gain * float(self._brightness.max())
        mean = self._terms.mean(1, keepdims=True).repeat(self._terms.shape[1], 1)
        for band in bands(len(pixels)):
            surface = self._surface(band, slice(0, pixels.shape[1]), mean)
            result[band] = _over(pixels[band], surface, brightest)
        return result

    def _darkest(self) -> float:
        return float(self._brightness.min() / self._brightness.max())

    def _surface(self, rows: slice, columns: slice, terms: np.ndarray | None = None) -> np.ndarray:
        """Brightness of the paper there, float32 (h, w) or (h, w, C)."""
        across, down = _positions(self._shape[1])[columns], _positions(self._shape[0])[rows]
        planes = (_plane(one, across, down) for one in (self._terms if terms is None else terms).T)
        return cv2.merge([np.clip(plane, _DARKEST, 255) for plane in planes])


def evened(pixels: np.ndarray, light: Light | None = None) -> np.ndarray:
    """The whole page uint8 (H, W) or (H, W, 3) with even light on white paper, same shape."""
    light, result = light or Light(pixels), np.empty_like(pixels)
    for band in bands(len(pixels)):
        result[band] = light.evened(pixels, band, slice(0, pixels.shape[1]))
    return result


def _over(part: np.ndarray, surface: np.ndarray, white: float) -> np.ndarray:
    """The part of a page over the brightness of its paper, which becomes `white`."""
    return cv2.divide(part, surface, scale=white, dtype=cv2.CV_8U).reshape(part.shape)


def _plane(terms: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """A quadratic surface float32 (h, w), of `terms` in the order of `_basis`.

    As a product of matrices, since a whole page of it is many times faster than the sum of six planes.
    """
    one, x, y, xx, xy, yy = terms
    left = np.stack([np.ones_like(down), y * down + yy * down**2, xy * down], 1)
    right = np.stack([one + x * across + xx * across**2, np.ones_like(across), across])
    return _product(left, right)


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product of two matrices (n, k) and (k, m) of the same kind of numbers, by torch.

    NumPy's has threads of its own, which wait for more work without rest for tens of milliseconds and are in
    the way of torch's and OpenCV's.
    """
    return (torch.from_numpy(left) @ torch.from_numpy(right)).numpy()


def _paper(pixels: np.ndarray) -> np.ndarray:
    """A small copy without thin strokes, float32 (h, w, C)."""
    large, small = _SIDES
    paper = cv2.dilate(shrunk_to_side(pixels, large), np.ones((5, 5), np.uint8))
    paper = shrunk_to_side(paper, small).astype(np.float32)
    return paper.reshape(*paper.shape[:2], -1)


def _positions(length: int) -> np.ndarray:
    """The middles of `length` pixels, in -1..1."""
    return ((np.arange(length, dtype=np.float32) + 0.5) / length) * 2 - 1


def _basis(across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, ...]:
    one = np.ones_like(across * down)
    return one, across * one, down * one, across**2 * one, across * down, down**2 * one


def _light(paper: np.ndarray) -> np.ndarray:
    """Terms (6, C) of the surface of each channel of a copy float32 (h, w, C), even where that is as near.

    A picture on much of the page bends the surfaces, and evened by them would be bleached; light that falls
    off does so on all of the paper.
    """
    bent = np.stack([_fit(channel) for channel in np.moveaxis(paper, 2, 0)], 1)
    even = np.zeros_like(bent)
    even[0] = np.quantile(paper, _QUANTILE, axis=(0, 1))
    return even if _near(paper, even) >= _near(paper, bent) else bent


def _near(paper: np.ndarray, terms: np.ndarray) -> float:
    """The share of a copy float32 (h, w, C) that is about as bright as the surfaces say."""
    across, down = _positions(paper.shape[1]), _positions(paper.shape[0])
    surfaces = np.dstack([_plane(channel, across, down) for channel in terms.T]).clip(_DARKEST, 255)
    return float((np.abs(paper / surfaces - 1) <= _NEAR).mean())


def _fit(paper: np.ndarray) -> np.ndarray:
    """Terms of the surface that lies above `_QUANTILE` of the points, by reweighted least squares.

    Koenker & Bassett, Regression quantiles, Econometrica 1978.
    """
    across, down = _positions(paper.shape[1])[None], _positions(paper.shape[0])[:, None]
    basis = np.stack([plane.ravel() for plane in _basis(across, down)], 1).astype(np.float64)
    values = paper.ravel().astype(np.float64)
    targets = np.column_stack([basis, values])
    weights = np.ones_like(values)
    terms: np.ndarray = np.zeros(basis.shape[1])
    for _ in range(_ROUNDS):
        weighted = basis * weights[:, None]
        moments = _product(weighted.T, targets)
        terms = np.linalg.lstsq(moments[:, :-1], moments[:, -1], rcond=1e-5)[0]
        rest = values - _product(basis, terms)
        weights = np.where(rest > 0, _QUANTILE, 1 - _QUANTILE) / np.maximum(np.abs(rest), 1)
    return terms.astype(np.float32)
