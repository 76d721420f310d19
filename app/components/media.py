"""Pictures for the project's own widgets, served by Streamlit as it serves those of `st.image`."""

from __future__ import annotations

from streamlit import runtime


def publish(data: bytes, mimetype: str, place: str) -> str:
    """Let the browser fetch a file and return its address, relative to the app's.

    It is served until a run of the page ends without publishing it again. `place` is unique on the page:
    what was published there before is given up.
    """
    return runtime.get_instance().media_file_mgr.add(data, mimetype, place).lstrip("/")
