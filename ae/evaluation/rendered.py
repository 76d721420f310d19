"""Everything that is measured on rendered pages: reading, harm, ink, black and white, each beside its bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from ae.data.rendering import SCRIPTS
from ae.evaluation import harm, reading_errors, two_tone
from ae.evaluation.bars import BARS, Judgement
from ae.evaluation.harm import CleanPages, InkKept, Mark
from ae.evaluation.reading_errors import UNTOUCHED, Clean, ErrorRates
from ae.evaluation.two_tone import TwoTone

# Pages for every row; black and white has four sizes in turn.
_PAGES = {"reading": 1, "clean": 2, "marks": 3, "ink": 2, "bw": 4}
PARTS = tuple(_PAGES)
REFERENCES = (reading_errors.ORIGINAL, harm.OVER_PAPER)  # no cleaners: they say how hard a bar is


@dataclass(frozen=True)
class Plan:
    """How much is measured: `pages` for every row of reading, `parts` of `PARTS`.

    `quick` takes as few pages as possible elsewhere; nothing is read without `read`.
    """

    pages: int = 1
    quick: bool = False
    seed: int = 0
    scripts: tuple[str, ...] = tuple(SCRIPTS)
    parts: tuple[str, ...] = PARTS
    read: bool = True

    def count(self, part: str) -> int:
        """Pages for every row of a part."""
        return self.pages * (1 if self.quick else _PAGES[part])


@dataclass(frozen=True)
class Report:
    """Rows of every part that was measured."""

    plan: Plan
    floor: tuple[str, ...]
    reading: list[ErrorRates] = field(default_factory=list)
    clean_pages: list[CleanPages] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    ink: list[InkKept] = field(default_factory=list)
    two_tone: list[TwoTone] = field(default_factory=list)

    def judgements(self) -> list[Judgement]:
        """All figures that have a bar, of the cleaners that are not the floor."""
        return [found for found in self._judgements() if found.cleaner not in self.floor]

    def _judgements(self) -> Iterator[Judgement]:
        if self.reading:
            yield from reading_errors.judgements(self.reading, self.floor)
        yield from harm.clean_page_judgements(self.clean_pages)
        yield from harm.mark_judgements(self.marks)
        yield from harm.ink_judgements(self.ink)
        yield from two_tone.judgements(self.two_tone)

    def means(self) -> dict[str, Any]:
        """Mean character error rates by cleaner: of all rows, and by script, resolution and family."""
        if not self.reading:
            return {}
        by_key = {key: reading_errors.mean_by(self.reading, key) for key in reading_errors.MEANS}
        return {"all": reading_errors.means(self.reading), **by_key}

    def as_json(self) -> dict[str, Any]:
        """Everything, with stable names: `rows` and `means` are those of reading."""
        return {
            "plan": asdict(self.plan),
            "rows": [asdict(row) for row in self.reading],
            "means": self.means(),
            "clean_pages": [asdict(row) for row in self.clean_pages],
            "marks": [asdict(row) for row in self.marks],
            "ink": [asdict(row) for row in self.ink],
            "two_tone": [asdict(row) for row in self.two_tone],
            "bars": [asdict(row) for row in self.judgements()],
        }

    def summary(self) -> list[dict[str, Any]]:
        """One row for each cleaner and bar: how many figures are good enough, and the worst of them."""
        rows = []
        judgements = self.judgements()
        for cleaner, measure in dict.fromkeys((found.cleaner, found.measure) for found in judgements):
            same = [found for found in judgements if (found.cleaner, found.measure) == (cleaner, measure)]
            worst = (max if BARS[measure].at_most else min)(same, key=lambda found: found.value)
            holds = f"{sum(found.holds for found in same)} of {len(same)}"
            rows.append(
                {
                    "cleaner": cleaner,
                    "measure": measure,
                    "holds": holds,
                    "worst": worst.value,
                    "must": worst.must,
                    "aim": worst.aim,
                    "of": worst.of,
                }
            )
        return rows

    def for_card(self, cleaner: str) -> dict[str, Any]:
        """What the card of a cleaner keeps: mean error rates, its summary, and those of `REFERENCES`."""
        rows = self.summary()
        own, *others = ([row for row in rows if row["cleaner"] == name] for name in (cleaner, *REFERENCES))
        return {
            "pages": self.plan.pages,
            "cer": self.means().get("all", {}),
            "summary": own,
            "references": dict(zip(REFERENCES, others, strict=True)),
        }


def measure(cleaners: dict[str, Clean], floor: tuple[str, ...], plan: Plan) -> Report:
    """Measure the parts of the plan. `floor` names the cleaners that the others are to beat.

    The untouched page is one of them where pages are read and ink is counted. Raises DataError when a font is
    missing.
    """
    seed, parts = plan.seed, plan.parts
    report = Report(plan, floor)
    beside_untouched = {UNTOUCHED: reading_errors.cleaner_function(None), **cleaners}
    if "reading" in parts and plan.read:
        pages = reading_errors.held_out_pages(plan.count("reading"), seed, plan.scripts)
        report.reading.extend(reading_errors.rendered_errors(beside_untouched, pages))
    if "clean" in parts:
        clean = list(harm.clean_pages(plan.count("clean"), seed))
        report.clean_pages.extend(harm.measure_clean_pages(cleaners, clean, read=plan.read))
    if "marks" in parts:
        report.marks.extend(harm.measure_marks(cleaners, plan.count("marks"), seed, read=plan.read))
    if "ink" in parts:
        report.ink.extend(harm.measure_ink(beside_untouched, plan.count("ink"), seed))
    if "bw" in parts:
        report.two_tone.extend(two_tone.measure(cleaners, list(two_tone.ink_pages(plan.count("bw"), seed))))
    return report
