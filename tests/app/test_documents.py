"""The documents page: samples, uploads good and bad, cleaners that are there and that are not."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae.cli import main
from ae.data import samples
from ae.documents.cleaning import DivisionCleaner
from ae.documents.page import Page
from ae.documents.reading import read_page
from ae.documents.writing import encode_png
from ae.errors import DataError, WeightsError
from app import resources
from app.components import document_pictures as pictures
from app.components.document_text import plain, quoted
from tests.conftest import draw_page, make_dirty, make_weights

PAGE = Path(__file__).parents[2] / "app" / "pages" / "documents.py"
Upload = tuple[str, bytes, str]


class CountingCleaner(DivisionCleaner):
    """The filter, counting its pages; fails on those named `broken`."""

    def __init__(self) -> None:
        self.cleaned: list[str] = []

    def clean(self, page: Page, **options: object) -> Page:
        self.cleaned.append(page.name)
        if page.name.startswith("broken"):
            raise RuntimeError("out of memory\nlong story")
        return super().clean(page)


@pytest.fixture
def cleaner(monkeypatch: pytest.MonkeyPatch) -> CountingCleaner:
    """A quick cleaner in place of every other."""
    counting = CountingCleaner()
    monkeypatch.setattr(resources, "page_cleaner", lambda name, device: counting)
    return counting


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def with_uploads(*uploads: Upload, **query: str) -> AppTest:
    app = opened(document="Your own pages", **query)
    app.file_uploader[0].set_value(list(uploads))
    return app.run()


def dirty_png(name: str = "page.png", width: int = 300, height: int = 200) -> Upload:
    pixels = make_dirty(draw_page(width, height))
    return name, encode_png(Page(pixels, name, (150.0, 150.0))), "image/png"


def results(app: AppTest) -> list[bytes]:
    return [result.png for result in app.session_state["documents_results"].values()]


def messages(app: AppTest) -> str:
    return "\n".join(entry.value for entry in app.error)


def texts(app: AppTest) -> str:
    return "\n".join(entry.value for entry in [*app.markdown, *app.caption, *app.info])


def test_a_sample_is_shown_dirty_clean_and_measured(cleaner: CountingCleaner) -> None:
    app = opened()
    assert not app.exception
    assert not app.error
    assert "**Before**" in texts(app)
    assert "**After**" in texts(app)
    rmse, psnr = app.metric[0], app.metric[1]
    assert float(rmse.value) < 0.1
    assert rmse.delta.startswith("-")
    assert psnr.value.endswith(" dB")


@pytest.mark.parametrize("sample", samples.sample_pages(), ids=lambda sample: sample.name)
def test_a_link_opens_each_sample(sample: samples.Sample, cleaner: CountingCleaner) -> None:
    app = opened(document=sample.title)
    assert not app.exception
    assert sample.about in texts(app)
    assert cleaner.cleaned == [sample.dirty.name]


def test_a_link_opens_the_cleaner_and_its_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    counting = CountingCleaner()
    monkeypatch.setattr(resources, "page_cleaner", lambda name, device: asked.append(name) or counting)
    assert not opened(cleaner="The experiment's network", page_loss="Squared error").exception
    assert set(asked) == {"stacked_conv-mse"}


def test_the_page_cleaner_is_quoted_with_pages_it_was_not_trained_on(
    cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = make_weights(tmp_path, "page-tr", "page", "pages")
    card.measures = {"partitions": {"VA": {"rmse_pooled": 0.0214}}}
    monkeypatch.setattr(resources, "find_card", {"page-tr": card}.get)
    assert "RMSE 0.021 on NoisyOffice pages" in texts(opened())
    card.partitions = ["TR", "VA"]
    assert "RMSE" not in texts(opened())


def test_uploads_are_cleaned_and_bad_ones_are_explained(cleaner: CountingCleaner) -> None:
    good = dirty_png()
    app = with_uploads(
        ("text.png", b"no picture", "image/png"),
        ("empty.png", b"", "image/png"),
        ("cut.png", good[1][: len(good[1]) // 2], "image/png"),
        good,
    )
    assert not app.exception
    assert all(name in messages(app) for name in ("text.png", "empty.png", "cut.png"))
    assert cleaner.cleaned == ["page.png"]
    assert len(results(app)) == 1


def test_an_enormous_page_is_refused_before_it_is_decoded(
    cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = resources.settings.Settings(max_megapixels=1)
    monkeypatch.setattr(resources, "current_settings", lambda: small)
    app = with_uploads(dirty_png("large.png", 1100, 1000), dirty_png("small.png"))
    assert "large.png" in messages(app)
    assert "1 million pixels" in messages(app)
    assert cleaner.cleaned == ["small.png"]


def test_a_photograph_lying_on_its_side_is_turned_upright(cleaner: CountingCleaner) -> None:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(draw_page(300, 200)).save(buffer, "JPEG", exif=exif)
    app = with_uploads(("side.jpg", buffer.getvalue(), "image/jpeg"))
    assert Image.open(io.BytesIO(results(app)[0])).size == (200, 300)


def test_several_pages_get_a_choice_and_one_archive(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"), dirty_png("b.png", 320))
    assert app.selectbox(key="documents_shown").options == ["a.png", "b.png"]
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Download PNG", "Download all 2 as ZIP", "PNG", "PNG"]


def test_nothing_is_cleaned_twice(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"))
    app.run()
    app.segmented_control(key="document").set_value("coffee").run()
    app.segmented_control(key="document").set_value("yours").run()
    assert sorted(cleaner.cleaned) == ["a.png", "coffee-dirty.png"]
    assert "Still here from your last visit: a.png" in texts(app)


def test_uploads_taken_back_are_gone(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"))
    app.file_uploader[0].set_value([]).run()
    assert "**After**" not in texts(app)
    assert "Still here" not in texts(app)


def test_pages_kept_from_an_earlier_visit_can_be_removed(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"))
    app.segmented_control(key="document").set_value("coffee").run()
    app.segmented_control(key="document").set_value("yours").run()
    next(button for button in app.button if button.label == "Remove").click().run()
    assert "**After**" not in texts(app)


def test_a_page_that_fails_does_not_stop_the_others(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("broken.png"), dirty_png("fine.png", 320))
    assert not app.exception
    assert r"broken.png\: cleaning failed (out of memory)" in messages(app)
    assert "**After**" in texts(app)


def test_a_missing_sample_is_explained(cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path) -> bytes:
        raise DataError(f"{path.name} is missing")

    monkeypatch.setattr(resources, "file_bytes", missing)
    app = opened()
    assert not app.exception
    assert "coffee-dirty.png is missing" in messages(app)


@pytest.mark.parametrize("size", [(1, 1), (1, 60), (60, 1), (17, 900)])
def test_pages_of_odd_sizes_are_cleaned(size: tuple[int, int]) -> None:
    app = with_uploads(dirty_png("odd.png", *size), cleaner="Filter without learning")
    assert not app.exception
    assert Image.open(io.BytesIO(results(app)[0])).size == size


def test_missing_weights_are_explained_and_the_filter_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_the_filter(name: str, device: str) -> DivisionCleaner:
        if name != "division":
            raise WeightsError(f"the weights '{name}' are missing")
        return DivisionCleaner()

    monkeypatch.setattr(resources, "page_cleaner", only_the_filter)
    app = opened()
    assert not app.exception
    assert "the weights 'page' are missing" in messages(app)
    app.segmented_control(key="cleaner").set_value("division").run()
    assert not app.error
    assert "**After**" in texts(app)


def test_stopped_work_waits_for_the_visitor(cleaner: CountingCleaner) -> None:
    app = opened(document="Your own pages")
    name, data, kind = dirty_png("a.png")
    app.session_state["documents_stopped"] = f"{hashlib.sha256(data).hexdigest()} {name} page cpu"
    app.file_uploader[0].set_value([(name, data, kind)]).run()
    assert "Stopped: 0 of 1 page" in texts(app)
    assert cleaner.cleaned == []
    next(button for button in app.button if button.label == "Go on").click().run()
    assert cleaner.cleaned == ["a.png"]


def test_a_file_name_is_no_markdown(cleaner: CountingCleaner) -> None:
    app = with_uploads(("![x](https://example.org).png", b"no picture", "image/png"))
    assert r"\!\[x\](https\://example.org).png" in messages(app)
    assert plain("a_b.png") == r"a\_b.png"


def test_the_page_and_the_command_line_give_the_same_pixels(tmp_path: Path) -> None:
    sample = samples.sample_pages()[0]
    app = opened(cleaner="Filter without learning")
    assert main(["clean", str(sample.dirty), "-o", str(tmp_path / "out.png"), "--model", "division"]) == 0
    shown = read_page(results(app)[0], "out.png")
    assert np.array_equal(shown.pixels, read_page((tmp_path / "out.png").read_bytes(), "out.png").pixels)
    assert shown.dpi == pytest.approx((100, 100), abs=0.1)
    assert any("ae clean" in block.value and "--model division" in block.value for block in app.code)


def test_a_preview_is_bounded_and_a_small_page_is_shown_as_it_is() -> None:
    large, small = np.zeros((3000, 2000), np.uint8), make_dirty(draw_page())
    assert Image.open(io.BytesIO(pictures.preview(large))).size == (933, 1400)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictures.preview(small)))), small)


@pytest.mark.parametrize(
    ("across", "down", "corner"), [(0, 0, (0, 0)), (100, 100, (600, 900)), (50, 0, (300, 0))]
)
def test_a_window_stays_on_the_page(across: int, down: int, corner: tuple[int, int]) -> None:
    window = pictures.window_at((1000, 700), across, down, 100, 100)
    assert (window.left, window.top) == corner
    assert window.cut(np.zeros((1000, 700, 3))).shape == (100, 100, 3)


def test_a_window_is_never_larger_than_the_page() -> None:
    assert pictures.window_at((5, 9), 70, 20, 100, 100) == pictures.Window(0, 0, 9, 5)


def test_the_window_starts_where_most_was_changed() -> None:
    before = np.full((400, 400), 200, np.uint8)
    after = before.copy()
    before[300:380, 20:100] = 60
    after[300:380, 20:100] = np.tile([0, 255], 40)
    across, down = pictures.busiest_place(before, after, 100, 100)
    assert across < 20
    assert down > 80


def test_a_page_smaller_than_the_window_has_one_place() -> None:
    assert pictures.busiest_place(np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8), 100, 100) == (
        50,
        50,
    )


def test_an_enlarged_window_repeats_its_pixels() -> None:
    picture = np.asarray(Image.open(io.BytesIO(pictures.enlarged(np.array([[0, 255]], np.uint8), 2))))
    assert picture.tolist() == [[0, 0, 255, 255], [0, 0, 255, 255]]


def test_results_of_one_name_get_numbers() -> None:
    names = pictures.result_names(["a.png", "a.jpg", "A.jpeg", "b.png"])
    assert names == ["a-clean.png", "a-clean-2.png", "A-clean-3.png", "b-clean.png"]


def test_the_archive_holds_the_files_as_they_are() -> None:
    packed = pictures.zip_of([("a.png", b"one"), ("b.png", b"two")])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.png": b"one", "b.png": b"two"}


def test_another_cleaner_shows_the_same_page_anew(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"), dirty_png("b.png", 120, 80))
    app.selectbox(key="documents_shown").set_value("b.png").run()
    app.segmented_control(key="cleaner").set_value("division").run()
    assert not app.exception
    assert app.selectbox(key="documents_shown").value == "b.png"
    assert "b.png · 120 × 80" in texts(app)


def test_two_files_of_one_name_are_told_apart(cleaner: CountingCleaner) -> None:
    app = with_uploads(dirty_png("a.png"), dirty_png("a.png", 120, 80))
    shown = app.selectbox(key="documents_shown")
    assert shown.options == ["a.png", "a.png (2)"]
    shown.set_value("a.png (2)").run()
    assert "a.png · 120 × 80" in texts(app)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1)])
def test_a_page_like_a_thread_is_cleaned(size: tuple[int, int]) -> None:
    app = with_uploads(dirty_png("thread.png", *size), cleaner="Filter without learning")
    assert not app.exception
    assert not messages(app)


def test_a_link_with_an_empty_choice_opens_the_usual_view(cleaner: CountingCleaner) -> None:
    app = opened(document="", cleaner="", page_loss="", zoom="")
    assert not app.exception
    assert cleaner.cleaned == [samples.sample_pages()[0].dirty.name]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("my page.png", '"my page.png"'),
        ("-model.png", '"./-model.png"'),
        ("$(reboot).png", "'$(reboot).png'"),
        ("`reboot`.png", "'`reboot`.png'"),
    ],
)
def test_a_file_name_is_one_word_of_the_command(name: str, word: str) -> None:
    assert quoted(name) == word
