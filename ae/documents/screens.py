"""Halftone screens, found by their spectrum, and dithering, found by its single dots: smoothed away.

A printer, a fax or a scanner in two tones shows the grey of paper and pictures as dots. Between letters these
look like dirt, and beside letters like teeth; smoothed by their own size they are the grey that was meant.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import torch

from ae.arrays import bands, luminance, shrunk
from ae.documents.binarise import is_pure

_WINDOW = 128  # pixels; dots of any pitch below are often enough in it
_ABOUT_WINDOWS = 200  # of a large page
_WIDEST = 9.5  # pixels from dot to dot; wider dots vanish in the small copy that the network works on
_USUAL = 11  # frequencies on a side, around one, that say what is usual there
_PROMINENCE = 2.8  # of the mean logarithm of power: pages of text have 2.1 at most, screens 3 and more
_LEAST = 6.0  # grey levels; the weave of paper is weaker
_BAREST = 20  # percentile of the windows: a page of regular print has as many in which nothing is printed
_NOISE = 2.0  # grey levels; what is far weaker does not count as rare
_COARSEST, _ITS_OWN = 24, 0.98  # pixels between lines of print, and the share of their amplitude by then
_MAIN = 0.5  # of the strongest frequency; squared paper has its own and many times that, all as strong
_FINE = 3.7  # pixels; finer lines than that are on no paper
_CROSSING = 0.22  # of the amplitude lies at the sum of both frequencies: of dots 0.27 and more, of lines 0.18
_SMOOTHING = 0.45  # of the pitch; done twice, a twenty-fifth of the dots is left, and letters stay sharp
# Of the pixels differ from all four beside them: 0.04 and more of dithered grey, of text none.
_DITHERED = 0.03
_TONE, _EVEN_PAPER = 16, 0.75  # pixels that make a tone; the median of those of a page, times its brightest
_DITHER_SIGMA, _ORDERED_SIGMA = 1.3, 1.6  # pixels, for dots that are spread by chance, and in a pattern
_BESIDE = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)
_REACH = 4  # times its sigma OpenCV looks around


def without_screen(pixels: np.ndarray) -> np.ndarray:
    """The page uint8 (H, W) or (H, W, 3) in the greys that its dots stand for; itself if it has none."""
    grey = luminance(pixels)
    pitch = find_pitch(grey)
    sigma = _SMOOTHING * pitch
    if is_dithered(grey):
        sigma = max(sigma, _ORDERED_SIGMA if pitch else _DITHER_SIGMA)
    return _smoothed(pixels, sigma) if sigma else pixels


def _smoothed(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """The page without what is finer than about twice `sigma`; what is coarser keeps most of its contrast."""
    result, margin = np.empty_like(pixels), int(2 * _REACH * sigma) + 2
    for band in bands(len(pixels)):
        top = max(0, band.start - margin)
        page = pixels[top : band.stop + margin].astype(np.float32)
        once = cv2.GaussianBlur(page, (0, 0), sigma)
        again = cv2.GaussianBlur(page - once, (0, 0), sigma)
        both = np.rint(once + again).clip(0, 255)
        result[band] = both[band.start - top : band.stop - top]
    return result


def is_dithered(grey: np.ndarray) -> bool:
    """Whether a page uint8 (H, W) in two tones shows the grey of its paper as dots of one pixel.

    Most of a page is paper of about one tone; a picture that fills its page has many, and stays.
    """
    if min(grey.shape) < _WINDOW or not is_pure(grey):
        return False
    brighter, darker = cv2.dilate(grey, _BESIDE), cv2.erode(grey, _BESIDE)
    single = ((grey > brighter) | (grey < darker)).astype(np.uint8)
    if np.percentile(_windows(single).mean((1, 2)), _BAREST) < _DITHERED:
        return False
    tones = shrunk(grey, _TONE)
    return bool(np.median(tones) >= _EVEN_PAPER * np.percentile(tones, 95))


def find_pitch(grey: np.ndarray) -> float:
    """Pixels from dot to dot of the screen that covers a page uint8 (H, W); 0 where there is none.

    A screen repeats in two directions at right angles, all over the page at the same frequency. What only
    some windows of the page show adds little to the mean of the logarithms of their spectra. Equal letters,
    as on a page of zeros, repeat most strongly from line to line, of which theirs is a multiple. Crossing
    lines, as on squared paper, have hardly anything at the sum of the two frequencies, where dots have
    much. Of dots that are uneven by a rule, as in dithering, the pitch may be that of a part of them.
    """
    if min(grey.shape) < _WINDOW:
        return 0.0
    amplitudes = _amplitudes(_windows(grey))
    logarithm = 2 * _whole(np.log(amplitudes + _NOISE).mean(0))
    above = logarithm - _usual(logarithm)
    across = cv2.dilate(above, np.ones((3, 3)))[_turned()]  # a window is too small for both to be exact
    score = np.minimum(above, across)
    peaks = (score >= _PROMINENCE) & (score == cv2.dilate(score, np.ones((5, 5))))
    if not peaks.any():
        return 0.0
    amplitude = _whole(np.percentile(amplitudes, _BAREST, 0))
    peaks &= amplitude >= _LEAST
    if not peaks.any():
        return 0.0
    peaks &= amplitude >= _MAIN * amplitude[peaks].max()
    pitches = np.where(peaks, 1 / np.maximum(_frequencies(), 1 / _WINDOW), 0)
    pitch = float(pitches.max())
    if pitch > _WIDEST or (pitch > _FINE and _is_of_lines(amplitude, int(pitches.argmax()))):
        return 0.0
    return 0.0 if _is_of_print(amplitude, peaks) else pitch


def _is_of_print(amplitude: np.ndarray, peaks: np.ndarray) -> bool:
    """Whether the strongest peak is a multiple of a stronger frequency, that of lines of print."""
    coarse = np.where(_frequencies() >= 1 / _COARSEST, amplitude, 0)
    lines, peak = _place(coarse), _place(np.where(peaks, amplitude, 0))
    if coarse.max() * _ITS_OWN <= amplitude[peaks].max():
        return False
    times = round(float(np.hypot(*peak) / np.hypot(*lines)))
    turned = np.array([peak[1], -peak[0]])
    off = min(np.abs(sign * way - times * lines).max() for way in (peak, turned) for sign in (1, -1))
    return times > 1 and off <= 1


def _place(spectrum: np.ndarray) -> np.ndarray:
    """Where a spectrum is largest: periods a window down and across."""
    return np.array(np.unravel_index(int(spectrum.argmax()), spectrum.shape)) - _WINDOW // 2


def _is_of_lines(amplitude: np.ndarray, place: int) -> bool:
    """Whether the lattice whose frequency lies at a place of the spectrum consists of lines, not of dots."""
    middle = _WINDOW // 2
    down, across = (int(axis) - middle for axis in np.unravel_index(place, amplitude.shape))
    nearby = cv2.dilate(amplitude, np.ones((3, 3)))
    along, other, both = (
        nearby[(y + middle) % _WINDOW, (x + middle) % _WINDOW]
        for y, x in ((down, across), (across, -down), (down + across, across - down))
    )
    return bool(both < _CROSSING * min(along, other))


def _windows(grey: np.ndarray) -> np.ndarray:
    """Windows all over the page, float32 (N, `_WINDOW`, `_WINDOW`), about as many as are wanted."""
    apart = max(_WINDOW // 2, round((grey.size / _ABOUT_WINDOWS) ** 0.5))
    tops, lefts = (range(0, length - _WINDOW + 1, apart) for length in grey.shape)
    return np.stack(
        [grey[top : top + _WINDOW, left : left + _WINDOW] for top in tops for left in lefts]
    ).astype(np.float32)


def _amplitudes(windows: np.ndarray) -> np.ndarray:
    """Grey levels of the frequencies to one side, float32 (N, `_WINDOW`, `_WINDOW` / 2 + 1): see `_whole`."""
    fade = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    fade = fade[:, None] * fade
    pages = torch.from_numpy(windows)  # whose arithmetic is several times as fast as NumPy's
    even = (pages - pages.mean((1, 2), keepdim=True)) * torch.from_numpy(fade * (2 / fade.sum()))
    return torch.fft.rfft2(even).abs().numpy()


def _whole(half: np.ndarray) -> np.ndarray:
    """The other side of a spectrum beside the one that is known, frequency 0 in the middle."""
    other = np.roll(half[::-1], 1, axis=0)[:, -2:0:-1]
    return np.fft.fftshift(np.hstack([half, other]))


def _usual(logarithm: np.ndarray) -> np.ndarray:
    """Median of the neighbourhood of each frequency; the spectrum goes on at its borders."""
    wrapped = np.pad(logarithm, _USUAL // 2, mode="wrap")
    around = np.lib.stride_tricks.sliding_window_view(wrapped, (_USUAL, _USUAL))
    middle = _USUAL**2 // 2  # np.median averages two places, and takes six times as long
    return np.partition(around.reshape(*logarithm.shape, -1), middle, axis=2)[..., middle]


@cache
def _steps() -> np.ndarray:
    """Frequencies along one side, in periods a window."""
    return np.arange(_WINDOW) - _WINDOW // 2


@cache
def _frequencies() -> np.ndarray:
    """Periods a pixel of each place of a spectrum."""
    return np.hypot(_steps()[:, None], _steps()) / _WINDOW


@cache
def _turned() -> tuple[np.ndarray, np.ndarray]:
    """Where each place of a spectrum lies when it is turned by a right angle."""
    down, across = np.meshgrid(_steps(), _steps(), indexing="ij")
    middle = _WINDOW // 2
    return (across + middle) % _WINDOW, (middle - down) % _WINDOW
