"""How good the maps of digits are, from the models' cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import resources
from app.components.families import LOOKS, families
from app.components.unfolding import unfold

LABEL = "How good is this map?"
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
    unfold(LABEL, ":material/straighten:", lambda: show_table(k, kind))


def show_table(k: int, kind: str) -> None:
    """The measures, or what makes them."""
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
        column_config={measure.title: st.column_config.TextColumn(help=measure.help) for measure in MEASURES},
    )
    st.caption(
        "Each from 10,000 test digits, or a part of them. Where a model was trained with several seeds: "
        "the mean, and ± the standard deviation over them."
    )


def row_of(family: str, k: int, kind: str) -> dict[str, str] | None:
    """A family's measures in words; None when its card has none."""
    from ae.evaluation.latent import by_seed, spread

    card = resources.find_card(f"{family}-k{k}")
    if card is None:
        return None
    measured = card.measures.get("latent", {}).get(kind)
    if not measured and kind == "code":  # those that training left on the card
        measured = card.measures.get("latent_by_seed", {}).get(str(card.seed))
    if not measured:
        return None
    over = spread(by_seed(card, measured)) if kind == "code" else {}
    values = measured | over.get("mean", {})
    std = over.get("std", {})
    words = {each.title: in_words(each, values, std) for each in MEASURES if each.key in values}
    return {"Family": LOOKS[family].label, **words, "Seeds": seeds_in_words(family, over)}


def in_words(measure: Measure, values: dict[str, Any], std: dict[str, float]) -> str:
    """A measure with its spread over seeds, if there is one."""
    text = format(values[measure.key], measure.format)
    return f"{text} ± {format(std[measure.key], measure.format)}" if measure.key in std else text


def seeds_in_words(family: str, over: dict[str, Any]) -> str:
    """How many times the model was trained; PCA comes out the same every time."""
    if family == "pca":
        return "always the same"
    return f"{len(over['seeds'])} seeds" if over else "one seed"
