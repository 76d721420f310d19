"""What Tesseract reads on a page before and after cleaning, with the differences marked."""

from __future__ import annotations

import streamlit as st

from app.components import document_resources as door
from app.components.document_choices import NO_OCR
from app.components.document_entry import Entry, Run
from app.components.document_text import plain

_AROUND = 6  # words that are shown on each side of a difference


def show_reading(entry: Entry, number: int, run: Run) -> None:
    """Confidence and text of the page on the screen, or how to get them."""
    if not door.ocr_languages():
        st.info(NO_OCR, icon=":material/text_fields:")
        return
    if not run.order.choices.languages:
        st.info("Choose a language at *More*, *Read text in*.", icon=":material/text_fields:")
        return
    outcome = entry.outcomes.get(number)
    done = outcome.done if outcome and (entry.key, number) in run.done else None
    if done is None or done.before is None or done.after is None:
        st.caption("This page has not been read yet." if not run.is_over else "This page was not read.")
        return
    before, after = done.before, done.after
    with st.container(horizontal=True):
        st.metric(
            "Confidence",
            f"{after.confidence:.0f} %",
            f"{after.confidence - before.confidence:+.1f}",
            delta_description=f"from {before.confidence:.0f} %",
            help="Tesseract's own, mean over the letters. It is no error rate.",
            width=220,
        )
        st.metric(
            "Words",
            after.words,
            after.words - before.words,
            delta_color="off",
            delta_description=f"from {before.words}",
            width=220,
        )
    st.markdown(marked(before.text, after.text))
    st.caption("Red was read before cleaning only, green after it only.")


def marked(before: str, after: str) -> str:
    """Markdown of both texts: what differs is marked, long stretches that are alike are left out."""
    changes = door.text_differences(before, after)
    if all(change.is_same for change in changes):
        return "Both texts are alike." if before.strip() else "There is no text on this page."
    parts = []
    for change in changes:
        if change.is_same:
            parts.append(_shortened(change.before))
            continue
        if change.before:
            parts.append(f":red-background[{plain(change.before)}]")
        if change.after:
            parts.append(f":green-background[{plain(change.after)}]")
    return " ".join(parts)


def _shortened(text: str) -> str:
    words = text.split()
    if len(words) > 2 * _AROUND + 2:
        words = [*words[:_AROUND], "…", *words[-_AROUND:]]
    return plain(" ".join(words))
