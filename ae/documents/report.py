"""What became of a page, for a line of JSON, and of all of them, for the last line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ae.documents import flags
from ae.documents.page import ColourKind
from ae.documents.treatment import Facts
from ae.words import count, size


@dataclass(frozen=True)
class PageOutcome:
    """What became of one page, or with `page` None of a whole file: refused, or done before.

    `input` and `output` as a person would call them; `page` of `pages` counts from 1; `width` and `height`
    in pixels; `kind` of colours; `bytes_in` and `bytes_out` of this page, 0 where a file does not tell;
    `file_bytes` of the file that went in and of what came out, told with its last page; `done` holds what is
    known of a clean page; `note` says what was special, `error` what went wrong: with an output, the page is
    in it as it was. `is_locked`: the error is that the file needs another password. `skipped`: the whole file
    was done before.
    """

    input: str
    model: str
    device: str
    output: str | None = None
    page: int | None = None
    pages: int | None = None
    width: int = 0
    height: int = 0
    dpi: tuple[float, float] | None = None
    kind: ColourKind | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    file_bytes: tuple[int, int] | None = None
    done: Facts | None = None
    note: str = ""
    error: str | None = None
    is_locked: bool = False
    skipped: bool = False

    @property
    def seconds(self) -> float:
        """From decoded pixels to cleaned pixels; 0 where nothing was cleaned."""
        return self.done.seconds if self.done else 0.0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a person should look at the page; see `ae.documents.flags`."""
        return self.done.look.reasons if self.done else ()

    @property
    def is_inverted(self) -> bool:
        """Whether the page is light text on a dark background."""
        return flags.INVERTED in self.reasons

    def as_json(self) -> dict[str, Any]:
        """Plain values for one line of JSON; what is not known is left out."""
        row: dict[str, Any] = {"input": self.input, "output": self.output, "page": self.page}
        row |= {"pages": self.pages, "model": self.model, "device": self.device}
        if self.page is not None and self.width:
            row |= {"width": self.width, "height": self.height, "kind": self.kind}
            row |= {"dpi": [round(value, 2) for value in self.dpi] if self.dpi else None}
        row |= {"bytes_in": self.bytes_in or None, "bytes_out": self.bytes_out or None}
        if self.file_bytes and self.pages != 1:
            row |= dict(zip(("file_bytes_in", "file_bytes_out"), self.file_bytes, strict=True))
        if self.done:
            row |= _measures(self.done)
        row |= {"note": self.note or None, "error": self.error}
        return {key: value for key, value in row.items() if value is not None}


def _measures(done: Facts) -> dict[str, Any]:
    row: dict[str, Any] = {
        "seconds": round(done.seconds, 4),
        "flag": bool(done.look.reasons),
        "reasons": list(done.look.reasons),
        "ink_removed": round(done.look.ink_removed, 4),
        "colour_removed": round(done.look.colour_removed, 4),
        "changed": round(done.look.changed, 4),
    }
    for name, reading in (("before", done.before), ("after", done.after)):
        if reading:
            row[f"confidence_{name}"] = round(reading.confidence, 1)
            row[f"words_{name}"] = reading.words
    return row


@dataclass
class Summary:
    """Counts over all pages and files so far; `cleaned` are the files of which a page is clean."""

    pages: int = 0
    failed: int = 0
    skipped: int = 0
    passed: int = 0
    inputs: set[str] = field(default_factory=set)
    cleaned: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    flagged: list[str] = field(default_factory=list)
    confidences: list[tuple[float, float]] = field(default_factory=list)

    def add(self, outcome: PageOutcome) -> None:
        """Count a page."""
        self.inputs.add(outcome.input)
        self.failed += outcome.error is not None
        self.skipped += outcome.skipped
        if outcome.error or outcome.page is None:
            return
        if outcome.done:
            self.pages += 1
            self.cleaned.add(outcome.input)
        else:
            self.passed += 1
        self._add_look(outcome)

    def _add_look(self, outcome: PageOutcome) -> None:
        if outcome.reasons:
            self.reasons.update(outcome.reasons)
            many = outcome.pages and outcome.pages > 1
            self.flagged.append(f"{outcome.input}, page {outcome.page}" if many else outcome.input)
        if outcome.done and outcome.done.before and outcome.done.after:
            self.confidences.append((outcome.done.before.confidence, outcome.done.after.confidence))

    def lines(self, seconds: float, sizes: tuple[int, int]) -> list[str]:
        """The summary in words, `seconds` after the start; `sizes`: bytes that went in and came out."""
        parts = [
            f"{count(self.pages, 'page')} of {count(len(self.cleaned), 'file')} clean in {seconds:.1f} s"
        ]
        if self.passed:
            parts.append(f"{self.passed} passed through")
        if self.skipped:
            parts.append(f"{count(self.skipped, 'file')} done before")
        if self.failed:
            parts.append(f"{self.failed} failed")
        if all(sizes):
            parts.append(f"{size(sizes[0])} -> {size(sizes[1])}")
        lines = [", ".join(parts)]
        if self.confidences:
            before, after = (sum(column) / len(column) for column in zip(*self.confidences, strict=True))
            lines.append(f"confidence of the text {before:.1f} -> {after:.1f} of 100")
        if self.flagged:
            lines.append(f"{count(len(self.flagged), 'page')} to look at: {self._flags()}")
        return lines

    def _flags(self) -> str:
        reasons = ", ".join(f"{reason} {often}" for reason, often in self.reasons.most_common())
        named = "; ".join(self.flagged[:3]) + ("; ..." if len(self.flagged) > 3 else "")
        return f"{reasons} ({named})"
