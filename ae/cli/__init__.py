"""The command line: `models`, `train`, `evaluate`, `clean`.

Exit codes: 0 when all went well, 1 when an input failed, 2 for wrong usage. Errors are one line each on
standard error. Heavy modules are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

from ae import __version__
from ae.cli.clean import add_clean
from ae.cli.common import add_command, add_weights, complain, report
from ae.cli.evaluate import add_evaluate
from ae.cli.train import add_train
from ae.errors import AeError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal's character set lacks is shown with escapes.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except AeError as error:
        complain(str(error))
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        complain("stopped")
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
    add_train(commands)
    add_evaluate(commands)
    add_clean(commands)
    return parser


def _add_models(commands: Any) -> None:
    parser = add_command(commands, "models", "List the weights that are there.", _models)
    add_weights(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list")


def _models(args: argparse.Namespace) -> int:
    from ae import weights

    rows = [weights.describe(name, args.weights) for name in weights.names(folder=args.weights)]
    report(rows, ("name", "family", "task", "loss", "parameters", "bytes"), args.json)
    return 0
