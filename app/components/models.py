"""What stands behind a page: models that could be loaded, their source and their cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st

from ae.errors import WeightsError
from app import resources
from app.components.families import LOOKS

if TYPE_CHECKING:
    from ae.weights import Card


def usable(names: Sequence[str], device: str) -> list[str]:
    """Those of the names whose weights load; what is wrong with the others is said here."""
    found, problems = [], []
    for name in names:
        try:
            resources.model(name, device)
            found.append(name)
        except WeightsError as error:
            problems.append(f"- **{name}**: {error}")
    if problems:
        st.warning("\n".join(["Left out of this page:", *problems]), icon=":material/report:")
    return found


def show_behind(names: Sequence[str]) -> None:
    """The source of the models and their cards, each one click away."""
    shown = [card for name in names if (card := resources.find_card(name)) is not None]
    if not shown:
        return
    st.space("small")
    with st.expander("Show the source of this model", icon=":material/code:"):
        for family in dict.fromkeys(card.family for card in shown):
            st.code(resources.source_code(family), language="python")
    with st.expander("Show the model card: data, seed, command", icon=":material/badge:"):
        _show_one_card(shown)


def _show_one_card(cards: Sequence[Card]) -> None:
    card = cards[0]
    if len(cards) > 1:
        card = st.selectbox("Model", cards, format_func=lambda card: card.name, key="card")
    st.markdown(card_text(card))
    st.code(card.command, language="bash", wrap_lines=True)
    st.json(asdict(card), expanded=1)


def card_text(card: Card) -> str:
    """The main facts of a card as a Markdown list."""
    data = card.data
    sizes = f", {data['train']:,} to train on" if "train" in data else ""
    sizes += f", {data['validation']:,} to validate on" if data.get("validation") else ""
    facts = {
        "Model": f"`{card.name}`, family {family_label(card.family)}, {card.parameters:,} parameters",
        "Data": f"{data.get('name', 'unknown')}{sizes} ({data.get('licence', 'licence unknown')})",
        "Noise in training": data.get("noise", "none"),
        "Loss": {"mse": "squared error", "bce": "cross-entropy"}.get(card.loss, card.loss),
        "Seed": str(card.seed),
        "Digest": f"`{card.digest}`",
    }
    return "\n".join(f"- **{key}**: {value}" for key, value in facts.items())


def family_label(family: str) -> str:
    """A family's name for people."""
    return LOOKS[family].label if family in LOOKS else family
