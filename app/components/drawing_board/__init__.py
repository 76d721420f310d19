"""A small black board to draw on. What was drawn is kept for the session, where the latent map finds it too.

Each finished stroke comes as the trigger `drawing`: side and grey values, as the map's board sends them; an
empty board comes as the trigger `clear`.
"""

from __future__ import annotations

import streamlit as st

from app.components.latent_map.drawing import forget_drawing, keep_drawing
from app.components.widget import widget

_board = widget(__file__, "board.html", "board.css", "pen.js", "board.js")


def drawing_board(key: str) -> None:
    """Draw the board; `take_drawing` of the latent map gives what is on it."""

    def keep() -> None:
        keep_drawing(st.session_state[key].get("drawing"))

    _board(key=key, on_drawing_change=keep, on_clear_change=forget_drawing)
