"""Cleaning while the visitor watches: progress, a way to stop, and results that are never computed twice."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from ae.errors import AeError
from app import resources
from app.components.document_text import plain
from app.components.document_tray import Document

_STORE, _STOPPED = "documents_results", "documents_stopped"
_LARGEST_STORE = 300_000_000  # bytes of PNG files kept in a session beside those on the screen


@dataclass(frozen=True)
class Cleaned:
    """The result for one document: its PNG file, the seconds from decoded to cleaned pixels, and on what."""

    document: Document
    png: bytes = field(repr=False)
    seconds: float
    device: str
    key: str


@dataclass(frozen=True)
class Failed:
    """A document that could not be cleaned, and why."""

    document: Document
    problem: str
    key: str


Result = Cleaned | Failed


def clean_all(documents: Sequence[Document], name: str, device: str) -> list[Cleaned]:
    """Clean what is not yet clean and return the results; failures get a message here.

    A click on the page interrupts the work between two tiles; what is finished is kept. Raises AeError when
    the cleaner cannot be had.
    """
    cleaner_label = f"{name} {device}"
    store: OrderedDict[str, Result] = st.session_state.setdefault(_STORE, OrderedDict())
    keys = [f"{document.digest} {document.name} {cleaner_label}" for document in documents]
    missing = [(key, document) for key, document in zip(keys, documents, strict=True) if key not in store]
    if missing and not _is_stopped(missing[0][0], len(documents) - len(missing), len(documents)):
        resources.page_cleaner(name, device)
        _clean_missing(missing, name, device, store)
    results = [store[key] for key in keys if key in store]
    _trim(store, keys)
    for result in results:
        if isinstance(result, Failed):
            st.error(plain(result.problem), icon=":material/error:")
    return [result for result in results if isinstance(result, Cleaned)]


def _is_stopped(first: str, done: int, count: int) -> bool:
    """Whether the visitor stopped just this work; says so and offers to go on."""
    if st.session_state.get(_STOPPED) != first:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"Stopped: {done} of {count} {_pages(count)} clean.", icon=":material/stop_circle:", width=320
        )
        st.button("Go on", icon=":material/play_arrow:", on_click=_go_on)
    return True


def _go_on() -> None:
    st.session_state.pop(_STOPPED, None)


def _stop(missing: list[str]) -> None:
    """Remember where the work stopped: at the first page that has no result."""
    store = st.session_state[_STORE]
    st.session_state[_STOPPED] = next((key for key in missing if key not in store), None)


def _clean_missing(
    missing: list[tuple[str, Document]], name: str, device: str, store: OrderedDict[str, Result]
) -> None:
    place = st.empty()
    with place.container(border=True):
        bar = st.progress(0.0, text="Starting")
        st.button(
            "Stop cleaning",
            icon=":material/stop_circle:",
            on_click=_stop,
            args=([key for key, _ in missing],),
        )
    for number, (key, document) in enumerate(missing, start=1):
        which = plain(document.name) + (f" ({number} of {len(missing)})" if len(missing) > 1 else "")
        store[key] = _clean_one(key, document, name, device, _Reporter(bar, which))
    place.empty()


class _Reporter:
    """Shows the share done. Streamlit ends the script inside `progress` when the visitor clicks anything."""

    def __init__(self, bar: st.delta_generator.DeltaGenerator, what: str) -> None:
        self._bar, self._what = bar, what
        self._started = time.perf_counter()

    def __call__(self, share: float) -> None:
        left = (time.perf_counter() - self._started) * (1 - share) / share if share > 0 else 0.0
        remaining = f", about {left:.0f} s left" if 0 < share < 1 and left >= 1 else ""
        self._bar.progress(min(share, 1.0), text=f"Cleaning {self._what}: {share:.0%}{remaining}")


def _clean_one(key: str, document: Document, name: str, device: str, report: _Reporter) -> Result:
    cleaner = resources.page_cleaner(name, device)
    try:
        page = resources.document_page(document.digest, document.name, document.data)
        report(0.0)
        started = time.perf_counter()
        clean = cleaner.clean(page, progress=report)
        seconds = time.perf_counter() - started
        return Cleaned(document, resources.document_png(clean), seconds, cleaner.device.type, key)
    except AeError as error:
        return Failed(document, str(error), key)
    except Exception as error:  # whatever a strange page does to the libraries: the other pages go on
        reason = str(error).splitlines()[0] if str(error) else "not enough memory"
        return Failed(document, f"{document.name}: cleaning failed ({reason}); try a smaller page", key)


def _trim(store: OrderedDict[str, Result], in_use: Sequence[str]) -> None:
    """Drop the oldest results that are not on the screen until the rest is small enough."""
    for key in in_use:
        if key in store:
            store.move_to_end(key)
    size = sum(len(result.png) for result in store.values() if isinstance(result, Cleaned))
    for key in list(store):
        if size <= _LARGEST_STORE or key in in_use:
            return
        dropped = store.pop(key)
        size -= len(dropped.png) if isinstance(dropped, Cleaned) else 0


def _pages(count: int) -> str:
    return "page is" if count == 1 else "pages are"
