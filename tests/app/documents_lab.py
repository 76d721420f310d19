"""What tests of the documents page share: uploads, quick cleaners, and the page with its work done."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae.documents.cleaning import DivisionCleaner
from ae.documents.encoding import encode
from ae.documents.page import Page
from ae.errors import Cancelled
from app.components.document_desk import Desk
from app.components.document_entry import Entry
from tests.app.digit_lab import open_page
from tests.conftest import draw_page, make_dirty

Upload = tuple[str, bytes, str]
FILTER = {"cleaner": "Filter without learning"}


class CountingCleaner(DivisionCleaner):
    """The filter, counting its pages; fails on those named `broken`."""

    def __init__(self) -> None:
        self.cleaned: list[str] = []

    def clean(self, page: Page, **options: object) -> Page:
        self.cleaned.append(page.name)
        if page.name.startswith("broken"):
            raise RuntimeError("out of memory\nlong story")
        return super().clean(page)


class PatientCleaner(CountingCleaner):
    """Works on a page until it is told to be done, or is cancelled."""

    is_done = False

    def clean(self, page: Page, cancelled: Callable[[], bool] | None = None, **options: object) -> Page:
        while not self.is_done:
            if cancelled and cancelled():
                raise Cancelled("stopped")
            time.sleep(0.005)
        return super().clean(page)


def opened(**query: str) -> AppTest:
    """The page from a link, with its work done."""
    return settled(open_page("documents", **query))


def uploaded(*uploads: Upload, **query: str) -> AppTest:
    """The page after an upload, with its work done."""
    return settled(uploading(*uploads, **query))


def uploading(*uploads: Upload, **query: str) -> AppTest:
    """The page right after an upload."""
    app = open_page("documents", document="Your own pages", **query)
    app.file_uploader[0].set_value(list(uploads))
    return app.run()


def settled(app: AppTest) -> AppTest:
    """The page after its work."""
    wait(desk_of(app))
    return app.run()


def wait(desk: Desk, seconds: float = 60) -> None:
    """Until nothing is being done."""
    wait_until(lambda: not desk.is_busy, seconds)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Until this is so."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "takes too long"
        time.sleep(0.01)


def desk_of(app: AppTest) -> Desk:
    """The visitor's desk."""
    return app.session_state["documents_desk"]


def entries(app: AppTest) -> list[Entry]:
    """The documents on it that are no samples."""
    return [entry for entry in desk_of(app).entries.values() if entry.sample is None]


def results(app: AppTest) -> list[bytes]:
    """All files that were made, samples included."""
    return [data for run in desk_of(app).runs for _name, data in run.files]


def pixels(data: bytes) -> np.ndarray:
    """A picture file as an array."""
    return np.asarray(Image.open(io.BytesIO(data)))


def dirty_png(name: str = "page.png", width: int = 300, height: int = 200) -> Upload:
    """A dirty page."""
    page = Page(make_dirty(draw_page(width, height)), name, (150.0, 150.0))
    return name, encode(page, "png"), "image/png"


def dirty_tiff(name: str = "pages.tif", count: int = 3) -> Upload:
    """Several dirty pages in one file, each a little wider than the one before."""
    pages = [Image.fromarray(make_dirty(draw_page(300 + 10 * number, 200))) for number in range(count)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], dpi=(150, 150))
    return name, buffer.getvalue(), "image/tiff"


def messages(app: AppTest) -> str:
    """Everything that went wrong, as the page says it."""
    return "\n".join(entry.value for entry in [*app.error, *app.markdown] if entry.value)


def texts(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(entry.value for entry in kinds)


def press(app: AppTest, label: str) -> AppTest:
    """Click a button and let the work be done."""
    next(button for button in app.button if button.label == label).click().run()
    return settled(app)


def labels(app: AppTest) -> list[str]:
    """Of the buttons that download."""
    return [button.label for button in app.get("download_button")]


def unescaped(text: str) -> str:
    """What Markdown shows of it."""
    return text.replace("\\", "")
