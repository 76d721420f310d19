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
from app.components.models import error_on_unseen_pages, show_behind, usable
from app.components.page_list import PAGES
from app.components.tables import show_table
from app.components.unfolding import unfold

if TYPE_CHECKING:
    from ae.weights import Card

Row = dict[str, str | float | None]
WEIGHTS = "Device and weights in use"
FORMATS = {"Parameters": "{:,.0f}", "Error": "{:.4f}", "RMSE": "{:.3f}"}
ABOUT = {
    "digits": "Error: squared error per pixel of test digits, against the clean ones.",
    "pages": "RMSE: root mean squared error on NoisyOffice pages that training did not see.",
}


def show_picture(name: str, digit: int, device: str) -> None:
    """Input, code and output of one digit, if the model can be used."""
    if usable([name], device):
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
    """Which device and which weights the lab uses, from the cards; more of each is on its card."""
    st.markdown(
        f"Networks run on **{resources.describe_device(device)}**. Every weight was trained by a script."
    )
    cards = sorted(resources.cards(), key=by_task)
    show_rows([digit_row(card) for card in cards if card.task in ("digits", "denoising")], "digits", 280)
    show_rows([page_row(card) for card in cards if card.task in ("pages", "regions")], "pages")


def by_task(card: Card) -> tuple[bool, str, int, str]:
    """Order of a table: plain digits before noisy ones, then by family and size of the code."""
    return card.task == "denoising", card.family, card.config.get("k", 0), card.name


def show_rows(rows: list[Row], what: str, height: int | Literal["content"] = "content") -> None:
    """A table of weights, or nothing where there are none."""
    if not rows:
        return
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    formats = {key: form for key, form in FORMATS.items() if key in columns}
    show_table(columns, f"The shipped weights for {what}, from their cards", formats, height)
    st.caption(ABOUT[what])


def digit_row(card: Card) -> Row:
    """What the table says about a model of digits."""
    return {
        "Weights for digits": card.name,
        "Parameters": card.parameters,
        "Error": card.measures.get("mse"),
    }


def page_row(card: Card) -> Row:
    """What the table says about a model of pages."""
    return {
        "Weights for pages": card.name,
        "Trained on": f"{card.data['name']} {' + '.join(card.partitions)}".strip(),
        "RMSE": error_on_unseen_pages(card),
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
picture = st.empty()
is_quick = (
    resources.has_torch()
)  # else the rest of the page does not wait for its import, which takes seconds
with picture.container():
    if is_quick:
        show_picture(name, digit, device)
    else:
        show_passage(resources.digits().images[digit], None, name_of(digit))

st.subheader("What to do here")
show_pages()
st.space("small")
unfold(WEIGHTS, ":material/memory:", lambda: show_weights(device))
if not is_quick:
    with picture.container():
        show_picture(name, digit, device)
show_behind([name])
