"""The families of digit models as a visitor meets them: names, colours, the switch between them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

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
    "pca": Look("PCA", "PCA", "#8a919c", "dash"),
}


def family_switch(standard: str = "stacked") -> str:
    """Let the visitor choose a family; the choice is in the URL."""
    return st.segmented_control(
        "Family of models",
        list(LOOKS),
        default=standard,
        required=True,
        format_func=lambda family: LOOKS[family].label,
        key="family",
        bind="query-params",
    )


def bottleneck_switch(key: str = "k", standard: int = 8) -> int:
    """Let the visitor choose k; the choice is in the URL as `key`."""
    return st.segmented_control(
        "Numbers in the code (k)", BOTTLENECKS, default=standard, required=True, key=key, bind="query-params"
    )
