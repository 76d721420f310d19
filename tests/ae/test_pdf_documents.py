"""PDFs as a whole: what stays of a document, several in one, locked ones, hostile ones, and long ones."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ae.documents import apart, pdf_writing
from ae.documents.document import create_writer, open_document
from ae.documents.page import Page
from ae.documents.writing import DocumentWriter
from ae.errors import Cancelled, InputError, UsageError
from tests.pdfs import book, born_digital, clean, opened, seen, strips, through, words
from tests.pictures import add_page, dirty, encoded, pdf_bytes, picture, scan, text, tinted


def titles(pdf: pikepdf.Pdf) -> list[str]:
    with pdf.open_outline() as outline:
        return [item.title for item in outline.root]


def test_metadata_outline_links_labels_text_and_attachments_stay(tmp_path):
    data = book()
    out = through(data, tmp_path)
    with pikepdf.open(io.BytesIO(out)) as pdf:
        assert [str(pdf.docinfo[key]) for key in ("/Title", "/Author")] == ["A book", "누구"]
        assert pdf.open_metadata()["dc:title"] == "A book"
        assert titles(pdf) == ["Chapter 1", "Chapter 2", "Chapter 3"]
        target = pdf.pages[0].Annots[0].A.D[0]
        assert target.objgen == pdf.pages[2].obj.objgen
        assert pdf.Root.PageLabels.Nums[1].S == "/r"
        assert pdf.Root.Lang == "ko"
        assert pdf.attachments["notes.txt"].get_file().read_bytes() == b"attached"
    for number in (1, 2, 3):
        assert f"hidden words {number}" in words(out, number)
        assert np.median(seen(out, number)) > 245 > np.median(seen(data, number))


def test_same_bytes_in_same_bytes_out(tmp_path):
    data = book()
    assert through(data, tmp_path) == through(data, tmp_path)


def write_pages(data: bytes, out: Path, numbers: list[int]) -> None:
    with open_document(data, "in.pdf") as document, create_writer("pdf", out, document) as writer:
        for page in document.pages(numbers):
            writer.write(clean(page))


def test_some_pages_of_a_book_keep_what_belongs_to_them(tmp_path):
    write_pages(book(), tmp_path / "out.pdf", [2, 3])
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 2
        assert titles(pdf) == ["Chapter 2", "Chapter 3"]
        assert str(pdf.docinfo["/Title"]) == pdf.open_metadata()["dc:title"] == "A book"
    out = (tmp_path / "out.pdf").read_bytes()
    assert "hidden words 2" in words(out, 1)


@pytest.mark.parametrize("reason", [Cancelled("stop"), KeyboardInterrupt()])
def test_cancel_leaves_the_finished_pages_in_a_valid_file(tmp_path, reason):
    def interrupted(writer: DocumentWriter) -> None:
        with writer:
            for page in document.pages([1, 2]):
                writer.write(clean(page))
            raise reason

    with opened(book()) as document, pytest.raises(type(reason)):
        interrupted(create_writer("pdf", tmp_path / "out.pdf", document))
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]
    assert len(pikepdf.open(tmp_path / "out.pdf").pages) == 2


def test_any_other_error_leaves_nothing(tmp_path):
    def broken(writer: DocumentWriter) -> None:
        with writer:
            writer.write(document.page(1))
            raise ZeroDivisionError

    with opened(book()) as document, pytest.raises(ZeroDivisionError):
        broken(create_writer("pdf", tmp_path / "out.pdf", document))
    assert list(tmp_path.iterdir()) == []


def test_several_documents_become_one_pdf_with_both_outlines(tmp_path):
    path = tmp_path / "all.pdf"
    photograph = encoded(Image.fromarray(tinted(dirty())), "JPEG", dpi=(100, 50))
    with create_writer("pdf", path) as writer:
        for data in (book(2, "First"), photograph, book(1, "Second")):
            with open_document(data, "one") as document:
                writer.begin(document)
                for page in document.pages(to="pdf"):
                    writer.write(clean(page))
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 4
        assert titles(pdf) == ["Chapter 1", "Chapter 2", "Chapter 1"]
        assert str(pdf.docinfo["/Title"]) == "First"
        assert [float(side) for side in pdf.pages[2].mediabox][2:] == pytest.approx([210 * 0.72, 298 * 1.44])
    out = path.read_bytes()
    assert "hidden words 2" in words(out, 2)
    assert "hidden words 1" in words(out, 4)


def test_an_input_is_never_overwritten(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(book())
    (tmp_path / "link.pdf").symlink_to(path)
    with open_document(path, "a.pdf") as document:
        for out in (path, tmp_path / "link.pdf", tmp_path / "." / "a.pdf"):
            with pytest.raises(UsageError, match="overwrite"):
                create_writer("pdf", out, document)


# Pictures to PDF, and back


@pytest.mark.parametrize(("mode", "kind"), [("1", "bw"), ("L", "grey"), ("RGB", "colour"), ("P", "colour")])
def test_complaint_11_pictures_in_a_pdf_keep_pixels_size_and_colours(mode, kind, tmp_path):
    source = Image.fromarray(tinted(dirty())).convert(mode)
    data = encoded(source, "TIFF", dpi=(150, 75), save_all=True, append_images=[source])
    with (
        open_document(data, "a.tif") as document,
        create_writer("pdf", tmp_path / "a.pdf", document) as writer,
    ):
        first = list(document.pages(to="pdf"))
        for page in first:
            writer.write(page)
    with opened((tmp_path / "a.pdf").read_bytes()) as document:
        assert document.page_count == 2
        for before, after in zip(first, document.pages(to="png"), strict=True):
            assert after.kind == kind
            assert after.dpi == pytest.approx((150, 75))
            assert after.size_mm == pytest.approx(before.size_mm)
            assert np.array_equal(after.pixels, before.pixels)


def test_pictures_of_unknown_or_huge_size_fit_a_page(tmp_path):
    with create_writer("pdf", tmp_path / "a.pdf") as writer:
        writer.write(Page(dirty()))
        writer.write(Page(np.full((3000, 20), 200, np.uint8), dpi=(10.0, 10.0)))
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert float(pdf.pages[0].mediabox[3]) == pytest.approx(11.69 * 72)
        assert float(pdf.pages[1].mediabox[3]) * float(pdf.pages[1].obj.UserUnit) == pytest.approx(21_600)
        assert float(pdf.pages[1].mediabox[3]) <= 14_400


def test_a_pdf_as_pictures_is_what_one_sees(tmp_path):
    pdf = pikepdf.new()
    born_digital(pdf)
    scan(pdf, dirty()).obj["/CropBox"] = [0, 0, 210, 595]
    data = pdf_bytes(pdf)
    with opened(data) as document, create_writer("png", tmp_path / "page.png", document) as writer:
        for page in document.pages(to="png"):
            writer.write(page)
    assert [path.name for path in writer.paths] == ["page-001.png", "page-002.png"]
    for number, path in enumerate(writer.paths, 1):
        view = seen(data, number)
        small = np.asarray(Image.open(path).convert("RGB").resize(view.shape[1::-1], Image.Resampling.BOX))
        assert np.abs(small.astype(int) - view).mean() < 15
        assert abs(small.mean() - view.mean()) < 2


def test_a_text_layer_lies_over_its_picture(tmp_path):
    layer = pikepdf.new()
    add_page(layer, text("laid over", 3, (200, 1000)), (420, 1190))
    for turn in (0, 90):
        pdf = pikepdf.new()
        scan(pdf, dirty()).obj["/Rotate"] = turn
        scan(pdf, dirty(), extra=text("known before", 3))
        with opened(pdf_bytes(pdf)) as document, create_writer("pdf", tmp_path / "a.pdf", document) as writer:
            for page in document.pages():
                writer.write(clean(page), pdf_bytes(layer))
        out = (tmp_path / "a.pdf").read_bytes()
        assert words(out, 1).strip() == "laid over"
        assert "laid over" not in words(out, 2)
        assert np.median(seen(out, 1)) > 245


def test_pages_that_share_their_resources_get_text_layers_of_their_own(tmp_path):
    pdf = pikepdf.new()
    images = {f"Im{number}": picture(pdf, dirty()) for number in range(21)}
    pages = [add_page(pdf, f"q 420 0 0 595 0 0 cm /Im{number} Do Q", **images) for number in (0, 1)]
    pages[1].obj["/Resources"] = pages[0].obj["/Resources"] = pdf.make_indirect(pages[0].obj["/Resources"])
    with opened(pdf_bytes(pdf)) as document, create_writer("pdf", tmp_path / "a.pdf", document) as writer:
        for page in document.pages():
            layer = pikepdf.new()
            add_page(layer, text(f"page {page.number}", 3), (420, 595))
            writer.write(clean(page), pdf_bytes(layer))
    out = (tmp_path / "a.pdf").read_bytes()
    assert [words(out, number).strip() for number in (1, 2)] == ["page 1", "page 2"]


def test_complaint_10_letters_in_layers_stay_sharp_and_small(tmp_path):
    pdf = pikepdf.new()
    letters = np.where(np.random.default_rng(0).random((150, 105)) > 0.1, np.uint8(255), np.uint8(0))
    letters = np.kron(letters, np.ones((8, 8), np.uint8))
    paper = picture(pdf, tinted(np.full((60, 42), 230, np.uint8)))
    commands = "q 420 0 0 595 0 0 cm /Paper Do 0 g /Ink Do Q"
    add_page(pdf, commands, Paper=paper, Ink=picture(pdf, letters, "stencil"))
    out = through(pdf_bytes(pdf), tmp_path)
    with pikepdf.open(io.BytesIO(out)) as result:
        image = result.pages[0].Resources.XObject.Scan
        assert image.Filter == "/FlateDecode"
        shown = pikepdf.PdfImage(image).as_pil_image().convert("L")
    assert np.median(np.asarray(shown)) > 250
    assert (np.asarray(shown) < 30).mean() > 0.08


# Long documents


def test_pictures_go_to_the_disk_and_come_back(tmp_path, monkeypatch):
    data = book(5)
    plain = through(data, tmp_path)
    monkeypatch.setattr(pdf_writing, "_MOST_WAITING", 1)
    stored = through(data, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]
    for number in range(1, 6):
        assert np.array_equal(seen(stored, number), seen(plain, number))


def test_a_disk_that_is_full_on_the_way_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pdf_writing, "_MOST_WAITING", 1)
    monkeypatch.setattr(pdf_writing, "_save", full)
    with pytest.raises(InputError, match=r"out\.pdf: cannot be written \(No space left on device\)"):
        through(book(3), tmp_path)
    assert list(tmp_path.iterdir()) == []


MEMORY = """
import re, sys
from pathlib import Path
from ae.documents import pdf_writing
from ae.documents.document import create_writer, open_document
pdf_writing._MOST_WAITING = 5_000_000
with open_document(Path(sys.argv[1]), "in.pdf") as document:
    with create_writer("pdf", Path(sys.argv[2]), document) as writer:
        for page in document.pages():
            writer.write(page)
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell the peak of the parent too")
def test_memory_does_not_grow_with_the_pages(tmp_path):
    noise = np.random.default_rng(0)
    peaks = []
    for count in (8, 40):
        path = tmp_path / f"{count}.pdf"
        with create_writer("pdf", path) as writer:
            for number in range(count):
                pixels = noise.integers(0, 256, (800, 800), np.uint8)
                writer.write(Page(pixels, dpi=(100.0, 100.0), number=number + 1))
        command = [sys.executable, "-c", MEMORY, str(path), str(tmp_path / "out.pdf")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        assert len(pikepdf.open(tmp_path / "out.pdf").pages) == count
    assert peaks[1] < peaks[0] + 12  # of 20 MB more in the file


def test_idle_workers_are_few_and_shared():
    for _ in range(4):
        with opened(strips()) as document:
            document.page(1)
    assert 1 <= len(apart._idle) <= 2
