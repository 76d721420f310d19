"""Train the page models: the experiment's network with both losses, and the cleaner in five steps.

The cleaner first learns NoisyOffice alone (`-start`), then rendered pages and NoisyOffice in about equal
shares (`-mixed`), then mostly NoisyOffice with rendered pages beside it (`-third`), then, for long, also
NoisyOffice's letters on others of its backgrounds (`-fourth`). The last step is fine-tuning with few rendered
pages: for `page-tr` on the partition TR only, so that VA measures it, for `page` on TR and VA. What it must
leave alone is taught to another network: see `train_regions.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from _options import parser, run_options

from ae.data import noisyoffice
from ae.recipes import CLEANER, PageRecipe, page_recipe, train_pages

ALONE: dict[str, Any] = {"crop": 128, "batch_size": 8, "steps": 160}
MIXED: dict[str, Any] = {
    "training": replace(CLEANER, epochs=30, learning_rate=2e-3, seed=1),
    "steps": 300,
    "loss": "robust",
    "rendered": 1500,
    "corpus": 0.6,
    "pictures": False,
}
LAST: dict[str, Any] = {
    **MIXED,
    "training": replace(CLEANER, epochs=30, learning_rate=1.5e-3, seed=2),
    "rendered": 1000,
    "corpus": 0.8,
}
LONG: dict[str, Any] = {
    **LAST,
    "training": replace(CLEANER, epochs=84, learning_rate=1.5e-3, seed=4),
    "rendered": 1500,
    "swapped": 1200,
    "corpus": 0.75,
}
FINE: dict[str, Any] = {
    **LONG,
    "training": replace(CLEANER, epochs=10, learning_rate=6e-4, seed=5),
    "rendered": 400,
    "corpus": 0.92,
}


def recipes(seed: int) -> list[PageRecipe]:
    """Everything this script can train, in the order in which one builds on the other."""
    listed = [
        page_recipe("page-tr-start", "page", ("TR",), **ALONE, about="The first step of `page-tr`."),
        page_recipe("page-tr-mixed", "page", ("TR",), **MIXED, init="page-tr-start",
                    about="The second step of `page-tr`."),
        page_recipe("page-tr-third", "page", ("TR",), **LAST, init="page-tr-mixed",
                    about="The third step of `page-tr`."),
        page_recipe("page-tr-fourth", "page", ("TR",), **LONG, init="page-tr-third",
                    about="The fourth step of `page-tr`."),
        page_recipe("page-tr", "page", ("TR",), **FINE, init="page-tr-fourth",
                    about="The cleaner, without the partition of NoisyOffice that measures it."),
        page_recipe("page", "page", ("TR", "VA"), **FINE, init="page-tr-fourth", twin="page-tr",
                    about="The cleaner: background divided out, then corrected by a U-shaped network."),
        page_recipe("stacked_conv", "stacked_conv", ("TR",),
                    about="The experiment's network, trained with cross-entropy, one page a batch."),
        page_recipe("stacked_conv-mse", "stacked_conv", ("TR",), loss="mse",
                    about="The experiment's network, trained with squared error, one page a batch."),
    ]  # fmt: skip
    return [
        replace(recipe, training=replace(recipe.training, seed=recipe.training.seed + seed))
        for recipe in listed
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
    # The recipes add to the seed: the card says the one that was asked for.
    run = replace(run, command=run.command.replace("{seed}", str(args.seed)))
    for recipe in recipes(args.seed):
        if recipe.name in args.only:
            card = train_pages(recipe, noisyoffice.load(args.data_root, list(recipe.partitions)), run)
            print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    main()
