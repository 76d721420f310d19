"""A PDF's page or form with nothing left to be seen, but all its text, which can still be searched."""

from __future__ import annotations

from typing import Any

import pikepdf

from ae.documents.pdf_content import DEEPEST, PAINT, TEXT, commands, lookup, with_pictures


def only_text(
    pdf: pikepdf.Pdf, stream: Any, resources: Any, depth: int = 0
) -> tuple[bytes, pikepdf.Dictionary]:
    """The commands of a page or form with nothing left to be seen, but all text, which can still be searched;
    and resources for them, in which forms are reduced likewise and pictures are gone. Raises TooMuch.
    """
    kept: list[Any] = []
    reduced: dict[str, pikepdf.Stream | None] = {}
    for step in commands(stream):
        name = str(step.operator)
        if name in ("Tr", "INLINE IMAGE", "sh"):
            continue
        if name == "Do":
            drawn = str(step.operands[0])
            if drawn not in reduced:
                reduced[drawn] = _text_form(pdf, drawn, resources, depth)
            if reduced[drawn] is None:
                continue
        if name in PAINT:
            step = pikepdf.ContentStreamInstruction([], pikepdf.Operator("n"))
        kept.append(step)
    forms = {name: form for name, form in reduced.items() if form is not None}
    return bytes(pikepdf.unparse_content_stream(kept)), with_pictures(resources, pikepdf.Dictionary(forms))


def _text_form(pdf: pikepdf.Pdf, name: str, resources: Any, depth: int) -> pikepdf.Stream | None:
    """A form reduced to its text; None when it has none, or is no form."""
    form = lookup(resources, name)
    if depth >= DEEPEST or form is None or form.get("/Subtype") != "/Form" or not _shows_text(form):
        return None
    data, own = only_text(pdf, form, form.get("/Resources", resources), depth + 1)
    reduced = pdf.make_stream(data)
    for key, value in form.items():
        if key not in ("/Length", "/Filter", "/DecodeParms", "/Resources", "/Group"):
            reduced[key] = value
    reduced.Resources = own
    return reduced


def _shows_text(form: Any) -> bool:
    return any(str(step.operator) in (*TEXT, "Do") for step in commands(form, " ".join((*TEXT, "Do"))))
