"""Train the page models on NoisyOffice: the experiment's network with both losses, and the cleaner.

`page-tr` is trained on TR alone, so that VA measures it; `page` is the same recipe on TR and VA, with the
step count that was chosen before.
"""

from __future__ import annotations

from _options import parser, run_options

from ae.recipes import PageRecipe, page_pairs, train_pages
from ae.training.loop import TrainingConfig


def recipes(seed: int) -> list[PageRecipe]:
    """Everything this script can train."""
    experiment = TrainingConfig(epochs=10, learning_rate=1e-3, seed=seed)
    cleaner = TrainingConfig(
        epochs=50, learning_rate=4e-3, optimizer="adamw", weight_decay=1e-4, schedule="cosine", warmup=100,
        average=0.998, clip=1.0, seed=seed,
    )  # fmt: skip
    crops = {"crop": 128, "batch_size": 8, "steps": 160}
    return [
        PageRecipe("page-tr", "page", {}, cleaner, ("TR",), **crops,
                   about="The cleaner, trained on one partition only, so that the other can measure it."),
        PageRecipe("page", "page", {}, cleaner, ("TR", "VA"), **crops, twin="page-tr",
                   about="The cleaner: background divided out, then corrected by a U-shaped network."),
        PageRecipe("stacked_conv", "stacked_conv", {}, experiment, ("TR",), loss="bce",
                   about="The experiment's network, trained with cross-entropy."),
        PageRecipe("stacked_conv-mse", "stacked_conv", {}, experiment, ("TR",), loss="mse",
                   about="The experiment's network, trained with squared error."),
    ]  # fmt: skip


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
