"""Models that the visitor trained, where a page shows one model at a time."""

from __future__ import annotations

import streamlit as st

from app import kept

_KEY = "own"


def own_model(family: str, k: int) -> str | None:
    """Let the visitor take a model that was kept in this session; no choice is drawn where there is none."""
    names = [card.name for card in kept.cards("digits", family, k)]
    if not names:
        return None
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = None
    return st.selectbox(
        "Trained by you", names, index=None, placeholder="The shipped model", key=_KEY, width=260
    )
