"""Options that the scripts share which train and measure models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from _start import start

from ae import devices, weights
from ae.recipes import RunOptions, passing_folder

__all__ = ["parser", "run_options", "start", "training_parser"]


def parser(about: str | None) -> argparse.ArgumentParser:
    """A parser with --data-root, --out, --seed, --device, --threads and --dry-run."""
    result = argparse.ArgumentParser(description=about)
    # `run_options` wants them of all.
    result.set_defaults(checkpoints=RunOptions.checkpoints, resume=False)
    result.add_argument("--data-root", type=Path, help="folder of the data; MNIST is downloaded without it")
    result.add_argument("--out", type=Path, default=weights.FOLDER, help="folder for the weights")
    result.add_argument("--seed", type=int, default=0)
    result.add_argument("--device", choices=devices.CHOICES, default="auto")
    result.add_argument("--threads", type=int, default=0, help="CPU threads; 0 takes all")
    result.add_argument(
        "--dry-run", action="store_true", help="a few seconds of everything; keeps no weights"
    )
    return result


def training_parser(about: str | None) -> argparse.ArgumentParser:
    """The same with --checkpoints and --resume."""
    result = parser(about)
    result.add_argument("--checkpoints", type=Path, help="folder for checkpoints")
    result.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    return result


def run_options(args: argparse.Namespace) -> RunOptions:
    """RunOptions from parsed arguments; a dry run writes into a temporary folder."""
    if args.threads:
        torch.set_num_threads(args.threads)
    out = passing_folder() if args.dry_run else args.out
    return RunOptions(
        out=out,
        device=args.device,
        dry_run=args.dry_run,
        resume=args.resume,
        checkpoints=args.checkpoints,
        command=f"python scripts/{Path(sys.argv[0]).name} --data-root DIR --only {{name}} --seed {{seed}}",
    )
