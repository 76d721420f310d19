"""Fewer shades, where a clean page would take more bytes than the page that came in.

Many a page is stored in few greys; a network returns hundreds, most of which no eye can tell apart. Kinds of
file without loss pay for each of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from ae.arrays import bands, is_grey, strongest, weakest
from ae.documents.page import Page

NEARLY_WHITE = 250  # grey level; no eye tells paper so light from white
INVISIBLY_FEW = 64  # a page of so many shades looks as it did
ENOUGH_FOR_EDGES = 16  # where grey is only the edges of letters, which show no steps
GREYS = (64, 32, 16)
COLOURS = (256, 64, 32)
_MOST_LOSS, _LARGEST_LOSS = 4.2, 40  # grey levels: mean of any small part of the page, and of a pixel
_PART = 32  # pixels
_MOSTLY_GREY = 0.75  # of a small part: more than edges of letters


def with_white_paper(clean: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Clean pixels uint8 (H, W) or (H, W, 3) whose nearly white ones are white, but for those that the page
    `before` cleaning had already."""
    if clean is before:
        return clean
    result = np.empty_like(clean)
    for rows in bands(len(clean)):
        change = strongest(cv2.absdiff(clean[rows], before[rows]))
        white = ((weakest(clean[rows]) >= NEARLY_WHITE) & (change > 0)) * np.uint8(255)
        result[rows] = cv2.bitwise_or(clean[rows], white if clean.ndim == 2 else cv2.merge([white] * 3))
    return result


def versions(page: Page) -> Iterator[Page]:
    """The page, then with fewer and fewer shades, down to the fewest that it may have."""
    yield page
    if not page.fewest_shades or page.is_bw:
        return
    has_colour = not is_grey(page.pixels)
    counts = COLOURS if has_colour else GREYS
    fewest = max(page.fewest_shades, counts[-1])
    for count in (*(count for count in counts if count > fewest), fewest):
        pixels = _in_colours(page.pixels, count) if has_colour else _in_greys(page.pixels, count)
        if not _is_alike(page.pixels, pixels):
            return
        colours = count if has_colour else page.origin.colours
        yield replace(page, pixels=pixels, deep=None, origin=replace(page.origin, colours=colours))


def versions_of_edges(page: Page) -> Iterator[Page]:
    """Still fewer shades, for a page without colour that is letters and lines alone; nothing for others."""
    has_colour = not is_grey(page.pixels)
    has_more = page.fewest_shades > ENOUGH_FOR_EDGES
    if has_more and not page.is_bw and not has_colour and _has_only_edges(page.pixels):
        few = versions(replace(page, fewest_shades=ENOUGH_FOR_EDGES))
        yield from itertools.islice(few, 2, None)


def fewest(pixels: np.ndarray) -> int:
    """In how few shades a page may be stored that came as `pixels`: as few as it had, or as no eye sees."""
    had = np.zeros(256, bool)
    for rows in bands(len(pixels)):
        had |= np.bincount(pixels[rows].ravel(), minlength=256) > 0
    return min(int(had.sum()), INVISIBLY_FEW)


def quantized(image: Image.Image, count: int) -> Image.Image:
    """A picture in RGB with a palette of so many colours, none far from its own."""
    return image.quantize(count, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def _has_only_edges(pixels: np.ndarray) -> bool:
    """Whether a page without colour is letters and lines: no part of it, however small, is mostly grey."""
    grey = pixels[..., 0] if pixels.ndim == 3 else pixels
    between = ((grey > 255 - NEARLY_WHITE) & (grey < NEARLY_WHITE)).astype(np.float32)
    shares = (cv2.blur(between[rows], (_PART, _PART)).max(initial=0) for rows in bands(len(grey)))
    return all(share < _MOSTLY_GREY for share in shares)


def _in_greys(pixels: np.ndarray, count: int) -> np.ndarray:
    steps = np.rint(np.arange(256) / 255 * (count - 1)) * 255 / (count - 1)
    return np.rint(steps).astype(np.uint8)[pixels]


def _in_colours(pixels: np.ndarray, count: int) -> np.ndarray:
    return np.asarray(quantized(Image.fromarray(pixels), count).convert("RGB"))


def _is_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether no small part of a page and no pixel is far from the other page's."""
    for rows in bands(len(one)):
        apart = strongest(cv2.absdiff(one[rows], other[rows]))
        mean = cv2.blur(apart.astype(np.float32), (_PART, _PART))
        if apart.max(initial=0) > _LARGEST_LOSS or mean.max(initial=0) > _MOST_LOSS:
            return False
    return True
