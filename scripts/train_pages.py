"""Train the page models on NoisyOffice: the experiment's network with both losses, and the cleaner.

`page-tr` is trained on TR alone, so that VA measures it; `page` is the same recipe on TR and VA, with the
step count that was chosen before.
"""

from __future__ import annotations

from dataclasses import replace

from _options import parser, run_options

from ae.recipes import PageRecipe, page_pairs, page_recipe, train_pages


def recipes(seed: int) -> list[PageRecipe]:
    """Everything this script can train."""
    listed = [
        page_recipe("page-tr", "page", ("TR",),
                    about="The cleaner, trained on one partition only, so that the other can measure it."),
        page_recipe("page", "page", ("TR", "VA"), twin="page-tr",
                    about="The cleaner: background divided out, then corrected by a U-shaped network."),
        page_recipe("stacked_conv", "stacked_conv", ("TR",),
                    about="The experiment's network, trained with cross-entropy, one page a batch."),
        page_recipe("stacked_conv-mse", "stacked_conv", ("TR",), loss="mse",
                    about="The experiment's network, trained with squared error, one page a batch."),
    ]  # fmt: skip
    return [replace(recipe, training=replace(recipe.training, seed=seed)) for recipe in listed]


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
            pairs = page_pairs(recipe, args.data_root, args.dry_run)
            card = train_pages(recipe, pairs, run)
            print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    main()
