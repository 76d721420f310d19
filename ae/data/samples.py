"""The sample pages that come with the lab: rendered by `scripts/make_samples.py`, dirty and clean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ae import PRETRAINED
from ae.errors import DataError

FOLDER = PRETRAINED / "samples"


@dataclass(frozen=True)
class Sample:
    """A pair of PNG files: `dirty` is what one would clean, `clean` is the page before the dirt.

    `title` names the sample in one or two words, `about` says in one sentence what is wrong with the page.
    """

    name: str
    title: str
    about: str
    dirty: Path
    clean: Path


def sample_pages(folder: Path = FOLDER) -> list[Sample]:
    """All samples, in the order of `samples.json`. Raises DataError when it is missing or damaged."""
    path = folder / "samples.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["samples"]
        return [_sample(entry, folder) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path.name} is missing or damaged: run python scripts/make_samples.py") from error


def _sample(entry: dict[str, str], folder: Path) -> Sample:
    name = entry["name"]
    return Sample(
        name, entry["title"], entry["about"], folder / f"{name}-dirty.png", folder / f"{name}-clean.png"
    )
