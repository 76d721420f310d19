"""The process that draws PDF pages: `python -m ae.documents.pdf_worker`, driven by `pdf_renderer`.

A PDF can make a renderer run for hours, ask for all memory or crash. Here that costs one process, which its
parent replaces. Requests and answers are pickles on stdin and stdout, one after the other.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import pypdfium2 as pdfium

HELD = ""  # the name of the bytes that `hold` was given
_open: dict[str, Any] = {"key": None, "document": None, "held": b""}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent hangs up."""
    while True:
        try:
            name, arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            answer: tuple[bool, Any] = (True, _ACTIONS[name](*arguments))
        except Exception as error:
            answer = (False, f"{type(error).__name__}: {error}")
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


def limit_memory(megabytes: int) -> None:
    """Let this process ask for no more memory, where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def hold(data: bytes) -> None:
    """Take a file's bytes, once; later requests call them `HELD`."""
    _open.update(key=None, held=data)


def render(
    source: str | bytes, password: str | None, index: int, most: int, dpi: float, everything: bool
) -> np.ndarray:
    """Page `index` (from 0) as it is shown, uint8 (H, W, 3), in at most `most` pixels.

    `everything` draws annotations and filled forms too.
    """
    document = _document(source, password, everything)
    page = document[index]
    try:
        width, height = page.get_size()
        scale = dpi / 72
        if width * height * scale * scale > most:
            scale = (most / (width * height)) ** 0.5 * 0.999
        scale *= 1 - 1e-9  # 900.0000001 pixels are not to become 901
        bitmap = page.render(
            scale=scale, draw_annots=everything, may_draw_forms=everything, rev_byteorder=True
        )
        pixels = bitmap.to_numpy()
        return np.ascontiguousarray(pixels[..., :3] if pixels.ndim == 3 else np.dstack([pixels] * 3))
    finally:
        page.close()


def repair(source: str | bytes, password: str | None) -> bytes:
    """The file as PDFium understands it, written anew. Fails where it has no pages."""
    document = _document(source, password, False)
    if len(document) == 0:
        raise ValueError("no pages")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _document(source: str | bytes, password: str | None, forms: bool) -> pdfium.PdfDocument:
    """The open document; the last one stays open, since pages come one after the other."""
    key = (source, password, forms)
    if _open["key"] != key:
        if _open["document"] is not None:
            _open["document"].close()
        _open.update(key=None, document=None)
        _open["document"] = pdfium.PdfDocument(_open["held"] if source == HELD else source, password)
        if forms:
            _open["document"].init_forms()
        _open["key"] = key
    return _open["document"]


_ACTIONS: dict[str, Callable[..., Any]] = {
    "limit_memory": limit_memory,
    "hold": hold,
    "render": render,
    "repair": repair,
}


if __name__ == "__main__":
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    serve(sys.stdin.buffer, stdout)
