"""The process that reads what may be hostile: `python -m ae.documents.worker PARENT`.

`ae.documents.apart` asks it, from the process with the number PARENT. A file can make a decoder run for
hours, ask for all memory or crash. Here that costs one process, which its parent replaces. Requests and
answers are pickles on stdin and stdout, one after the other.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ae.errors import AeError
from ae.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from ae.documents.limits import Limits


_LOOK_SECONDS = 1.0


@dataclass
class _Taken:
    """The file on hand, and it opened; it stays open, since pages come one after the other."""

    source: str | bytes = b""
    key: Any = None
    opened: Any = None


_file = _Taken()


def end_with(parent: int) -> None:
    """Look after the parent for as long as it lives; one that was killed cannot end a worker that is busy."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the parent hangs up."""
    while True:
        try:
            name, arguments = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = "done", _ACTIONS[name](*arguments)
        except AeError as error:
            answer = "refused", str(error)
        except Exception as error:
            answer = "failed", f"{type(error).__name__}: {error}"
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


def limit_memory(megabytes: int) -> None:
    """Let this process ask for no more memory, where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # The hard limit stays: it could not be raised again for the next file.
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, resource.getrlimit(resource.RLIMIT_AS)[1]))


def take(source: str | bytes) -> None:
    """The file that the next actions are about, its path or its bytes."""
    _open(None, lambda: None)
    _file.source = source


def is_busy() -> bool:
    """Whether a file is on hand."""
    return bool(_file.source)


def _open(key: Any, opener: Callable[[], Any]) -> Any:
    """The open file; what was open before is closed if it is another."""
    if _file.key != key:
        before, _file.key, _file.opened = _file.opened, None, None
        if before is not None:
            before.close()
        _file.opened = opener()
        _file.key = key
    return _file.opened


# PDF


def render(index: int, password: str | None, most: int, dpi: float, everything: bool) -> np.ndarray:
    """Page `index` (from 0) as it is shown, uint8 (H, W, 3), in at most `most` pixels.

    `everything` draws annotations and filled forms too.
    """
    return _drawn(_pdf(password, everything), index, most, dpi, everything)


def render_other(pdf: bytes, most: int) -> np.ndarray:
    """The only page of a small PDF that is not the file on hand, one pixel for each of its units."""
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(pdf)
    try:
        return _drawn(document, 0, most, POINTS_PER_INCH, False)
    finally:
        document.close()


def _drawn(document: Any, index: int, most: int, dpi: float, everything: bool) -> np.ndarray:
    page = document[index]
    try:
        width, height = page.get_size()
        scale = dpi / POINTS_PER_INCH
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


def repair(password: str | None) -> bytes:
    """The file as PDFium understands it, written anew. Fails where it has no pages."""
    document = _pdf(password, False)
    if len(document) == 0:
        raise ValueError("no pages")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _pdf(password: str | None, forms: bool) -> Any:
    import pypdfium2 as pdfium

    def opener() -> pdfium.PdfDocument:
        document = pdfium.PdfDocument(_file.source, password)
        if forms:
            document.init_forms()
        return document

    return _open(("pdf", password, forms), opener)


# Pictures


def about_images(name: str, size: int, limits: Limits) -> tuple[Any, ...]:
    """Kind, number of pages and notes of a file of pictures. Raises InputError."""
    document = _images(name, size, limits)
    return document.kind, document.page_count, document.notes


def image(number: int, name: str, size: int, limits: Limits) -> Any:
    """Page `number` (from 1) of a file of pictures. Raises InputError."""
    return _images(name, size, limits).page(number)


def _images(name: str, size: int, limits: Limits) -> Any:
    from ae.documents.images import open_images

    source = Path(_file.source) if isinstance(_file.source, str) else _file.source
    return _open(("images", name), lambda: open_images(source, name, size, limits))


_ACTIONS: dict[str, Callable[..., Any]] = {
    action.__name__: action
    for action in (limit_memory, take, is_busy, render, render_other, repair, about_images, image)
}


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(int(sys.argv[1]),), daemon=True).start()
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    serve(sys.stdin.buffer, stdout)
