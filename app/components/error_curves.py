"""Test error over the size of the code, from the cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import charts, resources
from app.components.families import BOTTLENECKS, LOOKS

if TYPE_CHECKING:
    from ae.weights import Card


def names_of(family: str) -> list[str]:
    """Names of a family's weights, from the smallest code to the largest."""
    return [f"{family}-k{k}" for k in BOTTLENECKS]


def all_error_series(chosen: str) -> list[charts.Series]:
    """Every family that is measured, the chosen one drawn stronger."""
    lines = [error_series(family, 5 if family == chosen else 2) for family in LOOKS]
    return [line for line in lines if line is not None]


def error_series(family: str, width: float) -> charts.Series | None:
    """A family's test error over k, with its spread over seeds; None when no card has it."""
    cards = [card for card in map(resources.find_card, names_of(family)) if card and "mse" in card.measures]
    if not cards:
        return None
    runs = [errors_by_run(card) for card in cards]
    spread = max(map(len, runs)) > 1
    return charts.Series(
        LOOKS[family].label,
        [card.config["k"] for card in cards],
        [card.measures["mse"] for card in cards],
        LOOKS[family].colour,
        LOOKS[family].dash,
        width=width,
        low=[min(errors) for errors in runs] if spread else None,
        high=[max(errors) for errors in runs] if spread else None,
    )


def errors_by_run(card: Card) -> list[float]:
    """Test error of the shipped weights, and of the runs with other seeds."""
    others = card.measures.get("mse_by_seed", {})
    return [card.measures["mse"], *(error for seed, error in others.items() if seed != str(card.seed))]


def bars_in_words() -> str:
    """What the bars of the chart span: how many runs of which models."""
    told = {family: words for family in LOOKS if (words := _runs_in_words(family))}
    if len(set(told.values())) == 1 and (count := next(iter(told.values()))).isdigit():
        return f"Bars span {count} training runs each, with different seeds." if count != "1" else ""
    runs = "; ".join(f"{LOOKS[family].label} {words}" for family, words in told.items())
    return f"Bars span training runs with different seeds: {runs}." if runs else ""


def _runs_in_words(family: str) -> str:
    """How often the models of a family were trained; empty for PCA, which comes out the same every time."""
    ks_by_count: dict[int, list[int]] = {}
    for card in map(resources.find_card, names_of(family)):
        if family != "pca" and card and "mse" in card.measures:
            ks_by_count.setdefault(len(errors_by_run(card)), []).append(card.config["k"])
    if len(ks_by_count) == 1:
        return str(*ks_by_count)
    return ", ".join(f"{count} at k = {', '.join(map(str, ks))}" for count, ks in ks_by_count.items())


def in_words(series: charts.Series) -> str:
    """A line's points as text, for those who cannot see it."""
    points = ", ".join(f"{y:.4f} at {x:g}" for x, y in zip(series.x, series.y, strict=True))
    return f"{series.label}: {points}"
