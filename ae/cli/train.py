"""`python -m ae train`: new weights, by the recipe of a shipped model or with some of it changed."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ae import devices
from ae.cli.common import CORPUS_MISSING, above_zero, add_command, not_negative, positive
from ae.errors import UsageError

if TYPE_CHECKING:
    from ae.recipes import RunOptions
    from ae.training.distributed import Group
    from ae.training.loop import TrainingConfig
    from ae.weights import Card

_MANY = "Several processes or machines: torchrun --nproc-per-node N -m ae train ...; see docs/scale.md"


def add_train(commands: Any) -> None:
    """Add the command and its two kinds."""
    train = commands.add_parser("train", help="Train a model.", description="Train a model.")
    kinds = train.add_subparsers(required=True, metavar="WHAT")
    digits = add_command(kinds, "digits", "Train an autoencoder or a denoiser of digits.", _train_digits)
    digits.add_argument("--family", choices=("simple", "stacked", "conv", "variational"), default="simple")
    digits.add_argument("--k", type=positive, default=32, help="size of the bottleneck")
    digits.add_argument("--noise", choices=("none", "gaussian-0.5", "mixed"), default="none")
    digits.add_argument("--patience", type=not_negative, default=0, help="epochs without gain, then stop")
    page = add_command(
        kinds,
        "page",
        "Train a page model on NoisyOffice or on your own dirty/ and clean/ pages.",
        _train_page,
    )
    page.add_argument("--family", choices=("page", "stacked_conv"), default="page")
    page.add_argument("--init", metavar="FOLDER", help="go on from these weights, such as pretrained/page")
    page.add_argument("--partitions", nargs="+", default=["TR"], metavar="TR|VA|TE")
    page.add_argument("--rendered", type=not_negative, default=0, help="rendered pages beside the corpus")
    digits.add_argument("--name", required=True, help="name of the new weights")
    page.add_argument("--name", help="name of the new weights; default: after --init and --data-root")
    for parser in (digits, page):
        parser.epilog = _MANY
        parser.add_argument("--data-root", type=Path, help="folder of the data")
        parser.add_argument("--out", type=Path, default=Path("runs/weights"), help="folder for the weights")
        parser.add_argument("--loss", choices=("mse", "bce", "robust"), help="default: the family's")
        parser.add_argument("--epochs", type=positive, help="default: the family's")
        parser.add_argument("--batch-size", type=positive, help="default: the family's")
        parser.add_argument("--learning-rate", type=above_zero, help="default: the family's")
        parser.add_argument("--seed", type=not_negative, default=0)
        parser.add_argument("--device", choices=devices.CHOICES, default="auto")
        parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
        parser.add_argument("--dry-run", action="store_true", help="a few seconds of it; keeps no weights")


def _train_digits(args: argparse.Namespace) -> int:
    from ae import recipes
    from ae.data import mnist
    from ae.training import distributed

    recipe = recipes.digit_recipe(args.name, args.family, args.k, noise=args.noise)
    recipe = replace(recipe, **_given(args, "loss", "batch_size"))
    recipe = replace(recipe, training=replace(_training(recipe.training, args), patience=args.patience))
    with distributed.started(args.device) as group:
        if group.size > 1 and args.data_root is None:
            raise UsageError("--data-root is missing: several processes cannot download MNIST at once")
        card = recipes.train_digits(recipe, mnist.load(args.data_root), _run_options(args))
        return _say(card, args, group)


def _train_page(args: argparse.Namespace) -> int:
    from ae import recipes
    from ae.data import noisyoffice
    from ae.documents import own_pairs
    from ae.training import distributed

    if args.data_root is None:
        raise UsageError(CORPUS_MISSING)
    own = own_pairs.is_folder_of_pairs(args.data_root)
    partitions = () if own else tuple(args.partitions)
    recipe = recipes.page_recipe(_page_name(args), args.family, partitions, init=args.init or "")
    if not recipe.crop and args.batch_size not in (None, 1):
        raise UsageError(f"family '{args.family}' takes one whole page a batch: leave out --batch-size")
    if args.rendered and not recipe.crop:
        raise UsageError(f"family '{args.family}' is trained on the corpus alone: leave out --rendered")
    if args.rendered:
        recipe = replace(recipe, rendered=args.rendered, corpus=0.5)
    recipe = replace(recipe, **_given(args, "loss", "batch_size"))
    recipe = replace(recipe, training=_training(recipe.training, args))
    pairs = own_pairs.load(args.data_root) if own else noisyoffice.load(args.data_root, list(partitions))
    train = recipes.train_own_pages if own else recipes.train_pages
    with distributed.started(args.device) as group:
        return _say(train(recipe, pairs, _run_options(args)), args, group)


def _page_name(args: argparse.Namespace) -> str:
    if args.name:
        return str(args.name)
    if not args.init:
        raise UsageError("--name is missing: say what the new weights are to be called")
    return f"{Path(args.init).name}-{args.data_root.resolve().name}"


def _training(training: TrainingConfig, args: argparse.Namespace) -> TrainingConfig:
    return replace(training, seed=args.seed, **_given(args, "epochs", "learning_rate"))


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options that were on the command line."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}


def _run_options(args: argparse.Namespace) -> RunOptions:
    from ae.recipes import RunOptions, passing_folder

    return RunOptions(
        out=passing_folder() if args.dry_run else _writable(args.out),
        device=args.device,
        dry_run=args.dry_run,
        resume=args.resume,
        command=_command(args),
    )


def _writable(folder: Path) -> Path:
    """The folder, made before hours of training rather than after them. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UsageError(
            f"--out {folder}: cannot be written to ({error.strerror}); choose another"
        ) from error


def _command(args: argparse.Namespace) -> str:
    """The command line again, without this machine's folders."""
    from ae.training import distributed

    processes = distributed.current().size
    program = "python" if processes == 1 else f"torchrun --nproc-per-node {processes}"
    skipped = ("run", "data_root", "out", "device", "resume", "dry_run")
    words = [f"{program} -m ae train", args.run.__name__.removeprefix("_train_"), "--data-root DIR"]
    for name, value in vars(args).items():
        if name not in skipped and value not in (None, 0):
            listed = value if isinstance(value, list) else [value]
            words.append(f"--{name.replace('_', '-')} {' '.join(map(_portable, listed))}")
    return " ".join(words)


def _portable(value: Any) -> str:
    """An option's value; of a place on this machine only its name."""
    return Path(value).name if Path(str(value)).is_absolute() else str(value)


def _say(card: Card, args: argparse.Namespace, group: Group) -> int:
    if not group.is_first:
        return 0
    place = "dry run, nothing kept" if args.dry_run else f"{args.out / card.name}"
    print(f"{place}: {card.parameters:,} parameters, loss {card.history[-1]['loss']:.5f}")
    if not args.dry_run:
        has_judge = card.regions and (args.out / card.regions).is_dir()
        beside = f"; keep {args.out / card.regions} beside it" if has_judge else ""
        print(f"use it with --weights {args.out}{beside}")
    return 0
