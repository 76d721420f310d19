"""How good the maps of digits are, from the models' cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import resources
from app.components.choices import choose_one
from app.components.families import LOOKS, families
from app.components.tables import show_table
from app.components.unfolding import unfold

LABEL = "How good is this map?"
FOR_ONE_SEED = {"tsne": "t-SNE", "umap": "UMAP"}
TRAINED_TO_FILL, OTHERS = "variational", ("stacked", "conv")  # by depth the most alike
TO_MEASURE = "`python -m ae evaluate latent --data-root DIR --update-cards` measures them."


@dataclass(frozen=True)
class Measure:
    """One measure: its key on the card, its title, how a number is written, and what it says."""

    key: str
    title: str
    format: str
    help: str


MEASURES = (
    Measure("knn_accuracy", "5-NN accuracy", ".1%", "Share of digits whose five neighbours tell the class"),
    Measure("probe_accuracy", "Linear accuracy", ".1%", "Share that straight borders sort into the classes"),
    Measure("trustworthiness", "Trustworthiness", ".3f", "1 when who is near on the map is near in pixels"),
    Measure("continuity", "Continuity", ".3f", "1 when who is near in pixels is near on the map"),
    Measure("mse", "Error", ".4f", "Squared error per pixel of the reconstruction"),
    Measure("digit_like", "Like a digit", ".1%", "Share of random codes, drawn as on the map, like a digit"),
)  # fmt: skip


def show_measures(k: int, kind: str) -> None:
    """One measure of each family's map of this kind, one click away."""
    unfold(LABEL, ":material/straighten:", lambda: show_one_measure(k, kind))


def show_one_measure(k: int, kind: str) -> None:
    """A measure that the visitor chooses, a row for each family; or what makes the measures."""
    rows = [row for family in families() if (row := row_of(family, k, kind))]
    if not rows:
        st.info(f"These maps are not measured yet. {TO_MEASURE}", icon=":material/info:")
        return
    about = {each.title: each.help for each in MEASURES}
    title = choose_one("Measure", list(about), MEASURES[0].title, "measure")
    shown = {key: [row.get(key) for row in rows] for key in ("Family", title, "Seeds")}
    show_table(shown, f"{title} of the maps of {k} numbers, a row for each family")
    spread = what_the_spread_is_over(kind)
    st.caption(f"{about[title]}. Each from 10,000 test digits, or a part of them. {spread}")
    if words := fullness_in_words(k):
        st.caption(words)


def what_the_spread_is_over(kind: str) -> str:
    """Which measures have a `±`, and what it says."""
    means = "Where a model was trained with several seeds: the mean, and ± the standard deviation over them"
    if kind in ("code", "pca"):
        return f"{means}."
    return f"{means}; {FOR_ONE_SEED[kind]} is computed for one seed, so only what codes say has a spread."


def fullness_in_words(k: int) -> str:
    """Whether random codes look like digits more often where a model was trained to fill its space."""
    shares = {family: digit_like(family, k) for family in (TRAINED_TO_FILL, *OTHERS)}
    own = shares.pop(TRAINED_TO_FILL)
    others = {family: share for family, share in shares.items() if share is not None}
    if own is None or not others:
        return ""
    best = max(others, key=others.__getitem__)
    if own > others[best]:
        found = "look like a digit more often, since the others leave empty places between their digits"
    else:
        found = "do not look like a digit more often, since others fill so small a map by themselves"
    return (
        f"{LOOKS[TRAINED_TO_FILL].label} alone was trained to fill its space of codes. Here its random codes "
        f"{found}: {own:.0%}, and {others[best]:.0%} with {LOOKS[best].label}."
    )


def digit_like(family: str, k: int) -> float | None:
    """Share of a family's random codes that look like digits, the mean over seeds; None if not measured."""
    from ae.evaluation.latent import spread_of, stored

    card = resources.find_card(f"{family}-k{k}")
    if card is None or "digit_like" not in (measured := stored(card)):
        return None
    return float((measured | spread_of(card, measured).get("mean", {}))["digit_like"])


def row_of(family: str, k: int, kind: str) -> dict[str, str] | None:
    """A family's measures in words; None when its card has none.

    Error and likeness to digits are of the codes, however they are laid flat.
    """
    from ae.evaluation.latent import spread_of, stored

    card = resources.find_card(f"{family}-k{k}")
    if card is None or not (measured := stored(card, kind)):
        return None
    codes = stored(card)
    of_codes, of_map = spread_of(card, codes), spread_of(card, measured, kind)
    values = of_codes_alone(codes | of_codes.get("mean", {})) | measured | of_map.get("mean", {})
    std = of_codes_alone(of_codes.get("std", {})) | of_map.get("std", {})
    words = {each.title: in_words(each, values, std) for each in MEASURES if each.key in values}
    return {"Family": LOOKS[family].label, **words, "Seeds": seeds_in_words(family, of_map, of_codes)}


def of_codes_alone(measures: dict[str, Any]) -> dict[str, Any]:
    """Those measures that need codes, and so say the same on every map of them."""
    return {key: measures[key] for key in ("mse", "digit_like") if key in measures}


def in_words(measure: Measure, values: dict[str, Any], std: dict[str, float]) -> str:
    """A measure with its spread over seeds, if there is one."""
    text = format(values[measure.key], measure.format)
    return f"{text} ± {format(std[measure.key], measure.format)}" if measure.key in std else text


def seeds_in_words(family: str, of_map: dict[str, Any], of_codes: dict[str, Any]) -> str:
    """How many times the model was trained; PCA comes out the same every time."""
    if family == "pca":
        return "always the same"
    if of_map:
        return f"{len(of_map['seeds'])} seeds"
    return f"one seed, codes {len(of_codes['seeds'])}" if of_codes else "one seed"
