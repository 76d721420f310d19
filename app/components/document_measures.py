"""How good is it? The page against a clean version of itself, where there is one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from ae.arrays import luminance
from ae.errors import AeError, InputError
from app import resources
from app.components import document_pictures as pictures
from app.components import document_resources as door
from app.components.document_desk import Desk
from app.components.document_entry import Entry
from app.components.document_pictures import Load
from app.components.document_text import plain

_MOST = 10_000_000  # pixels; a larger page is measured on a smaller copy


@dataclass(frozen=True)
class Comparison:
    """A page and its clean version: errors before and after cleaning, and pictures of the differences."""

    before: door.PageMeasures
    after: door.PageMeasures
    pictures: tuple[bytes, bytes] = field(repr=False)
    is_shrunk: bool = False


def show_measures(desk: Desk, entry: Entry, number: int, key: str, load: Load) -> None:
    """Errors and difference pictures; an uploaded page asks for its clean version first.

    `load` gives the pixels of the page before and after cleaning, `key` stands for them.
    """
    found = _truth(desk, entry, number)
    if found is None:
        return
    name, data = found
    try:
        comparison = _compare(f"{key} {hashlib.sha256(data).hexdigest()}", name, data, load)
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _show(comparison)


def _truth(desk: Desk, entry: Entry, number: int) -> tuple[str, bytes] | None:
    """Name and bytes of the clean version."""
    if entry.sample:
        try:
            return entry.sample.clean.name, door.file_bytes(entry.sample.clean)
        except AeError as error:
            st.error(str(error), icon=":material/broken_image:")
            return None
    st.markdown(
        "Is there a clean version of this page, such as a better scan? Then the error can be measured."
    )
    file = st.file_uploader(
        "Clean version of this page",
        key=f"documents_truth_{entry.key}_{number}",
        max_upload_size=resources.current_settings().max_upload_mb,
    )
    if file:
        _take(desk, entry, number, (file.name, file.getvalue()))
    return entry.truths.get(number)


def _take(desk: Desk, entry: Entry, number: int, brought: tuple[str, bytes]) -> None:
    """Hold a clean version in place of the one before, if there is room."""
    is_held = entry.truths.pop(number, None) == brought
    problem = "" if is_held else desk.problem_with(len(brought[1]))
    if problem:
        st.warning(plain(f"{brought[0]}: {problem}"), icon=":material/block:")
    else:
        entry.truths[number] = brought


@st.cache_data(max_entries=16, show_spinner="Comparing", scope="session")
def _compare(key: str, name: str, _data: bytes, _load: Load) -> Comparison:
    truth = luminance(door.first_page(_data, name).pixels)
    pair = [luminance(pixels) for pixels in _load()]
    if truth.shape != pair[0].shape:
        sizes = [f"{pixels.shape[1]} x {pixels.shape[0]}" for pixels in (truth, pair[0])]
        raise InputError(
            f"{name}: has {sizes[0]} pixels, the page has {sizes[1]}; give a clean version of the same size"
        )
    is_shrunk = truth.size > _MOST
    truth, before, after = (pictures.shrunk(pixels, _MOST) for pixels in (truth, *pair))
    return Comparison(
        door.page_measures(before, truth),
        door.page_measures(after, truth),
        (
            pictures.preview(pictures.difference(before, truth)),
            pictures.preview(pictures.difference(after, truth)),
        ),
        is_shrunk,
    )


def _show(comparison: Comparison) -> None:
    before, after = comparison.before, comparison.after
    with st.container(horizontal=True):
        _metric(
            "RMSE", "{:.3f}", before.rmse, after.rmse, "Root of the mean squared error, black 0 to white 1."
        )
        _metric("PSNR", "{:.1f} dB", before.psnr, after.psnr, "The same error in decibels. Higher is better.")
        if before.ssim is not None and after.ssim is not None:
            _metric(
                "SSIM", "{:.3f}", before.ssim, after.ssim, "Alike in structure, 1 at best (Wang et al. 2004)."
            )
    columns = st.columns(2, gap="medium")
    words = ("before cleaning", "after cleaning")
    for column, picture, when in zip(columns, comparison.pictures, words, strict=True):
        with column.container(border=True):
            st.image(picture, alt=f"Difference from the clean version {when}: dark where they differ")
            st.caption(f"Difference from the clean version {when}: the darker, the larger.")
    if comparison.is_shrunk:
        st.caption("Measured on a smaller copy of 10 megapixels.")


def _metric(label: str, form: str, before: float, after: float, help: str) -> None:
    st.metric(
        label,
        form.format(after),
        form.format(after - before) if np.isfinite(after - before) else None,
        delta_color="inverse" if label == "RMSE" else "normal",
        delta_description=f"from {form.format(before)}",
        help=help,
        width=220,
    )
