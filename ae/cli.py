"""The command line: `models`, `train`, `evaluate`, `clean`.

Exit codes: 0 when all went well, 1 when an input failed, 2 for wrong usage. Errors are one line each on
standard error. Heavy modules are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ae import __version__
from ae.errors import AeError

_DEVICES = ("auto", "cpu", "cuda", "mps")
_DIGIT_FAMILIES = ("simple", "stacked", "conv")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except AeError as error:
        print(f"ae: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ae: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ae", description="Autoencoders for digits and document pages.")
    parser.add_argument("--version", action="version", version=f"ae {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_models(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_clean(commands)
    return parser


def _command(commands: Any, name: str, about: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def _add_models(commands: Any) -> None:
    parser = _command(commands, "models", "List the weights that are shipped.", _models)
    parser.add_argument("--json", action="store_true", help="a JSON list")


def _add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="Train a model.", description="Train a model.")
    kinds = train.add_subparsers(required=True, metavar="WHAT")
    digits = _command(kinds, "digits", "Train an autoencoder or a denoiser of digits.", _train_digits)
    digits.add_argument("--family", choices=_DIGIT_FAMILIES, default="simple")
    digits.add_argument("--k", type=_positive, default=32, help="size of the bottleneck")
    digits.add_argument("--noise", choices=("none", "gaussian-0.5", "mixed"), default="none")
    page = _command(kinds, "page", "Train a page model on NoisyOffice.", _train_page)
    page.add_argument("--family", choices=("page", "stacked_conv"), default="page")
    page.add_argument("--partitions", nargs="+", default=["TR"], metavar="TR|VA|TE")
    page.add_argument("--crop", type=_positive, default=128, help="side of a training crop in pixels")
    page.add_argument("--steps", type=_positive, default=160, help="batches an epoch")
    for parser, epochs, batch in ((digits, 20, 128), (page, 50, 8)):
        parser.add_argument("--name", required=True, help="name of the new weights")
        parser.add_argument("--data-root", type=Path, help="folder of the data")
        parser.add_argument("--out", type=Path, default=Path("runs/weights"), help="folder for the weights")
        parser.add_argument("--loss", choices=("mse", "bce"), default="mse")
        parser.add_argument("--epochs", type=_positive, default=epochs)
        parser.add_argument("--batch-size", type=_positive, default=batch)
        parser.add_argument("--learning-rate", type=float, default=1e-3 if parser is digits else 4e-3)
        parser.add_argument("--patience", type=int, default=0, help="stop after so many epochs without gain")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--device", choices=_DEVICES, default="auto")
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
        parser.add_argument("--dry-run", action="store_true", help="a few seconds on a handful of images")


def _add_evaluate(commands: Any) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="Measure the weights.", description="Measure the weights."
    )
    kinds = evaluate.add_subparsers(required=True, metavar="WHAT")
    digits = _command(kinds, "digits", "Measure the digit models on MNIST's test digits.", _evaluate_digits)
    pages = _command(kinds, "pages", "Measure the page models on NoisyOffice.", _evaluate_pages)
    pages.add_argument("--partition", choices=("TR", "VA", "TE"), default="VA")
    for parser in (digits, pages):
        parser.add_argument("--data-root", type=Path, help="folder of the data")
        parser.add_argument("--model", nargs="+", metavar="NAME", help="only these weights")
        parser.add_argument("--device", choices=_DEVICES, default="auto")
        parser.add_argument("--json", action="store_true", help="a JSON list")
        parser.add_argument("--update-cards", action="store_true", help="write the measures into the cards")


def _add_clean(commands: Any) -> None:
    parser = _command(commands, "clean", "Clean scanned or photographed pages (PNG, JPEG) into PNG.", _clean)
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN")
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a .png file, or a folder for several"
    )
    parser.add_argument("--strength", type=_share, default=1.0, metavar="S", help="0 (untouched) to 1 (full)")
    parser.add_argument("--best", action="store_true", help="four times slower, a little better")
    parser.add_argument("--model", default="page", metavar="NAME", help="default: page; see `ae models`")
    parser.add_argument("--device", choices=_DEVICES, default="auto")
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each page")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def _models(args: argparse.Namespace) -> int:
    from ae import weights

    rows = [weights.describe(name) for name in weights.names()]
    if args.json:
        print(json.dumps(rows, indent=1))
    else:
        _table(rows, ("name", "family", "task", "loss", "parameters", "bytes"))
    return 0


def _train_digits(args: argparse.Namespace) -> int:
    from ae import recipes
    from ae.data import mnist

    recipe = recipes.DigitRecipe(
        args.name, args.family, {"k": args.k}, _training(args), args.batch_size, args.loss, args.noise
    )
    card = recipes.train_digits(recipe, mnist.load(args.data_root), _run_options(args))
    return _trained(card, args)


def _train_page(args: argparse.Namespace) -> int:
    from ae import recipes
    from ae.data import noisyoffice

    if args.data_root is None:
        raise AeError("--data-root must name the folder of NoisyOffice (README says where to get it)")
    whole = args.family == "stacked_conv"
    recipe = recipes.PageRecipe(
        args.name,
        args.family,
        {},
        _training(args),
        tuple(args.partitions),
        args.loss,
        crop=0 if whole else args.crop,
        batch_size=1 if whole else args.batch_size,
        steps=args.steps,
    )
    pairs = noisyoffice.load(args.data_root, args.partitions)
    return _trained(recipes.train_pages(recipe, pairs, _run_options(args)), args)


def _training(args: argparse.Namespace) -> Any:
    from ae.training.loop import TrainingConfig

    return TrainingConfig(
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        optimizer="adamw",
        schedule="cosine",
        warmup=100,
        patience=args.patience,
        seed=args.seed,
    )


def _run_options(args: argparse.Namespace) -> Any:
    from ae.recipes import RunOptions

    return RunOptions(
        data_root=args.data_root,
        out=args.out,
        device=args.device,
        dry_run=args.dry_run,
        resume=args.resume,
    )


def _trained(card: Any, args: argparse.Namespace) -> int:
    last = card.history[-1]
    print(f"{args.out / card.name}: {card.parameters:,} parameters, loss {last['loss']:.5f}")
    return 0


def _evaluate_digits(args: argparse.Namespace) -> int:
    from ae import devices, evaluation, weights
    from ae.data import mnist

    digits = mnist.load(args.data_root, train=False) if args.data_root else mnist.load_test_digits()
    names = args.model or weights.names("digits") + weights.names("denoising")
    rows = evaluation.measure_digit_models(digits, names, devices.choose(args.device))
    if args.update_cards:
        for row in rows:
            _update_card(row["name"], {key: row[key] for key in row if key in _DIGIT_MEASURES})
    _report(rows, ("name", "task", "k", "parameters", "mse", "psnr", "mse_mean", "mse_std"), args.json)
    return 0


_DIGIT_MEASURES = (
    "mse",
    "psnr",
    "mse_by_digit",
    "mse_noisy",
    "psnr_noisy",
    "by_noise",
    "mse_mean",
    "mse_std",
)


def _evaluate_pages(args: argparse.Namespace) -> int:
    from ae import evaluation
    from ae.data import noisyoffice
    from ae.documents.cleaning import cleaner_names, load_cleaner

    if args.data_root is None:
        raise AeError("--data-root must name the folder of NoisyOffice (README says where to get it)")
    pairs = noisyoffice.load(args.data_root, [args.partition])
    rows = []
    for name in args.model or ["untouched", *cleaner_names()]:
        cleaner = None if name == "untouched" else load_cleaner(name, args.device)
        row = {"name": name, "partition": args.partition, "pages": len(pairs)}
        rows.append({**row, **evaluation.measure_pages(cleaner, pairs, args.partition)})
    if args.update_cards:
        for name, measures in evaluation.page_card_measures(rows).items():
            _update_card(name, measures)
    _report(rows, ("name", "rmse_mean", "rmse_pooled", "psnr", "ssim", "seen_in_training"), args.json)
    return 0


def _update_card(name: str, measures: dict[str, Any]) -> None:
    from ae import weights

    card = weights.read_card(name)
    card.measures.update(measures)
    weights.write_card(card)


def _report(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        _table(rows, columns)


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """Rows in aligned columns."""
    cells = [list(columns)] + [[_cell(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    return f"{value:.5f}" if isinstance(value, float) else str(value)


def _clean(args: argparse.Namespace) -> int:
    from ae.documents.batch import CleanOptions, clean_files, plan_outputs
    from ae.documents.cleaning import load_cleaner

    try:
        jobs = plan_outputs(args.inputs, args.output)
    except AeError as error:
        print(f"ae clean: {error}", file=sys.stderr)
        return 2
    cleaner = load_cleaner(args.model, args.device)
    failed = 0
    for outcome in clean_files(jobs, cleaner, CleanOptions(args.strength, args.best)):
        failed += outcome.error is not None
        if outcome.error:
            print(f"ae: {outcome.error}", file=sys.stderr)
        if args.json:
            print(json.dumps(outcome.as_json(), ensure_ascii=False), flush=True)
        elif not outcome.error:
            print(f"{outcome.output}  {outcome.seconds:.2f} s")
    return 1 if failed else 0
