"""The documents page: samples, uploads good and bad, and what the visitor chooses."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ae.cli import main
from ae.data import samples
from ae.documents.cleaning import DivisionCleaner
from ae.documents.document import open_document
from ae.errors import DataError, WeightsError
from ae.units import LEAST_DPI, MOST_DPI
from app import resources
from app.components import document_progress
from app.components import document_resources as door
from app.components.document_command import command
from app.components.document_text import plain
from tests.app import digit_lab
from tests.app.documents_lab import (
    FILTER,
    CountingCleaner,
    PatientCleaner,
    desk_of,
    dirty_png,
    dirty_tiff,
    entries,
    labels,
    messages,
    opened,
    pixels,
    press,
    results,
    settled,
    texts,
    unescaped,
    uploaded,
    uploading,
)
from tests.conftest import draw_page, make_dirty, make_weights


def test_a_sample_is_shown_and_measured(cleaner: CountingCleaner) -> None:
    app = opened()
    assert not app.exception
    assert not app.error
    found = {metric.label: metric for metric in app.metric}
    assert float(found["RMSE"].value) < 0.1
    assert found["RMSE"].delta.startswith("-")
    assert found["PSNR"].value.endswith(" dB")
    assert 0.8 < float(found["SSIM"].value) <= 1
    assert labels(app) == ["Download PNG"]


@pytest.mark.parametrize("sample", samples.sample_pages(), ids=lambda sample: sample.name)
def test_a_link_opens_each_sample(sample: samples.Sample, cleaner: CountingCleaner) -> None:
    app = opened(document=sample.title)
    assert not app.exception
    assert sample.about in texts(app)
    assert cleaner.cleaned == [sample.dirty.name]


def test_a_link_opens_the_cleaner_and_its_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    counting = CountingCleaner()
    monkeypatch.setattr(door, "page_cleaner", lambda name, device: asked.append(name) or counting)
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
    app = uploaded(
        ("text.png", b"no picture", "image/png"),
        ("empty.png", b"", "image/png"),
        ("cut.png", good[1][: len(good[1]) // 2], "image/png"),
        good,
    )
    assert not app.exception
    found = [entry.run.problem for entry in entries(app) if entry.run.state == "failed"]
    assert [problem.split(":")[0] for problem in found] == ["text.png", "empty.png", "cut.png"]
    assert all(f":red[:material/error: {plain(problem)}]" in messages(app) for problem in found)
    assert cleaner.cleaned == ["page.png"]


def test_failures_among_many_stand_above_a_list_that_stays_closed(cleaner: CountingCleaner) -> None:
    bad = [(f"bad-{number}.png", b"no picture", "image/png") for number in range(4)]
    good = [dirty_png(f"{number}.png", 60 + number, 40) for number in range(5)]
    app = uploaded(*good, *bad)
    (listing,) = (each for each in app.expander if each.label.startswith("9 documents, "))
    assert not listing.proto.expanded
    assert listing.label.endswith(", :red[4 could not be cleaned]")
    inside = [each.value for each in listing.markdown]
    assert ["bad-3" in line for line in inside] == [True, *5 * [False]]  # the failures first
    alone = [each.value for each in app.markdown if "bad-" in each.value and each.value not in inside]
    assert [f"bad-{number}" in line for number, line in enumerate(alone)] == [True] * 3


def test_a_few_documents_are_listed_in_the_order_they_came(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), ("bad.png", b"no picture", "image/png"), dirty_png("b.png", 320))
    (listing,) = (each for each in app.expander if each.label.startswith("3 documents, "))
    assert listing.proto.expanded
    assert listing.label.endswith(", :red[1 could not be cleaned]")
    lines = "\n".join(each.value for each in listing.markdown)
    assert lines.index("a.png") < lines.index("bad.png") < lines.index("b.png")


def test_a_locked_pdf_among_many_asks_once_for_its_password(cleaner: CountingCleaner) -> None:
    many = [dirty_png(f"{number}.png", 60 + number, 40) for number in range(8)]
    app = uploaded(*many, ("locked.pdf", locked_pdf(), "application/pdf"))
    assert not app.exception
    app.text_input[0].set_value("secret").run()
    settled(app)
    assert not app.text_input
    assert {entry.run.state for entry in entries(app)} == {"done"}


@pytest.mark.parametrize(("bring", "what"), [("Files", "Pages to clean"), ("Folder", "Folder of pages")])
def test_an_uploader_says_which_files_and_how_large(
    bring: str, what: str, cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = resources.settings.Settings(max_upload_mb=7, max_megapixels=3)
    monkeypatch.setattr(resources, "current_settings", lambda: small)
    uploader = digit_lab.open_page("documents", document="Your own pages", bring=bring).file_uploader[0]
    assert uploader.label == f"{what}: PDF, TIFF, HEIC, JPEG, PNG"
    assert "Files of more than 7 MB turn red and are left out" in uploader.help
    assert "up to 3 megapixels" in uploader.help


def test_an_enormous_page_is_refused_before_it_is_decoded(
    cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = resources.settings.Settings(max_megapixels=1)
    monkeypatch.setattr(resources, "current_settings", lambda: small)
    app = uploaded(dirty_png("large.png", 1200, 1000))
    assert "more than the limit of 1 million pixels" in messages(app)
    assert cleaner.cleaned == []


def test_a_turned_photograph_comes_out_upright(cleaner: CountingCleaner) -> None:
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    Image.fromarray(make_dirty(draw_page(300, 200))).save(buffer, "JPEG", exif=exif)
    app = uploaded(("side.jpg", buffer.getvalue(), "image/jpeg"))
    assert Image.open(io.BytesIO(results(app)[0])).size == (200, 300)


def test_every_page_of_a_file_is_cleaned_into_the_same_kind(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_tiff(count=3))
    assert len(cleaner.cleaned) == 3
    with open_document(results(app)[0], "out.tif") as document:
        assert (document.kind, document.page_count) == ("tiff", 3)
    assert "3 pages" in texts(app)


def test_nothing_is_cleaned_twice(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"))
    app.segmented_control(key="document").set_value("coffee").run()
    settled(app)
    app.segmented_control(key="document").set_value("yours").run()
    settled(app)
    app.slider(key="strength").set_value(50).run()
    settled(app)
    assert sorted(cleaner.cleaned) == ["a.png", "coffee-dirty.png"]


def test_uploads_taken_back_are_gone(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), dirty_png("b.png", 320))
    first = app.file_uploader[0].value[0]
    app.file_uploader[0].set_value([(first.name, first.getvalue(), first.type)]).run()
    assert [entry.name for entry in entries(app)] == ["a.png"]


def test_pictures_for_the_screen_go_with_their_document(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"))
    desk = desk_of(app)
    held = desk.views.size
    first = app.file_uploader[0].value[0]
    for number in range(3):  # each in place of the one before
        app.file_uploader[0].set_value([dirty_png(f"{number}.png")]).run()
        settled(app)
        assert 0 < desk.views.size < 1.5 * held
    app.file_uploader[0].set_value([]).run()
    assert desk.views.size == desk.memory.size == 0
    assert first.name not in [entry.name for entry in desk.entries.values()]


def test_who_cleans_and_trains_has_one_turn_in_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patient = PatientCleaner()
    monkeypatch.setattr(door, "page_cleaner", lambda name, device: patient)
    app = uploading(dirty_png("a.png"))
    app.switch_page("app/pages/lessons/train.py").run()
    next(button for button in app.button if button.label == "Train").click().run()
    cleaning, training = desk_of(app).entries, app.session_state["own-trial"].job
    owners = {training.owner, *(entry.run.job.owner for entry in cleaning.values())}
    assert owners == {app.session_state["visitor"]}
    resources.work_queue().cancel_all(training.owner)


def test_documents_outlive_a_visit_to_another_page(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), dirty_png("b.png", 320))
    app.switch_page("app/pages/overview.py").run()
    app.switch_page("app/pages/documents.py")
    app.query_params["document"] = "Your own pages"
    app.run()
    settled(app)
    assert len(results(app)) >= 2
    assert sorted(set(cleaner.cleaned)) == sorted(cleaner.cleaned)
    press(app, "Remove")
    assert [entry.name for entry in entries(app)] == ["b.png"]


def test_a_page_that_fails_does_not_stop_the_others(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("broken.png"), dirty_png("fine.png", 320))
    assert not app.exception
    assert "broken.png: could not be cleaned (RuntimeError: out of memory)" in unescaped(messages(app))
    assert [entry.run.state for entry in entries(app)] == ["done", "done"]
    assert np.array_equal(pixels(results(app)[0]), make_dirty(draw_page(300, 200)))


def test_a_missing_sample_is_explained(cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path) -> bytes:
        raise DataError(f"{path.name} is missing")

    monkeypatch.setattr(door, "file_bytes", missing)
    app = digit_lab.open_page("documents")
    assert not app.exception
    assert "coffee-dirty.png is missing" in messages(app)


def test_missing_weights_are_explained_and_the_filter_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_the_filter(name: str, device: str) -> DivisionCleaner:
        if name != "division":
            raise WeightsError(f"the weights '{name}' are missing")
        return DivisionCleaner()

    monkeypatch.setattr(door, "page_cleaner", only_the_filter)
    app = digit_lab.open_page("documents")
    assert "the weights 'page' are missing" in messages(app)
    app.segmented_control(key="cleaner").set_value("division").run()
    settled(app)
    assert not app.error
    assert labels(app) == ["Download PNG"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (17, 900), (1, 5000), (5000, 1)])
def test_pages_of_odd_sizes_are_cleaned(shape: tuple[int, int]) -> None:
    app = uploaded(dirty_png("odd.png", *shape), **FILTER)
    assert not app.exception
    assert not app.error
    assert Image.open(io.BytesIO(results(app)[0])).size == shape


def test_strength_zero_gives_the_same_pixels(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"), strength="0")
    assert np.array_equal(pixels(results(app)[0]), make_dirty(draw_page(300, 200)))
    assert cleaner.cleaned == []


@pytest.mark.parametrize(("word", "mode"), [("Grey", "L"), ("Black and white", "1")])
def test_colours_are_the_visitors_choice(word: str, mode: str, cleaner: CountingCleaner) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([make_dirty(draw_page())] * 3)).save(buffer, "PNG")
    app = uploaded(("colour.png", buffer.getvalue(), "image/png"), colour=word)
    assert Image.open(io.BytesIO(results(app)[0])).mode == mode


def test_a_kind_of_file_can_be_chosen_and_many_pages_become_one_archive(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_tiff("fax.tif", 2), to="PNG")
    assert labels(app) == ["Download 2 PNG as ZIP"]
    assert [str(name) for name, _data in entries(app)[0].run.files] == ["fax-001.png", "fax-002.png"]


def test_a_kept_region_stays_as_it_was_until_it_is_undone(cleaner: CountingCleaner) -> None:
    app = uploaded(dirty_png("a.png"))
    entries(app)[0].boxes[1] = ((40, 30, 100, 60),)
    app.run()
    settled(app)
    dirty, clean = make_dirty(draw_page(300, 200)), pixels(results(app)[0])
    assert np.array_equal(clean[30:90, 40:140], dirty[30:90, 40:140])
    assert not np.array_equal(clean[100:], dirty[100:])
    assert "1 region of this page kept" in texts(app)
    press(app, "Undo the last")
    assert not np.array_equal(pixels(results(app)[0])[30:90, 40:140], dirty[30:90, 40:140])


def test_an_inverted_page_is_recognised_and_inverted_on_request(cleaner: CountingCleaner) -> None:
    buffer = io.BytesIO()
    Image.fromarray(255 - draw_page(620, 877)).save(buffer, "PNG")
    app = uploaded(("negative.png", buffer.getvalue(), "image/png"))
    assert "inverted" in "\n".join(warning.value for warning in app.warning)
    assert pixels(results(app)[0]).mean() < 128
    press(app, "Invert such pages")
    assert pixels(results(app)[0]).mean() > 128
    assert "--invert" in command(entries(app)[0], entries(app)[0].run)


def test_pages_to_look_at_can_come_first(cleaner: CountingCleaner) -> None:
    buffer = io.BytesIO()
    Image.fromarray(255 - draw_page(620, 877)).save(buffer, "PNG")
    app = uploaded(dirty_png("fine.png"), ("negative.png", buffer.getvalue(), "image/png"))
    assert ":material/flag: 1 to look at" in texts(app)
    strip = next(item for item in app.get("bidi_component") if "fine.png" in item.proto.json)
    assert strip.proto.json.index("fine.png") < strip.proto.json.index("negative.png")
    app.segmented_control(key="sort").set_value("Those to look at first").run()
    strip = next(item for item in app.get("bidi_component") if "fine.png" in item.proto.json)
    assert strip.proto.json.index("negative.png") < strip.proto.json.index('"fine.png"')


def test_work_can_be_stopped_and_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = PatientCleaner()
    monkeypatch.setattr(door, "page_cleaner", lambda name, device: patient)
    app = uploading(dirty_png("a.png"), dirty_png("b.png", 320))
    assert "being cleaned" in texts(app)
    press(app, "Stop")
    assert [entry.run.state for entry in entries(app)] == ["stopped", "stopped"]
    assert "What is done is kept" in texts(app)
    patient.is_done = True
    press(app, "Go on")
    assert [entry.run.state for entry in entries(app)] == ["done", "done"]
    assert patient.cleaned == ["a.png", "b.png"]


def test_a_locked_pdf_opens_with_its_password(cleaner: CountingCleaner) -> None:
    app = uploaded(("locked.pdf", locked_pdf(), "application/pdf"))
    assert "locked.pdf" in messages(app)
    assert "--password" not in messages(app)
    app.text_input[0].set_value("secret").run()
    settled(app)
    assert entries(app)[0].run.state == "done"


def locked_pdf() -> bytes:
    """A dirty page behind the password `secret`."""
    import pikepdf

    plain_pdf, locked = io.BytesIO(), io.BytesIO()
    Image.fromarray(make_dirty(draw_page(620, 877))).save(plain_pdf, "PDF", resolution=75)
    with pikepdf.open(plain_pdf) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="secret"))
    return locked.getvalue()


def test_no_password_is_asked_for_because_of_a_name(cleaner: CountingCleaner) -> None:
    app = uploaded(("password.pdf", b"%PDF-1.4 nothing", "application/pdf"))
    assert "the PDF is damaged" in messages(app)
    assert [each.label for each in app.text_input] == []


def test_a_link_inverts_pages_and_the_choice_says_so(cleaner: CountingCleaner) -> None:
    app = opened(turn="true")
    (toggle,) = (each for each in app.toggle if each.label.startswith("Invert pages with light text"))
    assert toggle.value
    assert next(iter(desk_of(app).entries.values())).run.order.choices.invert


def test_a_resolution_that_nobody_chose_is_no_number(cleaner: CountingCleaner) -> None:
    (field,) = opened().number_input
    assert (field.label, field.value, field.placeholder) == ("Resolution (dpi)", None, "As it was")
    assert (field.min, field.max) == (LEAST_DPI, MOST_DPI)


@pytest.mark.parametrize(
    ("dpi", "written"), [("", None), ("0", None), ("9", None), ("10", 10), ("9600", 9600)]
)
def test_a_resolution_is_written_that_a_page_may_have(
    cleaner: CountingCleaner, dpi: str, written: int | None
) -> None:
    assert entries(uploaded(dirty_png("a.png"), dpi=dpi))[0].run.order.choices.dpi == written


def test_a_page_that_is_picked_has_the_strip_built_once(
    cleaner: CountingCleaner, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = uploaded(dirty_png("a.png"), dirty_png("b.png"))
    built: list[str] = []
    monkeypatch.setattr(document_progress, "page_strip", lambda data, **_rest: built.append(data["chosen"]))
    picked = entries(app)[1].key
    app.session_state["documents_shown"] = picked, 1
    app.session_state["documents_picked"] = True
    assert not app.run().exception
    assert built == [f"{picked} 1"]


def test_black_and_white_in_the_app_is_that_of_the_command_line(
    cleaner: CountingCleaner, tmp_path: Path
) -> None:
    name, data, _kind = dirty_png("page.png")
    app = uploaded(dirty_png("page.png"), colour="Black and white")
    (tmp_path / name).write_bytes(data)
    out = tmp_path / "out.png"
    arguments = ["clean", str(tmp_path / name), "-o", str(out), "--bw", "--model", "division"]
    assert main(arguments) == 0
    assert results(app)[0] == out.read_bytes()
