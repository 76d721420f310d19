"""What a cleaner must leave alone: clean pages, photographs, stamps, colours, pencil, and all of the ink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ae import metrics
from ae.arrays import colourfulness, luminance
from ae.data.degradation import FAMILIES, Dirt, make_dirty
from ae.data.rendering import RenderedPage, render_text_page, render_training_page
from ae.evaluation.bars import Judgement, judge
from ae.evaluation.reading_errors import Clean, error_rate
from ae.evaluation.specimens import DPI, MARKS, Specimen, page_of_inks, specimen

_SCANNED_PAPER, _SCANNED_NOISE, _SCANNED_BLUR = 253, 0.8, 0.5  # a good scanner's clean page
PAPERS: dict[str, tuple[Dirt, ...]] = {
    "clean paper": (),
    "dirty paper": (Dirt("grain", 0.4), Dirt("fingerprints", 0.6), Dirt("lighting", 0.4)),
}
# The dirty page, divided by what the same dirt makes of an empty one; nothing shows through from that.
OVER_PAPER = "over its paper"
_INK_STRENGTH = 0.6
_INK = 205  # grey levels; faint ink of 185 is darker
_COLOUR = 40  # of 255 between the strongest and the weakest channel
_CERTAIN_HUE = 12  # of 255; a hue of less colour than this means nothing


@dataclass(frozen=True)
class CleanPages:
    """Change in grey levels of pages that are clean already, mean and on the worst page, and their reading.

    The error rates are None where nothing was read.
    """

    cleaner: str
    kind: str
    pages: int
    change: float
    worst_change: float
    cer_before: float | None
    cer_after: float | None


@dataclass(frozen=True)
class Mark:
    """A mark and its surroundings after cleaning, against the clean original: means over pages.

    `ssim` around the mark and `ssim_page` on the whole page; `hue_change` in degrees and `colour_kept` as a
    share, None for marks without colour; the error rates of what a mark says, None where it says nothing.
    """

    cleaner: str
    mark: str
    paper: str
    pages: int
    ssim: float
    ssim_page: float
    hue_change: float | None
    colour_kept: float | None
    cer_before: float | None
    cer_after: float | None


@dataclass(frozen=True)
class InkKept:
    """Share of the ink pixels of clean pages that are dark after cleaning, mean and on the worst page."""

    cleaner: str
    family: str
    pages: int
    kept: float
    worst: float


def clean_pages(count: int, seed: int) -> Iterator[tuple[str, RenderedPage]]:
    """Pages of text rendered and as scanned by a good scanner, and rendered pages of every layout."""
    for index in range(count):
        for dpi in (150.0, 300.0):
            page = render_text_page(seed + index, "latin", dpi)
            yield "rendered text", page
            yield "scanned text", _scanned(page, seed + index)
        yield "rendered layout", render_training_page(seed + index, held_out=True)


def _scanned(page: RenderedPage, seed: int) -> RenderedPage:
    soft = cv2.GaussianBlur(page.clean, (0, 0), _SCANNED_BLUR).astype(np.float32) * (_SCANNED_PAPER / 255)
    noise = np.random.default_rng(seed).normal(0, _SCANNED_NOISE, soft.shape)
    scanned = np.clip(np.rint(soft + noise), 0, 255).astype(np.uint8)
    return RenderedPage(
        scanned, scanned, page.text, page.dpi, page.script, page.language, page.font, page.x_height
    )


def measure_clean_pages(
    cleaners: dict[str, Clean], pages: list[tuple[str, RenderedPage]], *, read: bool
) -> list[CleanPages]:
    """One row for each cleaner and kind of page; layouts are not read, since their order is not one text."""
    rows = []
    for kind in dict.fromkeys(kind for kind, _ in pages):
        members = [page for name, page in pages if name == kind]
        readable = read and "text" in kind
        before = _errors([page.clean for page in members], members) if readable else None
        for name, clean in cleaners.items():
            results = [clean(page.clean) for page in members]
            changes = [_change(after, page.clean) for after, page in zip(results, members, strict=True)]
            after = _errors(results, members) if readable else None
            rows.append(
                CleanPages(
                    name, kind, len(members), float(np.mean(changes)), float(max(changes)), before, after
                )
            )
    return rows


def _change(after: np.ndarray, before: np.ndarray) -> float:
    return float(np.abs(after.astype(np.int16) - before).mean())


def _errors(results: list[np.ndarray], pages: list[RenderedPage]) -> float:
    shown = ((grey, page.language, page.x_height) for grey, page in zip(results, pages, strict=True))
    return error_rate(shown, [page.text for page in pages])


def measure_marks(cleaners: dict[str, Clean], count: int, seed: int, *, read: bool) -> list[Mark]:
    """One row for each cleaner, mark and kind of paper."""
    rows = []
    for mark in MARKS:
        pages = [specimen(mark, seed + index) for index in range(count)]
        before = _mark_errors(pages, [page.page for page in pages]) if read and pages[0].text else None
        for paper, dirt in PAPERS.items():
            dirty = [make_dirty(page.page, dirt, seed + i, DPI) for i, page in enumerate(pages)]
            for name, clean in cleaners.items():
                results = [clean(picture) for picture in dirty]
                rows.append(_mark(name, paper, pages, results, before))
    return rows


def _mark(
    cleaner: str, paper: str, pages: list[Specimen], results: list[np.ndarray], before: float | None
) -> Mark:
    """One row; `before`: the error rate of the clean pages, None where nothing is to be read."""
    pairs = list(zip(pages, results, strict=True))
    hues = [found for page, after in pairs if (found := hue_change(page.page, after, page.mask))]
    return Mark(
        cleaner,
        pages[0].mark,
        paper,
        len(pages),
        ssim=float(np.mean([_ssim(page.page[page.box], after[page.box]) for page, after in pairs])),
        ssim_page=float(np.mean([_ssim(page.page, after) for page, after in pairs])),
        hue_change=float(np.mean([change for change, _ in hues])) if hues else None,
        colour_kept=float(np.mean([kept for _, kept in hues])) if hues else None,
        cer_before=before,
        cer_after=None if before is None else _mark_errors(pages, results),
    )


def _ssim(before: np.ndarray, after: np.ndarray) -> float:
    grey, other = (luminance(page).astype(np.float32) / 255 for page in (before, after))
    return metrics.ssim(other, grey)


def hue_change(before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> tuple[float, float] | None:
    """Mean change of hue in degrees and the share of colour that is left; None for a mark without colour.

    Pages uint8 (H, W, 3), mask bool (H, W). Strong colours count more; of pixels that lost nearly all of
    their colour only the loss counts.
    """
    (hue, colour), (new_hue, new_colour) = _hue(before), _hue(after)
    seen = mask & (colour >= _COLOUR)
    if seen.sum() < 20:
        return None
    turn = np.abs(new_hue - hue)[seen] % 360
    weight = np.minimum(colour, new_colour)[seen]
    weight = np.where(weight < _CERTAIN_HUE, 0, weight)
    kept = float(new_colour[seen].sum() / colour[seen].sum())
    change = float((np.minimum(turn, 360 - turn) * weight).sum() / weight.sum()) if weight.any() else 180.0
    return change, kept


def _hue(page: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue in degrees and distance of the strongest channel from the weakest, both float32 (H, W)."""
    hue = cv2.cvtColor(page.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)[..., 0]
    return hue, colourfulness(page).astype(np.float32)


def _mark_errors(pages: list[Specimen], shown: list[np.ndarray]) -> float:
    parts = (
        (luminance(picture[page.box]), "eng", page.x_height)
        for page, picture in zip(pages, shown, strict=True)
    )
    return error_rate(parts, [page.text for page in pages])


def measure_ink(cleaners: dict[str, Clean], count: int, seed: int) -> list[InkKept]:
    """One row for each cleaner and family of dirt, on pages of black, faint, coloured and written ink.

    Beside the cleaners stands `OVER_PAPER`: grey paper is dark, too, so the dirty page itself keeps ink that
    is not there.
    """
    pages = [page_of_inks(seed + index) for index in range(count)]
    rows = []
    for family in FAMILIES:
        dirt = (Dirt("grain", 0.4), Dirt(family, _INK_STRENGTH))
        dirty, papers = (
            [make_dirty(page, dirt, seed + i, DPI) for i, page in enumerate(under)]
            for under in (pages, [np.full_like(page, 255) for page in pages])
        )
        results = {name: [clean(page) for page in dirty] for name, clean in cleaners.items()}
        results[OVER_PAPER] = [_over(page, paper) for page, paper in zip(dirty, papers, strict=True)]
        rows += [_ink_kept_by(name, family, pages, cleaned) for name, cleaned in results.items()]
    return rows


def _over(page: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """A page uint8 (H, W, 3) over the bare paper that it is on, grey uint8 (H, W)."""
    return cv2.divide(luminance(page), np.maximum(luminance(paper), 1), scale=255)


def _ink_kept_by(name: str, family: str, pages: list[np.ndarray], cleaned: list[np.ndarray]) -> InkKept:
    kept = [ink_kept(page, after) for page, after in zip(pages, cleaned, strict=True)]
    return InkKept(name, family, len(pages), float(np.mean(kept)), float(min(kept)))


def ink_kept(page: np.ndarray, after: np.ndarray) -> float:
    """Share 0..1 of a clean page's ink pixels that keep half of their darkness; pages uint8 (H, W[, 3])."""
    page, after = luminance(page), luminance(after)
    ink = page <= _INK
    dark = 2 * (255 - after.astype(np.int16)) >= 255 - page.astype(np.int16)
    return float(dark[ink].mean()) if ink.any() else 1.0


def clean_page_judgements(rows: list[CleanPages]) -> list[Judgement]:
    """Change on the worst page, and letters misread because of it."""
    found = [judge("change_of_clean_page", row.cleaner, row.kind, row.worst_change) for row in rows]
    for row in rows:
        if row.cer_before is not None and row.cer_after is not None:
            added = row.cer_after - row.cer_before
            found.append(judge("cer_added_to_clean_page", row.cleaner, row.kind, added))
    return found


def mark_judgements(rows: list[Mark]) -> list[Judgement]:
    """Likeness, hue and readability of every mark on every paper."""
    found = []
    for row in rows:
        of = f"{row.mark}, {row.paper}"
        found.append(judge("ssim_of_mark", row.cleaner, of, row.ssim))
        if row.hue_change is not None:
            found.append(judge("hue_of_mark", row.cleaner, of, row.hue_change))
        if row.mark == "pencil" and row.cer_before is not None and row.cer_after is not None:
            found.append(judge("cer_added_to_pencil", row.cleaner, of, row.cer_after - row.cer_before))
    return found


def ink_judgements(rows: list[InkKept]) -> list[Judgement]:
    """Mean and worst page of every family."""
    kept = [judge("ink_kept", row.cleaner, row.family, row.kept) for row in rows]
    return kept + [judge("ink_kept_worst_page", row.cleaner, row.family, row.worst) for row in rows]
