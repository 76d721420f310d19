"""Whether maintainers see how the lab does."""

from __future__ import annotations

import streamlit as st

from ae.errors import AeError
from app import resources


def status_pages() -> list[st.Page]:
    """The status page, where `AE_STATUS` asks for it."""
    try:
        is_wanted = resources.current_settings().status_page
    except AeError:  # told where the settings are used
        return []
    return [st.Page("app/pages/status.py", title="Status", icon=":material/monitoring:")] if is_wanted else []
