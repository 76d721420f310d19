"""Draw a sheet with one crop per family of dirt at three strengths, and a sheet of pages with random dirt."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _start import start
from _windows import largest_window
from PIL import Image, ImageDraw, ImageFont

from ae.data.degradation import FAMILIES, HELD_OUT, make_dirty, random_dirt
from ae.data.rendering import PageStyle, render_page

STRENGTHS = (0.3, 0.6, 1.0)
DPI = 120
CROP = (300, 400)  # height and width of a picture on the sheets
PAGES = 12
_LABEL, _GAP = 22, 6


def page_in_colour(seed: int) -> np.ndarray:
    """A clean rendered page uint8 (H, W, 3), a little smaller than A5, a few lines of it in blue ink."""
    grey = render_page(seed, PageStyle((170, 130), DPI, 10, 12)).clean
    page = np.dstack([grey] * 3)
    top = page.shape[0] // 3
    page[top : top + 60, :, 2] = np.maximum(page[top : top + 60, :, 2], 150)
    return page


def family_sheet(seed: int, names: list[str]) -> Image.Image:
    """A row per family; each picture is the piece of the page that changes most."""
    page = page_in_colour(seed)
    rows = []
    for name in names:
        note = " (held out)" if name in HELD_OUT else ""
        pictures = [FAMILIES[name].apply(page, seed, strength, DPI) for strength in STRENGTHS]
        labels = [f"{name}{note}, strength {strength}" for strength in STRENGTHS]
        change = np.abs(page.astype(np.float32) - pictures[-1]).mean(axis=2)
        window, _ = largest_window(change, CROP)
        pictures = [picture[window] for picture in pictures]
        rows.append([_labelled(picture, label) for picture, label in zip(pictures, labels, strict=True)])
    return _grid(rows)


def random_sheet(seed: int, count: int, *, held_out: bool = False) -> Image.Image:
    """Pages with random dirt, four to a row, with the kinds and strengths above each."""
    pictures = []
    for number in range(seed, seed + count):
        dirt = random_dirt(number, held_out=held_out)
        picture = make_dirty(page_in_colour(number), dirt, number, DPI)
        label = ", ".join(f"{entry.kind} {entry.strength:.1f}" for entry in dirt) or "clean"
        pictures.append(_labelled(picture, label))
    return _grid([pictures[start : start + 4] for start in range(0, count, 4)])


def _labelled(page: np.ndarray, label: str) -> Image.Image:
    height, width = (min(side, most) for side, most in zip(page.shape, CROP, strict=False))
    top, left = (page.shape[0] - height) // 2, (page.shape[1] - width) // 2
    sheet = Image.new("RGB", (CROP[1], CROP[0] + _LABEL), "white")
    sheet.paste(Image.fromarray(page[top : top + height, left : left + width]), (0, _LABEL))
    ImageDraw.Draw(sheet).text((4, 4), label, fill="black", font=ImageFont.load_default(12))
    return sheet


def _grid(rows: list[list[Image.Image]]) -> Image.Image:
    width, height = (side + _GAP for side in rows[0][0].size)
    sheet = Image.new("RGB", (width * len(rows[0]), height * len(rows)), "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (column * width, row * height))
    return sheet


def draw(seed: int, names: list[str], count: int, folder: Path) -> None:
    """Write the sheets into the folder: the named families, and so many pages with random dirt."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {
        "families": family_sheet(seed, names),
        "random": random_sheet(seed, count),
        "held-out": random_sheet(seed, count, held_out=True),
    }
    for name, sheet in sheets.items():
        sheet.save(folder / f"{name}.png")
        print(f"{folder / name}.png: {sheet.width} x {sheet.height}")


def main() -> None:
    """Write the sheets as PNG files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/degradations"), help="folder for the sheets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry-run", action="store_true", help="two families only; keeps nothing")
    args = parser.parse_args()
    names, count = (list(FAMILIES)[:2], 1) if args.dry_run else (list(FAMILIES), PAGES)
    with tempfile.TemporaryDirectory(prefix="ae-degradations-") as passing:
        draw(args.seed, names, count, Path(passing) if args.dry_run else args.out)


if __name__ == "__main__":
    start(main)
