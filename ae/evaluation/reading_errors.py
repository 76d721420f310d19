"""Does cleaning help the reader? Character error rates of Tesseract before and after, by script and dirt."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import numpy as np

from ae import ocr
from ae.data.degradation import HELD_OUT, Dirt, make_dirty
from ae.data.noisyoffice import PagePair
from ae.data.rendering import SCRIPTS, RenderedPage, render_text_page
from ae.documents.cleaning import PageCleaner
from ae.documents.page import Page
from ae.evaluation.bars import Judgement, judge

RESOLUTIONS = (150.0, 300.0)
MEANS = ("script", "dpi", "family")  # of a row; means are taken over each of their values
UNTOUCHED = "untouched"
ORIGINAL = "original"  # the clean page itself, which no cleaner can do better than give back
_STRENGTH = 0.8
_NOISYOFFICE_X_HEIGHT = 10.0  # pixels, well below the height at which pages are read without enlarging
_READERS = 2  # processes of Tesseract at a time; more memory than processors is gone otherwise
_ROUNDING = 1e-9  # of means
_AHEAD = 6  # pages that wait for a reader

Clean = Callable[[np.ndarray], np.ndarray]
# A page uint8 (H, W), Tesseract's languages, and the x-height of its print in pixels (see `ae.ocr.read`).
ToRead = tuple[np.ndarray, str, float]
_Key = tuple[str, float, str]  # script, resolution, family of dirt


def cleaner_function(cleaner: PageCleaner | None) -> Clean:
    """Page in, page out, grey or in colour; without a cleaner the page itself."""
    return (lambda pixels: cleaner.clean(Page(pixels)).pixels) if cleaner else (lambda pixels: pixels)


def read_all(pages: Iterable[ToRead]) -> list[str]:
    """Text of pages.

    Pages are taken from the iterable as they are needed, so that they can be made while others are read.
    """
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # two readers of one thread beat one of two
    waiting: deque[Future[str]] = deque()
    texts = []
    with ThreadPoolExecutor(min(_READERS, os.cpu_count() or 1)) as pool:
        for page in pages:
            waiting.append(pool.submit(ocr.read, *page))
            if len(waiting) > _AHEAD:
                texts.append(waiting.popleft().result())
        return texts + [future.result() for future in waiting]


def original_texts(pairs: list[PagePair]) -> list[str]:
    """What Tesseract reads in the clean original of each pair: the truth of NoisyOffice."""
    return read_once([(pair.clean, "eng", _NOISYOFFICE_X_HEIGHT) for pair in pairs])


def read_once(pages: Sequence[ToRead]) -> list[str]:
    """As `read_all`; pages that are the same, as the originals of many dirty ones, are read once."""
    keys = [(pixels.shape, pixels.tobytes(), *how) for pixels, *how in pages]
    different = dict(zip(keys, pages, strict=True))
    texts = dict(zip(different, read_all(different.values()), strict=True))
    return [texts[key] for key in keys]


def error_rate(pages: Iterable[ToRead], truths: Iterable[str]) -> float:
    """Edits over letters of the truths, all pages together."""
    read = read_all(pages)
    return ocr.total(ocr.compare(text, truth) for text, truth in zip(read, truths, strict=True)).rate


def noisyoffice_error_rate(results: list[np.ndarray], truths: list[str]) -> float:
    """`error_rate` on NoisyOffice pages uint8 (H, W), cleaned or not; `truths` are the `original_texts`."""
    return error_rate(((page, "eng", _NOISYOFFICE_X_HEIGHT) for page in results), truths)


@dataclass(frozen=True)
class DirtyText:
    """A rendered page of known text with one held-out family of dirt on it."""

    page: RenderedPage
    dirty: np.ndarray
    script: str
    dpi: float
    family: str


@dataclass(frozen=True)
class ErrorRates:
    """Character error rate by cleaner on `pages` pages of one script, resolution and family of dirt.

    Beside the cleaners stands `ORIGINAL`: Tesseract misreads clean pages, too.
    """

    script: str
    dpi: float
    family: str
    pages: int
    letters: int
    cer: dict[str, float]


def held_out_pages(count: int, seed: int, scripts: Iterable[str] = SCRIPTS) -> Iterator[DirtyText]:
    """`count` pages for each script, resolution and held-out family; fonts are held out too."""
    seeds = range(seed, seed + count)
    for script, dpi in product(scripts, RESOLUTIONS):
        pages = [render_text_page(page_seed, script, dpi) for page_seed in seeds]
        for family, (page_seed, page) in product(HELD_OUT, zip(seeds, pages, strict=True)):
            dirt = (Dirt("grain", 0.4), Dirt(family, _STRENGTH))
            yield DirtyText(page, make_dirty(page.clean, dirt, page_seed, dpi), script, dpi, family)


def rendered_errors(cleaners: dict[str, Clean], pages: Iterable[DirtyText]) -> list[ErrorRates]:
    """One row for each script, resolution and family, in the order in which they come."""
    asked: list[tuple[_Key, str, str, int]] = []
    places: dict[tuple[bytes, str], int] = {}  # an original lies below much dirt and is read once
    numbers = itertools.count()

    def to_read() -> Iterator[ToRead]:
        for dirty in pages:
            page, key = dirty.page, (dirty.script, dirty.dpi, dirty.family)
            original = hashlib.sha256(page.clean.tobytes()).digest(), page.language
            if original not in places:
                places[original] = next(numbers)
                yield page.clean, page.language, page.x_height
            asked.append((key, ORIGINAL, page.text, places[original]))
            for name, clean in cleaners.items():
                asked.append((key, name, page.text, next(numbers)))
                yield clean(dirty.dirty), page.language, page.x_height

    texts = read_all(to_read())
    found: dict[_Key, dict[str, list[ocr.CharacterErrors]]] = {}
    for key, name, truth, place in asked:
        found.setdefault(key, {}).setdefault(name, []).append(_compare(texts[place], truth, key[0]))
    return [_row(key, errors) for key, errors in found.items()]


def _row(key: _Key, errors: dict[str, list[ocr.CharacterErrors]]) -> ErrorRates:
    totals = {name: ocr.total(pages) for name, pages in errors.items()}
    pages, letters = len(next(iter(errors.values()))), next(iter(totals.values())).letters
    return ErrorRates(*key, pages, letters, {name: total.rate for name, total in totals.items()})


def _compare(text: str, truth: str, script: str) -> ocr.CharacterErrors:
    if not SCRIPTS[script].spaced:
        # Chinese and Japanese are printed without spaces; those that Tesseract puts in say nothing.
        text, truth = "".join(text.split()), "".join(truth.split())
    return ocr.compare(text, truth)


def mean_by(rows: list[ErrorRates], key: str) -> dict[str, dict[str, float]]:
    """Mean character error rate by cleaner for each value of `script`, `dpi` or `family`, as text."""
    values = sorted({getattr(row, key) for row in rows})
    return {str(value): means([row for row in rows if getattr(row, key) == value]) for value in values}


def means(rows: list[ErrorRates]) -> dict[str, float]:
    """Mean character error rate by cleaner; every row counts alike."""
    return {name: float(np.mean([row.cer[name] for row in rows])) for name in rows[0].cer}


def judgements(rows: list[ErrorRates], floor: tuple[str, ...]) -> list[Judgement]:
    """For each cleaner that is not part of the floor: what it made worse, and what is left of the mean error.

    Rows are worse, and means of all rows of one script, one resolution or one family: a row is one page or a
    few, on which Tesseract misreads a letter more or less by chance. Everywhere the floor is the better of
    the cleaners named by `floor`.
    """
    groups = [mean for key in MEANS for mean in mean_by(rows, key).values()]
    found = []
    for name in rows[0].cer:
        if name in floor:
            continue
        found.append(_worse("rows_read_worse", name, [row.cer for row in rows], floor))
        found.append(_worse("means_read_worse", name, groups, floor))
        ours, best = (float(np.mean(errors)) for errors in _beside([row.cer for row in rows], name, floor))
        left = ours / best if best else float(ours > 0)
        found.append(judge("cer_of_floor", name, "mean over rows", left))
    return found


def _worse(measure: str, name: str, rates: list[dict[str, float]], floor: tuple[str, ...]) -> Judgement:
    ours, best = _beside(rates, name, floor)
    worse = int((ours > best + _ROUNDING).sum())
    most = f", by {(ours - best).max():.4f} at most" if worse else ""
    return judge(measure, name, f"{worse} of {len(rates)}{most}", worse)


def _beside(
    rates: list[dict[str, float]], name: str, floor: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Error rates of a cleaner, and of the better one of the floor."""
    best = [min(rate[other] for other in floor) for rate in rates]
    return np.array([rate[name] for rate in rates]), np.array(best)
