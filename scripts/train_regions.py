"""Train the network that says what is to stay on a page, behind a finished cleaner.

With `--init` it goes on from weights, for a shorter time and with many stains on paper that the scanner made
white and strong shadows, of which the first step knows too little.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from _options import parser, run_options, start

from ae.data import noisyoffice
from ae.recipes import RegionRecipe, train_regions
from ae.recipes.region_pages import LATER_KINDS
from ae.recipes.regions import TRAINING

LATER = RegionRecipe(
    training=replace(TRAINING, epochs=22, learning_rate=1e-3),
    rendered=1700,
    corpus=0.2,
    kinds=LATER_KINDS,
    shapes=0.5,
    kept=0.5,
)


def _chosen(args: Namespace) -> str:
    """What was asked for, as the command line says it."""
    return f"--behind {args.behind}" + (f" --init {args.init}" if args.init else "")


def main() -> None:
    """Train and write weights and card."""
    options = parser(__doc__)
    options.add_argument("--behind", default="page-tr", metavar="NAME", help="the cleaner that is judged")
    options.add_argument("--init", default="", metavar="NAME", help="go on from these weights")
    args = options.parse_args()
    if args.data_root is None:
        options.error("--data-root must name the folder of NoisyOffice (README says where to get it)")
    recipe = replace(LATER, init=args.init) if args.init else RegionRecipe()
    recipe = replace(recipe, behind=args.behind)
    recipe = replace(recipe, training=replace(recipe.training, seed=args.seed))
    run = run_options(args)
    run = replace(run, command=run.command.replace("--only {name}", _chosen(args)))
    card = train_regions(recipe, noisyoffice.load(args.data_root, ["TR"]), run)
    print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    start(main)
