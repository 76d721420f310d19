"""What one sees of a cleaned page: before and after, its error, a part of it pixel by pixel, the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from ae.errors import AeError
from app import resources
from app.components import document_pictures as pictures
from app.components.choices import choose_one
from app.components.document_cleaning import Cleaned
from app.components.document_text import facts, plain
from app.components.document_tray import Document

# pixels of the screen; so many fit side by side beside the open sidebar of a screen 1280 wide
_VIEW_OF_TWO, _VIEW_OF_THREE = (368, 272), (228, 172)
_ACROSS, _DOWN, _ZOOM = "across", "down", "zoom"
_PLACED = "documents_placed"
_MILLION = 1_000_000


def before(document: Document) -> np.ndarray:
    """Pixels of the page as it came, uint8 (H, W) or (H, W, 3)."""
    return resources.document_page(document.digest, document.name, document.data).pixels


def after(cleaned: Cleaned) -> np.ndarray:
    """Pixels of the clean page."""
    return resources.document_result(cleaned.key, cleaned.png)


def original(document: Document) -> np.ndarray | None:
    """Pixels of a sample before the dirt; None for an upload, and when the file is gone."""
    if document.sample is None:
        return None
    path = document.sample.clean
    try:
        return resources.document_page(str(path), path.name, resources.file_bytes(path)).pixels
    except AeError:
        return None


def show_before_after(cleaned: Cleaned) -> None:
    """The whole page twice: side by side, or one below the other where the screen is narrow."""
    # captions stand below the pictures: one inside `st.image` stretches a page that is narrower than it
    document = cleaned.document
    left, right = st.columns(2, gap="medium")
    with left:
        _show_dirty(document)
    with right, st.container(border=True):
        st.markdown("**After**")
        st.image(
            _preview(cleaned.key, lambda: after(cleaned)),
            alt=f"The page {document.name} after cleaning",
        )
        st.caption(f"Same size, same resolution · {cleaned.seconds:.1f} s on {cleaned.device.upper()}")


def show_before(document: Document) -> None:
    """The dirty page alone, while there is nothing to compare it with."""
    with st.columns(2, gap="medium")[0]:
        _show_dirty(document)


def _show_dirty(document: Document) -> None:
    with st.container(border=True):
        st.markdown("**Before**")
        st.image(
            _preview(document.digest, lambda: before(document)),
            alt=f"The dirty page {document.name}",
        )
        st.caption(f"{plain(document.name)} · {facts(document)}")


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def _preview(key: str, _load: Callable[[], np.ndarray]) -> bytes:
    return pictures.preview(_load())


def show_error(cleaned: Cleaned) -> None:
    """How far a sample is from its clean original, before and after."""
    truth = original(cleaned.document)
    if truth is None:
        return
    dirty = _rmse(cleaned.document.digest, before(cleaned.document), truth)
    clean = _rmse(cleaned.key, after(cleaned), truth)
    with st.container(horizontal=True):
        st.metric(
            "RMSE to the clean original",
            f"{clean:.3f}",
            f"{clean - dirty:+.3f}",
            delta_color="inverse",
            delta_description=f"from {dirty:.3f}",
            help="Root of the mean squared error of all pixels, black 0 to white 1. Lower is better.",
            width=250,
        )
        st.metric(
            "PSNR",
            f"{_decibels(clean):.1f} dB",
            f"{_decibels(clean) - _decibels(dirty):+.1f} dB",
            delta_description=f"from {_decibels(dirty):.1f} dB",
            help="The same error in decibels: 20 dB more is a tenth of the RMSE. Higher is better.",
            width=250,
        )


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def _rmse(key: str, _page: np.ndarray, _truth: np.ndarray) -> float:
    return resources.document_error(_page, _truth)


def _decibels(rmse: float) -> float:
    return resources.psnr(rmse**2)


@st.fragment
def show_up_close(cleaned: Cleaned) -> None:
    """A part of the page, chosen by the visitor: dirty, as it should be (for a sample), and clean."""
    dirty, truth, clean = before(cleaned.document), original(cleaned.document), after(cleaned)
    screen = _VIEW_OF_TWO if truth is None else _VIEW_OF_THREE
    _place_once(cleaned, dirty, clean, screen)
    zoom, window = _choose_window(dirty, screen)
    views = {"Dirty": dirty, "Clean original": truth, "Output": clean}
    with st.container(horizontal=True):
        for label, pixels in views.items():
            if pixels is not None:
                _show_window(label, window.cut(pixels), zoom)


def _choose_window(page: np.ndarray, screen: tuple[int, int]) -> tuple[int, pictures.Window]:
    """Let the visitor say where to look and how close; both are in the URL."""
    size, horizontal, vertical, map_ = st.columns([3, 4, 4, 2], gap="medium")
    with size:
        zoom = choose_one(
            "Size of a pixel",
            (1, 2, 4),
            1,
            _ZOOM,
            lambda zoom: f"{zoom}:1",
            help="1:1 draws each pixel of the page as one pixel of the screen.",
        )
    across = horizontal.slider("From left to right", 0, 100, format="%d %%", key=_ACROSS, bind="query-params")
    down = vertical.slider("From top to bottom", 0, 100, format="%d %%", key=_DOWN, bind="query-params")
    window = pictures.window_at(page.shape, across, down, screen[0] // zoom, screen[1] // zoom)
    map_.image(pictures.locator(page, window), alt=f"The part lies {across} % across and {down} % down")
    return zoom, window


def _show_window(label: str, pixels: np.ndarray, zoom: int) -> None:
    with st.container(border=True, width="content"):
        st.image(
            pictures.enlarged(pixels, zoom),
            alt=f"{label}: a part of the page, every pixel drawn {zoom} times as large",
        )
        st.caption(label)


def _place_once(cleaned: Cleaned, dirty: np.ndarray, clean: np.ndarray, screen: tuple[int, int]) -> None:
    """Start a new page where most was changed, unless a link says where to look."""
    document, first = cleaned.document.digest, _PLACED not in st.session_state
    if st.session_state.get(_PLACED) == document and _ACROSS in st.session_state:
        return
    st.session_state[_PLACED] = document
    if first and (_ACROSS in st.query_params or _DOWN in st.query_params):
        return
    st.session_state[_ACROSS], st.session_state[_DOWN] = pictures.busiest_place(dirty, clean, *screen)


def show_downloads(shown: Cleaned, cleaned: Sequence[Cleaned]) -> None:
    """A button for the page on the screen and, when there are several, for all together and for each."""
    names = pictures.result_names(result.document.name for result in cleaned)
    with st.container(horizontal=True):
        _download("Download PNG", names[cleaned.index(shown)], shown, "primary")
        if len(cleaned) > 1:
            st.download_button(
                f"Download all {len(cleaned)} as ZIP",
                data=lambda: pictures.zip_of(zip(names, (result.png for result in cleaned), strict=True)),
                file_name="clean-pages.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                on_click="ignore",
            )
    if len(cleaned) > 1:
        with st.expander("Every page", icon=":material/list:"):
            for name, result in zip(names, cleaned, strict=True):
                _show_row(name, result)


def _show_row(name: str, result: Cleaned) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            f"{plain(result.document.name)} :gray[· {facts(result.document)}, {result.seconds:.1f} s]",
            width="content",
        )
        _download("PNG", name, result, "tertiary")


def _download(label: str, name: str, result: Cleaned, kind: str) -> None:
    st.download_button(
        label,
        data=result.png,
        file_name=name,
        mime="image/png",
        icon=":material/download:",
        type=kind,
        on_click="ignore",
        key=f"download {label} {result.key}",
        help=f"{plain(name)}, {len(result.png) / _MILLION:.1f} MB",
    )
