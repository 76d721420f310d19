"""Train the digit models: autoencoders by family and bottleneck size, denoisers, and PCA beside them.

`simple` is experiment E1 to the letter, with three seeds by default; seed 0 is shipped, and its card has
the test error of every seed.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from _options import run_options, start, training_parser

from ae import weights
from ae.data import mnist
from ae.evaluation import reconstruction_mse
from ae.evaluation.latent import measure_codes
from ae.recipes import CONV, DigitRecipe, RunOptions, digit_recipe, fit_pca, train_digits

KS = (2, 4, 8, 16, 32)
WIDE = (1000, 500, 250)  # Hinton & Salakhutdinov 2006
NARROW = (512, 256, 128)

# Two numbers take longer to settle, a deeper way to them, and a choice between the folds of a crumpled sheet.
CONV_LONG = replace(CONV, epochs=20, learning_rate=2e-3, average=0.999)
# Thirty-two are still getting better where shorter codes are done.
CONV_MANY = replace(CONV, epochs=20, mixed=True)


def autoencoders() -> list[DigitRecipe]:
    """E1 and its deeper relatives."""
    simple = [digit_recipe(f"simple-k{k}", "simple", k, about=f"Experiment E1 with k = {k}.") for k in KS]
    stacked = [
        digit_recipe(f"stacked-k{k}", "stacked", k, widths=WIDE if k in (2, 32) else NARROW) for k in KS
    ]
    conv = [digit_recipe(f"conv-k{k}", "conv", k) for k in KS]
    choosing = digit_recipe(
        "conv-k2", "conv", 2, hidden=(512, 256), proposals=4,
        about="The encoder proposes four codes for a digit and keeps the one whose picture is nearest to it.",
    )  # fmt: skip
    conv[0] = replace(choosing, training=CONV_LONG)
    conv[-1] = replace(conv[-1], training=CONV_MANY)
    variational = [digit_recipe(f"variational-k{k}", "variational", k) for k in KS]
    return simple + stacked + conv + variational


def denoisers() -> list[DigitRecipe]:
    """E2 and its deeper relatives: at sigma 0.5, and over kinds and levels (`-any`)."""
    result = []
    for noise, suffix, what in (
        ("gaussian-0.5", "", "Gaussian noise of 0.5"),
        ("mixed", "-any", "several kinds and levels of noise"),
    ):
        shared = {"noise": noise, "about": f"Trained to remove {what}, drawn anew for every batch."}
        result += [
            digit_recipe(f"denoise-simple{suffix}", "simple", 32, **shared),
            digit_recipe(f"denoise-stacked{suffix}", "stacked", 32, widths=NARROW, **shared),
            digit_recipe(f"denoise-stacked-bce{suffix}", "stacked", 32, loss="bce", widths=NARROW, **shared),
            digit_recipe(f"denoise-conv{suffix}", "conv", 32, **shared),
        ]
    return result


def train_over_seeds(
    recipe: DigitRecipe, seeds: list[int], digits: mnist.Digits, run: RunOptions, *, ship: bool
) -> None:
    """Train once a seed and put every seed's test error and map on the card.

    The first seed is shipped; without `ship` the weights stay as they are and their card gets more seeds.
    """
    test = mnist.load_test_digits()
    known, _ = mnist.split(digits)
    if run.dry_run:
        test, known = test[:100], known[:200]
    errors, maps = {}, {}
    with tempfile.TemporaryDirectory() as elsewhere:
        for seed in seeds:
            seeded = replace(recipe, training=replace(recipe.training, seed=seed))
            out = run.out if ship and seed == seeds[0] else Path(elsewhere)
            checkpoints = run.checkpoints / f"seed-{seed}"
            train_digits(seeded, digits, replace(run, out=out, checkpoints=checkpoints))
            model, _ = weights.load(recipe.name, folder=out)
            if recipe.task == "digits":
                errors[str(seed)] = reconstruction_mse(model, test.images)
                maps[str(seed)] = measure_codes(model, test, known)
    card = weights.read_card(recipe.name, run.out)
    if errors:
        for name, by_seed in (("mse_by_seed", errors), ("latent_by_seed", maps)):
            card.measures[name] = by_seed if ship else card.measures.get(name, {}) | by_seed
        weights.write_card(card, run.out)
    print(f"{recipe.name}: {card.parameters:,} parameters, test error by seed {errors}", flush=True)


def main() -> None:
    """Train the named models, or all."""
    options = training_parser(__doc__)
    known = {recipe.name: recipe for recipe in autoencoders() + denoisers()}
    everything = [*known, "pca"]
    options.add_argument("--only", nargs="+", choices=everything, default=everything, metavar="NAME")
    seeds = options.add_mutually_exclusive_group()
    seeds.add_argument("--seeds", nargs="+", type=int, help="default: --seed, and two more for `simple`")
    seeds.add_argument(
        "--more-seeds", nargs="+", type=int, metavar="SEED", help="only for the spread on the card"
    )
    args = options.parse_args()
    run = run_options(args)
    digits = mnist.load(args.data_root)
    if "pca" in args.only:
        for k in KS:
            fit_pca(k, digits, run)
    for name in args.only:
        if name in known:
            is_e1 = known[name].family == "simple" and known[name].task == "digits"
            usual = [args.seed + extra for extra in range(3 if is_e1 else 1)]
            chosen = args.more_seeds or args.seeds or usual
            train_over_seeds(known[name], chosen, digits, run, ship=not args.more_seeds)


if __name__ == "__main__":
    start(main)
