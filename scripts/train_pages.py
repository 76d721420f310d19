"""Train the page models: the experiment's network with both losses, and the cleaner in three steps.

`page-rendered` has seen nothing but rendered pages. `page-tr` goes on from it with NoisyOffice's TR beside
them, so that VA measures it; `page` is the same recipe with TR and VA, and is shipped as the cleaner.
"""

from __future__ import annotations

from dataclasses import replace

from _options import parser, run_options

from ae.data import noisyoffice
from ae.recipes import CLEANER, PageRecipe, page_recipe, train_pages

RENDERED = 2000
ON_RENDERED = replace(CLEANER, epochs=60)
ON_BOTH = replace(CLEANER, epochs=45, learning_rate=2e-3)


def recipes(seed: int) -> list[PageRecipe]:
    """Everything this script can train, in the order in which one builds on the other."""
    both = {"training": ON_BOTH, "rendered": RENDERED, "corpus": 0.5, "init": "page-rendered"}
    listed = [
        page_recipe("page-rendered", "page", (), training=ON_RENDERED, rendered=RENDERED, corpus=0.0,
                    about="The cleaner before it saw NoisyOffice: trained on rendered pages alone."),
        page_recipe("page-tr", "page", ("TR",), **both,
                    about="The cleaner, without the partition of NoisyOffice that measures it."),
        page_recipe("page", "page", ("TR", "VA"), **both, twin="page-tr",
                    about="The cleaner: background divided out, then corrected by a U-shaped network."),
        page_recipe("stacked_conv", "stacked_conv", ("TR",),
                    about="The experiment's network, trained with cross-entropy, one page a batch."),
        page_recipe("stacked_conv-mse", "stacked_conv", ("TR",), loss="mse",
                    about="The experiment's network, trained with squared error, one page a batch."),
    ]  # fmt: skip
    # Another seed a step: other rendered pages than those the model has seen already.
    return [
        replace(recipe, training=replace(recipe.training, seed=seed + bool(recipe.init))) for recipe in listed
    ]


def main() -> None:
    """Train the named models, or all."""
    options = parser(__doc__)
    known = [recipe.name for recipe in recipes(0)]
    options.add_argument(
        "--only", nargs="+", choices=known, default=known, metavar="NAME", help=" ".join(known)
    )
    args = options.parse_args()
    if args.data_root is None:
        options.error("--data-root must name the folder of NoisyOffice (README says where to get it)")
    run = run_options(args)
    for recipe in recipes(args.seed):
        if recipe.name in args.only:
            card = train_pages(recipe, noisyoffice.load(args.data_root, list(recipe.partitions)), run)
            print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    main()
