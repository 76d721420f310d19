"""PDFs as a whole: what stays of a document, several in one, locked ones, hostile ones, and long ones."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ae.documents import pdf_renderer, pdf_writing
from ae.documents.document import Limits, PageError, create_writer, open_document
from ae.documents.page import Page
from ae.documents.writing import DocumentWriter
from ae.errors import Cancelled, InputError, UsageError
from tests.ae.test_pdf import born_digital, clean, opened, seen, strips, through, words
from tests.pictures import add_page, dirty, encoded, pdf_bytes, picture, scan, text, tinted


def book(pages: int = 3, title: str = "A book") -> bytes:
    """Scans with everything else that a PDF may hold."""
    pdf = pikepdf.new()
    for number in range(pages):
        scan(pdf, dirty(), extra=text(f"hidden words {number + 1}", mode=3))
    pdf.docinfo["/Title"], pdf.docinfo["/Author"] = title, "누구"
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = title
    with pdf.open_outline() as outline:
        chapters = [pikepdf.OutlineItem(f"Chapter {number + 1}", number) for number in range(pages)]
        outline.root.extend(chapters)
    go = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[pdf.pages[-1].obj, pikepdf.Name.Fit])
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 50, 50], Border=[0, 0, 0], A=go
    )
    pdf.pages[0].obj["/Annots"] = pdf.make_indirect(pikepdf.Array([link]))
    pdf.Root["/PageLabels"] = pikepdf.Dictionary(Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.r)])
    pdf.Root["/Lang"] = "ko"
    pdf.attachments["notes.txt"] = b"attached"
    return pdf_bytes(pdf)


def titles(pdf: pikepdf.Pdf) -> list[str]:
    with pdf.open_outline() as outline:
        return [item.title for item in outline.root]


def test_metadata_outline_links_labels_text_and_attachments_stay(tmp_path):
    data = book()
    out = through(data, tmp_path)
    with pikepdf.open(io.BytesIO(out)) as pdf:
        assert str(pdf.docinfo["/Title"]), str(pdf.docinfo["/Author"]) == ("A book", "누구")
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


# Locked and hostile files


def locked(user: str = "열쇠", owner: str = "owner") -> bytes:
    pdf = pikepdf.open(io.BytesIO(book()))
    return pdf_bytes(pdf, encryption=pikepdf.Encryption(user=user, owner=owner))


def test_a_locked_pdf_needs_its_password_and_stays_locked(tmp_path):
    with pytest.raises(InputError, match=r"^in\.pdf: it is locked; give its password"):
        open_document(locked(), "in.pdf")
    with pytest.raises(InputError, match="the password is wrong"):
        open_document(locked(), "in.pdf", password="no")
    out = tmp_path / "out.pdf"
    with (
        open_document(locked(), "in.pdf", password="열쇠") as document,
        create_writer("pdf", out, document) as writer,
    ):
        for page in document.pages():
            writer.write(clean(page))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(tmp_path / "out.pdf")
    with pikepdf.open(tmp_path / "out.pdf", password="열쇠") as pdf:
        assert len(pdf.pages) == 3


def test_a_pdf_that_is_only_restricted_opens_and_says_so():
    with opened(locked(user="")) as document:
        assert "restrictions" in document.notes[0]
        assert document.page(1).width == 210


def test_a_locked_pdf_is_drawn_too():
    pdf = pikepdf.open(io.BytesIO(strips()))
    data = pdf_bytes(pdf, encryption=pikepdf.Encryption(user="a", owner="a"))
    with open_document(data, "in.pdf", password="a") as document:
        assert "strips" in document.page(1).note


def test_a_signed_pdf_says_that_the_signature_ends():
    pdf = pikepdf.open(io.BytesIO(book()))
    pdf.Root["/AcroForm"] = pikepdf.Dictionary(SigFlags=3, Fields=[])
    with opened(pdf_bytes(pdf)) as document:
        assert "signed" in document.notes[0]


def test_a_damaged_pdf_is_repaired_and_read(tmp_path):
    data = book()
    broken = data[: data.rindex(b"xref")] + b"garbage"
    assert len(through(broken, tmp_path)) > 1000
    assert np.median(seen((tmp_path / "out.pdf").read_bytes(), 3)) > 245


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"%PDF-1.7\n" + b"\0" * 5000, b"junk %PDF- junk", book()[:300]]
)
def test_a_hopeless_pdf_is_one_sentence(data):
    with pytest.raises(InputError, match=r"^in\.pdf: the PDF is damaged"):
        opened(data)


def test_no_pages_and_too_many_pages_are_refused():
    with pytest.raises(InputError, match="no pages"):
        opened(pdf_bytes(pikepdf.new()))
    with pytest.raises(InputError, match="more than the limit of 2 pages"):
        open_document(book(), "in.pdf", Limits(pages=2))
    with pytest.raises(InputError, match="more than the limit"):
        opened(book().replace(b"/Count 3", b"/Count 2000000000"))


BOXES = [
    [0, 0, 1e9, 1e9],
    [0, 0, 0, 0],
    [5, 5, -400, -500],
    [0, 0, 1e-6, 1],
    [0, 0, "x", 2],
    [1e12, 0, 2e12, 9],
]


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_any_page_box_is_read_within_the_limits(box, tmp_path):
    for data in (book(1), strips()):
        pdf = pikepdf.open(io.BytesIO(data))
        pdf.pages[0].obj["/MediaBox"] = box
        with open_document(pdf_bytes(pdf), "in.pdf", Limits(pixels=1_000_000)) as document:
            for kind in ("pdf", "png"):
                for page in document.pages(to=kind):
                    if isinstance(page, PageError):
                        assert str(page).startswith("in.pdf")
                    else:
                        assert page.pixels.size <= 3_000_000


def test_a_huge_picture_is_refused_before_it_is_decoded():
    pdf = pikepdf.new()
    bomb = picture(pdf, dirty(), "flate", Width=60_000, Height=60_000)
    add_page(pdf, "q 420 0 0 595 0 0 cm /Im Do Q", Im=bomb)
    with opened(pdf_bytes(pdf)) as document, pytest.raises(PageError, match="60000 x 60000 pixels"):
        document.page(1)


def test_a_jpeg_larger_than_it_says_is_refused_before_it_is_decoded():
    pdf = pikepdf.new()
    scan(pdf, dirty(), Width=10, Height=10)
    limits = Limits(pixels=1000)
    with (
        open_document(pdf_bytes(pdf), "in.pdf", limits) as document,
        pytest.raises(PageError, match="210 x 298"),
    ):
        document.page(1)


def nested_forms(levels: int = 30, each: int = 10) -> bytes:
    """Forms that draw each other: 10 ** 30 pictures."""
    pdf = pikepdf.new()
    drawn = picture(pdf, dirty(20, 20))
    for _ in range(levels):
        form = pdf.make_stream(b"/Im Do " * each)
        form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        form["/BBox"] = [0, 0, 1000, 1000]
        form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=drawn))
        drawn = form
    add_page(pdf, "q 420 0 0 595 0 0 cm /Im Do Q", Im=drawn)
    return pdf_bytes(pdf)


def test_forms_that_draw_each_other_end_in_bounded_time():
    started = time.monotonic()
    with open_document(nested_forms(), "in.pdf", Limits(seconds=2)) as document:
        assert document.passes_through(1)
        with pytest.raises(PageError, match="longer than 2 seconds"):
            document.page(1, to="png")
    assert time.monotonic() - started < 30


def test_a_form_that_draws_itself_ends():
    pdf = pikepdf.open(io.BytesIO(nested_forms(levels=1, each=1)))
    form = pdf.pages[0].Resources.XObject.Im
    form.Resources.XObject.Im = form
    with opened(pdf_bytes(pdf)) as document:
        document.page(1, to="png")


def test_a_worker_that_dies_costs_one_page(monkeypatch):
    with opened(strips()) as document:
        document.page(1)
        document._renderer._process.kill()
        assert document.page(1).note


def test_scripts_and_links_to_elsewhere_are_kept_but_never_followed(tmp_path):
    pdf = pikepdf.open(io.BytesIO(book()))
    pdf.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hello')")
    pdf.pages[0].Contents = pikepdf.Array([pdf.pages[0].Contents])
    file = pikepdf.Dictionary(FS=pikepdf.Name.URL, F="http://127.0.0.1:9/picture", Type=pikepdf.Name.Filespec)
    pdf.pages[1].Resources.XObject.Im["/F"] = file
    out = through_or_kept(pdf_bytes(pdf), tmp_path / "out.pdf")
    with pikepdf.open(out) as result:
        assert result.Root.OpenAction.S == "/JavaScript"
        assert len(result.pages) == 3


def through_or_kept(data: bytes, path: Path) -> Path:
    with opened(data) as document, create_writer("pdf", path, document) as writer:
        for page in document.pages():
            if isinstance(page, PageError):
                writer.keep(page.number)
            else:
                writer.write(clean(page))
    return path


# Long documents


def test_pictures_go_to_the_disk_and_come_back(tmp_path, monkeypatch):
    data = book(5)
    plain = through(data, tmp_path)
    monkeypatch.setattr(pdf_writing, "_MOST_WAITING", 1)
    stored = through(data, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]
    for number in range(1, 6):
        assert np.array_equal(seen(stored, number), seen(plain, number))


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
    assert 1 <= len(pdf_renderer._idle) <= 2
