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
CITATION = 'Castro-Bleda et al., "The NoisyOffice Database", The Computer Journal, doi:10.1093/comjnl/bxz098'
LICENCE = "CC BY 4.0"

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
    pairs = [
        _load_pair(path, folder / _CLEAN)
        for partition in partitions
        for path in sorted((folder / _NOISY).glob(f"*_{_checked(partition)}.png"))
    ]
    if not pairs:
        raise DataError(f"{folder}: no page of partition {', '.join(partitions)} in {_NOISY}")
    return pairs


def _corpus_folder(root: Path) -> Path:
    for folder in (root, root / "SimulatedNoisyOffice"):
        if (folder / _NOISY).is_dir() and (folder / _CLEAN).is_dir():
            return folder
    raise DataError(
        f"{root}: NoisyOffice not found; --data-root must name the folder that holds {_NOISY} and {_CLEAN}"
    )


def _checked(partition: str) -> str:
    if partition not in PARTITIONS:
        raise DataError(f"unknown partition '{partition}': choose from {', '.join(PARTITIONS)}")
    return partition


def _load_pair(path: Path, clean_folder: Path) -> PagePair:
    font, _noise, partition = path.stem.split("_")
    clean = clean_folder / f"{font}_Clean_{partition}.png"
    if not clean.is_file():
        raise DataError(f"{path.name}: its clean original {clean.name} is missing")
    return PagePair(path.stem, _grey(path), _grey(clean))


def _grey(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))
