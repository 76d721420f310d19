"""What is one click away, and made only then: a browser that has yet to open it loads nothing for it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


@st.fragment
def unfold(label: str, icon: str, draw: Callable[[], None]) -> None:
    """An expander whose content `draw` makes when it is opened; `label` is unique on the page."""
    with st.expander(label, icon=icon, on_change="rerun", key=label) as box:
        if box.open:
            draw()


@st.fragment
def pop_up(label: str, icon: str, draw: Callable[[], None]) -> None:
    """The same as a popover."""
    with st.popover(label, icon=icon, on_change="rerun", key=label) as box:
        if box.open:
            draw()
