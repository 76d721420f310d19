"""How good is the judge of pages? The error of what it mixes, beside those of the views that it mixes, on
rendered pages that no training saw. The figures go onto its card.

RMSE over pixels in 0..1, mean over the pages: of the page untouched, in even light, cleaned, and mixed.
"""

from __future__ import annotations

from _options import parser, start

from ae import weights
from ae.models import RegionNet
from ae.recipes.region_pages import LATER_KINDS, region_pages
from ae.recipes.regions import mixture_errors, unjudged, views_of

MODEL, BEHIND = "regions", "page-tr"
_SEED = 9000  # of the pages; those of training have others
_PAGES = 80
_SHAPES = 0.25  # of them have logos and the like


def main() -> None:
    """Measure, and write it onto the card."""
    args = parser(__doc__).parse_args()
    count, seed = 2 if args.dry_run else _PAGES, _SEED + args.seed
    model, card = weights.load(MODEL, folder=args.out)
    assert isinstance(model, RegionNet)
    cleaner = unjudged(BEHIND, args.out)
    pages = region_pages(count, seed, kinds=LATER_KINDS, shapes=_SHAPES)
    errors = mixture_errors(model, [views_of(pair, cleaner) for pair in pages])
    for name, error in errors.items():
        print(f"{name:>9}: RMSE {error:.4f}")
    if args.dry_run:
        return
    command = f"python scripts/measure_regions.py --seed {args.seed}"
    card.measures = {"pages": count, "behind": BEHIND, "rmse": errors, "command": command}
    weights.write_card(card, args.out)


if __name__ == "__main__":
    start(main)
