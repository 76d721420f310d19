"""How documents come onto the desk: a sample, files, a folder, or a photograph."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

import streamlit as st

from ae.documents.kinds import kind_of_name
from ae.errors import AeError
from app import resources
from app.components import document_resources as door
from app.components.choices import choose_one
from app.components.document_desk import Desk
from app.components.document_entry import Entry
from app.components.document_text import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from ae.data.samples import Sample

YOURS = "yours"
_WAYS = ("Files", "Folder", "Camera")
# documents by the ids of the files in an uploader; whether the visitor, and no page switch, changed it
_LISTED, _CHANGED, _PROBLEMS, _PHOTOS = (
    f"documents_{word}" for word in ("listed", "changed", "problems", "photos")
)


def choose_documents(desk: Desk) -> list[Entry]:
    """Let the visitor take a sample page or bring documents; the choice is in the URL."""
    samples = {sample.name: sample for sample in _known_samples()}
    with st.container(horizontal=True, gap="medium"):
        chosen = choose_one(
            "Page",
            [*samples, YOURS],
            next(iter(samples), YOURS),
            "document",
            lambda name: samples[name].title if name in samples else "Your own pages",
        )
        way = choose_one("Take them from", _WAYS, "Files", "bring") if chosen == YOURS else ""
    if way:
        _bring(desk, way)
        return [entry for entry in desk.entries.values() if entry.sample is None]
    sample = samples[chosen]
    st.caption(sample.about)
    try:
        return [desk.add(sample.dirty.name, door.file_bytes(sample.dirty), sample)]
    except AeError as error:
        st.error(str(error), icon=":material/broken_image:")
        return []


def _known_samples() -> list[Sample]:
    try:
        return door.sample_pages()
    except AeError as error:
        st.warning(str(error), icon=":material/report:")
        return []


def _bring(desk: Desk, way: str) -> None:
    if way == "Camera":
        _photograph(desk)
    else:
        _upload(desk, "directory" if way == "Folder" else True)
    st.caption(
        "Your pages go to the machine that runs this app and to no other; it holds them in memory, and they"
        " are gone with your session."
    )
    for problem in st.session_state.get(_PROBLEMS, ()):
        st.warning(plain(problem), icon=":material/block:")


def _upload(desk: Desk, many: Literal["directory", True]) -> None:
    limits = resources.current_settings()
    what = "Folder of pages" if many == "directory" else "Pages to clean"
    files = st.file_uploader(
        f"{what}: PDF, TIFF, HEIC, JPEG, PNG",
        accept_multiple_files=many,
        max_upload_size=limits.max_upload_mb,
        key=f"documents_upload_{many}",
        on_change=_note_change,
        help="WebP, AVIF and others, too; all are known by their content. Files of more than"
        f" {limits.max_upload_mb} MB turn red and are left out; a page may have up to"
        f" {limits.max_megapixels} megapixels.",
    )
    _follow(desk, files, is_folder=many == "directory")


def _note_change() -> None:
    st.session_state[_CHANGED] = True


def _follow(desk: Desk, files: list[UploadedFile], is_folder: bool) -> None:
    """Take what is new in the uploader, and drop what the visitor took out of it.

    When it is empty and nobody emptied it, the visitor was elsewhere: what was in it stays on the desk.
    """
    listed: dict[str, str] = st.session_state.setdefault(_LISTED, {})
    if st.session_state.pop(_CHANGED, False):
        st.session_state[_PROBLEMS] = _take(desk, files, listed, is_folder)
        for file_id in set(listed) - {file.file_id for file in files}:
            key = listed.pop(file_id)
            if key not in listed.values():
                desk.remove(key)
    elif not files:
        listed.clear()


def _take(desk: Desk, files: list[UploadedFile], listed: dict[str, str], is_folder: bool) -> list[str]:
    problems, strangers = [], []
    for file in files:
        if file.file_id in listed:
            continue
        if is_folder and not kind_of_name(file.name):
            strangers.append(file.name)
        elif problem := desk.problem_with(file.size):
            problems.append(f"{file.name}: {problem}")
        else:
            listed[file.file_id] = desk.add(file.name, file.getvalue()).key
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        problems.append(f"Left out, since it is no document: {strangers[0]}{more}")
    return problems


def _photograph(desk: Desk) -> None:
    photo = st.camera_input("A photograph of a page", key="documents_camera", width=640)
    taken: list[str] = st.session_state.setdefault(_PHOTOS, [])
    if photo and photo.file_id not in taken:
        taken.append(photo.file_id)
        if problem := desk.problem_with(photo.size):
            st.session_state[_PROBLEMS] = [f"The photograph was left out: {problem}"]
            return
        suffix = PurePath(photo.name).suffix or ".jpg"
        desk.add(f"photograph-{len(taken)}{suffix}", photo.getvalue())


def is_listed(entry: Entry) -> bool:
    """Whether an uploader shows this document, with a way to take it out."""
    return entry.key in st.session_state.get(_LISTED, {}).values()
