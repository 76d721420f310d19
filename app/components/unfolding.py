"""What is one click away, and made only then: a browser that has yet to open it loads nothing for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


@st.fragment
def unfold(label: str, icon: str, draw: Callable[[], None], box: Callable[..., Any] = st.expander) -> None:
    """A `box`, such as an expander or a popover, whose content `draw` makes when it is opened.

    `label` is unique on the page.
    """
    with box(label, icon=icon, on_change="rerun", key=label) as opened:
        if opened.open:
            draw()
