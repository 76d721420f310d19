"""One of several, side by side or along a slider, as a choice that a copied link carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

Choice = TypeVar("Choice")


def choose_one(
    label: str,
    options: Sequence[Choice],
    standard: Choice,
    key: str,
    format_func: Callable[[Choice], str] = str,
    help: str | None = None,
) -> Choice:
    """Let the visitor choose one of the options; the choice is in the URL as `key`."""
    chosen = st.segmented_control(
        label,
        options,
        default=standard,
        required=True,
        format_func=format_func,
        key=key,
        bind="query-params",
        help=help,
        wrap=True,
    )
    # a link with an empty `key=` clears the choice, required or not
    return standard if chosen is None else chosen


def choose_along(
    label: str,
    options: Sequence[Choice],
    standard: Choice,
    key: str,
    format_func: Callable[[Choice], str] = str,
    width: int = 320,
) -> Choice:
    """Let the visitor choose on a slider, `width` pixels long; the choice is in the URL as `key`."""
    return st.select_slider(
        label, options, standard, format_func=format_func, key=key, bind="query-params", width=width
    )
