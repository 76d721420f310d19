"""What the commands share."""

from __future__ import annotations

import argparse
import json
import math
import sys
import unicodedata
from pathlib import Path
from typing import Any, TextIO

from ae import PRETRAINED

CORPUS_MISSING = "--data-root must name the folder of NoisyOffice (README says where to get it)"


def add_command(commands: Any, name: str, about: str, run: Any) -> argparse.ArgumentParser:
    """A command that calls `run` with the parsed arguments."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def add_weights(parser: argparse.ArgumentParser) -> None:
    """The option that names another folder of weights than the shipped one."""
    parser.add_argument(
        "--weights", type=Path, default=PRETRAINED, metavar="FOLDER", help="folder of the weights"
    )


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def not_negative(text: str) -> int:
    """A whole number from 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def above_zero(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def complain(text: str) -> None:
    """One line on standard error."""
    say(f"ae: {text.strip()}", sys.stderr)


def say(text: str, stream: TextIO) -> None:
    """One line, in which names of files cannot move the cursor or change the colours of a terminal."""
    print("".join(map(_visible, text)), file=stream, flush=True)


def _visible(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
        return character.encode("unicode_escape").decode()
    return character


def report(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    """Rows as JSON, or some of their columns as a table."""
    if as_json:
        print(json.dumps(rows, indent=1))
    else:
        table(rows, columns)


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """Rows in aligned columns."""
    cells = [list(columns)] + [[_cell(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.5f}" if isinstance(value, float) else str(value)
