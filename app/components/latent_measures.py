"""How good the maps of digits are, from the models' cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import resources
from app.components.families import LOOKS, families

TO_MEASURE = "`python -m ae evaluate latent --update-cards` measures them."


@dataclass(frozen=True)
class Measure:
    """One column: its key on the card, its title, how a number is written, and what it says."""

    key: str
    title: str
    format: str
    help: str


MEASURES = (
    Measure("knn_accuracy", "5-NN accuracy", ".1%", "Share of digits whose five neighbours tell the class"),
    Measure("probe_accuracy", "Linear accuracy", ".1%", "Share that straight borders sort into the classes"),
    Measure("trustworthiness", "Trustworthiness", ".3f", "1 when who is near on the map is near in pixels"),
    Measure("continuity", "Continuity", ".3f", "1 when who is near in pixels is near on the map"),
    Measure("mse", "Error", ".4f", "Mean squared error per pixel of the reconstruction"),
    Measure("digit_like", "Like a digit", ".1%", "Share of the plane, or of random codes, like a digit"),
)  # fmt: skip


def show_measures(k: int, kind: str) -> None:
    """A table with a row for each family's map of this kind, one click away."""
    with st.expander("How good is this map?", icon=":material/straighten:"):
        rows = [row for family in families() if (row := row_of(family, k, kind))]
        if not rows:
            st.info(f"These maps are not measured yet. {TO_MEASURE}", icon=":material/info:")
            return
        st.dataframe(
            rows,
            hide_index=True,
            height="content",
            placeholder="–",
            alt=f"Measures of the maps of {k} numbers, a row for each family",
            column_config={
                measure.title: st.column_config.TextColumn(help=measure.help) for measure in MEASURES
            },
        )
        st.caption("Each from 10,000 test digits, or a part of them; ± is the spread over seeds.")


def row_of(family: str, k: int, kind: str) -> dict[str, str | None] | None:
    """A family's measures in words; None when its card has none."""
    card = resources.find_card(f"{family}-k{k}")
    measured = card.measures.get("latent", {}).get(kind) if card else None
    if not measured:
        return None
    return {"Family": LOOKS[family].label, **{each.title: in_words(each, measured) for each in MEASURES}}


def in_words(measure: Measure, measured: dict[str, Any]) -> str | None:
    """A measure with its spread over seeds, if there is one."""
    if measure.key not in measured:
        return None
    value = measured.get("mean", measured)[measure.key]
    spread = measured.get("std", {}).get(measure.key)
    text = format(value, measure.format)
    return text if spread is None else f"{text} ± {format(spread, measure.format)}"
