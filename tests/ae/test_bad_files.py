"""Bad files: each is refused in one sentence that names it, or costs the page that is bad and no other."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ae.documents.document import Limits, PageError, create_writer, open_document
from ae.documents.page import Page
from ae.documents.reading import read_file, read_page
from ae.errors import InputError
from tests.conftest import draw_page, make_dirty
from tests.pdfs import book, clean, opened, seen, strips, through
from tests.pictures import add_page, dirty, encoded, pdf_bytes, picture, png_of, scan

GREY = Image.fromarray(dirty())


def pages(data: bytes, limits: Limits | None = None) -> list[Page | PageError]:
    with open_document(data, "a.bin", limits) as document:
        return list(document.pages())


# Pictures

HOSTILE = {
    "empty.png": (b"", "is empty"),
    "text.png": (b"hello, I am no picture", ": this is no picture and no PDF"),
    "document.pdf": (b"%PDF-1.7\n%", "the PDF is damaged"),
    "truncated.png": (encoded(Image.fromarray(make_dirty(draw_page())))[:400], "cut off or damaged"),
    "truncated.jpg": (encoded(Image.fromarray(draw_page()), "JPEG")[:900], "cut off or damaged"),
    "header only.png": (b"\x89PNG\r\n\x1a\n", ": this is no picture and no PDF"),
    "bomb.png": (png_of(60_000, 60_000), "more than the limit of 100 million pixels"),
    "large.png": (
        png_of(11_000, 10_000),
        "11000 x 10000 pixels is more than the limit of 100 million pixels",
    ),
    "lie.png": (png_of(500, 500), "cut off or damaged"),
    "no pages.tif": (b"II*\0\0\0\0\0", "damaged|: this is no picture"),
    "loop.tif": (b"II*\0\x08\0\0\0" + b"\0\0" + b"\x08\0\0\0", "damaged|: this is no picture"),
    "page.ps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", ": this is no picture and no PDF"),
    "\u202eg\u0301\U0001f4a5.png": (b"?", ": this is no picture"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_file_is_one_sentence_that_names_it(name):
    data, message = HOSTILE[name]
    with pytest.raises(InputError, match=message) as caught:
        read_page(data, name)
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


def test_a_file_of_too_many_bytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(b"x" * 2000)
    with pytest.raises(InputError, match="more than the limit"):
        read_file(path, Limits(bytes=1000))


@pytest.mark.parametrize("name", ["gone.png", "", "x" * 300, "a\0b"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path, name):
    with pytest.raises(InputError, match="cannot be opened"):
        read_file(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes with a name in a folder")
def test_a_pipe_is_not_taken_for_an_empty_file(tmp_path):
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    with pytest.raises(InputError, match="is no file but a pipe"):
        read_file(path)


def test_too_many_pages_are_refused():
    images = [GREY.resize((8, 8))] * 6
    data = encoded(images[0], "TIFF", save_all=True, append_images=images[1:])
    assert len(pages(data, Limits(pages=6))) == 6
    with pytest.raises(InputError, match="more than the limit of 5 pages"):
        open_document(data, "a.tif", Limits(pages=5))


def test_one_bad_page_does_not_stop_the_others():
    images = [
        Image.fromarray(np.random.default_rng(n).integers(0, 256, (40, 40), np.uint8)) for n in range(3)
    ]
    data = bytearray(
        encoded(images[0], "TIFF", compression="tiff_lzw", save_all=True, append_images=images[1:])
    )
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        start = image.tag_v2[273][0]
    data[start : start + 200] = b"\xff" * 200
    found = pages(bytes(data))
    assert [isinstance(page, PageError) for page in found] == [False, True, False]
    assert found[1].number == 2
    assert str(found[1]).startswith("a.bin, page 2: ")


def test_one_large_page_does_not_stop_the_others():
    images = [Image.new("1", (10, 10)), Image.new("1", (400, 400)), Image.new("1", (10, 10))]
    data = encoded(images[0], "TIFF", save_all=True, append_images=images[1:])
    found = pages(data, Limits(pixels=10_000))
    assert [isinstance(page, PageError) for page in found] == [False, True, False]


def test_a_jpeg_of_thousands_of_layers_is_refused():
    data = encoded(GREY, "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    many = data[:-2] + scan * 3000 + data[-2:]
    assert struct.unpack(">H", many[-2:])[0] == 0xFFD9
    with pytest.raises(InputError, match="too many layers"):
        read_page(many, "a.jpg")


def test_an_icon_does_not_hide_a_bomb():
    inner = png_of(60_000, 60_000)
    header = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22)
    with pytest.raises(InputError, match=r"pixels|damaged"):
        read_page(header + inner, "a.ico")


# PDFs


def locked(user: str = "열쇠", owner: str = "owner") -> bytes:
    pdf = pikepdf.open(io.BytesIO(book()))
    return pdf_bytes(pdf, encryption=pikepdf.Encryption(user=user, owner=owner))


def test_a_locked_pdf_needs_its_password_and_stays_locked(tmp_path):
    with pytest.raises(InputError, match=r"^in\.pdf: it is locked; give its password"):
        open_document(locked(), "in.pdf")
    with pytest.raises(InputError, match="the password is wrong") as wrong:
        open_document(locked(), "in.pdf", password="no")
    assert "--" not in str(wrong.value)
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


def test_pages_that_were_cut_off_are_told_from_blank_ones():
    pdf = pikepdf.new()
    add_page(pdf, "")
    for _ in range(4):
        scan(pdf, dirty())
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert document.notes == ()
        assert document.passes_through(1)
    with opened(data[: len(data) * 2 // 3]) as document:
        assert "was damaged and has been repaired" in document.notes
        found = list(document.pages())
    assert len(found) == 5
    lost = [page for page in found if isinstance(page, PageError)]
    assert 1 <= len(lost) <= 3
    assert all("missing" in str(error) for error in lost)
    assert [error.number for error in lost] == list(range(6 - len(lost), 6))
    assert isinstance(found[0], Page)
    assert found[0].untouched


def test_commands_that_unpack_to_a_bomb_are_told_and_cost_that_page_only():
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b" " * 10_000_000) for _ in range(30)) + packer.flush()
    pdf = pikepdf.new()
    add_page(pdf, "")
    pdf.pages[0].Contents.write(bomb, filter=pikepdf.Name.FlateDecode)
    scan(pdf, dirty())
    with opened(pdf_bytes(pdf, compress_streams=False)) as document:
        first, second = document.pages()
    assert str(first) == "in.pdf, page 1: cannot be understood; print it to a new PDF"
    assert isinstance(second, Page)


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


def nested(pdf: pikepdf.Pdf, levels: int, each: int, drawn: pikepdf.Stream) -> pikepdf.Stream:
    """Forms in each other, each of which draws the next so many times."""
    for _ in range(levels):
        form = pdf.make_stream(b"/Im Do " * each)
        form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        form["/BBox"] = [0, 0, 1000, 1000]
        form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=drawn))
        drawn = form
    return drawn


def nested_forms(levels: int = 30, each: int = 10) -> bytes:
    """Forms that draw each other: 10 ** 30 pictures."""
    pdf = pikepdf.new()
    drawn = nested(pdf, levels, each, picture(pdf, dirty(20, 20)))
    add_page(pdf, "q 420 0 0 595 0 0 cm /Im Do Q", Im=drawn)
    return pdf_bytes(pdf)


def processor_seconds() -> float:
    """Of this process, and of those it has ended; unlike a clock, the same however busy the machine is."""
    return sum(os.times()[:4])


def test_forms_that_draw_each_other_end_in_bounded_time():
    started = processor_seconds()
    with open_document(nested_forms(), "in.pdf", Limits(seconds=2)) as document:
        assert document.passes_through(1)
        # A fast machine runs into the bound of memory first, which ends the process that draws.
        with pytest.raises(PageError, match=r"longer than 2 seconds|is damaged"):
            document.page(1, to="png")
    assert processor_seconds() - started < 12


def many_pictures(pdf: pikepdf.Pdf) -> None:
    add_page(pdf, "/Im Do " * 299_000, Im=picture(pdf, dirty(20, 20)))


def many_forms(pdf: pikepdf.Pdf) -> None:
    add_page(pdf, "/Im Do " * 100_000, Im=nested(pdf, 1, 0, picture(pdf, dirty(20, 20))))


def forms_within_forms(pdf: pikepdf.Pdf) -> None:
    add_page(pdf, "/Im Do", Im=nested(pdf, 12, 10, picture(pdf, dirty(20, 20))))


def one_part_again_and_again(pdf: pikepdf.Pdf) -> None:
    page = add_page(pdf, "q Q " * 20)
    page.obj["/Contents"] = pikepdf.Array([page.obj["/Contents"]] * 100_000)


def many_words(pdf: pikepdf.Pdf) -> None:
    add_page(pdf, "q " * 7_900_000)


def many_texts(pdf: pikepdf.Pdf) -> None:
    add_page(pdf, "()" * 7_900_000)


FLOODS = [many_pictures, many_forms, forms_within_forms, one_part_again_and_again, many_words, many_texts]


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.__name__)
def test_a_flood_of_commands_is_told_and_costs_that_page_only(flood):
    pdf = pikepdf.new()
    flood(pdf)
    scan(pdf, dirty())
    with opened(pdf_bytes(pdf)) as document:
        assert document.passes_through(1)
        assert document.remark(1) == "has too many commands to be looked at, and is as it was"
        assert not document.passes_through(2)
        assert document.page(2).width == 210


def test_a_flood_of_commands_is_weighed_before_it_is_parsed(monkeypatch):
    pdf = pikepdf.new()
    for flood in (many_words, many_texts, one_part_again_and_again):
        flood(pdf)
    monkeypatch.setattr(pikepdf, "parse_content_stream", lambda *_: pytest.fail("was parsed"))
    with opened(pdf_bytes(pdf)) as document:
        assert all("too many commands" in document.remark(number) for number in (1, 2, 3))


def test_a_form_that_draws_itself_ends():
    pdf = pikepdf.open(io.BytesIO(nested_forms(levels=1, each=1)))
    form = pdf.pages[0].Resources.XObject.Im
    form.Resources.XObject.Im = form
    with opened(pdf_bytes(pdf)) as document:
        document.page(1, to="png")


def test_a_worker_that_dies_costs_one_page(monkeypatch):
    with opened(strips()) as document:
        document.page(1)
        document._renderer._apart._process.kill()
        assert document.page(1).note


def test_a_worker_that_dies_costs_no_other_picture():
    faxes = [Image.fromarray(dirty()).convert("1") for _ in range(3)]
    data = encoded(faxes[0], "TIFF", save_all=True, append_images=faxes[1:], compression="group4")
    with open_document(data, "a.tif") as document:
        first = document.page(1)
        document._apart._process.kill()
        assert np.array_equal(document.page(1).pixels, first.pixels)
        assert document.page(3).number == 3


def test_a_picture_that_takes_too_long_costs_no_more_than_its_time():
    numbers = b"P3 2000 2000 255\n" + b"1 " * 12_000_000  # read one by one
    started = time.monotonic()
    with pytest.raises(InputError, match=r"^a.ppm: took longer than 0.5 seconds; save it as"):
        read_page(numbers, "a.ppm", Limits(seconds=0.5))
    assert time.monotonic() - started < 20
    assert read_page(b"P3 1 1 255\n 9 9 9", "b.ppm").width == 1


def test_a_process_apart_keeps_nothing_of_a_file_that_is_closed():
    with open_document(encoded(GREY, "TIFF"), "a.tif") as document:
        document.page(1)
        process = document._apart._process
        assert process.ask(60, "is_busy")
    assert not process.ask(60, "is_busy")


def test_scripts_and_pictures_elsewhere_are_never_followed_and_left_out(tmp_path):
    pdf = pikepdf.open(io.BytesIO(book()))
    pdf.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hello')")
    pdf.pages[0].Contents = pikepdf.Array([pdf.pages[0].Contents])
    file = pikepdf.Dictionary(FS=pikepdf.Name.URL, F="http://127.0.0.1:9/picture", Type=pikepdf.Name.Filespec)
    pdf.pages[1].Resources.XObject.Im["/F"] = file
    out = through_or_kept(pdf_bytes(pdf), tmp_path / "out.pdf")
    with pikepdf.open(out) as result:
        assert "/OpenAction" not in result.Root
        assert len(result.pages) == 3


def through_or_kept(data: bytes, path: Path) -> Path:
    with opened(data) as document, create_writer("pdf", path, document) as writer:
        for page in document.pages():
            if isinstance(page, PageError):
                writer.keep(page.number)
            else:
                writer.write(clean(page))
    return path
