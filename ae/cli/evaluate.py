"""`python -m ae evaluate`: every figure again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ae.cli.common import CORPUS_MISSING, DEVICES, add_command, add_weights, positive, report, table
from ae.errors import UsageError


def add_evaluate(commands: Any) -> None:
    """Add the command and its kinds."""
    evaluate = commands.add_parser(
        "evaluate", help="Measure the weights.", description="Measure the weights."
    )
    kinds = evaluate.add_subparsers(required=True, metavar="WHAT")
    digits = add_command(
        kinds, "digits", "Measure the digit models on MNIST's test digits.", _evaluate_digits
    )
    pages = add_command(kinds, "pages", "Measure the page models on NoisyOffice.", _evaluate_pages)
    pages.add_argument("--partition", choices=("TR", "VA", "TE"), default="VA")
    pages.add_argument("--cer", action="store_true", help="read the pages with Tesseract too (minutes)")
    _add_evaluate_rendered(kinds)
    for parser in (digits, pages):
        parser.add_argument("--data-root", type=Path, help="folder of the data")
        parser.add_argument("--model", nargs="+", metavar="NAME", help="only these weights")
        parser.add_argument("--device", choices=DEVICES, default="auto")
        parser.add_argument("--json", action="store_true", help="a JSON list")
        parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")
        add_weights(parser)


def _add_evaluate_rendered(kinds: Any) -> None:
    about = "Character errors on rendered pages with dirt that training never saw."
    parser = add_command(kinds, "rendered", about, _evaluate_rendered)
    parser.add_argument("--model", nargs="+", default=["page"], metavar="NAME")
    parser.add_argument("--pages", type=positive, default=1, help="for each script, resolution and family")
    parser.add_argument("--scripts", nargs="+", metavar="SCRIPT", help="default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_weights(parser)


_DIGIT_MEASURES = (
    "mse",
    "psnr",
    "mse_by_digit",
    "denoising",
    "mse_noisy",
    "psnr_noisy",
    "by_noise",
    "mse_mean",
    "mse_std",
)


def _evaluate_digits(args: argparse.Namespace) -> int:
    from ae import devices, evaluation, weights
    from ae.data import mnist

    digits = mnist.load(args.data_root, train=False) if args.data_root else mnist.load_test_digits()
    folder = args.weights
    names = args.model or weights.names("digits", folder) + weights.names("denoising", folder)
    rows = evaluation.measure_digit_models(digits, names, devices.choose(args.device), folder)
    if args.update_cards:
        for row in rows:
            _update_card(folder, row["name"], {key: row[key] for key in row if key in _DIGIT_MEASURES})
    report(rows, ("name", "task", "k", "parameters", "mse", "psnr", "mse_mean", "mse_std"), args.json)
    return 0


def _evaluate_pages(args: argparse.Namespace) -> int:
    from ae import evaluation, ocr, reading_errors
    from ae.data import noisyoffice
    from ae.documents.cleaning import cleaner_names, load_cleaner

    if args.data_root is None:
        raise UsageError(CORPUS_MISSING)
    if args.cer:
        ocr.require("eng")
    pairs = noisyoffice.load(args.data_root, [args.partition])
    rows = []
    for name in args.model or ["untouched", *cleaner_names(args.weights)]:
        cleaner = None if name == "untouched" else load_cleaner(name, args.device, args.weights)
        row = {"name": name, "partition": args.partition, "pages": len(pairs)}
        rows.append({**row, **evaluation.measure_pages(cleaner, pairs, args.partition)})
        if args.cer:
            clean = reading_errors.cleaner_function(cleaner)
            rows[-1]["cer"] = reading_errors.noisyoffice_errors(clean, pairs).rate
    if args.update_cards:
        for name, measures in evaluation.page_card_measures(rows, args.weights).items():
            _update_card(args.weights, name, measures)
    report(rows, ("name", "rmse_mean", "rmse_pooled", "psnr", "ssim", "cer", "seen_in_training"), args.json)
    return 0


def _evaluate_rendered(args: argparse.Namespace) -> int:
    from ae import ocr, reading_errors
    from ae.data.rendering import SCRIPTS
    from ae.documents.cleaning import DIVISION, load_cleaner

    scripts = args.scripts or list(SCRIPTS)
    if unknown := set(scripts) - set(SCRIPTS):
        raise UsageError(f"unknown script {', '.join(sorted(unknown))}: choose from {', '.join(SCRIPTS)}")
    ocr.require("+".join(code for script in scripts for code in SCRIPTS[script].tesseract))
    cleaners = {"untouched": reading_errors.cleaner_function(None)}
    for name in dict.fromkeys([DIVISION, *args.model]):
        cleaners[name] = reading_errors.cleaner_function(load_cleaner(name, args.device, args.weights))
    rows = reading_errors.rendered_errors(
        cleaners, reading_errors.held_out_pages(args.pages, args.seed, scripts)
    )
    flat = [{**row, **row["cer"]} for row in rows]
    means = {key: reading_errors.mean_by(rows, key) for key in ("script", "dpi", "family")}
    if args.json:
        print(json.dumps({"rows": rows, "means": means}, indent=1))
    else:
        table(flat, ("script", "dpi", "family", "letters", *cleaners))
    return 0


def _update_card(folder: Path, name: str, measures: dict[str, Any]) -> None:
    from ae import weights

    card = weights.read_card(name, folder)
    card.measures.update(measures)
    weights.write_card(card, folder)
