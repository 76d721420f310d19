"""The simulated NoisyOffice corpus: dirty office pages and their clean originals.

Castro-Bleda et al., "The NoisyOffice Database", The Computer Journal, doi:10.1093/comjnl/bxz098, CC BY 4.0.
Partitions (TR, VA, TE) share neither backgrounds nor text, and pages of one partition share both, so data
is split by partition and never at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ae.errors import DataError

PARTITIONS = ("TR", "VA", "TE")
_CITATION = 'Castro-Bleda et al., "The NoisyOffice Database", The Computer Journal, doi:10.1093/comjnl/bxz098'
SOURCE = {"licence": "CC BY 4.0", "citation": _CITATION}  # as cards tell it

_NOISY = "simulated_noisy_images_grayscale"
_CLEAN = "clean_images_grayscale"


@dataclass(frozen=True)
class PagePair:
    """A dirty page and its clean original, uint8 (H, W), 0 = black."""

    name: str
    dirty: np.ndarray
    clean: np.ndarray


def load(root: str | Path, partitions: list[str]) -> list[PagePair]:
    """All pairs of the partitions, by name; root is the corpus's folder or the one that holds it.

    Raises DataError when the folder, a partition or a clean original is missing.
    """
    folder = _corpus_folder(Path(root))
    return [pair for partition in partitions for pair in _load_partition(folder, partition)]


def _load_partition(folder: Path, partition: str) -> list[PagePair]:
    if partition not in PARTITIONS:
        raise DataError(f"unknown partition '{partition}': choose from {', '.join(PARTITIONS)}")
    paths = sorted((folder / _NOISY).glob(f"Font*_Noise*_{partition}.png"))
    if not paths:
        raise DataError(f"{folder}: no page of partition {partition} in {_NOISY}")
    return [_load_pair(path, folder / _CLEAN) for path in paths]


def _corpus_folder(root: Path) -> Path:
    for folder in (root, root / "SimulatedNoisyOffice"):
        if (folder / _NOISY).is_dir() and (folder / _CLEAN).is_dir():
            return folder
    raise DataError(
        f"{root}: NoisyOffice not found; --data-root must name the folder that holds {_NOISY} and {_CLEAN}"
    )


def _load_pair(path: Path, clean_folder: Path) -> PagePair:
    font, partition = path.stem.split("_")[0], path.stem.split("_")[-1]
    original = clean_folder / f"{font}_Clean_{partition}.png"
    if not original.is_file():
        raise DataError(f"{path.name}: its clean original {original.name} is missing")
    dirty, clean = _grey(path), _grey(original)
    if dirty.shape != clean.shape:
        raise DataError(f"{path.name}: its clean original {original.name} has another size")
    return PagePair(path.stem, dirty, clean)


def _grey(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, SyntaxError) as error:
        raise DataError(f"{path.name}: damaged; get the corpus again") from error
