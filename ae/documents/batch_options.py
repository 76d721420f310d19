"""How a batch reads, cleans and writes its documents."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ae.documents.limits import Limits
from ae.documents.planning import PageRange
from ae.documents.treatment import CleanOptions
from ae.weights import Card

# Nothing to a clean page; and a password is not to be kept.
_NO_MATTER = ("jobs", "resume", "password", "keep_unfinished", "limits")


@dataclass(frozen=True)
class BatchOptions:
    """How documents are read, cleaned and written.

    `dpi` None: as it was. `bits` 16: as many where a page has them. `pages`: those of each
    document that are wanted, empty for all. `jobs`: pages that are cleaned at once, None for as many as the
    machine has room for. `resume`: what an earlier run has done is not done again. `keep_unfinished`: what is
    done is kept on disk beside the result until that is complete.
    """

    clean: CleanOptions = field(default_factory=CleanOptions)
    dpi: float | None = None
    bits: int = 8
    pages: tuple[PageRange, ...] = ()
    password: str | None = None
    jobs: int | None = None
    resume: bool = False
    keep_unfinished: bool = True
    limits: Limits = field(default_factory=Limits)


def settings_of(options: BatchOptions, model: str, card: Card | None) -> dict[str, Any]:
    """All that a clean page depends on beside the page itself, as plain values."""
    digest = card.digest if card else ""
    return {"options": asdict(options) | dict.fromkeys(_NO_MATTER), "model": [model, digest]}
