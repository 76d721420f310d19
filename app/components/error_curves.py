"""Test error over the size of the code, from the cards."""

from __future__ import annotations

from app import charts, resources
from app.components.families import BOTTLENECKS, LOOKS


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
    seeds = [[card.measures["mse"], *card.measures.get("mse_by_seed", {}).values()] for card in cards]
    spread = max(map(len, seeds)) > 2  # a single seed is the shipped model itself
    return charts.Series(
        LOOKS[family].label,
        [card.config["k"] for card in cards],
        [card.measures["mse"] for card in cards],
        LOOKS[family].colour,
        LOOKS[family].dash,
        width=width,
        low=[min(values) for values in seeds] if spread else None,
        high=[max(values) for values in seeds] if spread else None,
    )


def in_words(series: charts.Series) -> str:
    """A line's points as text, for those who cannot see it."""
    points = ", ".join(f"{y:.4f} at {x:g}" for x, y in zip(series.x, series.y, strict=True))
    return f"{series.label}: {points}"
