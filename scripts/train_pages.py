"""Train the page models: the experiment's network with both losses, and the cleaner in steps.

The cleaner first learns NoisyOffice alone (`-start`), then rendered pages and NoisyOffice in about equal
shares (`-mixed`), then mostly NoisyOffice with rendered pages beside it (`-third`), then, for long, also
NoisyOffice's letters on others of its backgrounds (`-fourth`), then with hardly any rendered pages and with
drawn stains on half of the moved ones (`-fifth`), then on pages at their own size (`-sixth`), then with
many rendered pages of faint and handwritten ink (`-seventh`), of which fewer are left in the end
(`-eighth`, `-ninth`), then with more of them for long (`-tenth`), then on the corpus alone, mixed with what
was there before, which knows faint ink and stamps better (`-corpus`). Then come crumbs and hairs, on most
pages (`-eleventh`), on all (`-twelfth`), and for long in two runs from there (`-thirteenth` is one of them,
`-fourteenth` the mean of both). Then comes what changes on soft pages (`-soft`), from photographs, too
(`-photographed`), then all kinds of pages in large batches, softness with all else, for which a GPU is wanted
(`-everything`), a few of them again, faint ink counting as all else, mixed with what was there before
(`-toned`), what changes on soft pages once more, many of which have moved, in two runs whose mean is taken
(`-moved` is one of them, `-unshaded` that mean), and at last deep shadows, wherever the filter without
learning is better: `page-tr`. All see TR only, so that VA measures them; `page-unshaded` goes on from
`page-tr-unshaded` on TR and VA, and `page` learns deep shadows from there. The steps on the way are kept
beside the checkpoints. What was tried is in docs/page-model.md. What the cleaner must leave alone is taught
to another network: `train_regions.py`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from _options import run_options, start, training_parser

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
THIRD: dict[str, Any] = {
    **MIXED,
    "training": replace(CLEANER, epochs=30, learning_rate=1.5e-3, seed=2),
    "rendered": 1000,
    "corpus": 0.8,
}
LONG: dict[str, Any] = {
    **THIRD,
    "training": replace(CLEANER, epochs=84, learning_rate=1.5e-3, seed=4),
    "rendered": 1500,
    "swapped": 1200,
    "corpus": 0.75,
}
STAINED: dict[str, Any] = {
    **LONG,
    "training": replace(CLEANER, epochs=66, learning_rate=1e-3, seed=6),
    "rendered": 800,
    "swapped": 1600,
    "stained": 0.5,
    "corpus": 0.92,
}
FINE: dict[str, Any] = {
    **STAINED,
    "training": replace(CLEANER, epochs=7, learning_rate=4e-4, seed=5),
    "rendered": 400,
    "swapped": 1000,
    "stained": 0.6,
    "resized": 0.0,
    "corpus": 0.9,
}
FAINT: dict[str, Any] = {
    **FINE,
    "training": replace(CLEANER, epochs=14, learning_rate=8e-4, seed=8),
    "rendered": 700,
    "faint": 0.6,
    "resized": 0.15,
    "corpus": 0.6,
}
FINER: dict[str, Any] = {
    **FAINT,
    "training": replace(CLEANER, epochs=6, learning_rate=4e-4, seed=9),
    "rendered": 400,
    "resized": 0.0,
    "corpus": 0.85,
}
AGAIN: dict[str, Any] = {**FINER, "training": replace(CLEANER, epochs=7, learning_rate=4e-4, seed=10)}
LONGER: dict[str, Any] = {
    **FAINT,
    "training": replace(CLEANER, epochs=60, learning_rate=8e-4, seed=11),
    "rendered": 1000,
    "swapped": 1600,
    "resized": 0.1,
    "corpus": 0.75,
}
LAST: dict[str, Any] = {
    **FINE,
    "training": replace(CLEANER, epochs=7, learning_rate=4e-4, seed=7),
    "steps": 100,
    "rendered": 0,
    "corpus": 1.0,
    "kept": 0.8,
}

DUSTY: dict[str, Any] = {
    **LONGER,
    "training": replace(CLEANER, epochs=16, learning_rate=6e-4, seed=31),
    "rendered": 900,
    "swapped": 1200,
    "dusty": 0.6,
    "corpus": 0.7,
}
DUSTIER: dict[str, Any] = {
    **DUSTY,
    "training": replace(CLEANER, epochs=14, learning_rate=1.2e-3, seed=33),
    "dusty": 1.0,
    "faint": 0.2,
    "corpus": 0.3,
}
DUSTY_LONG: dict[str, Any] = {
    **DUSTY,
    "training": replace(CLEANER, epochs=50, learning_rate=1e-3, seed=41),
    "rendered": 1400,
    "swapped": 1600,
    "dusty": 0.8,
    "faint": 0.5,
    "corpus": 0.72,
}
DUSTY_OFFICE: dict[str, Any] = {
    **DUSTY_LONG,
    "training": replace(CLEANER, epochs=50, learning_rate=1e-3, seed=42),
    "office": 0.4,
}
# What changes on soft pages; sharp ones stay as they are. Of the corpus only swapped pages are soft.
SOFT: dict[str, Any] = {
    **DUSTY_LONG,
    "config": {"soft": True},
    "training": replace(CLEANER, epochs=32, learning_rate=2e-3, weight_decay=0.0, seed=52),
    "loss": "faint_ink",
    "rendered": 2000,
    "swapped": 800,
    "dusty": 0.4,
    "faint": 0.0,
    "soft": 1.0,
    "softness": "alone",
    "resized": 0.0,
    "corpus": 0.4,
}
# From there with photographs taken by hand, mixed with what was there before, which knows noise better. The
# shipped weights learned it in two runs, the second with stronger noise.
PHOTOGRAPHED: dict[str, Any] = {
    **SOFT,
    "training": replace(CLEANER, epochs=86, learning_rate=1.5e-3, weight_decay=0.0, seed=61),
    "rendered": 2400,
    "photographed": 0.35,
    "kept": 0.5,
}
# All kinds of pages at once. The shipped weights learned so four times, each from the one before and from
# 9,000 other pages; faint ink counted by the kind of page.
EVERYTHING: dict[str, Any] = {
    **DUSTY_LONG,
    "training": replace(CLEANER, epochs=100, learning_rate=1e-3, average=0.9995, seed=71),
    "loss": "faint_ink",
    "crop": 192,
    "batch_size": 64,
    "steps": 100,
    "rendered": 5500,
    "swapped": 3200,
    "faint": 0.3,
    "office": 0.5,
    "worn": 0.07,
    "soft": 0.15,
    "photographed": 0.08,
    "resized": 0.0,
    "corpus": 0.64,
}
# Where faint ink counts no more than all else its tones are right, and a little less of it is kept. The
# shipped weights have 35 % of the mean of two such runs, in which it counted 1.4 times.
RIGHT_TONES: dict[str, Any] = {
    **EVERYTHING,
    "training": replace(CLEANER, epochs=30, learning_rate=4e-4, seed=130),
    "loss": "robust",
    "batch_size": 8,
    "rendered": 1000,
    "swapped": 450,
    "kept": 0.65,
}

# What changes on soft pages, once more: two fifths of them have moved.
MOVED: dict[str, Any] = {
    **SOFT,
    "training": replace(CLEANER, epochs=85, learning_rate=1.2e-3, weight_decay=0.0, average=0.999, seed=211),
    "loss": "robust",
    "batch_size": 8,
    "steps": 100,
    "rendered": 1800,
    "swapped": 600,
    "dusty": 0.3,
    "photographed": 0.25,
}
# The same where faint ink counts four times: it keeps more of it and makes it too dark.
MOVED_FAINT: dict[str, Any] = {
    **MOVED,
    "training": replace(MOVED["training"], seed=210),
    "loss": "faint_ink",
}

# Deep shadows, often over small print, where the filter is better than what was there before. All else stays.
# For the first third of their steps the shipped weights learned at the rate that 48 epochs have there.
SHADED: dict[str, Any] = {
    "config": {"soft": True},
    "training": replace(CLEANER, epochs=24, learning_rate=5e-4, seed=301),
    "loss": "robust",
    "crop": 192,
    "batch_size": 6,
    "steps": 120,
    "rendered": 2200,
    "swapped": 400,
    "stained": 0.5,
    "dusty": 0.3,
    "corpus": 0.25,
    "pictures": False,
    "shaded": 0.6,
    "photographed": 0.08,
    "soft": 0.2,
    "faint": 0.25,
    "office": 0.3,
    "worn": 0.15,
    "softness": "kept",
    "pinned": True,
    "kept": 0.5,
    "kept_finest": 0.0,
}

BOTH: dict[str, Any] = {**LAST, "kept": 0.95, "softness": "kept"}

RENDERED: dict[str, Any] = {
    **MIXED,
    "training": replace(CLEANER, epochs=32, learning_rate=2e-3, seed=12),
    "rendered": 2000,
    "corpus": 0.0,
    "worn": 0.85,
    "office": 0.7,
    "regions": "",
}

SHIPPED = ("page-tr", "page", "page-rendered", "stacked_conv", "stacked_conv-mse")


def recipes(seed: int) -> list[PageRecipe]:
    """Everything this script can train, in the order in which one builds on the other."""
    listed = [
        page_recipe("page-tr-start", "page", ("TR",), **ALONE, about="The first step of `page-tr`."),
        page_recipe("page-tr-mixed", "page", ("TR",), **MIXED, init="page-tr-start",
                    about="The second step of `page-tr`."),
        page_recipe("page-tr-third", "page", ("TR",), **THIRD, init="page-tr-mixed",
                    about="The third step of `page-tr`."),
        page_recipe("page-tr-fourth", "page", ("TR",), **LONG, init="page-tr-third",
                    about="The fourth step of `page-tr`."),
        page_recipe("page-tr-fifth", "page", ("TR",), **STAINED, init="page-tr-fourth",
                    about="The fifth step of `page-tr`."),
        page_recipe("page-tr-sixth", "page", ("TR",), **FINE, init="page-tr-fifth",
                    about="The sixth step of `page-tr`."),
        page_recipe("page-tr-seventh", "page", ("TR",), **FAINT, init="page-tr-sixth",
                    about="The seventh step of `page-tr`."),
        page_recipe("page-tr-eighth", "page", ("TR",), **FINER, init="page-tr-seventh",
                    about="The eighth step of `page-tr`."),
        page_recipe("page-tr-ninth", "page", ("TR",), **AGAIN, init="page-tr-eighth",
                    about="The ninth step of `page-tr`."),
        page_recipe("page-tr-tenth", "page", ("TR",), **LONGER, init="page-tr-ninth",
                    about="The tenth step of `page-tr`."),
        page_recipe("page-tr-corpus", "page", ("TR",), **LAST, init="page-tr-tenth",
                    about="The tenth step of `page-tr` and the corpus alone."),
        page_recipe("page-tr-eleventh", "page", ("TR",), **DUSTY, init="page-tr-corpus",
                    about="The eleventh step of `page-tr`."),
        page_recipe("page-tr-twelfth", "page", ("TR",), **DUSTIER, init="page-tr-eleventh",
                    about="The twelfth step of `page-tr`."),
        page_recipe("page-tr-thirteenth", "page", ("TR",), **DUSTY_LONG, init="page-tr-twelfth",
                    about="The thirteenth step of `page-tr`."),
        page_recipe("page-tr-fourteenth", "page", ("TR",), **DUSTY_OFFICE, init="page-tr-twelfth",
                    beside="page-tr-thirteenth",
                    about="The fourteenth step of `page-tr`."),
        page_recipe("page-tr-soft", "page", ("TR",), **SOFT, init="page-tr-fourteenth",
                    about="The fifteenth step of `page-tr`."),
        page_recipe("page-tr-photographed", "page", ("TR",), **PHOTOGRAPHED, init="page-tr-soft",
                    about="The sixteenth step of `page-tr`."),
        page_recipe("page-tr-everything", "page", ("TR",), **EVERYTHING, init="page-tr-photographed",
                    about="The seventeenth step of `page-tr`."),
        page_recipe("page-tr-toned", "page", ("TR",), **RIGHT_TONES, init="page-tr-everything",
                    about="The eighteenth step of `page-tr`."),
        page_recipe("page-tr-moved", "page", ("TR",), **MOVED, init="page-tr-toned",
                    about="The nineteenth step of `page-tr`."),
        page_recipe("page-tr-unshaded", "page", ("TR",), **MOVED_FAINT, init="page-tr-toned",
                    beside="page-tr-moved", about="The twentieth step of `page-tr`."),
        page_recipe("page-tr", "page", ("TR",), **SHADED, init="page-tr-unshaded",
                    about="The cleaner, without the partition of NoisyOffice that measures it."),
        page_recipe("page-unshaded", "page", ("TR", "VA"), **BOTH, init="page-tr-unshaded",
                    about="The step before `page`."),
        page_recipe("page", "page", ("TR", "VA"), **SHADED, init="page-unshaded", twin="page-tr",
                    about="The cleaner: background divided out, then corrected by a U-shaped network."),
        page_recipe("page-rendered", "page", (), **RENDERED,
                    about="The cleaner taught by rendered pages alone: no scan, no NoisyOffice."),
        page_recipe("stacked_conv", "stacked_conv", ("TR",),
                    about="The experiment's network, trained with cross-entropy, one page a batch."),
        page_recipe("stacked_conv-mse", "stacked_conv", ("TR",), loss="mse",
                    about="The experiment's network, trained with squared error, one page a batch."),
    ]  # fmt: skip
    return [
        replace(recipe, training=replace(recipe.training, seed=recipe.training.seed + seed))
        for recipe in listed
    ]


def going_on(recipe: PageRecipe, steps: Path) -> PageRecipe:
    """The recipe from the steps that it builds on, where these were trained before."""
    found = {
        field: str(steps / name)
        for field, name in (("init", recipe.init), ("beside", recipe.beside))
        if name and (steps / name).is_dir()
    }
    return replace(recipe, **found)


def main() -> None:
    """Train the named models, or all."""
    options = training_parser(__doc__)
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
    steps = args.checkpoints / "steps"
    on_the_way = run if args.dry_run else replace(run, out=steps)
    for recipe in recipes(args.seed):
        if recipe.name in args.only:
            pairs = noisyoffice.load(args.data_root, list(recipe.partitions))
            card = train_pages(going_on(recipe, steps), pairs, run if recipe.name in SHIPPED else on_the_way)
            print(f"{card.name}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")


if __name__ == "__main__":
    start(main)
