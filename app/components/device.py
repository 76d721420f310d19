"""Which processor the networks run on: the choice in the sidebar, and what it means on this machine."""

from __future__ import annotations

import streamlit as st

from ae.errors import AeError
from app import resources
from app.components.choices import choose_one

_KEY = "device"
_LABELS = {"auto": "Auto", "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"}


def device_picker() -> None:
    """Draw the choice in the sidebar; the router calls it once for all pages."""
    with st.sidebar:
        try:
            choices, standard = resources.device_choices(), _standard_choice()
        except AeError as error:
            st.error(str(error), icon=":material/error:")
            st.stop()
        if st.session_state.get(_KEY) not in (None, *choices):
            del st.session_state[_KEY]
        choose_one(
            "Device",
            choices,
            standard,
            _KEY,
            _LABELS.__getitem__,
            help="Where the networks run. Auto takes the fastest one that is there.",
        )
        st.caption(f"Running on {resources.describe_device(chosen_device())}")
        if resources.has_lost_gpu():
            st.warning(
                "The GPU stopped working, so networks run on the processor. Start the app again to use it.",
                icon=":material/memory:",
            )


def keep_device() -> None:
    """On a page without networks: the choice is not drawn, and not forgotten either."""
    if _KEY in st.session_state:
        st.session_state[_KEY] = st.session_state[_KEY]


def chosen_device() -> str:
    """The device that pages run on: `cpu`, `cuda` or `mps`."""
    return resources.resolve_device(st.session_state.get(_KEY) or _standard_choice())


def _standard_choice() -> str:
    """What the settings ask for. Raises AeError when this machine does not have it."""
    choice = resources.current_settings().device
    resources.resolve_device(choice)
    return choice
