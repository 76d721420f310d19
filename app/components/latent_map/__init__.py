"""The map of the codes: a widget that picks, decodes and draws in the browser.

Python offers the digits and the model as files, which the browser fetches once; the widget sends back what a
link has to carry, and drawings, which Python encodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.charts import CLASS_COLOURS
from app.components.latent_map.drawing import keep_drawing, take_drawing
from app.components.latent_map.payload import Blob, digits_blob, map_kinds, model_blob, places_blob
from app.components.media import publish
from app.components.widget import widget

__all__ = ["LINK", "MapOf", "latent_map", "map_kinds"]

LINK = ("at", "at2", "pins", "hide", "show", "path", "grid", "random")  # of a link, beside the model
_SCRIPTS = (
    "store", "decoder", "numbers", "view", "points", "overlay", "gestures", "dom", "panel",
    "../drawing_board/pen", "pad", "state", "map", "pair", "feeding", "picture", "widget",
)  # fmt: skip
_KEY = "latent-map"
_LONGEST = 200  # letters of a part of a link

_widget = widget(__file__, "map.html", "map.css", *(f"{name}.js" for name in _SCRIPTS))


@dataclass(frozen=True)
class MapOf:
    """Which map is shown: the weights, and the `kind` of map: `code`, `pca`, `tsne` or `umap`.

    `heading` stands over a map that has another beside it; `why` is said below the map; `sampling` tells
    where random codes come from.
    """

    name: str
    kind: str
    heading: str
    why: str
    sampling: str

    @property
    def title(self) -> str:
        """Name of the map in saved pictures and files: that of the weights, and the kind if it is no code."""
        return self.name if self.kind == "code" else f"{self.name}-{self.kind}"


@st.fragment
def latent_map(shown: MapOf, device: str, beside: MapOf | None = None) -> None:
    """Draw the map; what was done on it comes back into the link. Raises WeightsError, DataError.

    A map `beside` it follows: it marks the digit that is pointed at, and has the same classes, pins and
    selection.
    """
    memory = _memory(shown.name, device, layout="one" if beside is None else "two")
    if beside is None:
        _draw(_KEY, shown, device, memory)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{shown.heading}**")
        _draw(_KEY, shown, device, memory)
    with right:
        st.markdown(f"**{beside.heading}**")
        seen = {"at": memory["open"].get("at2", "")}
        _draw(f"{_KEY}-beside", beside, device, {"follows": True, "open": seen})


def _draw(key: str, shown: MapOf, device: str, more: dict[str, Any]) -> None:
    blobs = {
        "places": places_blob(shown.name, device, shown.kind),
        "digits": digits_blob(),
        "model": model_blob(shown.name, device),
    }
    _widget(
        key=key,
        data={
            **_data(shown),
            "blobs": {kind: _offer(blob, f"{key}-{kind}") for kind, blob in blobs.items()},
            **more,
        },
        on_link_change=_follow,
        on_drawing_change=_keep_drawing,
    )


def _offer(blob: Blob, place: str) -> dict[str, str]:
    """Where the browser finds a file that it lacks."""
    return {"name": blob.name, "address": publish(blob.content, "application/gzip", place)}


def _data(shown: MapOf) -> dict[str, Any]:
    """The small state of the widget."""
    axes = {"code": ("code number 1", "code number 2"), "pca": ("first component", "second component")}
    return {
        "title": shown.title,
        "decodes": shown.kind == "code",
        "projected": shown.kind != "code",
        "axes": axes.get(shown.kind),
        "why": shown.why,
        "sampling": shown.sampling,
        "colours": CLASS_COLOURS,
        "follows": False,
        "open": {},
        "drawing": None,
    }


def _memory(name: str, device: str, layout: str) -> dict[str, Any]:
    """What the map is to open with, and the visitor's drawing."""
    drawing = take_drawing(name, device)
    return {"open": _open(layout), "drawing": drawing and drawing.as_data()}


def _open(layout: str) -> dict[str, str]:
    """What the link asks for when the map comes onto the page; without a link, what was there when it left.

    It stays the same while the widget is there, which then owns its state: Streamlit has nothing to send. In
    another layout the widget is a new one.
    """
    if _KEY not in st.session_state or st.session_state.get(f"{_KEY}-layout") != layout:
        given = {key: st.query_params[key][:_LONGEST] for key in LINK if key in st.query_params}
        if not given and "digit" in st.query_params:  # a link from before there were pins
            given = {"pins": st.query_params["digit"]}
        elif not given:
            given = st.session_state.get(f"{_KEY}-left", {})
            if given:
                st.query_params.update(given)
        if layout == "one":  # what was seen of a map that is gone means nothing on another one
            given = {key: text for key, text in given.items() if key != "at2"}
        st.session_state[f"{_KEY}-open"] = st.session_state[f"{_KEY}-left"] = given
        st.session_state[f"{_KEY}-layout"] = layout
    return st.session_state[f"{_KEY}-open"]


def _follow() -> None:
    """Write what was done on the map into the address."""
    link = st.session_state[_KEY].get("link") or {}
    texts = {key: text[:_LONGEST] for key in LINK if (text := str(link.get(key) or ""))}
    st.session_state[f"{_KEY}-left"] = texts
    for key in set(LINK) - set(texts):
        st.query_params.pop(key, None)
    st.query_params.update(texts)


def _keep_drawing() -> None:
    """Remember the drawing; the next run encodes it."""
    keep_drawing(st.session_state[_KEY].get("drawing"))
