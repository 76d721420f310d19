"""The pages of the lab beside its lessons; the router and the overview are built from this list."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class LabPage:
    """One page: its script, and how it is called; the `sentence` says what one does there."""

    file: str
    title: str
    icon: str
    sentence: str

    @property
    def path(self) -> str:
        """Its script, from the root."""
        return f"app/pages/{self.file}.py"


PAGES = (
    LabPage("bottleneck", "Bottleneck", ":material/compress:", "Squeeze digits through 2 to 32 numbers."),
    LabPage(
        "denoising", "Digit denoising", ":material/blur_off:", "Take noise off digits, of any kind and level."
    ),
    LabPage(
        "latent_space", "Latent space", ":material/scatter_plot:", "Walk the plane where all digits live."
    ),
    LabPage(
        "documents", "Documents", ":material/description:", "Remove stains and folds from scanned pages."
    ),
)


def lab_pages() -> list[st.Page]:
    """All of them, for the router."""
    return [st.Page(each.path, title=each.title, icon=each.icon) for each in PAGES]
