"""The viewer of a page before and after cleaning: a slider, zoom and pan at full size, rectangles to keep.

`data` of the widget: `page`, a text that is another one for another page; `levels`, as `document_pyramid`
makes them, with addresses in place of files; `alt`; `regions`, rectangles in pixels of the page; `can_keep`.
It answers with the trigger `region`: a rectangle, and the page that it was drawn on.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def _text(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


before_after = st.components.v2.component(
    "before_after",
    html=_text("before_after.html"),
    css=_text("before_after.css"),
    js=_text("tiles.js", "before_after.js", "gestures.js"),
)
