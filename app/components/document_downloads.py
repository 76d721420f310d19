"""What the visitor takes home: the document on the screen, and all of them in one file."""

from __future__ import annotations

import io
import mimetypes
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from ae.documents.kinds import kind_of_name
from ae.words import size
from app.components.document_desk import Desk
from app.components.document_entry import Entry, Run
from app.components.document_text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_PART = ", as far as it is done"


def show_all_downloads(desk: Desk, entries: Sequence[Entry], join: Callable[[], None]) -> None:
    """Buttons for all documents together, when there are several."""
    runs = [entry.run for entry in entries if entry.run]
    done = [run for run in runs if run.files]
    if len(done) < 2:
        return
    files = [file for run in done for file in run.files]
    is_whole = all(run.state in ("done", "failed") for run in runs)
    label = "All as ZIP" if is_whole else f"All as ZIP{_PART}"
    with st.container(horizontal=True, vertical_alignment="center"):
        _download(label, "clean.zip", zip_of(files), "all", f"{len(files)} files", "primary")
        _show_joined(desk.joined, len(done), join)


def show_download(entries: Sequence[Entry], shown: Entry) -> None:
    """A button for the document on the screen, with sizes; among several it is not what most came for."""
    if shown.run and shown.run.files:
        is_alone = sum(not entry.has_failed for entry in entries) < 2
        with st.container(horizontal=True, vertical_alignment="center"):
            _show_own(shown, shown.run, "primary" if is_alone else "secondary")


def _show_own(entry: Entry, run: Run, look: str) -> None:
    name, data = run.files[0]
    stem, kind = entry.path.stem, (kind_of_name(name.name) or name.suffix[1:]).upper()
    about = f"{size(len(entry.data))} → {size(run.size)}"
    if len(run.files) == 1:
        label, result = f"Download {kind}", lambda: data
        target = f"{stem}-clean{name.suffix}"
    else:
        label, result = f"Download {len(run.files)} {kind} as ZIP", zip_of(run.files)
        target = f"{stem}-clean.zip"
    _download(label + _as_far_as(run), target, result, entry.key, about, look)
    st.markdown(f":gray[{about}]", width="content")


def _as_far_as(run: Run) -> str:
    return _PART if run.state == "stopped" else ""


def _show_joined(run: Run | None, documents: int, join: Callable[[], None]) -> None:
    """One PDF of everything is made when it is asked for."""
    if run and run.files:
        _download(
            "One PDF of all" + _as_far_as(run), "clean.pdf", lambda: run.files[0][1], "joined", size(run.size)
        )
    elif run and run.state == "failed":
        st.error(plain(run.problem) or "There is nothing to put into a PDF.", icon=":material/error:")
    else:
        is_being_made = run is not None and not run.is_over
        st.button(
            "One PDF of all: being made" if is_being_made else "One PDF of all",
            icon=":material/picture_as_pdf:",
            on_click=join,
            disabled=is_being_made,
            help=f"Puts the pages of {documents} documents into one file.",
        )


def _download(
    label: str, name: str, data: Callable[[], bytes], key: str, about: str, kind: str = "secondary"
) -> None:
    st.download_button(
        label,
        data=data,
        file_name=name,
        mime=mimetypes.guess_type(name)[0] or "application/octet-stream",
        icon=":material/download:",
        type=kind,
        on_click="ignore",
        key=f"documents_download_{key}",
        help=f"{plain(name)}, {about}",
    )


def zip_of(files: Iterable[tuple[PurePath, bytes]]) -> Callable[[], bytes]:
    """Packs named files when it is called, without a second compression."""

    def pack() -> bytes:
        buffer = io.BytesIO()
        taken: set[str] = set()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name, data in files:
                archive.writestr(_unused(name, taken), data)
        return buffer.getvalue()

    return pack


def _unused(name: PurePath, taken: set[str]) -> str:
    found, number = name, 1
    while found.as_posix().lower() in taken:
        number += 1
        found = name.with_name(f"{name.stem}-{number}{name.suffix}")
    taken.add(found.as_posix().lower())
    return found.as_posix()
