"""Train the network that says what is to stay on a page, behind a finished cleaner."""

from __future__ import annotations

from dataclasses import replace

from _options import parser, run_options, start

from ae.data import noisyoffice
from ae.recipes import RegionRecipe, train_regions


def main() -> None:
    """Train and write weights and card."""
    options = parser(__doc__)
    options.add_argument("--behind", default="page-tr", metavar="NAME", help="the cleaner that is judged")
    args = options.parse_args()
    if args.data_root is None:
        options.error("--data-root must name the folder of NoisyOffice (README says where to get it)")
    recipe = RegionRecipe(behind=args.behind)
    recipe = replace(recipe, training=replace(recipe.training, seed=args.seed))
    run = run_options(args)
    run = replace(run, command=run.command.replace("--only {name}", f"--behind {args.behind}"))
    card = train_regions(recipe, noisyoffice.load(args.data_root, ["TR"]), run)
    print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    start(main)
