"""Takes out of a PDF what a viewer would run by itself or fetch from elsewhere: scripts, other files, media.

Links to web pages, to mail and within the document stay, and so do attachments: nothing happens to them
before a person opens one, who had them in the document before.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import pikepdf

_LOOKED_AT = 50  # pages, and annotations of each, to tell what will be left out
_ACTIONS = frozenset(
    ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Thread", "/Sound",
     "/Movie", "/Rendition", "/GoTo3DView", "/RichMediaExecute")
)  # fmt: skip
_SAFE_LINKS = ("http:", "https:", "mailto:", "tel:", "#")
# Scripts, what happens by itself, media, forms that are programs
_KEYS = frozenset(
    ("/AA", "/JS", "/JavaScript", "/XFA", "/Renditions",
     "/AlternatePresentations", "/RichMediaContent", "/RichMediaSettings", "/3DD", "/3DA",
     "/Movie", "/Sound")
)  # fmt: skip
# These lead to elements of the structure, whose kinds may be called like actions. Viewers run nothing there:
# scripts under such a key lie below /AA or /JavaScript, and go with it.
_NO_ACTIONS = frozenset(("/K", "/P", "/Nums", "/Names"))
_OTHER_FILES = ("/F", "/FFilter", "/FDecodeParms", "/Ref", "/OPI")  # of a stream: it lies elsewhere


def make_inert(pdf: pikepdf.Pdf) -> None:
    """Change the document in place."""
    for part in (*_within(pdf.trailer), *_all_parts(pdf)):
        for key in list(_active_keys(part)):
            with contextlib.suppress(KeyError):
                del part[key]


def is_active(pdf: pikepdf.Pdf) -> bool:
    """Whether `make_inert` would take something out, as far as a quick look tells: at the document as a whole
    and its first pages."""
    try:
        root = pdf.Root
        form: Any = root.get("/AcroForm", {})
        parts = [root, root.get("/Names"), form, *itertools.islice(form.get("/Fields", []), _LOOKED_AT)]
        for page in itertools.islice(pdf.pages, _LOOKED_AT):
            parts += [page.obj, *itertools.islice(page.obj.get("/Annots", []), _LOOKED_AT)]
        found = (part for each in parts for part in _within(each))
        return any(True for part in found for _key in _active_keys(part))
    except Exception:  # a damaged document is told about elsewhere
        return False


def _all_parts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    for value in pdf.objects:
        with contextlib.suppress(Exception):  # what cannot be read is not written
            yield from _within(value)


def _within(value: Any) -> Iterator[Any]:
    """The value and the dictionaries that are written inside of it; qpdf reads none that are all too deep."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
            yield part
            children = [child for _key, child in _readable(part)]
        else:
            children = list(part) if isinstance(part, pikepdf.Array) else []
        waiting += [child for child in children if _is_direct(child)]


def _is_direct(value: Any) -> bool:
    return isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect


def _readable(part: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values, without those that damage has made unreadable: no viewer reads them either."""
    for key in list(part.keys()):
        with contextlib.suppress(Exception):
            yield key, part[key]


def _active_keys(part: Any) -> Iterator[str]:
    for key, value in _readable(part):
        if key in _KEYS or (key not in _NO_ACTIONS and _is_action(value)):
            yield key
    if isinstance(part, pikepdf.Stream):
        yield from (key for key in _OTHER_FILES if key in part)


def _is_action(value: Any) -> bool:
    """Whether a viewer would do more than to show something of this document."""
    if isinstance(value, pikepdf.Array):
        return any(_is_action(entry) for entry in value if isinstance(entry, pikepdf.Dictionary))
    if not isinstance(value, pikepdf.Dictionary):
        return False
    kind = value.get("/S")
    if not isinstance(kind, pikepdf.Name):
        return False
    if kind == "/URI":
        address = str(value.get("/URI", "")).strip().lower()
        return ":" in address.split("/")[0] and not address.startswith(_SAFE_LINKS)
    return str(kind) in _ACTIONS
