"""Render the sample pages of the documents page: dirty and clean PNG files and `samples.json`.

The shipped ones were drawn with the Liberation and DejaVu fonts; without these fonts Pillow's own is used,
which gives other letters but the same pages otherwise.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from _start import start
from _writing import write_json
from PIL import Image

from ae.data.degradation import Dirt
from ae.data.rendering import A4_MM, A5_MM, PageStyle, load_font, render_page
from ae.data.samples import FOLDER
from ae.errors import DataError
from ae.units import MM_PER_INCH

LARGEST_FOLDER = 3_000_000  # bytes


@dataclass(frozen=True)
class SampleRecipe:
    """One sample; its page is drawn with the script's seed plus `shift`."""

    name: str
    title: str
    about: str
    style: PageStyle
    dirt: tuple[Dirt, ...]
    shift: int = 0


def recipes() -> list[SampleRecipe]:
    """The shipped samples, from small and easy to large and hard."""
    cutting_mm = (540 / 100 * MM_PER_INCH, 420 / 100 * MM_PER_INCH)
    serif, sans = "LiberationSerif-Regular.ttf", "DejaVuSans.ttf"
    return [
        SampleRecipe(
            "coffee", "Coffee ring",
            "A small piece of paper, in the size of the experiment's pages, with the print of a cup.",
            PageStyle(cutting_mm, 100, 11, 6, serif, table=False, contents=False),
            (Dirt("ageing", 0.7), Dirt("coffee_ring"), Dirt("speckle", 0.6), Dirt("grain", 0.7)),
        ),
        SampleRecipe(
            "folded-letter", "Folded letter",
            "A5 at 150 dpi: two folds with their shadows, wrinkles and dust.",
            PageStyle(A5_MM, 150, 10, 15, serif, contents=False),
            (Dirt("ageing", 0.8), Dirt("wrinkles", 0.9), Dirt("fold"), Dirt("speckle", 0.8),
             Dirt("grain", 0.35)),
            shift=1,
        ),
        SampleRecipe(
            "lamp-light", "Lamp light",
            "A4 at 200 dpi, photographed below one lamp, half of it in shadow.",
            PageStyle(A4_MM, 200, 11, 22, sans),
            (Dirt("lighting"), Dirt("hand_shadow", 0.9), Dirt("wrinkles", 0.25), Dirt("speckle", 0.4)),
            shift=2,
        ),
    ]  # fmt: skip


def make(recipe: SampleRecipe, seed: int, folder: Path) -> dict[str, object]:
    """Render one pair into the folder; the entry for `samples.json`."""
    style = with_present_font(recipe.style)
    page = render_page(seed + recipe.shift, style, recipe.dirt)
    save(page.dirty, style.dpi, folder / f"{recipe.name}-dirty.png")
    save(page.clean, style.dpi, folder / f"{recipe.name}-clean.png")
    height, width = page.clean.shape
    return {
        "name": recipe.name,
        "title": recipe.title,
        "about": recipe.about,
        "width": width,
        "height": height,
        "dpi": style.dpi,
        "seed": seed + recipe.shift,
        "font": str(style.font or "the one that comes with Pillow"),
        "dirt": {entry.kind: entry.strength for entry in recipe.dirt},
        "text": page.text,
    }


def with_present_font(style: PageStyle) -> PageStyle:
    """The style, with the standard font where its own is not installed."""
    try:
        load_font(style.font, 10)
    except DataError:
        return replace(style, font=None)
    return style


def save(pixels: np.ndarray, dpi: float, path: Path) -> None:
    """Write a grey page as PNG, as small as it gets."""
    Image.fromarray(pixels).save(path, "PNG", dpi=(dpi, dpi), optimize=True)


def make_all(chosen: list[SampleRecipe], seed: int, folder: Path) -> None:
    """Render the samples and `samples.json` into the folder; exits where that takes too many bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = [make(recipe, seed, folder) for recipe in chosen]
    command = shlex.join(["python", "scripts/make_samples.py", "--seed", str(seed)])
    write_json(folder / "samples.json", {"command": command, "licence": "MIT", "samples": entries})
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(entries)} samples, {size / 1e6:.2f} MB, in {folder}")
    if size > LARGEST_FOLDER:
        sys.exit(f"more than {LARGEST_FOLDER / 1e6:.0f} MB: take less grain")


def main() -> None:
    """Render all samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the samples")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry-run", action="store_true", help="the smallest sample only; keeps nothing")
    args = parser.parse_args()
    chosen = recipes()[:1] if args.dry_run else recipes()
    with tempfile.TemporaryDirectory(prefix="ae-samples-") as passing:
        make_all(chosen, args.seed, Path(passing) if args.dry_run else args.out)


if __name__ == "__main__":
    start(main)
