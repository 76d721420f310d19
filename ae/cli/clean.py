"""`python -m ae clean`: dirty pages in, clean pages out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ae.cli.common import DEVICES, add_command, add_weights, complain, share


def add_clean(commands: Any) -> None:
    """Add the command."""
    parser = add_command(
        commands, "clean", "Clean scanned or photographed pages (PNG, JPEG) into PNG.", _clean
    )
    parser.add_argument("inputs", nargs="+", type=Path, metavar="IN")
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a .png file, or a folder for several"
    )
    parser.add_argument("--strength", type=share, default=1.0, metavar="S", help="0 (untouched) to 1 (full)")
    parser.add_argument("--best", action="store_true", help="four times slower, a little better")
    parser.add_argument("--model", default="page", metavar="NAME", help="default: page; see `ae models`")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--json", action="store_true", help="one JSON object a line for each page")
    add_weights(parser)


def _clean(args: argparse.Namespace) -> int:
    from ae.documents.batch import CleanOptions, clean_files, plan_outputs
    from ae.documents.cleaning import load_cleaner

    jobs = plan_outputs(args.inputs, args.output)
    cleaner = load_cleaner(args.model, args.device, args.weights)
    failed = 0
    for outcome in clean_files(jobs, cleaner, CleanOptions(args.strength, args.best)):
        failed += outcome.error is not None
        if outcome.error:
            complain(outcome.error)
        if args.json:
            print(json.dumps(outcome.as_json()), flush=True)
        elif not outcome.error:
            print(f"{outcome.output}  {outcome.seconds:.2f} s")
    return 1 if failed else 0
