"""One entry a page in the browser's history: Back leaves the page instead of undoing choices unseen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_keeper = st.components.v2.component(
    "browser_history",
    html="<span hidden></span>",
    js=(Path(__file__).parent / "history.js").read_text(encoding="utf-8"),
)


def keep_one_entry_a_page() -> None:
    """Draw nothing; the router calls it once for all pages."""
    with st.sidebar:
        _keeper(key="browser-history")
