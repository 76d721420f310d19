"""A strip of pages with thumbnails, of which the visitor picks one.

`data` of the widget: `pages`, each with `key`, `label`, `alt`, `picture` (an address, or empty), `icon` (a
Material name, shown in place of a picture) and `flag` (needs a look); `chosen`, a key. It answers with the
trigger `pick`: a key.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

page_strip = st.components.v2.component(
    "page_strip",
    html=(_HERE / "page_strip.html").read_text(encoding="utf-8"),
    css=(_HERE / "page_strip.css").read_text(encoding="utf-8"),
    js=(_HERE / "page_strip.js").read_text(encoding="utf-8"),
)
