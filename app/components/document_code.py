"""What lies in the middle of a page network, and why that is no bottleneck."""

from __future__ import annotations

import streamlit as st

from app import resources
from app.components import document_pictures as pictures
from app.components.document_cleaning import Cleaned
from app.components.document_views import after, before

_PART_WIDTH, _PART_HEIGHT = 220, 150


def show_code(name: str, device: str, cleaned: Cleaned) -> None:
    """The code of the chosen cleaner: drawn for the experiment's network, counted for the others."""
    st.subheader("Is there a bottleneck?")
    card = resources.find_card(name)
    if card is None:
        _explain_filter()
    elif card.family == "stacked_conv":
        _show_channels(name, device, cleaned)
        _explain_experiment(name, device, cleaned)
    else:
        _explain_page(name, device, cleaned)


def _show_channels(name: str, device: str, cleaned: Cleaned) -> None:
    dirty, clean = before(cleaned.document), after(cleaned)
    place = pictures.busiest_place(dirty, clean, _PART_WIDTH, _PART_HEIGHT)
    part = pictures.window_at(dirty.shape, *place, _PART_WIDTH, _PART_HEIGHT).cut(dirty)
    code = resources.page_code(name, device, pictures.grey(part))
    st.image(
        pictures.channel_sheet(code),
        alt=f"{len(code)} grey pictures of the same part of the page, one for each channel of the code",
        caption=f"The code of a part of this page: {len(code)} pictures, each as large as the part itself.",
    )


def _explain_experiment(name: str, device: str, cleaned: Cleaned) -> None:
    facts = resources.page_code_facts(name, device)
    _show_numbers(facts.total, cleaned, "its code")
    st.markdown(
        f"The code in the middle holds **{facts.total:.0f} times more numbers than the page**:"
        " nothing is squeezed, and the network could pass the page through unchanged. That it cleans comes"
        " from its target alone, since it was shown dirty pages and asked for clean ones."
    )
    st.markdown(
        f"It sees {facts.sight} pixels to each side, too few to tell a wide shadow from ink. The page cleaner"
        " sees further, and on the page *Bottleneck* a digit really has to pass through two numbers."
    )


def _explain_page(name: str, device: str, cleaned: Cleaned) -> None:
    facts = resources.page_code_facts(name, device)
    _show_numbers(facts.total, cleaned, "what its decoder gets")
    st.markdown(
        f"This network is no bottleneck either. Its coarsest level holds {facts.narrowest:.1f} numbers per"
        f" pixel, but shortcuts around it carry {facts.total:.0f} in all."
    )
    st.markdown(
        f"The experiment's network keeps {resources.experiment_code_ratio()} channels at full resolution,"
        f" **{resources.experiment_code_ratio()} times more numbers than the page**. It could pass the page"
        " through; it learned to clean from its target alone."
    )
    st.markdown(
        "It differs from the experiment's network in three ways: it is given the page with its background"
        f" divided out, it sees up to {facts.sight} pixels to each side because it works on smaller copies of"
        " the page, and it corrects the filter's result instead of drawing every pixel anew."
    )


def _explain_filter() -> None:
    st.markdown(
        "There is no network here, so there is no code. The filter takes the brightest pixels around each"
        " place for the paper and divides the page by them. A network that does not beat it has learned"
        " nothing worth its seconds."
    )


def _show_numbers(per_pixel: float, cleaned: Cleaned, what: str) -> None:
    pixels = cleaned.document.width * cleaned.document.height
    with st.container(horizontal=True):
        st.metric("Numbers in this page", f"{pixels:,}", width=250)
        st.metric(f"Numbers in {what}", f"{round(pixels * per_pixel):,}", width=250)
