"""Running a page, and saying what stopped it."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ae.errors import AeError

_LINK = "link"


def run_page(page: st.Page) -> None:
    """Run the page; what stops it, such as damaged test digits, is said in its place."""
    _take_link_along(page)
    try:
        page.run()
    except AeError as error:
        st.error(str(error), icon=":material/error:")


def _take_link_along(page: st.Page) -> None:
    """Hand the choices of a link to the second page that is opened.

    Streamlit does this by itself for choices that have seen a second run, which those of a link have not
    when the visitor goes to another page at once.
    """
    given = {key: st.query_params.get_all(key) for key in st.query_params}
    path, link = st.session_state.setdefault(_LINK, (page.url_path, given))
    if given is link:
        return
    st.session_state[_LINK] = path, {}
    if page.url_path == path:
        return
    kept = {key: text for key, text in link.items() if key in st.session_state and key not in given}
    for key in kept:
        st.session_state[key] = st.session_state[key]
    with suppress(
        StreamlitAPIException
    ):  # a choice of a fragment that left the URL: it is not written there again
        st.query_params.update(kept)
