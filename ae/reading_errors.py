"""Does cleaning help the reader? Character error rates of Tesseract before and after, by script and dirt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

import numpy as np

from ae import ocr
from ae.data.degradation import HELD_OUT, Dirt, make_dirty
from ae.data.noisyoffice import PagePair
from ae.data.rendering import SCRIPTS, RenderedPage, render_text_page
from ae.documents.cleaning import PageCleaner
from ae.documents.page import Page

RESOLUTIONS = (150.0, 300.0)
_STRENGTH = 0.8
_NOISYOFFICE_X_HEIGHT = 10.0  # pixels, well below the height at which pages are read without enlarging

Clean = Callable[[np.ndarray], np.ndarray]


def cleaner_function(cleaner: PageCleaner | None) -> Clean:
    """Grey page in, grey page out; without a cleaner the page itself."""
    return (lambda grey: cleaner.clean(Page(grey)).pixels) if cleaner else (lambda grey: grey)


def noisyoffice_errors(clean: Clean, pairs: list[PagePair]) -> ocr.CharacterErrors:
    """Errors on NoisyOffice pages; the truth is what Tesseract reads in the clean original."""
    originals = {pair.clean.tobytes(): pair.clean for pair in pairs}  # many dirty pages share one
    read = _read_all((page, "eng", _NOISYOFFICE_X_HEIGHT) for page in originals.values())
    texts = dict(zip(originals, read, strict=True))
    found = _read_all((clean(pair.dirty), "eng", _NOISYOFFICE_X_HEIGHT) for pair in pairs)
    return ocr.total(
        ocr.compare(text, texts[pair.clean.tobytes()]) for text, pair in zip(found, pairs, strict=True)
    )


@dataclass(frozen=True)
class DirtyText:
    """A rendered page of known text with one held-out family of dirt on it."""

    page: RenderedPage
    dirty: np.ndarray
    script: str
    dpi: float
    family: str


def held_out_pages(count: int, seed: int, scripts: Iterable[str] = SCRIPTS) -> Iterator[DirtyText]:
    """`count` pages for each script, resolution and held-out family; fonts are held out too."""
    for script, dpi, family in product(scripts, RESOLUTIONS, HELD_OUT):
        for index in range(count):
            page_seed = seed + index
            page = render_text_page(page_seed, script, dpi)
            dirt = (Dirt("grain", 0.4), Dirt(family, _STRENGTH))
            yield DirtyText(page, make_dirty(page.clean, dirt, page_seed, dpi), script, dpi, family)


def rendered_errors(cleaners: dict[str, Clean], pages: Iterable[DirtyText]) -> list[dict[str, Any]]:
    """One row for each script, resolution and family: `cer` by cleaner, and the letters they rest on."""
    rows = []
    for key, group in groupby(pages, lambda page: (page.script, page.dpi, page.family)):
        members = list(group)
        script, dpi, family = key
        row: dict[str, Any] = {
            "script": script,
            "dpi": dpi,
            "family": family,
            "pages": len(members),
            "cer": {},
        }
        for name, clean in cleaners.items():
            texts = _read_all((clean(m.dirty), m.page.language, m.page.x_height) for m in members)
            errors = ocr.total(
                _compare(text, member.page.text, script) for text, member in zip(texts, members, strict=True)
            )
            row["letters"] = errors.letters
            row["cer"][name] = errors.rate
        rows.append(row)
    return rows


def _compare(text: str, truth: str, script: str) -> ocr.CharacterErrors:
    if not SCRIPTS[script].spaced:
        # Chinese and Japanese are printed without spaces; those that Tesseract puts in say nothing.
        text, truth = "".join(text.split()), "".join(truth.split())
    return ocr.compare(text, truth)


def mean_by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, float]]:
    """Mean character error rate by cleaner for each value of `script`, `dpi` or `family`."""
    values = sorted({row[key] for row in rows})
    return {value: _means([row for row in rows if row[key] == value]) for value in values}


def _means(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {name: float(np.mean([row["cer"][name] for row in rows])) for name in rows[0]["cer"]}


def _read_all(pages: Iterable[tuple[np.ndarray, str, float]]) -> list[str]:
    """Read pages, as many at once as there are processors; Tesseract itself keeps to one."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda page: ocr.read(*page), pages))
