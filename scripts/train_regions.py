"""Train the network that says what is to stay on a page, behind a finished cleaner.

With `--init` it goes on from weights with all that the first step knows too little of: stains on paper that
the scanner made white, strong shadows, office scans, logos, photographs taken by hand, pictures that fill
their page, and the corpus's letters on others of its backgrounds. A GPU is wanted for it, and 30 GB of
memory. With `--pinned` besides it learns only where those weights choose badly, and stays near them; for that
a processor will do. So it is with `--filled`, when a third of the pages have pale fills, such as striped
tables, or are printed from edge to edge.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from _options import run_options, start, training_parser

from ae.data import noisyoffice
from ae.recipes import RegionRecipe, train_regions
from ae.recipes.region_pages import FILLED_KINDS, LATER_KINDS
from ae.recipes.regions import TRAINING

# The shipped weights learned so three times, from 9,000 to 13,000 other pages each, and are the mean of the
# last two. Photographs also showed the table around the page, which counted by an eighth; pages with pictures
# of any tone were not there yet.
LATER = RegionRecipe(
    training=replace(TRAINING, epochs=50, learning_rate=1e-3, average=0.9995),
    rendered=5000,
    swapped=800,
    corpus=0.26,
    kinds=LATER_KINDS,
    shapes=0.25,
    batch_size=24,
)

# From there they learned twice, with the seeds 11 and 12, and are a quarter of the mean of both, and three
# quarters of those before.
PINNED = replace(
    LATER,
    training=replace(TRAINING, epochs=48, learning_rate=4e-4, average=0.998),
    pinned=True,
    kept=0.75,
    rendered=5600,
    batch_size=10,
    steps=50,
)

FILLED = replace(
    PINNED,
    training=replace(PINNED.training, learning_rate=5e-4),
    kinds=FILLED_KINDS,
    rendered=6600,
    corpus=0.14,
)


def _chosen(args: Namespace) -> str:
    """What was asked for, as the command line says it."""
    init = f" --init {args.init}" if args.init else ""
    pinned = " --filled" if args.filled else " --pinned" if args.pinned else ""
    return f"--behind {args.behind}{init}{pinned}"


def main() -> None:
    """Train and write weights and card."""
    options = training_parser(__doc__)
    options.add_argument("--behind", default="page-tr", metavar="NAME", help="the cleaner that is judged")
    options.add_argument("--init", default="", metavar="NAME", help="go on from these weights")
    options.add_argument("--pinned", action="store_true", help="learn only where these are wrong")
    options.add_argument("--filled", action="store_true", help="the same, with pale fills on many pages")
    args = options.parse_args()
    if (args.pinned or args.filled) and not args.init:
        options.error("--pinned and --filled need --init: the weights to stay near")
    if args.data_root is None:
        options.error("--data-root must name the folder of NoisyOffice (README says where to get it)")
    later = LATER if args.init else RegionRecipe()
    recipe = FILLED if args.filled else PINNED if args.pinned else later
    recipe = replace(recipe, init=args.init, behind=args.behind)
    recipe = replace(recipe, training=replace(recipe.training, seed=args.seed))
    run = run_options(args)
    run = replace(run, command=run.command.replace("--only {name}", _chosen(args)))
    card = train_regions(recipe, noisyoffice.load(args.data_root, ["TR"]), run)
    print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    start(main)
