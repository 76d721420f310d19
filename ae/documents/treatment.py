"""Everything that is done to one page: cleaned, parts of it kept, read before and after, and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ae import ocr
from ae.arrays import luminance
from ae.documents import flags, grounds
from ae.documents.binarise import binarise, is_pure
from ae.documents.boxes import boxes_behind_print, without_boxes
from ae.documents.cleaning import PageCleaner
from ae.documents.dithering import with_dots
from ae.documents.flags import Look
from ae.documents.page import ColourKind, Page
from ae.documents.shades import with_white_paper
from ae.documents.tiling import IsCancelled, Progress
from ae.errors import AeError

_INVERTED = "had light text on a dark background, and has been inverted"
_ON_GROUND = "has light print on a ground and no paper that could become white, and stays as it is"


@dataclass(frozen=True)
class Region:
    """A rectangle in pixels of the upright page that stays as it was; on page `number`, or on all without."""

    left: int
    top: int
    width: int
    height: int
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> Region:
        """`X,Y,WIDTH,HEIGHT`, or `PAGE:X,Y,WIDTH,HEIGHT`. Raises ValueError."""
        page, colon, box = text.rpartition(":")
        left, top, width, height = (int(part) for part in box.split(","))
        number = int(page) if colon else None
        if min(left, top) < 0 or min(width, height) < 1 or (number is not None and number < 1):
            raise ValueError(text)
        return cls(left, top, width, height, number)

    def __str__(self) -> str:
        page = f"{self.number}:" if self.number else ""
        return f"{page}{self.left},{self.top},{self.width},{self.height}"

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


@dataclass(frozen=True)
class CleanOptions:
    """How pages are cleaned.

    `strength` 0 (the same pixels) to 1; `best`: four mirror images instead of one; `languages` of the text
    that is read, Tesseract's codes joined by +, empty: nothing is read; `keep`: what stays as it was;
    `turn_inverted`: pages with light text on a dark background are inverted first; `colour`: what the pages
    are to be, None leaves it; black-and-white needs the page before cleaning, so that it is done here.
    Pictures are shown as dots then, unless the strength is below 1.
    """

    strength: float = 1.0
    best: bool = False
    languages: str = ""
    keep: tuple[Region, ...] = ()
    turn_inverted: bool = False
    colour: ColourKind | None = None

    @property
    def keeps_pixels(self) -> bool:
        """Whether some of what a page was has to be in the result to the last grey level."""
        return self.strength < 1 or bool(self.keep)


@dataclass(frozen=True)
class Facts:
    """What is known about a page that was cleaned.

    `seconds` from decoded pixels to cleaned pixels; `before` and `after`: the text that was read, without
    its layer; `note`: what was special.
    """

    seconds: float
    look: Look
    before: ocr.Reading | None = None
    after: ocr.Reading | None = None
    note: str = ""


@dataclass(frozen=True)
class Treated:
    """A clean page; `text_layer` is a PDF page with its text, invisible, empty where it was not read."""

    page: Page
    facts: Facts
    text_layer: bytes = b""


def treat(
    page: Page,
    cleaner: PageCleaner,
    options: CleanOptions | None = None,
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Treated:
    """Clean one page. `progress` is called with the share done, 0..1.

    Safe to call in several threads at once. Raises Cancelled when `cancelled` says so, and what
    `PageCleaner.clean` raises.
    """
    options = options or CleanOptions()
    started = time.perf_counter()
    page, clean, note = cleaned(page, cleaner, options, progress=progress, cancelled=cancelled)
    seconds = time.perf_counter() - started
    before, after, problem = _readings(page.pixels, clean, options.languages)
    confidences = (before.confidence, after.confidence) if before and after else None
    look = flags.inspect(page.pixels, clean, confidences)
    off = _off_the_page(page, options.keep)
    note = "; ".join(part for part in (note, off, problem, cleaner.problem) if part)
    layer = after.layer if after else b""
    return Treated(page.with_pixels(clean), Facts(seconds, look, _bare(before), _bare(after), note), layer)


def cleaned(
    page: Page,
    cleaner: PageCleaner,
    options: CleanOptions,
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> tuple[Page, np.ndarray, str]:
    """The page that was cleaned (inverted, if its text is light and that is wanted), its clean pixels, and a
    note. Neither read nor looked at; the rest is told at `treat`."""
    page, note = _turned(page) if options.turn_inverted else (page, "")
    clean = cleaner.clean(
        page, strength=options.strength, best=options.best, progress=progress, cancelled=cancelled
    ).pixels
    seen = cache(lambda: luminance(cleaner.seen(page.pixels)))  # only where it is asked for, and once
    stays = _stays_on_its_ground(page, clean, seen, options)
    if stays:
        note = "; ".join(filter(None, (note, _ON_GROUND)))
    clean = with_white_paper(clean, page.pixels)
    without_kept, clean = clean, keep_regions(page, clean, options.keep)
    was_pure = options.colour in (None, "bw") and is_pure(page.pixels)
    if options.colour == "bw" or (was_pure and options.strength and not stays):
        pure, grey = _in_two_tones(page, seen(), luminance(without_kept), options)
        if options.strength == 1:  # what is not quite clean would all be shown as dots
            pure = with_dots(pure, grey)
        clean = pure if options.colour == "bw" or clean.ndim == 2 else np.dstack([pure] * 3)
    if was_pure:  # what was kept has been drawn anew, though it could stay
        clean = keep_regions(page, clean, options.keep)
    return page, clean, note


def _stays_on_its_ground(
    page: Page, clean: np.ndarray, seen: Callable[[], np.ndarray], options: CleanOptions
) -> bool:
    """Whether the cleaner left a page as it was because of light print on it."""
    # Not by identity: an app that remembers pages, and a cluster, give copies.
    is_same = bool(options.strength) and np.array_equal(clean, page.pixels)
    return is_same and grounds.has_light_print(seen())


def _in_two_tones(
    page: Page, seen: np.ndarray, clean: np.ndarray, options: CleanOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Ink and paper of a page, and the grey page that tells them, all uint8 (H, W).

    `seen`: the page as the cleaner sees it, `clean`: the clean one. What is to be kept may look like a box.
    """
    boxes = boxes_behind_print(clean)
    seen, clean = (keep_regions(page, without_boxes(grey, boxes), options.keep) for grey in (seen, clean))
    return binarise(seen, clean), clean


def _bare(reading: ocr.Reading | None) -> ocr.Reading | None:
    return replace(reading, layer=b"") if reading else None


def _turned(page: Page) -> tuple[Page, str]:
    if not grounds.is_inverted(page.pixels):
        return page, ""
    return page.with_pixels(grounds.turned(page.pixels)), _INVERTED


def keep_regions(page: Page, clean: np.ndarray, regions: tuple[Region, ...]) -> np.ndarray:
    """The clean pixels, with those of the page where a region says so."""
    boxes = [region.box for region in regions if region.number in (None, page.number)]
    if not boxes:
        return clean
    before = page.pixels if clean.ndim == page.pixels.ndim else luminance(page.pixels)
    result = clean.copy()
    for box in boxes:
        result[box] = before[box]
    return result


def nothing_to_keep(regions: tuple[Region, ...], pages: int) -> str:
    """A note about regions on pages that a document of so many has not."""
    missing = [str(region) for region in regions if region.number and region.number > pages]
    has = f"the document has {pages} page{'s' * (pages > 1)}"
    return f"nothing to keep at {', '.join(missing)}: {has}" if missing else ""


def _off_the_page(page: Page, regions: tuple[Region, ...]) -> str:
    """A note about regions of this page that lie outside of it, and so keep nothing."""
    height, width = page.pixels.shape[:2]
    off = [str(region) for region in regions if region.number in (None, page.number)
           and (region.left >= width or region.top >= height)]  # fmt: skip
    return f"nothing to keep at {', '.join(off)}: the page has {width} x {height} pixels" if off else ""


def _readings(
    before: np.ndarray, after: np.ndarray, languages: str
) -> tuple[ocr.Reading | None, ocr.Reading | None, str]:
    """The text before and after, and why there is none. A page that is not read is still clean."""
    if not languages:
        return None, None, ""
    try:
        return ocr.read_layer(before, languages), ocr.read_layer(after, languages), ""
    except AeError as error:
        return None, None, str(error)
