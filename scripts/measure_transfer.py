"""What a handful of one's own pairs is worth: fine-tune the cleaner on a kind of dirt that it never saw.

Adhesive tape is held out from all training. The cleaner goes on from its weights with 4, 16 and 64 pairs of
pages that have it, and other pages with it measure what was gained. A handful may be lucky or unlucky, so
each number of pairs is drawn several times. The figures go onto the cleaner's card.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from _options import parser, run_options, start

from ae import weights
from ae.data.degradation import HELD_OUT, Dirt, make_dirty
from ae.data.noisyoffice import PagePair
from ae.data.rendering import render_training_page
from ae.documents.cleaning import DIVISION, PageCleaner, load_cleaner
from ae.evaluation.pages import clean_pairs, compare
from ae.recipes import RunOptions, page_recipe, train_own_pages

MODEL = "page"
DIRT = Dirt("tape", 1.0)
COUNTS = (4, 16, 64)
MEASURED = 40
_FIRST_SEED = 70_500_000  # far from the pages of training
# Other pairs and other pages than those on which it was chosen how own pairs are learned.
DRAWS = (10_000, 11_000, 12_000)  # the first pair of each
_FIRST_MEASURED = 20_000


def pairs(first: int, count: int) -> Iterator[PagePair]:
    """Rendered pages with the held-out dirt."""
    for seed in range(_FIRST_SEED + first, _FIRST_SEED + first + count):
        page = render_training_page(seed)
        yield PagePair(f"page-{seed}", make_dirty(page.clean, (DIRT,), seed, page.dpi), page.clean)


def rmse(cleaner: PageCleaner | None, measured: list[PagePair]) -> float:
    """Pooled error on the pages, of what the cleaner makes of them or untouched."""
    return compare(clean_pairs(cleaner, measured), measured)["rmse_pooled"]


def fine_tuned(first: int, count: int, run: RunOptions) -> PageCleaner:
    """The cleaner after training on so many pairs from the first one; the run's folder has its weights."""
    recipe = page_recipe(f"{MODEL}-{first}-{count}", "page", (), init=MODEL)
    train_own_pages(recipe, list(pairs(first, count)), run)
    return load_cleaner(recipe.name, run.device, run.out)


def told(label: str, errors: Iterable[float]) -> list[float]:
    """The errors, each printed as soon as it is known."""
    found = []
    for error in errors:
        print(f"{label:>10}: RMSE {error:.4f}", flush=True)
        found.append(error)
    return found


def main() -> None:
    """Measure before and after, and write both onto the card."""
    assert DIRT.kind in HELD_OUT
    args = parser(__doc__).parse_args()
    counts, draws, measured_pages = (COUNTS[:1], DRAWS[:1], 2) if args.dry_run else (COUNTS, DRAWS, MEASURED)
    measured = list(pairs(_FIRST_MEASURED, measured_pages))
    figures = {
        "untouched": told("untouched", [rmse(None, measured)]),
        DIVISION: told(DIVISION, [rmse(load_cleaner(DIVISION, args.device), measured)]),
        "0": told("0", [rmse(load_cleaner(MODEL, args.device), measured)]),
    }
    with tempfile.TemporaryDirectory() as elsewhere:
        run = replace(run_options(args), out=Path(elsewhere))
        for count in counts:
            errors = (rmse(fine_tuned(first, count, run), measured) for first in draws)
            figures[str(count)] = told(str(count), errors)
    if not args.dry_run:
        card = weights.read_card(MODEL, args.out)
        card.measures["transfer"] = {"dirt": DIRT.kind, "pages": measured_pages, "rmse_by_pairs": figures}
        weights.write_card(card, args.out)


if __name__ == "__main__":
    start(main)
