"""Dirty documents in, the same documents out, clean: a sample, files, a folder or a photograph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ae.errors import AeError
from app.components import document_resources as door
from app.components.document_choices import choose_treatment
from app.components.document_code import show_code
from app.components.document_command import show_command
from app.components.document_desk import Desk
from app.components.document_downloads import show_all_downloads, show_download
from app.components.document_entry import Choices, Entry
from app.components.document_measures import show_measures
from app.components.document_progress import Shown, show_progress, show_strip, shown_page
from app.components.document_reading import show_reading
from app.components.document_text import plain
from app.components.document_tray import choose_documents
from app.components.document_views import View, show_page
from app.components.models import show_behind
from app.components.running import VISITOR


def the_desk() -> Desk:
    """The visitor's desk; it ends with the session."""
    if "documents_desk" not in st.session_state:
        st.session_state["documents_desk"] = door.new_desk(st.session_state[VISITOR])
    return st.session_state["documents_desk"]


def show_work(desk: Desk, entries: Sequence[Entry], choices: Choices) -> None:
    """Have the documents cleaned, and show how far that is and what came of it."""
    try:
        cleaner = door.page_cleaner(choices.model, choices.device)
    except AeError as error:
        st.error(f"This cleaner cannot run: {error}. Choose another one at *More*.", icon=":material/error:")
        return
    limits = door.limits()
    desk.ask(entries, choices, cleaner, limits)
    show_progress(desk, entries)
    shown = shown_page(entries)
    if shown is None:
        return
    show_all_downloads(desk, entries, lambda: desk.join(entries, choices, cleaner, limits))
    show_strip(entries, shown)
    try:
        view = show_page(desk, shown, shown[0].run)
    except AeError as error:
        st.error(plain(str(error)), icon=":material/broken_image:")
        return
    show_download(entries, shown[0])
    show_more(desk, shown, view, choices)


def show_more(desk: Desk, shown: Shown, view: View, choices: Choices) -> None:
    """What one may want to know about the page on the screen, each behind a tab."""
    entry, number = shown
    run = entry.run
    measures, text, inside, command = st.tabs(
        ["Measures", "Text", "How it works", "Command line"], key="about", bind="query-params"
    )

    def load() -> tuple[np.ndarray, np.ndarray]:
        from app.components.document_work import sight

        page, clean = sight(entry, number, run)
        return page.pixels, (clean or page).pixels

    with measures:
        if measures.open and view.is_clean:
            show_measures(desk, entry, number, view.key, load)
    with text:
        if text.open:
            show_reading(entry, number, run)
    with inside:
        if inside.open:
            show_code(choices.model, choices.device, view.pixels, view.key, load)
            show_source(choices.model)
    with command:
        if command.open:
            show_command(entry, run)


def show_source(name: str) -> None:
    """The model's source and card, or the source of the filter."""
    show_behind([name])
    if name == "division":
        with st.expander("Show the source of this filter", icon=":material/code:"):
            st.code(door.filter_source(), language="python")


st.title("Documents")
st.markdown(
    "Scan in, clean page out. A network that was shown dirty pages and asked for clean ones takes the dirt"
    " away and leaves what is written."
)
desk = the_desk()
documents = choose_documents(desk)
treatment = choose_treatment()
if documents:
    show_work(desk, documents, treatment)
