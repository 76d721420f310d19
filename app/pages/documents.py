"""Dirty pages in, clean pages out: samples or uploads, three cleaners, before and after."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ae.data.samples import Sample
from ae.errors import AeError
from app import resources
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.document_cleaning import Cleaned, clean_all
from app.components.document_code import show_code
from app.components.document_pictures import result_names
from app.components.document_text import numbered, quoted
from app.components.document_tray import Document, sample_document, uploaded_documents
from app.components.document_views import (
    show_before,
    show_before_after,
    show_downloads,
    show_error,
    show_up_close,
)
from app.components.models import error_on_unseen_pages, show_behind

YOURS = "yours"
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


def choose_documents() -> list[Document]:
    """Let the visitor take a sample page or bring pages of their own; the choice is in the URL."""
    samples = {sample.name: sample for sample in known_samples()}
    chosen = choose_one(
        "Page",
        [*samples, YOURS],
        next(iter(samples), YOURS),
        "document",
        lambda name: samples[name].title if name in samples else "Your own pages",
    )
    if chosen == YOURS:
        return uploaded_documents()
    st.caption(samples[chosen].about)
    try:
        return [sample_document(samples[chosen])]
    except AeError as error:
        st.error(str(error), icon=":material/broken_image:")
        return []


def known_samples() -> list[Sample]:
    """The samples, or a message and none."""
    try:
        return resources.sample_pages()
    except AeError as error:
        st.warning(str(error), icon=":material/report:")
        return []


def choose_cleaner() -> str:
    """Let the visitor choose a cleaner and, for the experiment's network, its loss; both are in the URL."""
    with st.container(horizontal=True):
        cleaner = choose_one("Cleaner", list(CLEANERS), "page", "cleaner", CLEANERS.__getitem__)
        name = choose_loss() if cleaner == "experiment" else cleaner
    st.caption(f"{ABOUT[cleaner]} {measured(name)}")
    return name


def measured(name: str) -> str:
    """The error of a network on pages that its training did not see, if it was measured."""
    # `page` was trained on every page there is; `page-tr` is the same recipe without those that measure it.
    card = resources.find_card("page-tr" if name == "page" else name)
    error = error_on_unseen_pages(card) if card else None
    return f"RMSE {error:.3f} on NoisyOffice pages, when trained without them." if error else ""


def choose_loss() -> str:
    """Let the visitor choose the loss that the experiment's network was trained with."""
    return choose_one(
        "Trained with",
        list(LOSSES),
        "stacked_conv",
        "page_loss",
        LOSSES.__getitem__,
        help="What training made small. Pages are nearly black or white, which suits cross-entropy.",
    )


def cleaned_pages(documents: Sequence[Document], name: str, device: str) -> list[Cleaned]:
    """The results, or a message and the dirty page when the cleaner cannot be had."""
    try:
        return clean_all(documents, name, device)
    except AeError as error:
        st.error(f"This cleaner cannot run: {error}. Choose another one above.", icon=":material/error:")
        show_before(documents[0])
        return []


def choose_shown(cleaned: Sequence[Cleaned]) -> Cleaned:
    """The page on the screen: the only one, or the one that the visitor picks."""
    if len(cleaned) == 1:
        return cleaned[0]
    # names, not results, which a change of the cleaner replaces; two files of one name are told apart
    names = numbered(result.document.name for result in cleaned)
    return cleaned[names.index(st.selectbox("Show", names, key="documents_shown", width=400))]


def show_source(name: str) -> None:
    """The model's source and card, or the source of the filter."""
    show_behind([name])
    if name == "division":
        st.space("small")
        with st.expander("Show the source of this filter", icon=":material/code:"):
            st.code(resources.filter_source(), language="python")


def show_command(shown: Cleaned, name: str) -> None:
    """The command line that gives the same pixels."""
    document = shown.document
    source = f"pretrained/samples/{document.name}" if document.sample else quoted(document.name)
    target = quoted(result_names([document.name])[0])
    with st.expander("Do the same on the command line", icon=":material/terminal:"):
        st.code(f"python -m ae clean {source} -o {target} --model {name}", language="bash", wrap_lines=True)
        st.caption("It gives the same pixels: the app and the command share one cleaner.")


st.title("Documents")
st.markdown(
    "A network that copies its input through a code can be taught to leave the dirt behind: it is shown dirty"
    " pages and asked for clean ones."
)
documents = choose_documents()
name, device = choose_cleaner(), chosen_device()
cleaned = cleaned_pages(documents, name, device) if documents else []
if cleaned:
    shown = choose_shown(cleaned)
    show_before_after(shown)
    show_error(shown)
    show_downloads(shown, cleaned)
    st.subheader("Pixel by pixel")
    show_up_close(shown)
    show_code(name, device, shown)
show_source(name)
if cleaned:
    show_command(shown, name)
