"""The foot of the sidebar: a link to what is on the screen, and what the lab runs."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import streamlit as st

from ae import PRETRAINED, __version__


def show_share() -> None:
    """Draw the foot; the router calls it once for all pages."""
    with st.sidebar:
        _offer_link()
        st.caption(about())


@st.fragment
def _offer_link() -> None:
    """The link is made when it is asked for, since choices change it."""
    with st.popover(
        "Copy link", icon=":material/link:", type="tertiary", on_change="rerun", key="share"
    ) as box:
        if box.open:
            st.code(link(), language=None, wrap_lines=True)
            st.caption("Opens this page with the same choices. Your files are not in it.")


def link() -> str:
    """The address of the page with the visitor's choices."""
    choices = urlencode([(key, text) for key in st.query_params for text in st.query_params.get_all(key)])
    address = st.context.url or ""
    return f"{address}?{choices}" if choices else address


def about() -> str:
    """Which version and weights the app runs."""
    return f"AE Lab {__version__} · weights {weights_digest()}"


@st.cache_data(show_spinner=False)
def weights_digest() -> str:
    """Eight letters that change with any of the shipped weights, read from their cards."""
    digests = [_digest(path.read_bytes()) for path in sorted(PRETRAINED.glob("*/card.json"))]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:8] if digests else "none"


def _digest(card: bytes) -> str:
    try:
        return str(json.loads(card).get("digest"))
    except (ValueError, AttributeError):
        return "damaged"
