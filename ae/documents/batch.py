"""Clean many files: one after the other, and a bad one does not stop the rest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ae.documents.cleaning import PageCleaner
from ae.documents.reading import Limits, read_file
from ae.documents.writing import png_names, write_png
from ae.errors import AeError, Cancelled, UsageError


@dataclass(frozen=True)
class Job:
    """One file to clean, and where the result goes."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a job; `seconds` spans decoded pixels to cleaned pixels."""

    source: Path
    output: Path | None
    model: str
    device: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values for one line of JSON."""
        row: dict[str, Any] = {"input": str(self.source), "model": self.model, "device": self.device}
        if self.error:
            return {**row, "error": self.error}
        return {
            **row,
            "output": str(self.output),
            "width": self.width,
            "height": self.height,
            "seconds": round(self.seconds, 4),
        }


def plan_outputs(sources: Sequence[Path], out: str) -> list[Job]:
    """Say where each result goes: one input gives the file `out`, several go into the folder `out`.

    An `out` that is a folder, or ends like one, is a folder for one input too. Files of one name get a
    number. Raises UsageError when a result would overwrite an input or `out` cannot be what it has to be.
    """
    sources = [path for source in sources for path in _expanded(source)]
    folder = Path(out)
    as_folder = len(sources) > 1 or folder.is_dir() or out.endswith(("/", "\\"))
    if as_folder and folder.is_file():
        raise UsageError(f"{out}: is a file; several inputs need a folder")
    if not as_folder and folder.suffix.lower() != ".png":
        raise UsageError(f"{out}: the result is a PNG file; end its name with .png")
    names = png_names(source.stem for source in sources)
    targets = [folder / name for name in names] if as_folder else [folder]
    jobs = [Job(source, target) for source, target in zip(sources, targets, strict=True)]
    originals = {source.resolve() for source in sources}
    for job in jobs:
        if job.target.resolve() in originals:
            raise UsageError(f"{job.target}: would overwrite an input; choose another place")
    return jobs


def _expanded(source: Path) -> list[Path]:
    """The files behind a pattern such as `scans/*.jpg`, which not every shell expands."""
    if "*" not in source.name or source.exists():
        return [source]
    return sorted(source.parent.glob(source.name)) or [source]


@dataclass(frozen=True)
class CleanOptions:
    """What `PageCleaner.clean` takes besides the page."""

    strength: float = 1.0
    best: bool = False


def clean_files(
    jobs: Iterable[Job],
    cleaner: PageCleaner,
    options: CleanOptions | None = None,
    limits: Limits | None = None,
) -> Iterator[Outcome]:
    """Clean each file and say what became of it."""
    for job in jobs:
        try:
            yield _clean_file(job, cleaner, options or CleanOptions(), limits)
        except Cancelled:
            raise
        except AeError as error:
            yield Outcome(job.source, None, cleaner.name, str(cleaner.device), error=str(error))
        except Exception as error:  # a page that breaks a library must not stop the ones behind it
            text = f"{job.source}: could not be cleaned ({type(error).__name__}); try a smaller copy of it"
            yield Outcome(job.source, None, cleaner.name, str(cleaner.device), error=text)


def _clean_file(job: Job, cleaner: PageCleaner, options: CleanOptions, limits: Limits | None) -> Outcome:
    page = read_file(job.source, limits)
    started = time.perf_counter()
    clean = cleaner.clean(page, strength=options.strength, best=options.best)
    seconds = time.perf_counter() - started
    write_png(clean, job.target)
    return Outcome(
        job.source, job.target, cleaner.name, str(cleaner.device), page.width, page.height, seconds
    )
