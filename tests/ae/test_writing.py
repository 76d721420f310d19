"""Writing: the same kind of file with the same size, DPI and colours, about as large, never half of it."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from ae.documents import tiff
from ae.documents.document import KINDS, Output, PageError, create_writer, open_document
from ae.documents.encoding import Quality, encode
from ae.documents.kinds import MANY_PAGES, kind_of_name, suffix_for
from ae.documents.page import Origin, Page
from ae.documents.reading import read_page
from ae.errors import Cancelled, InputError, UsageError
from ae.units import LEAST_DPI, MOST_DPI
from tests.conftest import draw_page
from tests.pictures import dirty, encoded, tinted

GREY = Image.fromarray(dirty())
COLOUR = Image.fromarray(tinted(dirty()))
KEEPS_DPI = ("png", "jpeg", "tiff", "pdf", "bmp", "webp", "heic", "avif")
WITH_LOSS = ("jpeg", "webp", "heic", "avif")


def written(page: Page, kind: str, folder: Path, **options: object) -> bytes:
    out = folder / f"out{suffix_for(kind)}"
    with create_writer(kind, out, output=Output(**options)) as writer:
        writer.write(page)
    assert writer.paths == [out]
    assert [path.name for path in folder.iterdir()] == [out.name]
    return out.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", [GREY, COLOUR], ids=["grey", "colour"])
def test_complaint_11_every_kind_keeps_pixels_size_and_dpi(kind, source, tmp_path):
    page = Page(np.asarray(source), "a", (300.0, 150.0))
    data = written(page, kind, tmp_path)
    with open_document(data, "out") as document:
        assert document.kind == kind
        again = document.page(1, to="png")
    assert (again.width, again.height) == (page.width, page.height)
    if kind in KEEPS_DPI:
        assert again.dpi == pytest.approx(page.dpi, abs=0.6)
    if kind not in ("webp", "heic", "avif"):
        assert again.kind == page.kind
    shown = again.pixels if again.pixels.ndim == page.pixels.ndim else again.pixels.mean(-1)
    assert np.abs(shown.astype(int) - page.pixels).mean() < (6 if kind in (*WITH_LOSS, "gif") else 0.1)


@pytest.mark.parametrize("kind", ["png", "tiff", "pdf", "bmp", "gif", "pnm"])
def test_black_and_white_stays_black_and_white(kind, tmp_path):
    pixels = np.where(dirty() > 120, np.uint8(255), np.uint8(0))
    data = written(Page(pixels, is_bw=True), kind, tmp_path)
    again = read_page(data, "out")
    assert again.kind == "bw"
    assert np.array_equal(again.pixels, pixels)


def test_black_and_white_in_tiff_and_pdf_is_fax_code(tmp_path):
    pixels = np.full((1700, 1200), 255, np.uint8)
    for left, top, width in np.random.default_rng(0).integers(0, 1000, (900, 3)):
        pixels[top : top + 9, left : left + width // 20] = 0
    page = Page(pixels, is_bw=True)
    data = written(page, "tiff", tmp_path)
    assert read_page(data, "a.tif").origin.compression == "group4"
    (tmp_path / "out.tif").unlink()
    assert b"/CCITTFaxDecode" in written(page, "pdf", tmp_path)


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg", "pdf"])
@pytest.mark.parametrize("colour", ["grey", "bw", "colour"])
def test_complaint_6_grey_and_black_and_white_are_options(kind, colour, tmp_path):
    data = written(Page(np.asarray(COLOUR)), kind, tmp_path, colour=colour)
    expected = "grey" if colour == "bw" and kind == "jpeg" else colour
    assert read_page(data, "out").kind == expected


def test_a_page_becomes_black_and_white_with_strokes_as_wide_as_they_were():
    page = np.full((60, 60), 235, np.uint8)
    page[10:14, 5:55] = page[30:34, 5:55] = 40
    page[50, 50] = 220
    blurred = np.asarray(Image.fromarray(page).resize((240, 240), Image.Resampling.BICUBIC))
    converted = Page(blurred).converted("bw")
    assert converted.is_bw
    ink = converted.pixels == 0
    assert abs(ink[20:80, 120].sum() - 16) <= 2
    assert abs(ink[100:160, 120].sum() - 16) <= 2
    assert not ink[190:210, 190:210].any()
    assert converted.converted("bw").pixels is converted.pixels


@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize("colour", [False, True])
def test_sixteen_bits_are_written_on_request(kind, colour, tmp_path):
    source = np.asarray(COLOUR if colour else GREY).astype(np.uint16) * 256 + 77
    page = Page((source >> 8).astype(np.uint8), dpi=(200.0, 200.0), deep=source, icc=None)
    again = read_page(written(page, kind, tmp_path, bits=16), "out")
    assert np.array_equal(again.deep, source)
    assert again.dpi == pytest.approx((200, 200), abs=0.1)
    (tmp_path / f"out{suffix_for(kind)}").unlink()
    assert read_page(written(page, kind, tmp_path), "out").bits == 8


@pytest.mark.parametrize(
    "compression", ["tiff_adobe_deflate", "tiff_lzw", "packbits", "jpeg", "group4", "deep"]
)
def test_titles_dates_and_names_of_a_tiff_are_kept(compression):
    texts = {
        269: "Akte 17 – Kölner Straße".encode(),
        270: b"Letters",
        306: b"2024:05:12 10:00:00",
        315: b"A. Clerk",
    }
    pixels = np.asarray(GREY)
    page = Page(pixels, dpi=(200.0, 200.0), origin=Origin(compression=compression, texts=texts))
    if compression == "deep":
        page = replace(page, deep=pixels.astype(np.uint16) * 257)
    if compression == "group4":
        page = replace(page, pixels=np.where(pixels > 128, np.uint8(255), np.uint8(0)), is_bw=True)
    data = encode(page, "tiff", Quality(bits=page.bits))
    with open_document(data, "a.tif") as document:
        assert document.page(1).origin.texts == texts
        assert document.page(1).dpi == (200.0, 200.0)


def test_every_page_of_a_tiff_keeps_its_own_name(tmp_path):
    out = tmp_path / "out.tif"
    with create_writer("tiff", out) as writer:
        for number, name in ((1, b"Recto"), (2, b"Verso")):
            writer.write(Page(np.asarray(GREY), number=number, origin=Origin(texts={285: name})))
    with open_document(out, "out.tif") as document:
        assert [document.page(number).origin.texts for number in (1, 2)] == [{285: b"Recto"}, {285: b"Verso"}]


def test_titles_of_a_tiff_of_fractions_are_read_too():
    buffer = io.BytesIO()
    pixels = np.asarray(GREY).astype(np.float64) / 255
    tifffile.imwrite(buffer, pixels, description="Letters", software=False, metadata=None)
    assert read_page(buffer.getvalue(), "a.tif").origin.texts == {270: b"Letters"}


def test_two_tones_in_dots_take_no_more_room_than_they_need():
    dots = np.asarray(Image.fromarray(np.full((400, 400), 128, np.uint8)).convert("1")) * np.uint8(255)
    page = Page(dots, is_bw=True, dpi=(300.0, 300.0))
    assert len(encode(page, "tiff")) < 3000
    with Image.open(io.BytesIO(encode(replace(page, pixels=draw_page()), "tiff"))) as image:
        assert image.info["compression"] == "group4"


def test_sixteen_bits_of_a_png_keep_camera_data():
    exif = Image.Exif()
    exif[0x010F] = "AE Lab"
    deep = np.asarray(GREY).astype(np.uint16) * 257
    page = Page(np.asarray(GREY), deep=deep, origin=Origin(exif=exif.tobytes()))
    data = encode(page, "png", Quality(bits=16))
    assert Image.open(io.BytesIO(data)).getexif()[0x010F] == "AE Lab"
    assert np.array_equal(read_page(data, "a.png").deep, deep)


def test_pages_of_one_tiff_may_differ_in_bits_and_colours(tmp_path):
    deep = np.asarray(GREY).astype(np.uint16) * 257
    grey, bw = np.asarray(GREY), np.where(np.asarray(GREY) > 99, np.uint8(255), np.uint8(0))
    given = [Page(grey, deep=deep), Page(np.asarray(COLOUR)), Page(bw, is_bw=True)]
    for bits in (8, 16):
        with create_writer("tiff", tmp_path / "a.tif", output=Output(bits=bits)) as writer:
            for page in given:
                writer.write(page)
        with open_document(tmp_path / "a.tif", "a.tif") as document:
            found = list(document.pages())
        assert [page.kind for page in found] == ["grey", "colour", "bw"]
        assert [page.bits for page in found] == [bits, 8, 8]
        for page, before in zip(found, given, strict=True):
            assert np.array_equal(page.pixels, before.pixels)


@pytest.mark.parametrize("dpi", [LEAST_DPI, MOST_DPI])
@pytest.mark.parametrize("kind", KEEPS_DPI)
def test_every_resolution_that_may_be_written_can_be_read(kind, dpi, tmp_path):
    data = written(Page(dirty(), dpi=(dpi, dpi)), kind, tmp_path)
    assert read_page(data, "a").dpi == pytest.approx((dpi, dpi), rel=0.01)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("pdf", "pcx")])
def test_no_dpi_stays_no_dpi(kind, tmp_path):
    data = written(Page(dirty()), kind, tmp_path)
    assert read_page(data, "a").size_mm is None
    with Image.open(io.BytesIO(data)) as image:
        assert image.info.get("dpi", (0, 0)) != (1, 1)


def test_dpi_is_written_on_request(tmp_path):
    assert read_page(written(Page(dirty()), "png", tmp_path, dpi=250), "a").dpi == pytest.approx(
        (250,) * 2, abs=0.1
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2, 3), (17, 5000), (3, 1)])
def test_complaint_15_odd_sizes_are_written(kind, shape, tmp_path):
    page = Page(np.full(shape, 200, np.uint8))
    if (kind, shape) == ("heic", (17, 5000)):
        with pytest.raises(InputError, match="cannot be HEIC"):
            written(page, kind, tmp_path)
        return
    again = read_page(written(page, kind, tmp_path), "a")
    assert again.pixels.shape[:2] == shape[:2]


# Profiles, camera data


def test_profile_and_camera_data_stay_without_the_orientation(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:12 10:00:00"
    for kind, name in (("jpeg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")):
        data = encoded(COLOUR, name, exif=exif, icc_profile=profile)
        page = read_page(data, "a")
        path = tmp_path / f"out{suffix_for(kind)}"
        path.write_bytes(written(page.with_pixels(page.pixels // 2), kind, tmp_path))
        with Image.open(path) as image:
            found = image.getexif()
            assert found.get(0x0112, 1) == 1
            assert found[0x010F] == "Camera"
            assert found.get_ifd(0x8769)[0x9003] == "2024:05:12 10:00:00"
            assert image.info["icc_profile"] == profile
            assert image.size == COLOUR.size[::-1]
        path.unlink()


def test_a_profile_of_colours_is_not_put_on_grey(tmp_path):
    page = Page(np.asarray(COLOUR), icc=b"of colours")
    assert read_page(written(page, "png", tmp_path, colour="grey"), "a").icc is None


# Bytes

SAME_KIND = {
    "jpeg": ("JPEG", {"quality": 60}),
    "coarse jpeg": ("JPEG", {"quality": 20, "subsampling": 2}),
    "png": ("PNG", {"optimize": True}),
    "palette png": ("PNG", {"optimize": True}),
    "lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "raw tiff": ("TIFF", {}),
    "jpeg tiff": ("TIFF", {"compression": "jpeg", "quality": 50}),
    "webp": ("WEBP", {"quality": 40}),
    "lossless webp": ("WEBP", {"lossless": True}),
    "gif": ("GIF", {}),
    "avif": ("AVIF", {"quality": 40}),
}


@pytest.mark.parametrize("name", SAME_KIND)
def test_complaint_10_the_result_is_about_as_large_as_the_source(name, tmp_path):
    pillow, options = SAME_KIND[name]
    noisy = tinted(dirty(420, 596)).astype(float) + np.random.default_rng(0).normal(0, 4, (596, 420, 3))
    source = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    data = encoded(source.quantize(200) if "palette" in name else source, pillow, **options)
    with open_document(data, "a") as document:
        page = document.page(1)
        out = written(
            page.with_pixels(np.where(page.pixels > 120, np.uint8(255), page.pixels)), document.kind, tmp_path
        )
    assert len(out) <= 1.2 * len(data)


def test_a_lossless_picture_that_is_not_changed_is_not_changed(tmp_path):
    for kind, name, options in (
        ("webp", "WEBP", {"lossless": True}),
        ("png", "PNG", {}),
        ("tiff", "TIFF", {}),
    ):
        page = read_page(encoded(COLOUR, name, **options), "a")
        again = read_page(written(page, kind, tmp_path), "a")
        assert np.array_equal(again.pixels, np.asarray(COLOUR))
        (tmp_path / f"out{suffix_for(kind)}").unlink()


def test_quality_is_what_was_asked_for(tmp_path):
    sizes = []
    for quality in (20, 60, 95):
        sizes.append(len(written(Page(np.asarray(COLOUR)), "jpeg", tmp_path, quality=quality)))
    assert sizes == sorted(set(sizes))


def test_same_page_same_bytes(tmp_path):
    for kind in KINDS:
        first = written(Page(np.asarray(COLOUR), dpi=(99.0, 99.0)), kind, tmp_path)
        assert written(Page(np.asarray(COLOUR), dpi=(99.0, 99.0)), kind, tmp_path) == first
        (tmp_path / f"out{suffix_for(kind)}").unlink()


# Several pages


def test_kinds_of_one_page_get_a_file_for_each(tmp_path):
    data = encoded(GREY, "TIFF", save_all=True, append_images=[GREY] * 11)
    with (
        open_document(data, "a.tif") as document,
        create_writer("jpeg", tmp_path / "a.jpg", document) as writer,
    ):
        for page in document.pages([2, 12]):
            writer.write(page)
    assert [path.name for path in writer.paths] == ["a-002.jpg", "a-012.jpg"]


@pytest.mark.parametrize("kind", MANY_PAGES)
def test_kinds_of_many_pages_get_one_file(kind, tmp_path):
    with create_writer(kind, tmp_path / "a") as writer:
        for number in range(1, 4):
            writer.write(Page(np.full((64, 64 * number), 60 * number, np.uint8), number=number))
    with open_document(tmp_path / "a", "a") as document:
        assert document.kind == kind
        found = list(document.pages(to="png"))
    assert [page.width for page in found] == [64, 128, 192]
    assert [abs(int(page.pixels.flat[0]) - 60 * n) < 4 for n, page in enumerate(found, 1)] == [True] * 3


def test_heic_is_written_where_none_was_read(tmp_path, monkeypatch):
    monkeypatch.delitem(Image.SAVE, "HEIF", raising=False)
    assert written(Page(dirty()), "heic", tmp_path)


def test_pages_together_in_a_heic_are_as_good_and_as_small_as_alone(tmp_path):
    source = len(encoded(COLOUR, "JPEG", quality=40))
    given = [
        Page(np.asarray(COLOUR), "a", (300.0, 300.0), number, origin=Origin(source)) for number in (1, 2)
    ]
    alone = written(given[0], "heic", tmp_path)
    with create_writer("heic", tmp_path / "a") as writer:
        for page in given:
            writer.write(page)
    with open_document(tmp_path / "a", "a") as document:
        assert document.bytes <= 2 * len(alone)
        found = list(document.pages())
    for page in found:
        assert np.array_equal(page.pixels, read_page(alone, "a").pixels)
        assert page.dpi == pytest.approx((300, 300), abs=0.6)


def test_a_page_that_makes_a_tiff_too_large_is_told_and_the_others_are_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "_MOST", 40_000)  # instead of 4 GB
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    with create_writer("tiff", tmp_path / "a.tif") as writer:
        writer.write(Page(dirty()))
        with pytest.raises(PageError, match=r"^b, page 2: does not fit, since a TIFF holds 4 GB at most"):
            writer.write(Page(noise, "b", number=2))
        writer.write(Page(dirty()))
    with open_document(tmp_path / "a.tif", "a.tif") as document:
        assert [page.width for page in document.pages()] == [210, 210]


def test_the_only_page_of_a_document_is_called_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff, "_MOST", 100)
    data = encode(Page(dirty()), "png")
    with open_document(data, "b.png") as document, create_writer("tiff", tmp_path / "a", document) as writer:
        with pytest.raises(PageError, match=r"^b\.png: does not fit"):
            writer.write(document.page(1))
        writer.discard()


def test_a_tiff_that_cannot_be_completed_leaves_nothing_behind(tmp_path, monkeypatch):
    writer = create_writer("tiff", tmp_path / "a.tif")
    writer.write(Page(dirty()))
    monkeypatch.setattr(TiffImagePlugin.AppendingTiffWriter, "finalize", lambda _: struct.pack("<L", 2**32))
    with pytest.raises(struct.error):
        writer.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", MANY_PAGES)
def test_cancel_leaves_the_finished_pages(kind, tmp_path):
    def stopped() -> None:
        with create_writer(kind, tmp_path / "a") as writer:
            writer.write(Page(dirty()))
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        stopped()
    with open_document(tmp_path / "a", "a") as document:
        assert document.page_count == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_without_pages_there_is_no_file(kind, tmp_path):
    with create_writer(kind, tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_leaves_nothing_half_written(kind, tmp_path):
    def broken() -> None:
        with create_writer(kind, tmp_path / "a") as writer:
            if kind in MANY_PAGES:
                writer.write(Page(dirty()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert list(tmp_path.iterdir()) == []


# Places


@pytest.mark.parametrize("kind", ["png", "tiff", "pdf"])
def test_a_place_that_cannot_be_written_is_named_and_left_clean(kind, tmp_path):
    (tmp_path / "file").write_text("in the way")
    writer = create_writer(kind, tmp_path / "file" / "a.png")
    with pytest.raises(InputError, match="cannot be written"), writer:
        writer.write(Page(draw_page()))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_name_as_long_as_names_get_is_written(tmp_path):
    out = tmp_path / ("한" * 83 + "a.png")
    assert len(os.fsencode(out.name)) == 254
    with create_writer("png", out) as writer:
        writer.write(Page(draw_page()))
    assert writer.paths == [out]


@pytest.mark.skipif(sys.platform == "win32", reason="has no umask")
def test_results_can_be_read_by_whom_the_system_says(tmp_path):
    before = os.umask(0o022)
    try:
        with create_writer("png", tmp_path / "a.png") as writer:
            writer.write(Page(draw_page()))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o644


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_an_input_is_never_overwritten(kind, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(GREY))
    (tmp_path / "same.png").hardlink_to(path)
    with open_document(path, "a.png") as document:
        for out in (path, tmp_path / "same.png"):
            with pytest.raises(UsageError, match="would overwrite an input"):
                create_writer(kind, out, document)


def test_a_picture_too_large_for_its_kind_says_so(tmp_path):
    with (
        pytest.raises(InputError, match="too large for"),
        create_writer("webp", tmp_path / "a.webp") as writer,
    ):
        writer.write(Page(np.zeros((1, 17_000), np.uint8)))


# Names


def test_names_say_kinds_and_kinds_say_names():
    assert kind_of_name("SCAN.JPEG") == "jpeg"
    assert kind_of_name("notes.txt") is None
    assert suffix_for("jpeg", "a.JPEG") == ".jpeg"
    assert suffix_for("jpeg", "a.png") == ".jpg"


def test_png_keeps_pixels_and_dpi():
    page = Page(draw_page(), "a.png", (300.0, 150.0))
    again = read_page(encode(page, "png"), "a.png")
    assert np.array_equal(again.pixels, page.pixels)
    assert again.dpi == pytest.approx(page.dpi, abs=0.1)
