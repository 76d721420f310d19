"""What stands behind a page: models that could be loaded, their source and their cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import streamlit as st

from ae.errors import WeightsError
from app import resources
from app.components.families import LOOKS
from app.components.unfolding import unfold

if TYPE_CHECKING:
    from ae.weights import Card

SOURCE, CARD = "Show the source of this model", "Show the model card: data, seed, command"
MEASURE_DIGITS = "`python -m ae evaluate digits --update-cards` measures it."
MEASURE_CONFUSION = "`python scripts/measure_confusion.py` measures it."
LOSS_WORDS = {
    "mse": "squared error",
    "bce": "cross-entropy",
    "robust": "root of each crop's squared error",
    "faint_ink": "root of each crop's squared error, more where faint ink goes",
    "region_loss": "cross-entropy of what to keep, and the error of the page made so",
}


def usable(names: Sequence[str], device: str) -> list[str]:
    """Those of the names whose weights load; what is wrong with the others is said here."""
    found, problems = [], []
    for name in names:
        try:
            resources.model(name, device)
            found.append(name)
        except WeightsError as error:
            problems.append(
                f"**{name}**: {error}" if resources.is_there(name) else f"**{name}** is not there yet"
            )
    if problems:
        st.warning("  \n".join(problems), icon=":material/report:")
    return found


def show_behind(names: Sequence[str], first: str | None = None) -> None:
    """The source of the models and their cards, each one click away; the choice starts at `first`."""
    shown = [card for name in names if (card := resources.find_card(name)) is not None]
    if not shown:
        return
    st.space("small")
    unfold(SOURCE, ":material/code:", lambda: _show_source(shown))
    unfold(CARD, ":material/badge:", lambda: _show_one_card({card.name: card for card in shown}, first))


def _show_source(cards: Sequence[Card]) -> None:
    for family in dict.fromkeys(card.family for card in cards):
        st.code(resources.source_code(family), language="python")


def _show_one_card(cards: dict[str, Card], first: str | None) -> None:
    names = list(cards)
    start = names.index(first) if first in cards else 0
    # the key makes the choice follow the page: another `first` is another widget
    name = st.selectbox("Model", names, start, key=f"card-{names[start]}") if len(cards) > 1 else names[0]
    card = cards[name]
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
        "Loss": LOSS_WORDS.get(card.loss, card.loss),
        "Seed": str(card.seed),
        "Digest": f"`{card.digest}` (SHA-256 of the weights, checked when they are loaded)",
    }
    return "\n".join(f"- **{key}**: {value}" for key, value in facts.items())


def error_on_unseen_pages(card: Card) -> float | None:
    """RMSE of a page model on NoisyOffice's partition VA, if it was measured and training did not see VA."""
    measured = card.measures.get("partitions", {}).get("VA", {}).get("rmse_pooled")
    return None if "VA" in card.partitions else measured


def family_label(family: str) -> str:
    """A family's name for people."""
    return LOOKS[family].label if family in LOOKS else family
