"""What an autoencoder is, in one picture drawn from the shipped weights, and what the lab holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app import resources
from app.components.device import chosen_device
from app.components.digits import choose_digit, name_of
from app.components.families import bottleneck_switch, family_switch
from app.components.figures import show_passage
from app.components.models import family_label, show_behind, usable

if TYPE_CHECKING:
    from ae.weights import Card

PAGES = (
    ("bottleneck", "Bottleneck", ":material/compress:", "Squeeze digits through 2 to 32 numbers."),
    ("denoising", "Digit denoising", ":material/blur_off:", "Take noise off digits, of any kind and level."),
    ("latent_space", "Latent space", ":material/scatter_plot:", "Walk the plane where all digits live."),
    ("documents", "Documents", ":material/description:", "Clean scanned pages of stains and folds."),
)
TASKS = {"digits": "Digits", "denoising": "Noisy digits", "pages": "Pages"}


def show_picture(name: str, digit: int, device: str) -> None:
    """Input, code and output of one digit."""
    result = resources.passage(name, device, (digit,))
    show_passage(resources.digits().images[digit], result, name_of(digit))


def show_pages() -> None:
    """A door to each page, with a sentence about it."""
    for column, (file, title, icon, sentence) in zip(st.columns(len(PAGES)), PAGES, strict=True):
        with column.container(border=True, height="stretch"):
            st.page_link(f"app/pages/{file}.py", label=f"**{title}**", icon=icon)
            st.caption(sentence)


def show_weights(device: str) -> None:
    """Which device and which weights the lab uses, from the cards."""
    st.markdown(
        f"Networks run on **{resources.describe_device(device)}**. Every weight was trained by a script."
    )
    st.dataframe(
        pd.DataFrame([weights_row(card) for card in sorted(resources.cards(), key=by_task)]),
        hide_index=True,
        height=280,
        placeholder="–",
        alt="The shipped weights, from their cards",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "Error": st.column_config.NumberColumn(
                format="%.4f", help="Mean squared error per pixel of test digits, against the clean ones"
            ),
        },
    )


def by_task(card: Card) -> tuple[int, str, int, str]:
    """Order of the table: digits first, then by family and size of the code."""
    return list(TASKS).index(card.task), card.family, card.config.get("k", 0), card.name


def weights_row(card: Card) -> dict[str, object]:
    """What the table says about one card."""
    return {
        "Weights": card.name,
        "For": TASKS.get(card.task, card.task),
        "Family": family_label(card.family),
        "Parameters": card.parameters,
        "Error": card.measures.get("mse"),
        "Trained on": card.data.get("name"),
        "Seed": card.seed,
    }


st.title("AE Lab")
st.markdown(
    "An autoencoder learns to squeeze its input into a short **code** and to rebuild the input from it. "
    "Nobody tells it what a digit is: what the code keeps, it found out by itself."
)
device = chosen_device()
with st.container(horizontal=True):
    family = family_switch()
    k = bottleneck_switch()
    digit = choose_digit()
name = f"{family}-k{k}"
if usable([name], device):
    show_picture(name, digit, device)

st.subheader("What to do here")
show_pages()

st.subheader("Device and weights in use")
show_weights(device)
show_behind([name])
