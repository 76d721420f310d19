"""A digit drawn by the visitor: made to look like MNIST's, and encoded by the model that is shown."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from app import resources

_KEY = "drawn-digit"
_LARGEST = 512  # pixels of a drawing's side


@dataclass(frozen=True)
class Drawing:
    """`token` tells one drawing from the next; `image` float32 (28, 28) in 0..1; `code` float32 (k,)."""

    token: int
    image: np.ndarray
    code: np.ndarray

    def as_data(self) -> dict[str, Any]:
        """Plain values for the browser."""
        pixels = np.rint(self.image * 255).astype(np.uint8)
        return {
            "token": self.token,
            "pixels": base64.b64encode(pixels.tobytes()).decode(),
            "code": [float(value) for value in self.code],
        }


def keep_drawing(sent: object) -> None:
    """Remember what the widget sent: side and grey values of a square drawing. What is not one is ignored."""
    grey = _grey(sent)
    if grey is None:
        return
    from ae.data.drawing import as_digit

    digit = as_digit(grey)
    if digit is not None:
        before = st.session_state.get(_KEY)
        st.session_state[_KEY] = (before[0] + 1 if before else 1, digit)


def forget_drawing() -> None:
    """There is no drawing any more."""
    st.session_state.pop(_KEY, None)


def _grey(sent: object) -> np.ndarray | None:
    """The drawing as float32 (side, side) in 0..1, white on black."""
    if (
        not isinstance(sent, dict)
        or not isinstance(sent.get("side"), int)
        or not 1 <= sent["side"] <= _LARGEST
    ):
        return None
    try:
        values = np.frombuffer(base64.b64decode(str(sent.get("pixels")), validate=True), np.uint8)
    except (binascii.Error, ValueError):
        return None
    side = sent["side"]
    return values.reshape(side, side).astype(np.float32) / 255 if len(values) == side**2 else None


def take_drawing(name: str, device: str) -> Drawing | None:
    """The visitor's last drawing with its code by the named model. Raises WeightsError."""
    if _KEY not in st.session_state:
        return None
    token, image = st.session_state[_KEY]
    return Drawing(token, image, resources.encoded(name, device, image))
