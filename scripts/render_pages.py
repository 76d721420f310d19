"""Render clean pages and put small pictures of them on one contact sheet, for looking at.

`pages`: training pages by seed; `scripts`: a page of text in every script; `blocks`: every kind of block
alone; `photographs`: training pages as a phone sees them. The fonts come from Debian's packages:

  apt-get install PACKAGES
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _start import start
from PIL import Image

from ae.data.photographs import photograph
from ae.data.rendering import (
    BLOCKS,
    SCRIPTS,
    block_sample,
    render_text_page,
    render_training_page,
    stamp_sample,
)
from ae.data.rendering.fonts import packages
from ae.errors import AeError

GREY, GAP = 128, 8
_SHEET = 768, 640  # pixels of the pages that are photographed


def training_pages(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """Pages of seeds `--seed` and after."""
    for seed in range(args.seed, args.seed + args.count):
        page = render_training_page(seed, held_out=args.held_out, colour=not args.grey)
        name = f"{seed}: {page.script}, {page.font}, x-height {page.x_height:.0f} px, {page.dpi:.0f} dpi"
        yield name, page.clean


def script_pages(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """A page of running text for each script, `--count` pages in all."""
    names = list(SCRIPTS)
    for i in range(args.count):
        name = names[i % len(names)]
        page = render_text_page(args.seed + i // len(names), name, args.dpi, held_out=args.held_out)
        yield f"{name}, {page.font}", page.clean


def block_pages(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """Every block once."""
    for block in [*BLOCKS, stamp_sample][: args.count]:
        yield block.__name__, block_sample(block, args.seed, args.script, colour=not args.grey)


def photographed_pages(args: argparse.Namespace) -> Iterator[tuple[str, np.ndarray]]:
    """Pages of seeds `--seed` and after, as sheets and in books."""
    for seed in range(args.seed, args.seed + args.count):
        page = render_training_page(seed, shape=_SHEET, held_out=args.held_out, colour=not args.grey)
        yield f"{seed}: {page.script}", photograph(page.clean, seed, page.dpi)[0]


def contact_sheet(pictures: list[np.ndarray], columns: int, width: int) -> Image.Image:
    """The pictures reduced to one width, in rows."""
    small = [_reduced(picture, width) for picture in pictures]
    rows = [small[i : i + columns] for i in range(0, len(small), columns)]
    heights = [max(image.height for image in row) + GAP for row in rows]
    sheet = Image.new("RGB", (columns * (width + GAP), sum(heights)), (GREY,) * 3)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, image in enumerate(row):
            sheet.paste(image, (column * (width + GAP), top))
        top += height
    return sheet


def _reduced(picture: np.ndarray, width: int) -> Image.Image:
    image = Image.fromarray(picture).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


KINDS = {
    "pages": training_pages,
    "scripts": script_pages,
    "blocks": block_pages,
    "photographs": photographed_pages,
}


def _parser() -> argparse.ArgumentParser:
    about = (__doc__ or "").replace("PACKAGES", " ".join(packages()))
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="?", choices=KINDS, default="pages")
    parser.add_argument("--out", type=Path, default=Path("runs/rendered.png"), help="the sheet, a PNG file")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dpi", type=float, default=150, help="of the pages of `scripts`")
    parser.add_argument("--script", choices=SCRIPTS, default="latin", help="of the `blocks`")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--width", type=int, default=360, help="of one small picture in pixels")
    parser.add_argument("--held-out", action="store_true", help="the fonts and pictures of evaluation")
    parser.add_argument("--grey", action="store_true")
    parser.add_argument("--dry-run", action="store_true", help="two pages; keeps nothing")
    return parser


def draw(args: argparse.Namespace) -> None:
    """Write the contact sheet and say what is on it. Raises AeError where a font is missing."""
    started = time.process_time()
    try:
        pages = list(KINDS[args.kind](args))
    except AeError as error:
        raise AeError(f"{error}\nall fonts: apt-get install {' '.join(packages())}") from error
    seconds = time.process_time() - started
    args.out.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet([picture for _, picture in pages], args.columns, args.width).save(args.out)
    print("\n".join(name for name, _ in pages))
    print(f"{len(pages)} pages, {len(pages) / seconds:.1f} a processor second, in {args.out}")


def main() -> None:
    """Draw the pages of a kind."""
    args = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="ae-rendered-") as passing:
        if args.dry_run:
            args.count, args.out = 2, Path(passing) / "sheet.png"
        draw(args)


if __name__ == "__main__":
    start(main)
