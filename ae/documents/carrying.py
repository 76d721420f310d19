"""What a network finds on a small grey copy of a page, carried to the page's own size and colours."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from ae.arrays import LUMINANCE, bands, luminance
from ae.documents import division

_MOST_DETAIL = 1.5  # more would sharpen noise
_MOST_DARKER = 2.5  # times what the small copy shows; a speck that is black at full size hardly shows there
_SHARE_STEPS = 160  # of a share that is kept in 8 bits: 1.5 x 160 fits
_MOST_GAIN = 4.0  # pale ink is darkened at most so often
_WIDEST = 5  # pixels of the surroundings; small print stands beside large letters
# Levels of luminance darker than paper: the colour of what is paler is noise; pale yellow goes, too.
_PALE = 8, 32
# For the colour of print one pixel of so many in a row and column is looked at, if it is so dark: of those
# a percentile are its cores. On what is darker than a share of paper nothing is printed, unless it is black.
_EVERY, _PRINTED, _CORE = 3, 96, 25
_TABLE, _BLACK = 0.6, 64
_FEWEST = 100  # pixels that tell a colour
# Of these pixels, a table is broader than the one, and dark edges between it and paper lie within the other.
_BROAD, _BESIDE = np.ones((5, 5), np.uint8), np.ones((15, 15), np.uint8)
# Grey levels, paler than over the usual paper: no letter in the shade is. What is so much paler on the clean
# page was dirt.
_HOLLOW, _AS_DARK = 60, 40
# Of the strongest channel, between the strongest and the weakest: ink of less is grey on the page as it is.
_GREY = 0.15, 0.25
# Grain and mottled paper decide the colour of faint ink of so few grey levels. So far may it be from the
# colour of the page's ink, as a share of its darkness, for the same ink and for another.
_UNSURE, _SAME_INK = (80, 160), (0.45, 0.8)
_INK, _DARKEST = 224, 75  # grey level of ink for its usual colour, and a percentile of its darkness


def with_detail(clean: np.ndarray, full: np.ndarray) -> np.ndarray:
    """The clean small copy uint8 (h, w) at full size, with the edges of the flattened page uint8 (H, W).

    Letters far above the size that the network knows are judged on a smaller copy. Detail that `full` has
    beyond a copy of that size is added as far as the network kept what it belongs to: all of a letter's
    edge, nothing of a speck, of which the copy shows a trace at most.
    """
    copy = cv2.resize(full, clean.shape[::-1], interpolation=cv2.INTER_AREA)
    # One grey level more, so that white paper beside a letter counts as kept and its edge is whole.
    after, before = (256 - plane.astype(np.float32) for plane in (clean, copy))
    share = np.rint(np.minimum(after / before, _MOST_DETAIL) * _SHARE_STEPS).astype(np.uint8)
    clean, copy, share = (
        cv2.resize(plane, full.shape[::-1], interpolation=cv2.INTER_LINEAR) for plane in (clean, copy, share)
    )
    result = np.empty_like(full)
    for band in bands(full.shape[0]):
        detail = cv2.subtract(full[band], copy[band], dtype=cv2.CV_16S)
        detail = cv2.multiply(detail, share[band].astype(np.int16), scale=1 / _SHARE_STEPS)
        detail = cv2.max(detail, cv2.LUT(clean[band], _most_darker()))
        result[band] = cv2.add(clean[band], detail, dtype=cv2.CV_8U)
    return result


@cache
def _most_darker() -> np.ndarray:
    """What may be added to each grey level of the small copy, int16 (256,)."""
    return (-_MOST_DARKER * (255 - np.arange(256))).astype(np.int16)


def with_colour(clean: np.ndarray, pixels: np.ndarray, scale: float, *, is_faint: bool = False) -> np.ndarray:
    """The clean luminance uint8 (H, W) in the colours of the page uint8 (H, W, 3).

    `scale`: of its background (`scale_of`). Each pixel has the colour of what is dark around it: by
    itself, noise and channels that a scanner has shifted would be coloured specks beside every letter. What
    is hardly darker than paper is grey; nothing becomes darker than its colour can be, or far darker than it
    was. Print that is grey on tinted paper is grey on white paper, too. `is_faint`: all ink was, and has been
    made darker; then most of it is the same.
    """
    paper = _paper(pixels, clean)
    result = division.by_channel(pixels, division.over_background, scale)
    balance = _balance(result, pixels, clean, paper)
    usual = _usual_colour(result, pixels, clean, paper, balance) if is_faint else None
    _fill(result, pixels, clean, paper)
    side = min(2 * round(scale) + 1, _WIDEST)
    around = cv2.GaussianBlur(result, (side, side), 0)
    cv2.LUT(around, _table(balance), dst=around)
    for band in bands(len(result)):
        part, printed = result[band].reshape(-1, 3), np.flatnonzero(clean[band] < 255)  # little of a page
        page, near = (255 - _channels(each.reshape(-1, 3), printed) for each in (part, around[band]))
        if usual is not None:
            near = _steadied(near, page, usual)
        dark = np.minimum(255 - clean[band].ravel()[printed], _darkest(page, near))
        part[:] = 255
        part[printed] = np.rint(255 - _coloured(dark, near)).T
    return result


def _paper(pixels: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """The usual colour (3,) of the page's paper, white where there is hardly any."""
    few = np.s_[::_EVERY, ::_EVERY]
    bare = pixels[few][clean[few] == 255]
    return np.median(bare, axis=0) if len(bare) >= _FEWEST else np.full(3, 255.0)


def _fill(flat: np.ndarray, pixels: np.ndarray, clean: np.ndarray, paper: np.ndarray) -> None:
    """Give broad dark areas of the flattened page uint8 (H, W, 3), in place, their colour over usual `paper`.

    Bars, headlines and pictures broader than the background is measured are white there, as if they were
    paper; the network, which sees wider backgrounds, knows better. `pixels`: the page uint8 (H, W, 3).
    """
    table = _table(255 / np.maximum(paper, 1), of_darkness=False)
    for band in bands(len(flat)):
        over_paper = cv2.LUT(pixels[band], table)
        dark = luminance(over_paper)
        hollow = cv2.subtract(luminance(flat[band]), dark) > _HOLLOW
        hollow &= cv2.subtract(clean[band], dark) < _AS_DARK
        flat[band][hollow] = over_paper[hollow]


def _table(factors: np.ndarray, *, of_darkness: bool = True) -> np.ndarray:
    """What OpenCV makes each value of three channels, or its darkness, times `factors` (3,) with."""
    values = np.arange(256)[:, None]
    found = 255 - (255 - values) * factors if of_darkness else values * factors
    return np.rint(found).clip(0, 255).astype(np.uint8)[None]


def _balance(flat: np.ndarray, pixels: np.ndarray, clean: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """How many times darker each channel (3,) of the flattened page has to be for grey print to be grey.

    `flat` and the page's `pixels` uint8 (H, W, 3), its clean luminance uint8 (H, W), its usual `paper` (3,).
    Division takes ink for a filter in front of paper, so that opaque ink, whose grey is its own, comes out in
    the colour that yellow paper lacks: black print becomes violet. So what print has too much of, if it is
    grey as it stands on the page, is taken from all colours.
    """
    few = np.s_[::_EVERY, ::_EVERY]
    ink, over_paper = (each[few][clean[few] < _PRINTED] for each in (pixels, flat))
    core = _is_core(ink, over_paper, paper)
    if np.count_nonzero(core) < _FEWEST:
        return np.ones(3)
    ink, over_paper = ink[core], over_paper[core]
    colour = np.ptp(over_paper, axis=1)
    print_alone = colour <= np.median(colour)  # and no stamp, no signature beside it
    share = np.interp(_colour_of(np.median(ink[print_alone], axis=0), paper), _GREY, (1, 0))
    dark = np.maximum(255 - np.median(over_paper[print_alone], axis=0), 1)
    return 1 + share * (dark.mean() / dark - 1)


def _is_core(ink: np.ndarray, over_paper: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Which pixels of ink uint8 (n, 3) are the darkest, whose colour is print's, bool (n,)."""
    on_paper, tone = _are_on_paper(ink, over_paper, paper), ink @ np.array(LUMINANCE, np.float32)
    return on_paper & (tone <= np.percentile(tone[on_paper], _CORE)) if on_paper.any() else on_paper


def _are_on_paper(ink: np.ndarray, over_paper: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Which pixels of a page uint8 (n, 3), and over its background, are no dark table beside it, bool (n,).

    What a table is divided by is far darker than paper (3,).
    """
    weights = np.array(LUMINANCE, np.float32)
    ink, over_paper = ink @ weights, over_paper @ weights
    return (over_paper <= _BLACK) | (255 * ink >= _TABLE * (paper @ weights) * over_paper)


def _colour_of(ink: np.ndarray, paper: np.ndarray) -> float:
    """How coloured ink is, 0 for grey that may let some of its paper through; both (3,) in 0..255.

    What is left when a grey and a share of the paper are taken away, from channel to channel, as a share of
    the ink's strongest channel.
    """
    grey_and_paper = np.stack([np.ones(3), paper], axis=1)
    (grey, share), *_ = np.linalg.lstsq(grey_and_paper, ink, rcond=None)
    if grey < 0:
        grey, share = 0.0, ink @ paper / (paper @ paper)
    if share < 0:
        grey, share = ink.mean(), 0.0
    return float(np.ptp(ink - grey - share * paper) / max(ink.max(), 1))


def _usual_colour(
    flat: np.ndarray, pixels: np.ndarray, clean: np.ndarray, paper: np.ndarray, balance: np.ndarray
) -> np.ndarray:
    """The colour of a page's darkest ink: the darkness (3,) of its channels, of luminance 1.

    All else as for `_balance`, which gives `balance` (3,); grey where there is hardly any ink.
    """
    few = np.s_[::_EVERY, ::_EVERY]
    is_ink = clean[few] < _INK
    is_ink &= ~_is_table(pixels[few], flat[few], paper, is_ink)
    ink = flat[few][is_ink]
    darkness = (balance * (255 - ink.astype(np.float32))).astype(np.float32)
    if len(darkness) < _FEWEST:
        return np.ones(3, np.float32)
    dark = darkness @ np.array(LUMINANCE, np.float32)
    core = dark >= max(float(np.percentile(dark, _DARKEST)), 1)
    usual: np.ndarray = np.median(darkness[core] / dark[core, None], axis=0) if core.any() else np.ones(3)
    return usual.astype(np.float32)


def _is_table(page: np.ndarray, over_paper: np.ndarray, paper: np.ndarray, dark: np.ndarray) -> np.ndarray:
    """Where what is `dark`, bool (h, w), of a page uint8 (h, w, 3) is a table, or lies beside one."""
    on_paper = _are_on_paper(page.reshape(-1, 3), over_paper.reshape(-1, 3), paper).reshape(dark.shape)
    broad = cv2.morphologyEx((dark & ~on_paper).astype(np.uint8), cv2.MORPH_OPEN, _BROAD)
    return cv2.dilate(broad, _BESIDE) > 0


def _steadied(around: np.ndarray, page: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The darkness around some pixels, uint8 (3, n), in the `usual` colour (3,) where the page's own, uint8
    (3, n), is too little to tell another, float32 (3, n)."""
    dark = np.maximum(_luminance(around), 1)
    apart = around / dark - usual[:, None]
    is_another = np.interp(np.abs(apart).max(0), _SAME_INK, (0, 1)).astype(np.float32)
    is_sure = np.interp(_luminance(page), _UNSURE, (0, 1)).astype(np.float32)
    steady: np.ndarray = (usual[:, None] + apart * np.maximum(is_another, is_sure)) * dark
    return steady


def _channels(pixels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Some of the pixels uint8 (N, 3), one channel after the other (3, n)."""
    return np.ascontiguousarray(pixels.take(places, axis=0).T)


def _darkest(page: np.ndarray, around: np.ndarray) -> np.ndarray:
    """How dark luminance can become where a page and what is around have this darkness, float32 (n,).

    Both (3, n) in 0..255. Ink of a strong colour is black in one channel at most: more would only take the
    colour from red and blue letters.
    """
    strongest = np.maximum(around.max(0), 1).astype(np.float32)
    black = 255 * _luminance(around) / strongest
    black += (255 - black) * np.minimum(1, 2 * around.min(0) / strongest)  # grey ink may be black
    return np.minimum(_MOST_GAIN * _luminance(page), black)


def _coloured(dark: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Darkness (255 - value, which is what ink adds to paper) in the colours of that around it.

    float32 (n,) and (3, n), the result float32 (3, n) in 0..255.
    """
    first, last = _PALE
    gain = dark / np.maximum(_luminance(around), 1)
    colour = around * gain - dark
    room = (255 - dark) / np.maximum(colour.max(0), 1)  # no channel is darker than black
    share: np.ndarray = np.minimum((dark - first) / (last - first), room).clip(0, 1)
    return dark + colour * share


def _luminance(channels: np.ndarray) -> np.ndarray:
    """Of channels (3, n), not rounded: float32 (n,)."""
    red, green, blue = (
        np.float32(share) * channel for share, channel in zip(LUMINANCE, channels, strict=True)
    )
    return red + green + blue
