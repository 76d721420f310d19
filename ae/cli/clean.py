"""`python -m ae clean`: dirty documents in, the same documents out, clean."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ae import PRETRAINED, devices
from ae.cli.common import complain, positive, say, share
from ae.documents.planning import STREAM
from ae.environment import whole_number
from ae.errors import UsageError
from ae.units import LEAST_DPI, MOST_DPI
from ae.words import count

if TYPE_CHECKING:
    from ae.documents.batch import Batch
    from ae.documents.batch_options import BatchOptions
    from ae.documents.cluster import ClusterBatch
    from ae.documents.limits import Limits
    from ae.documents.planning import PageRange, Plan
    from ae.documents.report import PageOutcome, Summary
    from ae.documents.treatment import Region

_TO = ("pdf", "png", "tiff", "jpeg")
_MOST_MB = 2000
# All of it on one screen of 24 x 80, which argparse's own list of options would not fit.
_USAGE = "ae clean IN... -o OUT [options]"
_HELP = """\
Clean scans and photographs of pages: PDF, TIFF, HEIC, JPEG, PNG ..., folders,
or - for standard input. What comes out is of the same kind.

  -o OUT           a file, a folder, one .pdf or .zip for all, or -
  -r, --recursive  also what lies in folders below a folder
  --to KIND        pdf, png, tiff or jpeg
  --grey, --bw     without colours, or black and white (pictures as dots)
  --strength S     0 (untouched) to 1 (full)   --best         slower, better
  --keep X,Y,W,H   stays as it was (pixels)    --invert       light on dark
  --ocr LANGS      searchable text, eng+kor    --pages P      only 1-3,7
  --dpi N          write this resolution       --bits 16      as deep as it was
  --jobs N         pages at a time             --password P   of a locked PDF
  --device D       auto, cpu, cuda or mps      --resume       skip what is done
  --model NAME     see `ae models`             --weights DIR  of the models
  --json           one JSON line a page        --cluster A    on a Ray cluster

examples:
  ae clean scan.pdf -o clean.pdf
  ae clean scans/ -o cleaned/ --recursive --resume
  ae clean 1.jpg 2.heic fax.tif -o letter.pdf --ocr eng+kor"""


def add_clean(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "clean",
        help="Clean scanned or photographed pages.",
        usage=_USAGE,
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.set_defaults(run=_clean)
    add = partial(_add, parser)
    add("-h", "--help", action="help")
    add("inputs", nargs="+", metavar="IN")
    add("-o", "--output", required=True, metavar="OUT")
    add("-r", "--recursive", action="store_true")
    add("--to", choices=_TO)
    add("--strength", type=share, default=1.0)
    colour = parser.add_mutually_exclusive_group()
    _add(colour, "--grey", dest="colour", action="store_const", const="grey")
    _add(colour, "--bw", dest="colour", action="store_const", const="bw")
    add("--best", action="store_true")
    add("--invert", action="store_true")
    add("--keep", action="append", type=_region, default=[])
    add("--ocr", default="")
    add("--pages", type=_pages, default=())
    add("--dpi", type=dpi)
    add("--bits", type=int, choices=(8, 16), default=8)
    add("--password")
    add("--jobs", type=positive)
    add("--resume", action="store_true")
    add("--device", choices=devices.CHOICES, default="auto")
    add("--model", default="page")
    add("--json", action="store_true")
    add("--weights", type=Path, default=PRETRAINED)
    add("--cluster", metavar="ADDRESS")


def _add(parser: Any, *names: str, **options: Any) -> None:
    """An option that `_HELP` tells of."""
    parser.add_argument(*names, help=argparse.SUPPRESS, **options)


def _region(text: str) -> Region:
    from ae.documents.treatment import Region

    try:
        return Region.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}': give X,Y,WIDTH,HEIGHT or PAGE:X,Y,WIDTH,HEIGHT"
        ) from error


def _pages(text: str) -> tuple[PageRange, ...]:
    from ae.documents.planning import parse_pages

    try:
        return parse_pages(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}': give numbers from 1, such as 1-3,7 or 5-") from error


def dpi(text: str) -> float:
    """Dots per inch that may be written."""
    value = float(text)
    if not LEAST_DPI <= value <= MOST_DPI:
        raise argparse.ArgumentTypeError(f"must be from {LEAST_DPI:.0f} to {MOST_DPI:.0f}")
    return value


def _clean(args: argparse.Namespace) -> int:
    if args.cluster:
        return _clean_on_cluster(args)
    if args.output != STREAM:
        return _run(args, _plan(args))
    if sys.stdout.isatty():
        raise UsageError("standard output is the terminal; write to a file, or pipe it to a program")
    with tempfile.TemporaryDirectory(prefix="ae-clean-") as folder:
        code = _run(args, replace(_plan(args), out=Path(folder) / "out", called="standard output"))
        _send(Path(folder))
        return code


def _clean_on_cluster(args: argparse.Namespace) -> int:
    """The same on a Ray cluster; inputs and output may be addresses such as `s3://bucket/scans`."""
    from ae.documents import cluster

    shares = cluster.divide(args.inputs, args.output, recursive=args.recursive, to=args.to)
    _require_ocr(args)
    with cluster.connected(args.cluster):
        options = _options(args)
        return _carry_out(args, cluster.ClusterBatch(shares, args.model, args.device, args.weights, options))


def _send(folder: Path) -> None:
    """Copy the result, if there is one, to standard output."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _plan(args: argparse.Namespace) -> Plan:
    from ae.documents import planning

    stdin = sys.stdin.buffer.read(_limits().bytes + 1) if STREAM in args.inputs else b""
    return planning.plan(args.inputs, args.output, recursive=args.recursive, to=args.to, stdin=stdin)


def _run(args: argparse.Namespace, plan: Plan) -> int:
    from ae.documents.batch import Batch
    from ae.documents.cleaning import load_cleaner

    _require_ocr(args)
    return _carry_out(args, Batch(plan, load_cleaner(args.model, args.device, args.weights), _options(args)))


def _require_ocr(args: argparse.Namespace) -> None:
    if args.ocr:
        from ae import ocr

        ocr.require(args.ocr)


def _carry_out(args: argparse.Namespace, batch: Batch | ClusterBatch) -> int:
    from ae.documents.report import Summary

    summary, started = Summary(), time.perf_counter()
    try:
        with _printer(args, batch) as show:
            for outcome in map(_with_option, batch.outcomes()):
                summary.add(outcome)
                show(outcome)
    except KeyboardInterrupt:
        complain(_stopped(batch, args.output))
        return 130
    finally:
        _tell(summary, batch, time.perf_counter() - started)
    if batch.left_out and not summary.inputs:
        complain(f"{args.inputs[0]}: no documents in this folder")
        return 1
    return 1 if summary.failed else 0


def _with_option(outcome: PageOutcome) -> PageOutcome:
    """What to do about a locked file, as one does it on the command line."""
    if not outcome.is_locked:
        return outcome
    return replace(outcome, error=f"{outcome.error}; the option is --password")


def _limits() -> Limits:
    """Larger files than an upload may be, since nothing travels; both bounds can be set."""
    from ae.documents.limits import MILLION, Limits

    pixels = whole_number("AE_MAX_MEGAPIXELS", Limits().pixels // MILLION)
    return Limits(bytes=whole_number("AE_MAX_FILE_MB", _MOST_MB) * MILLION, pixels=pixels * MILLION)


def _options(args: argparse.Namespace) -> BatchOptions:
    from ae.documents.batch_options import BatchOptions
    from ae.documents.treatment import CleanOptions

    return BatchOptions(
        CleanOptions(args.strength, args.best, args.ocr, tuple(args.keep), args.invert, args.colour),
        dpi=args.dpi,
        bits=args.bits,
        pages=args.pages,
        password=args.password,
        jobs=args.jobs,
        resume=args.resume,
        keep_unfinished=args.output != STREAM,
        limits=_limits(),
    )


@contextlib.contextmanager
def _printer(
    args: argparse.Namespace, batch: Batch | ClusterBatch
) -> Iterator[Callable[[PageOutcome], None]]:
    """Shows outcomes as they come; on a terminal with a line of progress below them."""
    from tqdm import tqdm

    # Standard output may be the document itself.
    stream = sys.stderr if args.output == STREAM else sys.stdout
    with tqdm(total=batch.expected, unit="page", file=sys.stderr, disable=None, leave=False) as bar:

        def show(outcome: PageOutcome) -> None:
            bar.total = batch.expected
            bar.update()
            with tqdm.external_write_mode(file=stream):
                if outcome.error:
                    complain(f"{outcome.error} ({outcome.note})" if outcome.note else outcome.error)
                if args.json:
                    print(json.dumps(outcome.as_json()), file=stream, flush=True)
                elif outcome.output and not outcome.error:
                    say(_line(outcome), stream)

        yield show


def _line(outcome: PageOutcome) -> str:
    """A page in words: where it is, its time, and what is to be said about it."""
    page = f", page {outcome.page} of {outcome.pages}" if (outcome.pages or 1) > 1 and outcome.page else ""
    parts = [f"{outcome.output}{page}"]
    if outcome.done:
        parts.append(f"{outcome.seconds:.2f} s")
    remarks = [*outcome.reasons, *([outcome.note] if outcome.note else [])]
    return "  ".join(parts) + (f"  ({'; '.join(remarks)})" if remarks else "")


def _stopped(batch: Batch | ClusterBatch, out: str) -> str:
    if not batch.written or out == STREAM:
        return "stopped"
    pages = count(batch.written, "page")
    return f"stopped: {pages} done in {out}; the same command with --resume goes on from there"


def _tell(summary: Summary, batch: Batch | ClusterBatch, seconds: float) -> None:
    """The last words on standard error."""
    for line in summary.lines(seconds, batch.sizes):
        say(line, sys.stderr)
    if left_out := batch.left_out:
        more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        say(f"left out, no document: {left_out[0]}{more}", sys.stderr)
