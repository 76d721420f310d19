"""Widgets of our own: a page, a style and scripts that lie in the folder of their Python module."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def widget(module: str, html: str, css: str, *scripts: str) -> ComponentRenderer:
    """The widget of a module, which is given by its `__file__`: called as its folder, scripts joined.

    A script that widgets share is given by its way from that folder.
    """
    here = Path(module).parent

    def read(*names: str) -> str:
        return "\n".join((here / name).read_text(encoding="utf-8") for name in names)

    return st.components.v2.component(here.name, html=read(html), css=read(css), js=read(*scripts))
