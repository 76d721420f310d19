"""`python -m ae evaluate`: every figure again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ae import devices
from ae.cli.common import (
    CORPUS_MISSING,
    add_command,
    add_weights,
    complain,
    not_negative,
    positive,
    report,
    table,
)
from ae.cli.latent import add_latent
from ae.errors import AeError, UsageError


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
    pages.add_argument("--no-cer", action="store_true", help="do not read the pages with Tesseract")
    pages.add_argument("--cer", action="store_true", help=argparse.SUPPRESS)  # what it does is the default
    _add_evaluate_rendered(kinds)
    add_latent(kinds)
    for parser in (digits, pages):
        parser.add_argument("--data-root", type=Path, help="folder of the data")
        parser.add_argument("--model", nargs="+", metavar="NAME", help="only these weights")
        parser.add_argument("--device", choices=devices.CHOICES, default="auto")
        parser.add_argument("--json", action="store_true", help="a JSON list")
        parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")
        add_weights(parser)


def _add_evaluate_rendered(kinds: Any) -> None:
    about = (
        "Measure page models on rendered pages with dirt that training never saw: character errors, what is"
        " harmed, ink that is kept, black and white; each figure beside what it has to reach."
    )
    parser = add_command(kinds, "rendered", about, _evaluate_rendered)
    parser.add_argument("--model", nargs="+", default=["page"], metavar="NAME")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS, help="default: all")
    parser.add_argument("--pages", type=positive, default=1, help="for each script, resolution and family")
    parser.add_argument("--scripts", nargs="+", metavar="SCRIPT", help="default: all")
    parser.add_argument("--quick", action="store_true", help="Latin and Korean, one page of everything")
    parser.add_argument("--no-cer", action="store_true", help="do not read the pages with Tesseract")
    parser.add_argument("--seed", type=not_negative, default=0)
    parser.add_argument("--device", choices=devices.CHOICES, default="auto")
    parser.add_argument("--json", action="store_true", help="JSON")
    parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")
    add_weights(parser)


_PARTS = ("reading", "clean", "marks", "ink", "bw")
_QUICK_SCRIPTS = ("latin", "korean")
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
    from ae.data import noisyoffice
    from ae.documents.cleaning import cleaner_names, load_cleaner
    from ae.evaluation import pages, reading_errors

    if args.data_root is None:
        raise UsageError(CORPUS_MISSING)
    names = args.model or [reading_errors.UNTOUCHED, *cleaner_names(args.weights)]
    pairs = noisyoffice.load(args.data_root, [args.partition])
    truths = reading_errors.original_texts(pairs) if _can_read(args, "eng") else None
    rows = []
    for name in names:
        cleaner = None if name == reading_errors.UNTOUCHED else load_cleaner(name, args.device, args.weights)
        measures = pages.measure_pages(cleaner, pairs, args.partition, truths)
        rows.append({"name": name, "partition": args.partition, "pages": len(pairs), **measures})
    if args.update_cards:
        for name, measures in pages.page_card_measures(rows, args.weights).items():
            _update_card(args.weights, name, measures)
    shown = "rmse_mean", "rmse_pooled", "rmse_at_half_brightness", "psnr", "ssim", "cer", "seen_in_training"
    report(rows, ("name", *shown), args.json)
    return 0


def _can_read(args: argparse.Namespace, languages: str) -> bool:
    """Whether pages are to be read and can be; a line says what is missing."""
    from ae import ocr

    if args.no_cer:
        return False
    try:
        ocr.require(languages)
    except AeError as error:
        complain(f"no character error rates: {error}")
        return False
    return True


def _evaluate_rendered(args: argparse.Namespace) -> int:
    from ae.data.rendering import SCRIPTS
    from ae.documents.cleaning import DIVISION, load_cleaner
    from ae.evaluation import reading_errors, rendered

    scripts = tuple(args.scripts or (_QUICK_SCRIPTS if args.quick else SCRIPTS))
    if unknown := set(scripts) - set(SCRIPTS):
        raise UsageError(f"unknown script {', '.join(sorted(unknown))}: choose from {', '.join(SCRIPTS)}")
    cleaners = {
        name: reading_errors.cleaner_function(load_cleaner(name, args.device, args.weights))
        for name in dict.fromkeys([DIVISION, *args.model])
    }
    read = _can_read(args, "+".join(code for script in scripts for code in SCRIPTS[script].tesseract))
    plan = rendered.Plan(args.pages, args.quick, args.seed, scripts, tuple(args.parts), read)
    found = rendered.measure(cleaners, (reading_errors.UNTOUCHED, DIVISION), plan)
    if args.update_cards:
        for name in set(args.model) - {DIVISION}:
            _update_card(args.weights, name, {"rendered": found.for_card(name)})
    if args.json:
        print(json.dumps(found.as_json(), indent=1))
    else:
        _show_rendered({**found.as_json(), "summary": found.summary()})
    return 0


_SECTIONS = {
    "Character error rate": ("rows", ("script", "dpi", "family", "letters")),
    "Pages that are clean already (change in grey levels)": (
        "clean_pages", ("cleaner", "kind", "pages", "change", "worst_change", "cer_before", "cer_after"),
    ),
    "Marks (hue in degrees)": (
        "marks", ("cleaner", "mark", "paper", "ssim", "ssim_page", "hue_change", "colour_kept", "cer_before",
                  "cer_after"),
    ),
    "Share of the ink that is kept": ("ink", ("cleaner", "family", "kept", "worst")),
    "Black and white: F-measure": (
        "two_tone", ("cleaner", "kind", "family", "ours", "otsu", "sauvola", "window"),
    ),
    "What holds (figures that are good enough, and the worst one)": (
        "summary", ("cleaner", "measure", "holds", "worst", "must", "aim", "of"),
    ),
}  # fmt: skip


def _show_rendered(found: dict[str, Any]) -> None:
    for title, (key, columns) in _SECTIONS.items():
        rows = found[key]
        if not rows:
            continue
        if key == "rows":
            rows = [{**row, **row["cer"]} for row in rows]
            columns = (*columns, *found["rows"][0]["cer"])
        print(f"\n{title}")
        table(rows, columns)


def _update_card(folder: Path, name: str, measures: dict[str, Any]) -> None:
    from ae import weights

    card = weights.read_card(name, folder)
    card.measures.update(measures)
    weights.write_card(card, folder)
