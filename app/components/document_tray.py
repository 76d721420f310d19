"""The pages a visitor works on: a sample, or uploads that outlive a visit to another page of the lab."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from ae.errors import InputError
from app import resources
from app.components.document_text import plain

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from ae.data.samples import Sample

_TRAY = "documents_tray"
_TYPES = ("png", "jpg", "jpeg")


@dataclass(frozen=True)
class Document:
    """A file that was read without trouble; `digest` names its bytes, width and height are in pixels."""

    name: str
    data: bytes = field(repr=False)
    digest: str
    width: int = 0
    height: int = 0
    dpi: tuple[float, float] | None = None
    sample: Sample | None = None


@dataclass
class _Tray:
    """`listed`: the files that the uploader shows, by its ids; `kept`: those from before a page switch."""

    listed: dict[str, Document] = field(default_factory=dict)
    kept: dict[str, Document] = field(default_factory=dict)
    generation: int = 0
    changed: bool = False


def sample_document(sample: Sample) -> Document:
    """The dirty page of a sample, read like an upload. Raises InputError or DataError."""
    return _checked(Document(sample.dirty.name, *_named(resources.file_bytes(sample.dirty)), sample=sample))


def uploaded_documents() -> list[Document]:
    """Let the visitor upload pages; a file that cannot be read gets a message here and is left out."""
    tray: _Tray = st.session_state.setdefault(_TRAY, _Tray())
    settings = resources.current_settings()
    files = st.file_uploader(
        "Pages to clean",
        type=_TYPES,
        accept_multiple_files=True,
        max_upload_size=settings.max_upload_mb,
        key=f"documents_upload_{tray.generation}",
        on_change=_note_change,
        help=f"PNG or JPEG, up to {settings.max_upload_mb} MB and {settings.max_megapixels} megapixels each.",
    )
    st.caption(
        "Your pages go to the machine that runs this app and to no other. They are held in its memory, never"
        " written to its disk, and are gone when your session ends."
    )
    _take(tray, files)
    _show_kept(tray)
    return _readable([*tray.kept.values(), *tray.listed.values()])


def _note_change() -> None:
    st.session_state[_TRAY].changed = True


def _take(tray: _Tray, files: list[UploadedFile]) -> None:
    """Follow the uploader; when it is empty and nobody emptied it, the visitor was on another page."""
    if not files and tray.listed and not tray.changed:
        tray.kept |= tray.listed
    tray.changed = False
    known = tray.listed
    tray.listed = {
        file.file_id: known.get(file.file_id) or Document(file.name, *_named(file.getvalue()))
        for file in files
    }


def _named(data: bytes) -> tuple[bytes, str]:
    return data, hashlib.sha256(data).hexdigest()


def _show_kept(tray: _Tray) -> None:
    if not tray.kept:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        names = ", ".join(plain(document.name) for document in tray.kept.values())
        st.caption(f":material/history: Still here from your last visit: {names}", width="content")
        st.button("Remove", icon=":material/close:", type="tertiary", on_click=_forget_kept)


def _forget_kept() -> None:
    st.session_state[_TRAY].kept.clear()


def _readable(documents: list[Document]) -> list[Document]:
    """Those that can be read, each file once; the others get a message."""
    once = {(document.digest, document.name): document for document in documents}
    found = []
    problems = []
    for document in once.values():
        try:
            found.append(_checked(document))
        except InputError as error:
            problems.append(f"- {plain(str(error))}")
    if problems:
        st.error("These files were left out:\n" + "\n".join(problems), icon=":material/broken_image:")
    return found


def _checked(document: Document) -> Document:
    facts = resources.document_facts(document.digest, document.name, document.data)
    return replace(document, width=facts.width, height=facts.height, dpi=facts.dpi)
