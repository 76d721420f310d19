"""What a page cleaner has to reach, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """The figure that must be reached and the one aimed at; `at_most`: lower is better."""

    must: float
    aim: float | None = None
    at_most: bool = True

    def holds(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value <= self.must if self.at_most else value >= self.must


@dataclass(frozen=True)
class Judgement:
    """One figure beside its bar. `measure` is a key of `BARS`; `of` says what was measured."""

    measure: str
    cleaner: str
    of: str
    value: float
    must: float
    aim: float | None
    holds: bool


BARS: dict[str, Bar] = {
    # Where reading gets worse than with the better of the untouched page and the filter: rows of one page or
    # a few, and means over all rows of a script, a resolution or a family.
    "rows_read_worse": Bar(0),
    "means_read_worse": Bar(0),
    "cer_of_floor": Bar(2 / 3, 1 / 2),  # share of the floor's mean error rate that is left
    "change_of_clean_page": Bar(0.5, 0.0),  # grey levels, on the page that changes most
    "cer_added_to_clean_page": Bar(0.001, 0.0),
    "ssim_of_mark": Bar(0.97, at_most=False),
    "hue_of_mark": Bar(5.0),  # degrees
    "cer_added_to_pencil": Bar(0.02),
    "ink_kept": Bar(0.98, at_most=False),
    "ink_kept_worst_page": Bar(0.90, at_most=False),
    "two_tone_gain": Bar(0.0, at_most=False),  # F-measure above the better of Otsu and Sauvola
    "seconds_ratio": Bar(1 / 4, 1 / 8),  # A4 at 300 dpi, experiment E3's network = 1
    "memory_a4": Bar(1.2),  # gigabytes
    "memory_70_mp": Bar(1.8),
    "weights_bytes": Bar(8e6),
}


def judge(measure: str, cleaner: str, of: str, value: float) -> Judgement:
    """A figure beside its bar."""
    bar = BARS[measure]
    return Judgement(measure, cleaner, of, float(value), bar.must, bar.aim, bar.holds(value))
