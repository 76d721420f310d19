"""Charts and pictures on a page, always with a description for those who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app import charts
from app.components.pictures import Row, enlarged, table_png
from app.resources import Passage

DIGIT_WIDTH, CODE_WIDTH, CODE_HEIGHT = 168, 480, 280  # pixels


def show_chart(figure: go.Figure, alt: str, name: str) -> None:
    """Draw a figure; the camera in its corner saves it as `name`.png."""
    config = {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }
    st.plotly_chart(figure, config=config, alt=alt, key=name)


def show_table_of_digits(rows: Sequence[Row], alt: str, name: str) -> None:
    """Draw rows of digits as one picture that can be downloaded."""
    draw_table_of_digits(rows, alt, width=640)
    st.download_button(
        "Save as PNG",
        data=lambda: table_png(rows, "#ffffff"),
        file_name=f"{name}.png",
        mime="image/png",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def draw_table_of_digits(rows: Sequence[Row], alt: str, width: int) -> None:
    """Draw rows of digits as one picture, so many pixels wide."""
    st.image(_table_png(rows), alt=alt, width=width)


@st.cache_data(max_entries=64, show_spinner=False)
def _table_png(rows: Sequence[Row]) -> bytes:
    return table_png(rows)


def show_digit(image: np.ndarray, caption: str, alt: str) -> None:
    """Draw one digit (28, 28) in 0..1, small enough that two stand side by side on a phone."""
    st.image(enlarged(image, 12), caption=caption, alt=alt, width=DIGIT_WIDTH)


def show_passage(image: np.ndarray, result: Passage | None, what: str) -> None:
    """The one picture of an autoencoder: a digit (28, 28), what comes back, and its code as bars.

    `result` is the passage of this digit alone, None while it is awaited: its room is kept. `what` names the
    digit.
    """
    with st.container(horizontal=True, gap="small"):
        with st.container(width=DIGIT_WIDTH):
            st.markdown(f"**Input** :gray[{image.size} pixels]")
            show_digit(image, what.capitalize(), f"Input: {what}")
        with st.container(width=DIGIT_WIDTH):
            st.markdown(f"**Output** :gray[{image.size} pixels]")
            if result is None:
                show_digit(np.zeros_like(image), "Loading the model", "Nothing yet")
            else:
                show_digit(result.output[0], f"Squared error {result.mse[0]:.4f}", f"Output for {what}")
        with st.container(width=CODE_WIDTH, height="content" if result else CODE_HEIGHT):
            if result is not None:
                show_code(result.code[0], what)


def show_code(code: np.ndarray, what: str) -> None:
    """The code of the digit called `what` as bars."""
    st.markdown(f"**Code** :gray[{len(code)} numbers, all that the output is made from]")
    values = ", ".join(f"{value:.1f}" for value in code)
    show_chart(charts.code_bars(code), f"Bar chart of the code of {what}: {values}", "code")
