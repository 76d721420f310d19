"""What pages are cleaned with in the benchmark, and the process that does it for one of them.

`python scripts/_peers.py NAME FOLDER DEVICE` cleans FOLDER/in/*.npy into FOLDER/out/NAME and prints
the seconds as JSON. It imports no more than the one peer needs, because its memory is measured. The settings
of the filters are the best of a few on NoisyOffice's TR partition.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import cv2
import numpy as np

Clean = Callable[[np.ndarray], np.ndarray]

_NLM_STRENGTH = 10
_SAUVOLA_WINDOW = 15
# Nothing that moves the page or cuts from it: pixels are compared with those of the original.
_UNPAPER = (
    "--no-deskew", "--no-mask-scan", "--no-mask-center", "--no-wipe", "--no-border", "--no-border-scan",
    "--no-border-align",
)  # fmt: skip
_DIVIDE = ("(", "+clone", "-blur", "0x20", ")", "+swap", "-compose", "divide", "-composite")
_LEVEL = ("-level", "20%,95%")


def _untouched(device: str) -> Clean:
    return lambda grey: grey


def _division(device: str) -> Clean:
    from ae.documents.division import divide

    return divide


def _non_local_means(device: str) -> Clean:
    return lambda grey: cv2.fastNlMeansDenoising(grey, None, _NLM_STRENGTH)


def _sauvola(device: str) -> Clean:
    from skimage.filters import threshold_sauvola

    return lambda grey: np.where(grey < threshold_sauvola(grey, _SAUVOLA_WINDOW), 0, 255).astype(np.uint8)


def _unpaper(device: str) -> Clean:
    return lambda grey: _by_program(grey, lambda page, out: ["unpaper", "--overwrite", *_UNPAPER, page, out])


def _imagemagick(device: str) -> Clean:
    program = _imagemagick_program() or "magick"
    return lambda grey: _by_program(grey, lambda page, out: [program, page, *_DIVIDE, *_LEVEL, out])


def _imagemagick_program() -> str | None:
    found = (shutil.which(name) for name in ("magick", "convert-im6.q16", "convert"))
    return next((program for program in found if program and _is_imagemagick(program)), None)


def _is_imagemagick(program: str) -> bool:
    """Other programs are called `convert` too, one of Windows' among them."""
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False, timeout=20)
    return "ImageMagick" in done.stdout


def _by_program(grey: np.ndarray, command: Callable[[str, str], list[str]]) -> np.ndarray:
    """A page through a program that reads and writes files, which is part of its time."""
    with tempfile.TemporaryDirectory(prefix="ae-peer-") as folder:
        page, out = f"{folder}/page.pgm", f"{folder}/out.pgm"
        cv2.imwrite(page, grey)
        done = subprocess.run(command(page, out), capture_output=True, text=True, check=False)
        result = cv2.imread(out, cv2.IMREAD_GRAYSCALE)
    if done.returncode or result is None or result.shape != grey.shape:
        program = Path(done.args[0]).name
        raise RuntimeError(f"{program} wrote no page of the same size: {done.stderr.strip()[-300:]}")
    return result


@dataclass(frozen=True)
class Peer:
    """`start` gives the function that cleans; `missing` says how to get it, empty where it is there."""

    start: Callable[[str], Clean]
    missing: str = ""


def _needs(program: str | None, how: str) -> str:
    return "" if program else how


FILTERS: dict[str, Peer] = {
    "untouched": Peer(_untouched),
    "division": Peer(_division),
    "non-local means": Peer(_non_local_means),
    "Sauvola": Peer(_sauvola),
    "unpaper": Peer(_unpaper, _needs(shutil.which("unpaper"), "apt-get install unpaper")),
    "ImageMagick": Peer(_imagemagick, _needs(_imagemagick_program(), "apt-get install imagemagick")),
}


def start(name: str, device: str) -> Clean:
    """The function grey uint8 (H, W) -> clean uint8 (H, W) of a filter, or of the network of that name."""
    if name in FILTERS:
        return FILTERS[name].start(device)
    from ae.documents.cleaning import load_cleaner
    from ae.documents.page import Page

    cleaner = load_cleaner(name, device)
    return lambda grey: cleaner.clean(Page(grey)).pixels


def main() -> None:
    """Clean the pages of a folder, one after the other."""
    name, folder, device = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    clean = start(name, device)
    clean(np.full((256, 256), 200, np.uint8))  # the first call of a library is slower
    out = folder / "out" / name
    out.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    for path in sorted((folder / "in").glob("*.npy")):
        page = np.load(path)
        started = time.perf_counter()
        result = clean(page)
        seconds[path.stem] = time.perf_counter() - started
        np.save(out / path.name, result)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
