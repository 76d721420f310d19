"""Running a page, and saying what stopped it."""

from __future__ import annotations

import streamlit as st

from ae.errors import AeError


def run_page(page: st.Page) -> None:
    """Run the page; what stops it, such as damaged test digits, is said in its place."""
    try:
        page.run()
    except AeError as error:
        st.error(str(error), icon=":material/error:")
