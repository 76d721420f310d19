"""Small tables that a phone shows whole: plain, since buttons of `st.dataframe` cover what is above."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st


def show_table(
    columns: Mapping[str, Sequence[object]],
    alt: str,
    formats: Mapping[str, str | Callable[[float], str]] | None = None,
    height: int | Literal["content"] = "content",
) -> None:
    """Draw columns side by side; `formats` say how numbers are written, such as `{:.4f}`; None is a dash."""
    from pandas import DataFrame

    frame = DataFrame(columns)
    st.table(
        frame.style.format(formats, na_rep="–"), border="horizontal", hide_index=True, height=height, alt=alt
    )
