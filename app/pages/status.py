"""How the lab does, for those who run it; only where `AE_STATUS` is set. Needs no torch."""

from __future__ import annotations

import os
import time

import streamlit as st

from ae import memory
from app import journal, resources
from app.components.share import about

_EVERY = 2.0  # seconds
_MEGABYTE = 1e3  # kilobytes
_WORDS = {
    "page_cleaned": "Pages cleaned",
    "page_kept": "Pages that could not be cleaned",
    "document_done": "Documents done",
    "document_stopped": "Documents stopped",
    "document_failed": "Documents that failed",
    "queue_full": "Times the queue was full",
    "defect": "Defects",
    "gpu_lost": "Times the GPU was lost",
}


@st.fragment(run_every=_EVERY)
def show_figures() -> None:
    """The queue, memory and visitors now, and what happened since the start."""
    queue = resources.work_queue()
    figures, taken = queue.figures, memory.family_kb(os.getpid())
    with st.container(horizontal=True):
        st.metric("Visitors", len(resources.visitors()))
        st.metric("At work", f"{figures.running} of {queue.workers}")
        st.metric("In the queue", f"{figures.waiting} of {queue.most}")
        st.metric("Memory", f"{taken / _MEGABYTE:,.0f} MB" if taken else "unknown")
        st.metric("Up for", f"{(time.time() - journal.STARTED) / 3600:.1f} h")
    counts = journal.counts()
    st.table({"Since the start": {words: counts.get(event, 0) for event, words in _WORDS.items()}})


st.title("Status")
st.caption(about())
show_figures()
