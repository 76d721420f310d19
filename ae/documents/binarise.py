"""Black and white that keeps faint ink and the width of strokes.

The cleaned page says what is ink, at the size of a few strokes; the page itself says how that ink is shaped,
because a network may leave a stroke hollow or pale. A pixel is then ink when it is darker than half way from
the paper to the darkest ink beside it, so that blurred strokes keep their width, and when it is not far paler
than the ink around it. Lengths are multiples of the width of the page's strokes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntFlag

import cv2
import numpy as np

from ae.arrays import bands, enlarged, is_grey
from ae.documents import division

PAPER, INK = 255, 0

_WIDEST_STROKE = 24.0  # pixels; a page of nothing but headlines at 600 dpi
_PAPER_WINDOW = 14  # strokes
_SHRINK = 4  # paper is judged on a copy so many times smaller
_TRUST = 2.0  # strokes: how far one looks to see whether the cleaner kept the ink here
_NEIGHBOURHOOD = 12  # strokes: how far one looks for the usual darkness of ink here
_EDGE = 0.48  # of the way from the paper to the darkest ink beside a pixel
_UNEVEN = 1.5  # times how uneven the paper is; ink has to be so much darker still
_SOFT, _PALE = 1.5, 0.7  # ink from the other side or a stain: its edges so much softer, and paler than usual
_SOFTNESS_WINDOW = 4  # strokes
_RESTORED = 0.9  # of the usual darkness on the clean page: not of the other side
_RIM, _PALE_RIM = (0.4, 0.75), 0.6  # so much of the edge of a stain's rim is soft, and it is paler than usual
_LEAST_RIM = 8  # squares as wide as a stroke; fragments of letters are smaller
_SAMPLE, _MOST = 5, 75  # one of so many pixels of the paper, and a percentile of them
_MOST_UNEVEN = 0.1  # of the usual darkness; more is a dark margin, where all other paper is near ink
_USUAL = 0.47  # of the usual darkness here: paler is no ink
_FAINTEST, _FAINT = 0.12, 0.2  # of the page's usual darkness: no pixel, and no whole stroke, is paler
_ROUGH_PAPER = 3.0, 5.0  # grey levels of unevenness: from the first on, dirt between letters looks like ink
_SHOWN = 0.3, 0.5  # of the darkest that the cleaner left nearby: paler is no ink, on smooth and rough paper
_RUNNING = 0.55, 0.75  # of the width of strokes: blur by which letters run into each other; broad ones do not
_FULL = 0.8  # of the darkest of the page nearby: ink, whatever the cleaner left
_SHOWN_WINDOW = 9, 2  # pixels, or strokes if that is wider
_BAND, _AT_ONCE = 512, 4  # rows of a page that are decided together, and how often at once at most
_EVERY = 16  # one pixel of so many in a row and column shows most pages to be in more than two tones
_LEAST_DARKNESS = 10  # grey levels; paper itself varies so much
_EDGE_BLURS = 1.8  # one looks so many times the blur of an edge for the darkest ink beside a pixel
_WIDEST_BLUR = 15  # pixels


@dataclass(frozen=True)
class _Print:
    """What is known of a page: width of its strokes and blur of their edges in pixels; darkness of its ink,
    and what the cleaner `left` of that.

    `unevenness`: grey levels by which paper far from all ink is darker than the paper around it.
    """

    stroke: float
    blur: float
    darkness: float
    left: float
    unevenness: float


def binarise(grey: np.ndarray, clean: np.ndarray | None = None) -> np.ndarray:
    """The page uint8 (H, W) with ink 0 on paper 255.

    `clean` is the cleaned page, uint8 (H, W); without it the page divided by its background takes its place.
    """
    clean = division.divide(grey) if clean is None else clean
    seed = _otsu(clean)
    if seed.min() == seed.max():  # an even page, which has no strokes
        return np.where(clean < 128, np.uint8(INK), np.uint8(PAPER))
    strokes = _without_areas(seed)
    stroke = _stroke(strokes)
    paper = _paper(grey, cv2.dilate(seed, np.ones((5, 5), np.uint8)), stroke)
    left = float(PAPER - np.median(clean[strokes > 0]))
    known = _measure(grey, seed, strokes, paper, stroke, left)
    ink, traits = np.zeros_like(grey), np.zeros_like(grey)

    def decide(rows: tuple[slice, slice]) -> None:
        inner, outer = rows
        part = slice(inner.start - outer.start, inner.stop - outer.start)
        darkness = _darkness(grey[outer], paper, outer, grey.shape)
        trusted = darkness * _trust(darkness, clean[outer], known)
        found = _ink(trusted, PAPER - clean[outer], known) & _shown(darkness, clean[outer], known)
        ink[inner] = found[part]
        traits[inner] = _traits(darkness, trusted, found, known)[part]

    parts = _bands(grey.shape[0], round(_NEIGHBOURHOOD * known.stroke) + 2 * _WIDEST_BLUR)
    with ThreadPoolExecutor(min(_AT_ONCE, cv2.getNumThreads())) as pool:
        list(pool.map(decide, parts))  # which raises what went wrong in any of them
    return np.where(_strokes(ink, traits, known.stroke), np.uint8(INK), np.uint8(PAPER))


def is_pure(pixels: np.ndarray) -> bool:
    """Whether a page uint8 (H, W) or (H, W, 3) is black and white already."""
    few = pixels[::_EVERY, ::_EVERY]  # which nearly always say that it is not
    return _are_pure(few) and all(_are_pure(pixels[rows]) for rows in bands(len(pixels)))


def _are_pure(pixels: np.ndarray) -> bool:
    return is_grey(pixels) and bool(np.isin(pixels, (INK, PAPER)).all())


def _otsu(grey: np.ndarray) -> np.ndarray:
    """1 where a page is darker than Otsu's threshold, uint8."""
    return cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1].astype(np.uint8)


def _without_areas(ink: np.ndarray) -> np.ndarray:
    """Ink without what is too broad for a stroke, such as a table around the page; all, if all of it is."""
    small = (_small(ink * np.uint8(255)) > 127).astype(np.uint8)
    side = _odd(2 * _WIDEST_STROKE / _SHRINK)
    broad = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    broad = cv2.dilate(broad, np.ones((3, 3), np.uint8))
    strokes = ink & (1 - cv2.resize(broad, ink.shape[::-1], interpolation=cv2.INTER_NEAREST))
    return strokes if strokes.any() else ink


def _stroke(ink: np.ndarray) -> float:
    """Usual width of a stroke in pixels, from the middle lines of the ink; dust counts little."""
    ridges = []
    for rows in bands(len(ink)):
        depth = cv2.distanceTransform(ink[rows], cv2.DIST_L2, 3)
        middle = (depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)) - 1e-3)
        # Where a band is all ink there is no side to be far from.
        ridges.append(np.minimum(depth[middle], _WIDEST_STROKE))
    ridge = np.sort(np.concatenate(ridges))
    half = int(np.searchsorted(np.cumsum(ridge), ridge.sum() / 2))
    return float(np.clip(2 * ridge[min(half, ridge.size - 1)] - 1, 1.5, _WIDEST_STROKE))


def _paper(grey: np.ndarray, ink: np.ndarray, stroke: float) -> np.ndarray:
    """Grey level of the paper, the mean around without the ink, float32, `_SHRINK` times smaller."""
    seen = _small((1 - ink) * np.uint8(255)) / 255
    light = _small(np.where(ink, np.uint8(0), grey))
    share = float(seen.mean())
    paper = np.full(seen.shape, light.mean() / share if share > 0 else PAPER, np.float32)
    # The wide mean counts where the narrow one sees no paper.
    for strokes in (4 * _PAPER_WINDOW, _PAPER_WINDOW):
        side = _odd(strokes * stroke / _SHRINK)
        around, total = (cv2.boxFilter(field, -1, (side, side)) for field in (seen, light))
        paper = np.where(around > 0.05, total / np.maximum(around, 0.05), paper)
    return paper


def _small(grey: np.ndarray) -> np.ndarray:
    size = [max(1, -(-side // _SHRINK)) for side in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _measure(
    grey: np.ndarray, seed: np.ndarray, strokes: np.ndarray, paper: np.ndarray, stroke: float, left: float
) -> _Print:
    """Blur and darkness of the `strokes` among the ink `seed`, so many pixels wide, from a band at a time."""
    near = np.ones((_odd(4 * stroke + 5),) * 2, np.uint8)
    levels, slopes, papers = [], [], [np.zeros(1, np.float32)]
    for _, rows in _bands(grey.shape[0], 2):
        darkness = _darkness(grey[rows], paper, rows, grey.shape)
        levels.append(darkness[strokes[rows] > 0])
        slopes.append(_slopes(darkness, strokes[rows]))
        papers.append(darkness[cv2.dilate(seed[rows], near) == 0][::_SAMPLE])
    level, slope = (float(np.median(np.concatenate(parts))) for parts in (levels, slopes))
    uneven = min(float(np.percentile(np.concatenate(papers), _MOST)), _MOST_UNEVEN * level)
    return _Print(stroke, level / max(slope, 1.0), max(level, _LEAST_DARKNESS), left, uneven)


def _slopes(darkness: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Steepest change per pixel across each place of the edge of the ink."""
    return _steepness(darkness)[cv2.morphologyEx(seed, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0]


def _steepness(darkness: np.ndarray) -> np.ndarray:
    """Largest change per pixel next to each pixel."""
    across, down = (cv2.Sobel(darkness, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    return cv2.dilate(cv2.magnitude(across, down), np.ones((3, 3), np.uint8))


def _bands(height: int, margin: int) -> Iterator[tuple[slice, slice]]:
    """Rows that are decided together, and the rows that this depends on."""
    for inner in bands(height, _BAND):
        yield inner, slice(max(0, inner.start - margin), min(height, inner.stop + margin))


def _darkness(grey: np.ndarray, paper: np.ndarray, rows: slice, shape: tuple[int, ...]) -> np.ndarray:
    """How much darker than its paper a band of the page is, in grey levels of white paper, float32."""
    height, width = shape
    step = paper.shape[0] / height, paper.shape[1] / width
    under = enlarged(paper, step, rows, slice(0, width))
    np.maximum(under, 1, out=under)
    darkness: np.ndarray = under - grey
    np.maximum(darkness, 0, out=darkness)
    darkness /= under
    darkness *= 255
    return darkness


def _trust(darkness: np.ndarray, clean: np.ndarray, known: _Print) -> np.ndarray:
    """Share 0..1 of the darkness around each pixel that the cleaner kept, the darkest counting most."""
    sigma = max(1.0, _TRUST * known.stroke)
    kept = np.minimum(darkness, 255 - clean.astype(np.float32)) * darkness
    # Five grey levels are no darkness that could be kept.
    all_of_it = cv2.GaussianBlur(darkness * darkness, (0, 0), sigma) + 25
    return np.clip(cv2.GaussianBlur(kept, (0, 0), sigma) / all_of_it, 0, 1)


def _shown(darkness: np.ndarray, clean: np.ndarray, known: _Print) -> np.ndarray:
    """1 where a band of the cleaned page is dark enough for ink; everywhere, if the page is sharp, uint8.

    Blurred letters run into each other, and on rough paper into the dirt between them, and the cleaner parts
    them. Where the page itself is as dark as the ink beside it, the cleaner left a stroke hollow.
    """
    share = np.interp(known.unevenness, _ROUGH_PAPER, _SHOWN)
    share *= np.interp(known.blur / known.stroke, _RUNNING, (0, 1))
    if share == 0:
        return np.ones_like(clean)
    pixels, strokes = _SHOWN_WINDOW
    around = np.ones((_odd(max(pixels, strokes * known.stroke)),) * 2, np.uint8)
    kept = PAPER - clean.astype(np.float32)
    shown = (kept >= share * cv2.dilate(kept, around)) | (darkness > _FULL * cv2.dilate(darkness, around))
    return shown.astype(np.uint8)


def _ink(darkness: np.ndarray, left: np.ndarray, known: _Print) -> np.ndarray:
    """1 where a band is ink, uint8, by its darkness and by what the cleaner left of it.

    What is pale and soft is of the other side or a stain, or print out of focus on a page that is not so
    everywhere, which the cleaner makes as dark and sharp as all print.
    """
    darkest = _darkest(darkness, known)
    candidate = darkness > max(_FAINTEST * known.darkness, _LEAST_DARKNESS)
    shaped = candidate & (darkness > _EDGE * darkest + _UNEVEN * known.unevenness)
    is_dark = (darkness > _PALE * known.darkness) | (left > _RESTORED * known.left)
    shaped &= is_dark | ~_is_soft(darkness, darkest, shaped.astype(np.uint8), known)
    ink = candidate & (darkness > _FAINT * known.darkness)
    for _ in range(2):  # the usual darkness of all dark pixels here, then of the ink alone
        (usual,) = _means_of([darkness], ink, _NEIGHBOURHOOD * known.stroke)
        ink = shaped & (usual > 0) & (darkness > _USUAL * usual)
    return ink.astype(np.uint8)


def _darkest(darkness: np.ndarray, known: _Print) -> np.ndarray:
    """The darkest as far from each pixel as the blur of an edge reaches."""
    near = int(np.clip(_odd(_EDGE_BLURS * known.blur + 0.5), 3, _WIDEST_BLUR))
    return cv2.dilate(darkness, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (near, near)))


def _is_soft(darkness: np.ndarray, darkest: np.ndarray, shaped: np.ndarray, known: _Print) -> np.ndarray:
    """Where the edges of dark shapes are much softer than those of the page's ink, bool."""
    edge = cv2.morphologyEx(shaped, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    dark, steep = _means_of([darkest, _steepness(darkness)], edge, _SOFTNESS_WINDOW * known.stroke)
    return dark / np.maximum(steep, 1e-3) > _SOFT * known.blur


def _means_of(fields: list[np.ndarray], where: np.ndarray, size: float) -> list[np.ndarray]:
    """Means of fields over the pixels `where` in a window of about `size` pixels, 0 where there are none."""
    window, counted = (_odd(size), _odd(size)), where.astype(np.float32)
    count = cv2.boxFilter(counted, -1, window)
    totals = [cv2.boxFilter(cv2.multiply(field, counted), -1, window) for field in fields]
    is_any = count > 1e-5
    np.maximum(count, 1e-5, out=count)
    return [cv2.divide(total, count) * is_any for total in totals]


class _Trait(IntFlag):
    """What may be said of a pixel of ink: dark enough, paler than usual, at an edge, at a soft edge."""

    CERTAIN = 1
    PALE = 2
    EDGE = 4
    SOFT = 8


def _traits(darkness: np.ndarray, trusted: np.ndarray, ink: np.ndarray, known: _Print) -> np.ndarray:
    """The traits of each pixel of a band, uint8; `trusted`: its darkness as far as the cleaner kept it."""
    edge = ink > cv2.erode(ink, np.ones((3, 3), np.uint8))
    soft = edge & (_darkest(darkness, known) > _SOFT * known.blur * _steepness(darkness))
    result = (trusted > _FAINT * known.darkness) * np.uint8(_Trait.CERTAIN)
    result |= (darkness < _PALE_RIM * known.darkness) * np.uint8(_Trait.PALE)
    return result | edge * np.uint8(_Trait.EDGE) | soft * np.uint8(_Trait.SOFT)


def _strokes(ink: np.ndarray, traits: np.ndarray, stroke: float) -> np.ndarray:
    """The connected ink at least half of which is certain, and that is no rim of a stain, bool (H, W).

    Such a rim is pale, and soft on the side on which the stain dried alone; a pencil is on both sides.
    """
    count, labels = cv2.connectedComponents(ink, connectivity=8)
    inside, having = np.zeros(count), {trait: np.zeros(count) for trait in _Trait}
    for band in bands(len(ink)):
        is_ink = ink[band] > 0
        numbers, found = labels[band][is_ink], traits[band][is_ink]
        inside += np.bincount(numbers, minlength=count)
        for trait, counts in having.items():
            counts += np.bincount(numbers[(found & trait) > 0], minlength=count)
    least, most = (share * having[_Trait.EDGE] for share in _RIM)
    is_rim = (having[_Trait.SOFT] > least) & (having[_Trait.SOFT] < most)
    is_rim &= (having[_Trait.PALE] > 0.5 * inside) & (inside > _LEAST_RIM * stroke**2)
    keep = (having[_Trait.CERTAIN] > 0.5 * inside) & ~is_rim
    keep[0] = False  # the paper
    result = np.empty(ink.shape, bool)
    for band in bands(len(ink)):
        result[band] = keep[labels[band]]
    return result


def _odd(size: float) -> int:
    return max(3, int(size) // 2 * 2 + 1)
