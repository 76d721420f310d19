"""What lies in the middle of a page network, and why that is no bottleneck."""

from __future__ import annotations

import streamlit as st

from ae.arrays import luminance
from app import resources
from app.components import document_pictures as pictures
from app.components import document_resources as door
from app.components.document_pictures import Load

_PART_WIDTH, _PART_HEIGHT = 220, 150


def show_code(name: str, device: str, pixels: int, key: str, load: Load) -> None:
    """The code of the chosen cleaner: drawn for the experiment's network, counted for the others.

    `pixels` of the page on the screen; `load` gives its pixels before and after cleaning, `key` stands for
    them.
    """
    st.subheader("Is there a bottleneck?")
    card = resources.find_card(name)
    if card is None:
        _explain_filter()
    elif card.family == "stacked_conv":
        _show_channels(name, device, key, load)
        _explain_experiment(name, device, pixels)
    else:
        _explain_page(name, device, pixels)


def _show_channels(name: str, device: str, key: str, load: Load) -> None:
    channels, sheet = _channels(name, device, key, load)
    st.image(
        sheet,
        alt=f"{channels} grey pictures of the same part of the page, one for each channel of the code",
        caption=f"The code of a part of this page: {channels} pictures, each as large as the part itself.",
    )


@st.cache_data(max_entries=16, show_spinner=False, scope="session")
def _channels(name: str, device: str, key: str, _load: Load) -> tuple[int, bytes]:
    dirty, clean = _load()
    place = pictures.busiest_place(dirty, clean, _PART_WIDTH, _PART_HEIGHT)
    part = pictures.window_at(dirty.shape, *place, _PART_WIDTH, _PART_HEIGHT).cut(dirty)
    code = door.page_code(name, device, luminance(part))
    return len(code), pictures.channel_sheet(code)


def _explain_experiment(name: str, device: str, pixels: int) -> None:
    facts = door.page_code_facts(name, device)
    _show_numbers(facts.total, pixels, "its code")
    st.markdown(
        f"No: the code holds **{facts.total:.0f} times more numbers than the page**, so the network could"
        " pass the page through unchanged, and that it cleans comes from its target alone. It sees"
        f" {facts.sight} pixels to each side, too few to tell a wide shadow from ink."
    )


def _explain_page(name: str, device: str, pixels: int) -> None:
    facts = door.page_code_facts(name, device)
    _show_numbers(facts.total, pixels, "what its decoder gets")
    st.markdown(
        f"No: its coarsest level holds {facts.narrowest:.1f} numbers per pixel, but with the shortcuts around"
        f" it the decoder gets **{facts.total:.0f} per pixel**. The background is divided out, the network,"
        f" which sees up to {facts.sight} pixels to each side, corrects the rest, and a second, small one"
        " keeps what was better as it came, such as photographs."
    )


def _explain_filter() -> None:
    st.markdown(
        "There is no network here, so there is no code: the filter takes the brightest pixels around each"
        " place for the paper and divides the page by them. A network that does not beat it has learned"
        " nothing worth its seconds."
    )


def _show_numbers(per_pixel: float, pixels: int, what: str) -> None:
    with st.container(horizontal=True):
        st.metric("Numbers in this page", f"{pixels:,}", width=250)
        st.metric(f"Numbers in {what}", f"{round(pixels * per_pixel):,}", width=250)
