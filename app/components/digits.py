"""Choosing test digits: one, or several, at random or by number; the choice is in the URL."""

from __future__ import annotations

import random

import numpy as np
import streamlit as st

from ae.errors import InputError
from app import resources

LARGEST = 8
FIRST_DIGIT = 61
FIRST_DIGITS = (15, 61, 17, 12, 21)  # a 5, an 8, a 7, a 9 and a 6: the ones that small codes confuse
_ONE, _MANY, _CLASSES = "digit", "digits", "classes"


def choose_digit() -> int:
    """Let the visitor draw a test digit or name it."""
    last = len(resources.digits().labels) - 1
    with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
        digit = st.number_input(
            "Test digit, by number",
            min_value=0,
            max_value=last,
            value=FIRST_DIGIT,
            key=_ONE,
            bind="query-params",
            width=130,
        )
        st.button("Another", icon=":material/casino:", on_click=_draw_another)
    return digit


def _draw_another() -> None:
    st.session_state[_ONE] = random.randrange(len(resources.digits().labels))


def choose_digits() -> tuple[int, ...]:
    """Let the visitor choose several test digits; an unreadable list is explained, and not used."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle, type="primary")
        st.pills(
            "Shuffle among",
            range(10),
            selection_mode="multi",
            wrap=True,
            key=_CLASSES,
            bind="query-params",
            help="Choose classes, such as 5 and 8, to see only these. None chosen means all ten.",
        )
        text = st.text_input(
            "Test digits, by number",
            value=", ".join(map(str, FIRST_DIGITS)),
            key=_MANY,
            bind="query-params",
            width=300,
            help=f"Up to {LARGEST} numbers from 0 to 9999, with commas between them.",
        )
    try:
        return parse_ids(text, count=len(resources.digits().labels))
    except InputError as error:
        shown = ", ".join(map(str, FIRST_DIGITS))
        st.warning(f"{error} Showing {shown} instead.", icon=":material/edit:")
        return FIRST_DIGITS


def parse_ids(text: str, count: int) -> tuple[int, ...]:
    """Ids from `3, 14, 15`, each below `count`. Raises InputError that says what to type instead."""
    words = text.replace(",", " ").split()
    if not words or len(words) > LARGEST:
        raise InputError(f"Test digits: give 1 to {LARGEST} numbers, such as 3, 14, 159.")
    for word in words:
        if not (word.isascii() and word.isdigit() and int(word) < count):
            raise InputError(f"Test digits: '{word}' is not a whole number from 0 to {count - 1}.")
    return tuple(int(word) for word in words)


def _shuffle() -> None:
    chosen = st.session_state[_CLASSES]
    st.session_state[_MANY] = ", ".join(map(str, random_ids(resources.digits().labels, chosen)))


def random_ids(labels: np.ndarray, classes: list[int]) -> list[int]:
    """Five random rows of `labels`, in order of class when only some classes are asked for."""
    candidates = np.flatnonzero(np.isin(labels, classes)) if classes else np.arange(len(labels))
    picked = random.sample(candidates.tolist(), len(FIRST_DIGITS))
    return sorted(picked, key=lambda row: labels[row]) if classes else picked


def name_of(digit: int) -> str:
    """A test digit in words: its number and its class."""
    label = resources.digits().labels[digit]
    return f"test digit {digit}, {'an' if label == 8 else 'a'} {label}"
