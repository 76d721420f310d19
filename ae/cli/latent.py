"""`python -m ae evaluate latent`: how good each map of digits is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ae.cli.common import add_command, add_weights, positive, report

ALL = "all"
COLUMNS = (
    "name", "map", "knn_accuracy", "probe_accuracy", "trustworthiness", "continuity", "mse", "digit_like",
    "fitted_on",
)  # fmt: skip


def add_latent(kinds: Any) -> None:
    """Add the kind `latent` to `evaluate`."""
    about = "Measure the maps of digits: accuracies, kept neighbourhoods, share of the plane like digits."
    parser = add_command(kinds, "latent", about, _evaluate_latent)
    parser.add_argument(
        "--data-root",
        type=Path,
        help="folder of MNIST: classifiers learn from the training digits, else from test digits in folds",
    )
    parser.add_argument("--model", nargs="+", metavar="NAME", help="only these weights")
    parser.add_argument(
        "--k", type=size, nargs="+", default=[ALL], metavar="K", help="sizes of the code; default: all"
    )
    parser.add_argument("--json", action="store_true", help="a JSON list")
    parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")
    add_weights(parser)


def size(text: str) -> int | str:
    """A size of the code, or the word for every size."""
    return ALL if text == ALL else positive(text)


def _names(args: argparse.Namespace) -> list[str]:
    from ae import weights

    if args.model:
        return list(args.model)
    names = weights.names("digits", args.weights)
    if ALL in args.k:
        return names
    return [name for name in names if weights.read_card(name, args.weights).config["k"] in args.k]


def _evaluate_latent(args: argparse.Namespace) -> int:
    from ae import weights
    from ae.data import mnist
    from ae.evaluation.latent import keep_on_card, measure_maps, spread_of

    train = mnist.split(mnist.load(args.data_root))[0] if args.data_root else None
    rows = []
    for each in measure_maps(_names(args), mnist.load_test_digits(), train, args.weights):
        card = weights.read_card(each.name, args.weights)
        rows.append(each.row() | spread_of(card, each.measures, each.kind))
        if args.update_cards:
            keep_on_card(card, each.kind, each.measures)
            weights.write_card(card, args.weights)
    report(rows, COLUMNS, args.json)
    return 0
