"""What the visitor can choose: few things at once, the rest behind "More"; all of it is in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ae.units import LEAST_DPI, MOST_DPI
from app import resources
from app.components import document_resources as door
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.document_entry import Choices
from app.components.families import show_damage
from app.components.models import error_on_unseen_pages

if TYPE_CHECKING:
    from ae.documents.kinds import Kind
    from ae.documents.page import ColourKind

CLEANERS = {
    "page": "Page cleaner",
    "experiment": "The experiment's network",
    "division": "Filter without learning",
}
LOSSES = {"stacked_conv": "Cross-entropy", "stacked_conv-mse": "Squared error"}
ABOUT = {
    "page": "Divides the background out; a network that sees far around each pixel corrects the rest.",
    "experiment": "Convolutions at full resolution with 32, 16, 8, 8, 16, 32 filters, as in the experiment.",
    "division": "Divides the page by the paper it finds around each letter. Nothing was learned.",
}
_COLOURS: dict[str, ColourKind | None] = {"As it was": None, "Grey": "grey", "Black and white": "bw"}
_KINDS: dict[str, Kind | None] = {
    "Same as the input": None,
    "PDF": "pdf",
    "PNG": "png",
    "JPEG": "jpeg",
    "TIFF": "tiff",
}
INVERT = "turn"  # in links
NO_OCR = (
    "Reading text needs Tesseract: `apt-get install tesseract-ocr`, then"
    " `pip install -r requirements-ocr.txt`."
)


def choose_treatment() -> Choices:
    """Let the visitor say how pages are cleaned."""
    # a slider is higher than what stands beside it: labels are in line at the top, the rest at the bottom
    with st.container(horizontal=True, gap="medium"):
        strength = st.slider(
            "Strength",
            0,
            100,
            100,
            step=5,
            format="%d %%",
            key="strength",
            bind="query-params",
            width=220,
        )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", width="content"):
            return _choose_look(strength / 100)


def _choose_look(strength: float) -> Choices:
    colour = choose_one("Colours", list(_COLOURS), "As it was", "colour")
    best = st.toggle(
        "Best quality",
        key="best",
        bind="query-params",
        help="Looks at four mirror images of each page and takes the mean: four times as long.",
    )
    with st.popover("More", icon=":material/tune:"):
        return _choose_more(strength, _COLOURS[colour], best)


def _choose_more(strength: float, colour: ColourKind | None, best: bool) -> Choices:
    model = _choose_cleaner()
    kind = st.selectbox("Kind of file", list(_KINDS), key="to", bind="query-params")
    dpi = st.number_input(
        "Resolution (dpi)",
        round(LEAST_DPI),
        round(MOST_DPI),
        None,
        step=10,
        key="dpi",
        bind="query-params",
        placeholder="As it was",
        help="Only what the file says about its size on paper; pixels stay.",
    )
    invert = st.toggle("Invert pages with light text on a dark background", key=INVERT, bind="query-params")
    languages = _choose_languages()
    device = chosen_device()
    st.caption(f"Runs on {resources.describe_device(device)}; the sidebar changes it.")
    written = float(dpi) if dpi else None
    return Choices(model, device, strength, best, invert, languages, colour, written, _KINDS.get(kind))


def _choose_cleaner() -> str:
    """The cleaner and, for the experiment's network, its loss."""
    cleaner = choose_one("Cleaner", list(CLEANERS), "page", "cleaner", CLEANERS.__getitem__)
    name = _choose_loss() if cleaner == "experiment" else cleaner
    st.caption(f"{ABOUT[cleaner]} {_measured(name)}")
    show_damage(["page", *LOSSES])
    return name


def _choose_loss() -> str:
    return choose_one(
        "Trained with",
        list(LOSSES),
        "stacked_conv",
        "page_loss",
        LOSSES.__getitem__,
        help="What training made small. Pages are nearly black or white, which suits cross-entropy.",
    )


def _measured(name: str) -> str:
    """The error of a network on pages that its training did not see, if it was measured."""
    # `page` was trained on every page there is; `page-tr` is the same recipe without those that measure it.
    card = resources.find_card("page-tr" if name == "page" else name)
    error = error_on_unseen_pages(card) if card else None
    return f"RMSE {error:.3f} on NoisyOffice pages, when trained without them." if error else ""


def _choose_languages() -> str:
    known = door.ocr_languages()
    if not known:
        st.caption(NO_OCR)
        return ""
    chosen = st.multiselect(
        "Read text in",
        known,
        key="text",
        bind="query-params",
        placeholder="Do not read",
        help="Makes a PDF searchable, and compares what can be read before and after. Takes seconds a page.",
    )
    return "+".join(chosen)
