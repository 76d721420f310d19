"""The families of digit models as a visitor meets them: names, colours, the switch between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app import resources
from app.components.choices import choose_one

BOTTLENECKS = (2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Look:
    """How a family appears: its name in words and short, its colour and dash in charts."""

    label: str
    short: str
    colour: str
    dash: str = "solid"


LOOKS = {
    "simple": Look("Simple", "Simple", "#e08a1e"),
    "stacked": Look("Stacked", "Stacked", "#3f7fd6"),
    "conv": Look("Convolutional", "Conv", "#1f9e7a"),
    "variational": Look("Variational", "Variational", "#b0569f"),
    "pca": Look("PCA", "PCA", "#8a919c", "dash"),
}


def family_switch() -> str:
    """Let the visitor choose a family that has weights; the choice is in the URL."""
    chosen = choose_one(
        "Family of models", families(), "stacked", "family", lambda family: LOOKS[family].label
    )
    show_damage([f"{chosen}-k{k}" for k in BOTTLENECKS if resources.is_there(f"{chosen}-k{k}")])
    return chosen


def show_damage(names: Sequence[str]) -> None:
    """In grey, the weights that cannot be used, and why; nothing where all are sound."""
    for name in names:
        if reason := resources.damage(name):
            st.caption(f":gray-badge[:material/block: {name}] {reason}")


def families() -> list[str]:
    """Families that have weights, be they damaged or not."""
    return [name for name in LOOKS if any(resources.is_there(f"{name}-k{k}") for k in BOTTLENECKS)]


def bottleneck_switch(key: str = "k", standard: int = 8) -> int:
    """Let the visitor choose k; the choice is in the URL as `key`."""
    return choose_one("Numbers in the code (k)", BOTTLENECKS, standard, key)
