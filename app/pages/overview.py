"""What an autoencoder is, in one picture drawn from the shipped weights, and what the lab holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from app import resources
from app.components.device import chosen_device
from app.components.digits import choose_digit, name_of
from app.components.families import bottleneck_switch, family_switch
from app.components.figures import show_passage
from app.components.lesson import LESSONS, path_of
from app.components.models import error_on_unseen_pages, family_label, show_behind, usable
from app.components.page_list import PAGES

if TYPE_CHECKING:
    from ae.weights import Card


def show_picture(name: str, digit: int, device: str) -> None:
    """Input, code and output of one digit."""
    result = resources.passage(name, device, (digit,))
    show_passage(resources.digits().images[digit], result, name_of(digit))


def show_pages() -> None:
    """A door to each page, with a sentence about it, and to each lesson."""
    for column, page in zip(st.columns(len(PAGES)), PAGES, strict=True):
        with column.container(border=True, height="stretch"):
            st.page_link(page.path, label=f"**{page.title}**", icon=page.icon)
            st.caption(page.sentence)
    st.markdown("**Lessons** :gray[one question each, and a picture that answers when you move it]")
    with st.container(horizontal=True):
        for lesson in LESSONS:
            st.page_link(path_of(lesson), label=lesson.title, icon=lesson.icon, width="content")


def show_weights(device: str) -> None:
    """Which device and which weights the lab uses, from the cards."""
    st.markdown(
        f"Networks run on **{resources.describe_device(device)}**. Every weight was trained by a script."
    )
    cards = sorted(resources.cards(), key=by_task)
    show_table(
        [digit_row(card) for card in cards if card.task in ("digits", "denoising")], "digits", height=280
    )
    show_table(
        [page_row(card) for card in cards if card.task in ("pages", "regions")], "pages", height="content"
    )


def by_task(card: Card) -> tuple[bool, str, int, str]:
    """Order of a table: plain digits before noisy ones, then by family and size of the code."""
    return card.task == "denoising", card.family, card.config.get("k", 0), card.name


def show_table(rows: list[dict[str, object]], what: str, height: int | Literal["content"]) -> None:
    """A table of weights, or nothing where there are none."""
    if not rows:
        return
    st.dataframe(
        rows,
        hide_index=True,
        height=height,
        placeholder="–",
        alt=f"The shipped weights for {what}, from their cards",
        column_config={
            "Parameters": st.column_config.NumberColumn(format="localized"),
            "Error": st.column_config.NumberColumn(
                format="%.4f", help="Mean squared error per pixel of test digits, against the clean ones"
            ),
            "RMSE": st.column_config.NumberColumn(
                format="%.3f", help="Root mean squared error on NoisyOffice pages that training did not see"
            ),
        },
    )


def digit_row(card: Card) -> dict[str, object]:
    """What the table says about a model of digits."""
    return {
        "Weights for digits": card.name,
        "Input": "Noisy" if card.task == "denoising" else "Clean",
        "Family": family_label(card.family),
        "Parameters": card.parameters,
        "Error": card.measures.get("mse"),
        "Seed": card.seed,
    }


def page_row(card: Card) -> dict[str, object]:
    """What the table says about a model of pages."""
    return {
        "Weights for pages": card.name,
        "Trained on": f"{card.data['name']} {' + '.join(card.partitions)}".strip(),
        "Parameters": card.parameters,
        "RMSE": error_on_unseen_pages(card),
        "Seed": card.seed,
    }


st.title("AE Lab")
st.markdown(
    "An autoencoder learns to squeeze its input into a short **code** and to rebuild the input from it. "
    "Nobody tells it what a digit is: what the code keeps, it learned by itself."
)
device = chosen_device()
with st.container(horizontal=True):
    family = family_switch()
    k = bottleneck_switch()
    digit = choose_digit()
name = f"{family}-k{k}"
picture = st.container()  # filled last: the first one needs torch, whose import takes seconds

st.subheader("What to do here")
show_pages()

st.subheader("Device and weights in use")
show_weights(device)
with picture:
    if usable([name], device):
        show_picture(name, digit, device)
show_behind([name])
