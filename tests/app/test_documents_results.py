"""What comes of the documents page: files, the command that gives the same, text, measures, words."""

from __future__ import annotations

import io
import shlex
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae import ocr
from ae.cli import main
from ae.data import samples
from ae.documents.document import open_document
from ae.words import size
from app.components import document_resources as door
from app.components.document_choices import NO_OCR
from app.components.document_command import command
from app.components.document_downloads import zip_of
from app.components.document_reading import marked
from app.components.document_text import plain, quoted
from tests.app.documents_lab import (
    FILTER,
    CountingCleaner,
    desk_of,
    dirty_png,
    dirty_tiff,
    entries,
    labels,
    messages,
    opened,
    press,
    results,
    settled,
    texts,
    unescaped,
    uploaded,
)
from tests.conftest import draw_page


def test_several_documents_become_one_archive_or_one_pdf(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), dirty_tiff("b.tif", 2))
    assert labels(app) == ["All as ZIP", "Download PNG"]
    press(app, "One PDF of all")
    assert labels(app) == ["All as ZIP", "One PDF of all", "Download PNG"]
    with open_document(desk_of(app).joined.files[0][1], "all.pdf") as document:
        assert (document.kind, document.page_count) == ("pdf", 3)


def test_what_most_came_for_is_the_button_that_stands_out(cleaner: CountingCleaner) -> None:
    bad = ("text.png", b"no picture", "image/png")
    assert looks(uploaded(dirty_png("a.png"), bad)) == {"Download PNG": "primary"}
    several = uploaded(dirty_png("a.png"), dirty_png("b.png", 320), bad)
    assert looks(several) == {"All as ZIP": "primary", "Download PNG": "secondary"}


def test_all_stand_together_above_the_strip_and_one_below_its_page(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), dirty_png("b.png", 320))
    page = [(item.type, getattr(item, "label", "")) for item in app.main]
    together, single = (page.index(("download_button", label)) for label in ("All as ZIP", "Download PNG"))
    strip, viewer = (place for place, (kind, _label) in enumerate(page) if kind == "bidi_component")
    assert together < strip < viewer < single


def test_an_archive_says_that_some_documents_are_not_in_it_yet(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), dirty_png("b.png", 320), dirty_png("c.png", 340))
    entries(app)[2].run.state = "cleaning"  # as if it were still at work
    assert labels(app.run())[0] == "All as ZIP, as far as it is done"
    entries(app)[2].run.state = "done"
    assert labels(app.run())[0] == "All as ZIP"


def looks(app: AppTest) -> dict[str, str]:
    """Of the buttons that download, whether they stand out."""
    return {button.label: button.proto.type for button in app.get("download_button")}


def test_a_folder_keeps_its_names_and_what_is_no_document_is_left_out(cleaner: CountingCleaner) -> None:
    name, data, kind = dirty_png()
    app = uploaded(
        (f"scans/1/{name}", data, kind),
        (f"scans/2/{name}", dirty_png(width=320)[1], kind),
        ("scans/notes.txt", b"hello", "text/plain"),
        bring="Folder",
    )
    assert [str(path) for entry in entries(app) for path, _data in entry.run.files] == [
        "scans/1/page.png",
        "scans/2/page.png",
    ]
    assert "no document: scans/notes.txt" in unescaped(texts(app))


def test_a_file_name_is_no_markdown(cleaner: CountingCleaner) -> None:
    app = uploaded(("![x](evil).png", b"no picture", "image/png"))
    assert r"\!\[x\](evil).png" in messages(app)
    assert plain("a_b.png") == r"a\_b.png"


@pytest.mark.parametrize(
    "query", [{}, {"strength": "60", "colour": "Grey"}, {"to": "JPEG", "dpi": "200"}, {"best": "true"}]
)
def test_the_command_on_the_page_gives_the_same_file(query: dict[str, str], tmp_path: Path) -> None:
    app = uploaded(dirty_png("my page.png"), **FILTER, **query)
    entry = entries(app)[0]
    entry.boxes[1] = ((40, 30, 100, 60),)
    app.run()
    settled(app)
    words = shlex.split(command(entry, entry.run))
    assert words[:4] == ["python", "-m", "ae", "clean"]
    source, target = tmp_path / words[4], tmp_path / words[6]
    source.write_bytes(entry.data)
    assert main(["clean", str(source), "-o", str(target), *words[7:]]) == 0
    assert target.read_bytes() == results(app)[0]


def test_without_tesseract_one_line_says_how_to_get_it(
    cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "ocr_languages", list)
    app = opened(about="Text")
    assert NO_OCR in texts(app)


def test_text_is_compared_before_and_after(cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = [ocr.Reading("one tvvo three", 61.0, 3), ocr.Reading("one two three", 93.0, 3)]
    monkeypatch.setattr(ocr, "read_layer", lambda pixels, languages: readings.pop(0))
    monkeypatch.setattr(door, "ocr_languages", lambda: ["eng"])
    app = opened(about="Text", text="eng")
    assert {metric.label: metric.value for metric in app.metric} == {"Confidence": "93 %", "Words": "3"}
    assert "one :red-background[tvvo] :green-background[two] three" in texts(app)


def test_an_uploaded_page_is_measured_against_its_clean_version(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"))
    clean = io.BytesIO()
    Image.fromarray(draw_page(300, 200)).save(clean, "PNG")
    app.file_uploader[1].set_value([("clean.png", clean.getvalue(), "image/png")]).run()
    assert {metric.label for metric in app.metric} == {"RMSE", "PSNR", "SSIM"}
    app.file_uploader[1].set_value([dirty_png("small.png", 200, 100)]).run()
    assert "small.png: has 200 x 100 pixels, the page has 300 x 200" in unescaped(messages(app))


def test_clean_versions_count_and_go_with_their_document(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"))
    desk, (entry,) = desk_of(app), entries(app)
    before, (name, data, kind) = desk.size, dirty_png("clean.png")
    desk.most_bytes = before + len(data)
    app.file_uploader[1].set_value([(name, data, kind)]).run()
    assert desk.size == before + len(data)
    assert app.run().metric  # that it is held already is no reason to refuse it
    app.file_uploader[1].set_value([(name, data + b"more", kind)]).run()
    assert "clean.png: a session holds" in unescaped(texts(app))
    assert not app.metric
    assert desk.size == before
    entry.truths[1] = name, data
    desk.remove(entry.key)
    assert desk.size == 0


def test_a_link_with_an_empty_choice_opens_the_usual_view(cleaner: CountingCleaner) -> None:
    app = opened(document="", cleaner="", page_loss="", colour="", to="", strength="", about="")
    assert not app.exception
    assert cleaner.cleaned == [samples.sample_pages()[0].dirty.name]


def test_what_the_network_holds_is_explained(cleaner: CountingCleaner) -> None:
    app = opened(about="How it works")
    assert "Is there a bottleneck?" in "\n".join(entry.value for entry in app.subheader)
    assert any(expander.label.startswith("Show the model card") for expander in app.expander)


@pytest.mark.parametrize("name", ["Page cleaner", "The experiment's network", "Filter without learning"])
def test_two_sentences_say_how_it_works(name: str, cleaner: CountingCleaner) -> None:
    tab = opened(about="How it works", cleaner=name).tabs[2]
    (told,) = (each.value for each in tab.markdown)
    assert len(told.split(". ")) == 2


def test_words_in_links_stay_as_they_are(cleaner: CountingCleaner) -> None:
    app = opened()
    words = {control.key: control.options for control in app.main.get("segmented_control")}
    assert words["colour"] == ["As it was", "Grey", "Black and white"]
    assert [tab.label for tab in app.tabs] == ["Measures", "Text", "How it works", "Command line"]
    assert app.selectbox(key="to").options == ["Same as the input", "PDF", "PNG", "JPEG", "TIFF"]


def test_differences_are_marked_and_long_stretches_left_out() -> None:
    alike = " ".join(f"w{number}" for number in range(40))
    text = marked(f"{alike} old", f"{alike} new")
    assert text.endswith("w39 :red-background[old] :green-background[new]")
    assert "…" in text
    assert "w20" not in text
    assert marked("same", "same") == "Both texts are alike."
    assert marked("", "") == "There is no text on this page."


def test_an_archive_holds_every_file_under_a_name_of_its_own() -> None:
    files = [(Path("a.png"), b"one"), (Path("A.png"), b"two"), (Path("x/a.png"), b"three")]
    with zipfile.ZipFile(io.BytesIO(zip_of(files)())) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {"a.png": b"one", "A-2.png": b"two", "x/a.png": b"three"}


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


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PDF"])
def test_a_download_says_its_kind(cleaner: CountingCleaner, kind: str) -> None:
    assert labels(uploaded(dirty_png("a.png"), to=kind)) == [f"Download {kind}"]


@pytest.mark.parametrize(("amount", "words"), [(90, "0.1 kB"), (12_345, "12 kB"), (3_400_000, "3.4 MB")])
def test_sizes_are_said_in_words(amount: int, words: str) -> None:
    assert size(amount) == words
