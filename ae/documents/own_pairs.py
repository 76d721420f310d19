"""A person's own pages to train on: `dirty/NAME` and `clean/NAME` in one folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ae.arrays import luminance, shrunk
from ae.data.noisyoffice import PagePair
from ae.documents.reading import EXTENSIONS, read_file
from ae.errors import DataError, InputError

_LEAST_AGREEMENT = 0.3  # correlation of the two pages, blurred; pages of other text have about 0.1
_COMPARED_WIDTH = 400


def is_folder_of_pairs(root: Path) -> bool:
    """Whether the folder has the layout that `load` reads."""
    return (root / "dirty").is_dir() and (root / "clean").is_dir()


def load(root: Path) -> list[PagePair]:
    """All pairs by name.

    Raises DataError, which names the page, when one has no partner, cannot be read, or when the two differ
    in size or in content.
    """
    dirty, clean = (_pages(root / kind) for kind in ("dirty", "clean"))
    if alone := sorted(set(dirty) ^ set(clean)):
        missing = "clean" if alone[0] in dirty else "dirty"
        raise DataError(f"{alone[0]}: there is no {missing}/{alone[0]}; add it or take the page away")
    if not dirty:
        raise DataError(f"{root}: no pages in dirty/ and clean/; put scans there as {', '.join(EXTENSIONS)}")
    return [_pair(name, dirty[name], clean[name]) for name in sorted(dirty)]


def _pages(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir() if path.suffix.lower() in EXTENSIONS}


def _pair(name: str, dirty_path: Path, clean_path: Path) -> PagePair:
    dirty, clean = _grey(dirty_path), _grey(clean_path)
    if dirty.shape != clean.shape:
        sizes = " and ".join(f"{page.shape[1]} x {page.shape[0]}" for page in (dirty, clean))
        raise DataError(f"{name}: dirty and clean differ in size ({sizes} pixels); crop one of them")
    if _agreement(dirty, clean) < _LEAST_AGREEMENT:
        raise DataError(f"{name}: dirty and clean show different pages; check that they belong together")
    return PagePair(name, dirty, clean)


def _grey(path: Path) -> np.ndarray:
    try:
        page = read_file(path)
    except InputError as error:
        raise DataError(str(error)) from error
    return luminance(page.pixels)


def _agreement(dirty: np.ndarray, clean: np.ndarray) -> float:
    """Correlation of the local darkness of both pages, -1..1; 1 where nothing is on the clean page."""
    dark = [_local_darkness(page) for page in (dirty, clean)]
    if min(values.std() for values in dark) < 1e-3:
        return 1.0
    return float(np.corrcoef(dark[0].ravel(), dark[1].ravel())[0, 1])


def _local_darkness(page: np.ndarray) -> np.ndarray:
    """What is darker than its surroundings, so that stains and shadows count little."""
    small = shrunk(page, max(1.0, page.shape[1] / _COMPARED_WIDTH)).astype(np.float32)
    return np.maximum(cv2.GaussianBlur(small, (0, 0), 8) - small, 0)
