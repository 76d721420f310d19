"""The dirt of NoisyOffice without its text: backgrounds shared by many pages, laid under other text.

Compute them from the partition that is trained on, at training time; nothing of them is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ae.data.degradation.fields import brighten, eight_bit
from ae.data.noisyoffice import PagePair
from ae.errors import DataError

_PAPER = 250  # a clean page is paper where it is at least so bright
_MOST_HOLES = 0.1
_WHITE_PAPER = 90  # percent of a background are no brighter than its clean paper


def recover_backgrounds(pages: Sequence[PagePair]) -> list[np.ndarray]:
    """One background uint8 (H, W) per partition and kind of noise, in the order of the names.

    Pages of one group show the same piece of dirty paper below other letters, smaller pages its top left
    part: the brightest pixel over them is the paper. Where every page has ink, the hole is inpainted.
    Raises DataError when a page's name has no kind of noise in it or too few pages share a background.
    """
    groups: dict[tuple[str, str], list[PagePair]] = {}
    for page in pages:
        groups.setdefault(_group(page.name), []).append(page)
    return [_brightest(groups[key]) for key in sorted(groups)]


def _group(name: str) -> tuple[str, str]:
    """Partition and kind of noise, from a name such as FontLre_Noisec_TR."""
    parts = name.split("_")
    if len(parts) != 3:
        raise DataError(f"{name}: not a NoisyOffice name such as FontLre_Noisec_TR")
    return parts[2], parts[1]


def _brightest(pages: list[PagePair]) -> np.ndarray:
    height = max(page.dirty.shape[0] for page in pages)
    width = max(page.dirty.shape[1] for page in pages)
    paper = np.zeros((height, width), np.uint8)
    for page in pages:
        rows, columns = page.dirty.shape
        seen = np.where(page.clean >= _PAPER, page.dirty, 0)
        np.maximum(paper[:rows, :columns], seen, out=paper[:rows, :columns])
    holes = (paper == 0).astype(np.uint8)
    if holes.mean() > _MOST_HOLES:
        raise DataError(f"{pages[0].name}: {len(pages)} pages are too few to see the paper below the text")
    return cv2.inpaint(paper, holes, 3, cv2.INPAINT_TELEA)


def lay_on_background(clean: np.ndarray, background: np.ndarray, seed: int, strength: float) -> np.ndarray:
    """The clean page uint8 (H, W) or (H, W, 3) on a turned, mirrored, scaled and darkened background.

    Sometimes two pieces of it lie on top of each other, and the ink is a little pale. Strength 0 is the clean
    page, 1 the full dirt, at times darker than the original. The text does not move.
    """
    generator = np.random.default_rng(seed)
    paper = _piece(background, clean.shape, generator)
    power = strength * generator.uniform(0.7, 1.7)
    if generator.random() < 0.25:
        paper = paper * _piece(background, clean.shape, generator)
        power *= 0.8
    gain = cv2.pow(paper, power) if strength > 0 else np.ones_like(paper)
    pale = strength * generator.uniform(0, 0.18)  # the corpus's ink is a few percent transparent
    inked = eight_bit(clean + pale * (255 - clean.astype(np.float32))) if pale > 0 else clean
    return brighten(inked, gain if clean.ndim == 2 else np.dstack([gain] * 3))


def swap_background(page: PagePair, own: np.ndarray, other: np.ndarray, seed: int) -> np.ndarray:
    """The dirty page uint8 (H, W), its letters, as they were scanned, moved to another background.

    `own` is the background of the page itself; of the `other` one a piece is taken, turned, mirrored, scaled,
    paler or darker, sometimes with a second piece above it. Ink too becomes a little paler or darker.
    """
    generator = np.random.default_rng(seed)
    rows, columns = page.dirty.shape
    ink = page.dirty / np.maximum(own[:rows, :columns], 1).astype(np.float32)
    pieces = [_piece(other, page.dirty.shape, generator) for _ in range(1 + (generator.random() < 0.3))]
    whites = [float(np.percentile(piece, _WHITE_PAPER)) for piece in pieces]
    dirt = np.prod([piece / white for piece, white in zip(pieces, whites, strict=True)], axis=0)
    of_ink, of_dirt = np.exp(generator.uniform((-0.1, -0.5), (0.1, 0.5)))
    return eight_bit(255 * whites[0] * np.minimum(ink, 1.2) ** of_ink * np.minimum(dirt, 1.1) ** of_dirt)


def backgrounds_below(pages: Sequence[PagePair], backgrounds: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The one of their recovered `backgrounds` on which each of the pages lies."""
    groups = [_group(page.name) for page in pages]
    of_group = dict(zip(sorted(set(groups)), backgrounds, strict=True))
    return [of_group[group] for group in groups]


def _piece(background: np.ndarray, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """A piece float32 (H, W) in 0..1 of the background, continued by its mirror image."""
    height, width = shape[:2]
    angle, scale = generator.uniform(0, 2 * np.pi), np.exp(generator.uniform(np.log(0.5), np.log(1.25)))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn[:, 0] *= generator.choice((-1, 1))
    place = generator.uniform(0, 1, 2) * background.shape[::-1]
    middle = place - turn @ (width / 2, height / 2)
    matrix = np.column_stack((turn, middle)).astype(np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpAffine(background, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.maximum(turned, 1).astype(np.float32) / 255
