"""The command line that does the same as the page."""

from __future__ import annotations

import streamlit as st

from ae.documents.kinds import suffix_for
from app.components.document_entry import Entry, Run
from app.components.document_text import quoted


def show_command(entry: Entry, run: Run) -> None:
    """The command for the document on the screen."""
    st.code(command(entry, run), language="bash", wrap_lines=True)
    st.caption(
        "It writes the same file: the app and the command share one cleaner. For many documents name them"
        " all, or a folder, and give a folder, `all.pdf` or `all.zip` behind `-o`."
    )


def command(entry: Entry, run: Run) -> str:
    """The command; what is as usual is left out."""
    source = f"pretrained/samples/{entry.name}" if entry.sample else quoted(entry.path.name)
    target = quoted(f"{entry.path.stem}-clean{_suffix(entry, run)}")
    return " ".join(["python -m ae clean", source, "-o", target, *_flags(run)])


def _suffix(entry: Entry, run: Run) -> str:
    if run.files:
        return run.files[0][0].suffix
    kind = run.order.choices.kind
    return suffix_for(kind, entry.path.name) if kind else entry.path.suffix


def _flags(run: Run) -> list[str]:
    order, choices = run.order, run.order.choices
    flags = [f"--model {choices.model}"] if choices.model != "page" else []
    if choices.strength < 1:
        flags.append(f"--strength {choices.strength:g}")
    flags += [f"--{choices.colour}"] if choices.colour else []
    flags += ["--best"] if choices.best else []
    flags += ["--invert"] if choices.invert else []
    for number, boxes in order.boxes:
        flags += [f"--keep {number}:{','.join(map(str, box))}" for box in boxes]
    flags += [f"--ocr {choices.languages}"] if choices.languages else []
    flags += [f"--dpi {choices.dpi:g}"] if choices.dpi else []
    flags += ["--password ..."] if order.password else []
    return flags
