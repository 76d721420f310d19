"""Noise of a camera in hardly any light, which is far more than scanners and photographs by day have."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import bands, luminance, shrunk
from ae.documents.tiling import IsCancelled, stop_if

_SQUARE, _EVERY = 16, 4  # pixels of the squares in which noise is measured; one row of them of so many
_BARE = 10  # percentile of the noise of squares: there is neither print nor a picture's detail in them
_PAPER, _BRIGHT = 85, 0.7  # percentile of the grey levels; what has less of it is no bare paper
# Deviations of noise, as shares of the brightness of paper, from which on there is more than the networks
# know well. JPEG smooths it, and a copy of half the size shows what is left; fine print does so too, but is
# not coloured, and by day no camera has so much.
_MUCH = 0.035
_DIM, _HALF, _COARSE, _COLOURED = 140, 2, 0.015, 0.003
# Buades, Coll & Morel, Non-local means denoising, Image Processing On Line 2011: the strength in deviations
# of the noise, and pixels of the patches that are compared and of the window in which they are looked for.
_STRENGTH, _PATCH, _WINDOW = 1.25, 7, 15
# The noise of light grows as the root of its brightness, and that root has the same noise in shadows as
# beside them. Anscombe, The transformation of Poisson data, Biometrika 1948.
_ROOTS = np.rint(np.sqrt(np.arange(256) * 255)).astype(np.uint8)
_SQUARES = np.rint(np.arange(256) ** 2 / 255).astype(np.uint8)
# The mean size of what this finds of normal noise of deviation 1; structure of ramps and edges drops out.
# Immerkaer, Fast noise variance estimation, Computer Vision and Image Understanding 1996.
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_MEAN_OF_MASK = 6 * np.sqrt(2 / np.pi)


def much_noise(pixels: np.ndarray) -> float:
    """Deviation of the noise of a page uint8 (H, W) or (H, W, 3), 0 if it is no more than usual.

    In levels of the root of brightness, of which white has 255. Places that were filled have no noise, so
    that it is measured before.
    """
    paper = max(float(np.percentile(luminance(pixels[::_SQUARE]), _PAPER)), 1.0)
    fine, _ = _on_paper(pixels, _SQUARE, paper)
    coarse = colour = 0.0
    if pixels.ndim == 3 and paper < _DIM:
        coarse, colour = _on_paper(shrunk(pixels, _HALF), _SQUARE // _HALF, paper)
    is_much = fine >= _MUCH * paper or (coarse >= _COARSE * paper and colour >= _COLOURED * paper)
    return max(fine, _HALF * coarse) / (2 * np.sqrt(paper / 255)) if is_much else 0.0


def without_noise(pixels: np.ndarray, deviation: float, cancelled: IsCancelled | None = None) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3), its noise averaged away; itself where the `deviation` is 0.

    Takes a second for two million pixels. Raises Cancelled, if that says so.
    """
    if not deviation:
        return pixels
    result, beside = np.empty_like(pixels), _PATCH // 2 + _WINDOW // 2
    for rows in bands(len(pixels)):
        stop_if(cancelled)
        top = max(0, rows.start - beside)
        averaged = _averaged(pixels[top : rows.stop + beside], _STRENGTH * deviation)
        result[rows] = averaged[rows.start - top : rows.stop - top]
    return result


def _averaged(pixels: np.ndarray, strength: float) -> np.ndarray:
    roots = cv2.LUT(pixels, _ROOTS)
    if pixels.ndim == 2:
        averaged = cv2.fastNlMeansDenoising(roots, None, strength, _PATCH, _WINDOW)
    else:
        swapped = cv2.cvtColor(roots, cv2.COLOR_RGB2BGR)
        averaged = cv2.fastNlMeansDenoisingColored(swapped, None, strength, strength, _PATCH, _WINDOW)
        averaged = cv2.cvtColor(averaged, cv2.COLOR_BGR2RGB)
    return cv2.LUT(averaged, _SQUARES)


def _on_paper(pixels: np.ndarray, square: int, paper: float) -> tuple[float, float]:
    """Deviation of the noise of brightness and of colour on bare paper in grey levels, from squares of so
    many pixels."""
    found = [np.zeros((3, 0))]
    for top in range(0, len(pixels) - square + 1, _EVERY * square):
        strip = pixels[top : top + square]
        grey = luminance(strip)
        colour = cv2.subtract(strip[..., 0], strip[..., 2], dtype=cv2.CV_32F) if strip.ndim == 3 else grey
        found.append(np.stack([_means(plane) for plane in (grey, _rough(grey), _rough(colour))]))
    level, *noises = np.concatenate(found, 1)
    is_paper = level > _BRIGHT * paper
    if not is_paper.any():
        return 0.0, 0.0
    noise, colour = (float(np.percentile(each[is_paper], _BARE)) / _MEAN_OF_MASK for each in noises)
    return noise, colour


def _rough(plane: np.ndarray) -> np.ndarray:
    return np.abs(cv2.filter2D(plane, cv2.CV_32F, _MASK))


def _means(strip: np.ndarray) -> np.ndarray:
    """Means of the squares of a strip."""
    square = len(strip)
    squares = strip.shape[1] // square
    return strip[:, : squares * square].reshape(square, squares, square).mean((0, 2))
