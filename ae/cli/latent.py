"""`python -m ae evaluate latent`: how good each map of digits is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ae.cli.common import add_command, add_weights, report

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
    parser.add_argument("--k", type=int, nargs="+", default=[2], help="sizes of the code; default: 2")
    parser.add_argument("--json", action="store_true", help="a JSON list")
    parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")
    add_weights(parser)


def _evaluate_latent(args: argparse.Namespace) -> int:
    from ae import weights
    from ae.data import mnist
    from ae.evaluation.latent import by_seed, measure_maps, spread

    train = mnist.split(mnist.load(args.data_root))[0] if args.data_root else None
    names = args.model or [
        name
        for name in weights.names("digits", args.weights)
        if weights.read_card(name, args.weights).config["k"] in args.k
    ]
    found = measure_maps(names, mnist.load_test_digits(), train, args.weights)
    rows = []
    for each in found:
        card = weights.read_card(each.name, args.weights)
        rows.append(each.row() | (spread(by_seed(card, each.measures)) if each.kind == "code" else {}))
        if args.update_cards:
            card.measures.setdefault("latent", {})[each.kind] = each.measures
            weights.write_card(card, args.weights)
    report(rows, COLUMNS, args.json)
    return 0
