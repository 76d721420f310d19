"""PDF in, the same PDF out: which pages are scans, what is changed in them, and what stays."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pytest

from ae.documents.document import PageError, create_writer
from ae.documents.orientation import upright as turned
from ae.errors import InputError
from tests.pdfs import born_digital, clean, opened, seen, strips, through, words
from tests.pictures import A5, add_page, dirty, pdf_bytes, picture, scan, text, tinted


def scanned(how: str = "jpeg", colour: bool = False, **keys: object) -> bytes:
    pdf = pikepdf.new()
    scan(pdf, tinted(dirty()) if colour else dirty(), how, **keys)
    return pdf_bytes(pdf)


# Which picture, and how it is stored


@pytest.mark.parametrize(
    ("how", "colour", "kind", "bits"),
    [
        ("jpeg", False, "grey", 8),
        ("jpeg", True, "colour", 8),
        ("jp2", False, "grey", 8),
        ("jp2", True, "colour", 8),
        ("flate", False, "grey", 8),
        ("flate", True, "colour", 8),
        ("cmyk", True, "colour", 8),
        ("fax", False, "bw", 1),
        ("jbig2", False, "bw", 1),
        ("stencil", False, "bw", 1),
    ],
)
def test_a_scan_is_changed_in_place_at_its_own_resolution(how, colour, kind, bits, tmp_path):
    source = np.where(dirty() > 120, np.uint8(255), np.uint8(0)) if kind == "bw" else dirty()
    pdf = pikepdf.new()
    scan(pdf, tinted(source) if colour else source, how)
    data = pdf_bytes(pdf)
    with opened(data) as document:
        page = document.page(1)
        assert not document.passes_through(1)
    assert (page.kind, page.width, page.height, page.note) == (kind, 210, 298, "")
    assert page.dpi == pytest.approx((210 / A5[0] * 72, 298 / A5[1] * 72))
    assert page.size_mm == pytest.approx((A5[0] / 72 * 25.4, A5[1] / 72 * 25.4))
    shown = page.pixels if page.pixels.ndim == 2 else page.pixels[..., 0]
    assert np.abs(shown.astype(int) - source).mean() < 12
    out = through(data, tmp_path)
    with pikepdf.open(io.BytesIO(out)) as result:
        image = result.pages[0].Resources.XObject.Im
        assert (image.Width, image.Height) == (210, 298)
        fewest = min(bits, 4)  # a page of few colours may have a palette
        assert fewest <= image.BitsPerComponent <= bits
        assert "/ImageMask" not in image
    if kind != "bw":
        assert seen(data)[-9:, :9].mean() < 245
    assert seen(out)[-9:, :9].mean() > 250
    ink = seen(data)[..., 0] < 60
    assert seen(out)[..., 0][ink].mean() < 60
    if how != "jp2":  # JPEG needs a little more for the same
        assert len(out) <= 1.2 * len(data)


def test_strength_zero_gives_the_same_pixels_where_nothing_is_lost(tmp_path):
    for how in ("flate", "fax", "jbig2"):
        pdf = pikepdf.new()
        scan(pdf, np.where(dirty() > 120, np.uint8(255), np.uint8(0)), how)
        data = pdf_bytes(pdf)
        assert np.array_equal(seen(through(data, tmp_path, lambda page: page)), seen(data))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "matrix",
    ["420 0 0 595 0 0", "-420 0 0 595 420 0", "-420 0 0 -595 420 595", "420 0 0 -595 0 595",
     "0 -595 -420 0 420 595", "0 595 -420 0 420 0", "0 595 420 0 0 0", "0 -595 420 0 0 595"],
)  # fmt: skip
def test_complaint_25_turned_and_mirrored_scans_come_upright_and_go_back(matrix, turn, tmp_path):
    sideways = matrix.startswith("0")
    pdf = pikepdf.new()
    pixels = dirty(298, 210) if sideways else dirty()
    page = add_page(pdf, f"q {matrix} cm /Im Do Q", Im=picture(pdf, pixels, "flate"))
    page.obj["/Rotate"] = turn
    data = pdf_bytes(pdf)
    with opened(data) as document:
        upright = document.page(1)
        assert document.page(1, to="png").pixels.shape == upright.pixels.shape
    errors = [distance(turned(upright.pixels, way), seen(data)[..., 0]) for way in range(1, 9)]
    assert errors[0] == min(errors) < 0.6 * sorted(errors)[1]
    assert np.array_equal(seen(through(data, tmp_path, lambda page: page)), seen(data))


def distance(pixels: np.ndarray, view: np.ndarray) -> float:
    """Mean difference of two pictures of one page at any size."""
    small = [cv2.resize(one, (70, 99), interpolation=cv2.INTER_AREA).astype(int) for one in (pixels, view)]
    return float(np.abs(small[0] - small[1]).mean())


def test_complaint_25_crop_boxes_and_mixed_sizes_stay(tmp_path):
    pdf = pikepdf.new()
    scan(pdf, dirty())
    scan(pdf, dirty()).obj["/CropBox"] = [40, 60, 300, 500]
    add_page(pdf, "q 1000 0 0 400 0 0 cm /Im Do Q", (1000, 400), Im=picture(pdf, dirty(500, 200)))
    scan(pdf, dirty()).obj["/UserUnit"] = 2
    data = pdf_bytes(pdf)
    out = through(data, tmp_path)
    for number in (1, 2, 3, 4):
        assert seen(out, number).shape == seen(data, number).shape
        ink = seen(data, number) < 60
        assert seen(out, number)[ink].mean() < 60
        assert np.median(seen(out, number)) > 245 > np.median(seen(data, number))
    with opened(data) as document:
        crop = document.page(2, to="png")
        assert crop.size_mm == pytest.approx((260 / 72 * 25.4, 440 / 72 * 25.4))
        assert crop.height / crop.width == pytest.approx(440 / 260, abs=0.03)
        assert document.page(4).size_mm == pytest.approx((A5[0] / 36 * 25.4, A5[1] / 36 * 25.4))


def test_an_inherited_box_turn_and_resources_count(tmp_path):
    pdf = pikepdf.new()
    page = scan(pdf, dirty(), "flate")
    for key in ("/MediaBox", "/Resources"):
        pdf.Root.Pages[key] = page.obj[key]
        del page.obj[key]
    pdf.Root.Pages["/Rotate"] = 90
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert (document.page(1).width, document.page(1).height) == (298, 210)
    assert seen(through(data, tmp_path))[:, -9:].mean() > 250


def test_a_profile_stays_with_its_jpeg(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pdf = pikepdf.new()
    space = pikepdf.Array([pikepdf.Name.ICCBased, pdf.make_stream(profile, N=3)])
    scan(pdf, tinted(dirty()), ColorSpace=space)
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert document.page(1).icc == profile
    with pikepdf.open(io.BytesIO(through(data, tmp_path))) as result:
        assert result.pages[0].Resources.XObject.Im.ColorSpace[1].read_bytes() == profile


def test_a_see_through_scan_is_laid_on_white(tmp_path):
    pdf = pikepdf.new()
    mask = np.full((298, 210), 255, np.uint8)
    mask[:100] = 0
    scan(pdf, np.zeros((298, 210), np.uint8), "flate", SMask=picture(pdf, mask, "flate"))
    data = pdf_bytes(pdf)
    with opened(data) as document:
        page = document.page(1)
    assert page.pixels[:90].min() == 255
    assert page.pixels[110:].max() == 0
    assert seen(through(data, tmp_path))[10, 10].min() > 250


def test_a_scan_stored_as_a_negative_comes_as_it_is_seen(tmp_path):
    pdf = pikepdf.new()
    scan(pdf, 255 - dirty(), "flate", Decode=[1, 0])
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert np.array_equal(document.page(1).pixels, dirty())
    assert np.array_equal(seen(through(data, tmp_path, lambda page: page)), seen(data))


# Scans in pieces


def test_strips_become_one_picture_and_it_says_so(tmp_path):
    data = strips(extra=text("find me", mode=3))
    with opened(data) as document:
        page = document.page(1)
    assert page.note == "was re-rendered, since its scan is made of strips"
    assert (page.kind, page.height) == ("colour", pytest.approx(596, abs=2))
    out = through(data, tmp_path)
    with pikepdf.open(io.BytesIO(out)) as result:
        assert list(result.pages[0].Resources.XObject.keys()) == ["/Scan"]
    assert "find me" in words(out)
    assert seen(out)[-9:, :9].mean() > 250
    assert np.abs(seen(out).astype(int) - seen(data))[seen(data) < 60].mean() < 45


def test_layers_become_one_picture_and_it_says_so(tmp_path):
    pdf = pikepdf.new()
    letters = np.where(dirty() > 120, np.uint8(255), np.uint8(0))
    commands = "q 420 0 0 595 0 0 cm /Paper Do 0 g /Ink Do Q"
    paper = picture(pdf, tinted(np.full((60, 42), 200, np.uint8)))
    page = add_page(pdf, commands, Paper=paper, Ink=picture(pdf, letters, "stencil"))
    page.obj["/Rotate"] = 90
    data = pdf_bytes(pdf)
    with opened(data) as document:
        found = document.page(1)
    assert "layers" in found.note
    assert found.width > found.height
    out = through(data, tmp_path)
    assert seen(out).shape == seen(data).shape
    assert seen(out)[:9, :9].mean() > 250
    assert seen(out)[seen(data)[..., 0] < 40].mean() < 60


@pytest.mark.parametrize("mask", ["Mask", "SMask"])
def test_letters_in_a_fine_mask_over_coarse_colours_are_drawn_as_fine_as_they_are(mask, tmp_path):
    pdf = pikepdf.new()
    letters = np.where(dirty(420, 596) > 120, np.uint8(255), np.uint8(0))
    fine = picture(pdf, letters, "stencil") if mask == "Mask" else picture(pdf, 255 - letters, "flate")
    scan(pdf, tinted(np.full((30, 21), 10, np.uint8)), **{mask: fine})
    data = pdf_bytes(pdf)
    with opened(data) as document:
        found = document.page(1)
    assert "layers" in found.note
    assert found.width == pytest.approx(letters.shape[1], abs=1)
    assert found.pixels[found.pixels.shape[0] // 2 :].min() < 30
    assert seen(through(data, tmp_path))[seen(data)[..., 0] < 40].mean() < 90


def test_a_scan_written_into_the_commands_is_drawn_anew(tmp_path):
    pdf = pikepdf.new()
    page = add_page(pdf, "")
    pixels = dirty(40, 60).tobytes()
    head = b"q 420 0 0 595 0 0 cm BI /W 40 /H 60 /BPC 8 /CS /G ID "
    page.obj["/Contents"] = pdf.make_stream(head + pixels + b"\nEI Q")
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert "into its commands" in document.page(1).note
    assert seen(through(data, tmp_path))[-9:, :9].mean() > 250


def test_a_scan_inside_forms_is_changed_there(tmp_path):
    pdf = pikepdf.new()
    form = pdf.make_stream(b"/Im Do " + text("inside", 3).replace("30 300", "0 0").encode())
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"], form["/Matrix"] = [0, 0, 1, 1], [420, 0, 0, 595, 0, 0]
    form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture(pdf, dirty(), "flate")))
    add_page(pdf, "/Form Do", Form=form)
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert document.page(1).note == ""
        assert document.page(1).pixels.shape == (298, 210)
    assert seen(through(data, tmp_path))[-9:, :9].mean() > 250


def test_text_that_was_made_invisible_outside_of_its_form_is_invisible(tmp_path):
    pdf = pikepdf.new()
    form = pdf.make_stream(b"BT /F 9 Tf 30 300 Td (" + b"words " * 80 + b") Tj ET")
    form["/Type"], form["/Subtype"], form["/BBox"] = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 420, 595]
    page = scan(pdf, dirty(), extra="3 Tr /Form Do")
    page.Resources.XObject["/Form"] = form
    with opened(pdf_bytes(pdf)) as document:
        assert not document.passes_through(1)
        assert document.plan(1).has_hidden_text


# Pages that are no scans


def test_born_digital_and_blank_pages_pass_through_untouched(tmp_path):
    pdf = pikepdf.new()
    born_digital(pdf)
    scan(pdf, dirty())
    add_page(pdf, "")
    data = pdf_bytes(pdf)
    with opened(data) as document:
        assert [document.passes_through(number) for number in (1, 2, 3)] == [True, False, True]
        assert [page.untouched for page in document.pages()] == [True, False, True]
        assert document.page(1, to="png").dpi == pytest.approx((300, 300), abs=0.2)
    out = through(data, tmp_path)
    assert words(out, 1) == words(data, 1)
    for number, changed in ((1, False), (2, True), (3, False)):
        assert np.array_equal(seen(out, number), seen(data, number)) != changed


def test_a_born_digital_page_is_cleaned_when_it_is_forced(tmp_path):
    pdf = pikepdf.new()
    born_digital(pdf)
    data = pdf_bytes(pdf)
    path = tmp_path / "out.pdf"
    with opened(data) as document, create_writer("pdf", path, document) as writer:
        writer.write(replace(clean(document.page(1)), untouched=False))
    out = path.read_bytes()
    assert "Line 7 of a page" in words(out)
    assert np.abs(seen(out).astype(int) - seen(data)).mean() < 25
    with opened(out) as document:
        assert not document.passes_through(1)


def test_a_page_set_on_a_background_picture_passes_through():
    pdf = pikepdf.new()
    page = born_digital(pdf)
    page.Resources.XObject["/Back"] = picture(pdf, tinted(dirty()))
    page.contents_add(b"q 420 0 0 595 0 0 cm /Back Do Q", prepend=True)
    with opened(pdf_bytes(pdf)) as document:
        assert document.passes_through(1)


def test_a_stamp_on_a_scan_stays_as_it_is(tmp_path):
    pdf = pikepdf.new()
    scan(pdf, dirty(), extra="1 0 0 rg " + text("RECEIVED 12 MAY", 0, (200, 20)))
    data = pdf_bytes(pdf)
    out = through(data, tmp_path)
    assert "RECEIVED 12 MAY" in words(out)
    assert 0.6 < stamp(seen(out)).sum() / stamp(seen(data)).sum() < 1.4
    with opened(data) as document:
        assert stamp(document.page(1, to="png").pixels).any()
        assert document.page(1).kind == "grey"


def stamp(view: np.ndarray) -> np.ndarray:
    """Where a page is as red as its stamp."""
    return (view[..., 0] > 200) & (view[..., 1] < 60)


def test_a_page_kept_as_it_was_may_share_its_picture_with_a_clean_one(tmp_path):
    pdf = pikepdf.new()
    first = scan(pdf, dirty(), "flate")
    pdf.pages.append(first)
    data = pdf_bytes(pdf)
    with opened(data) as document, create_writer("pdf", tmp_path / "out.pdf", document) as writer:
        writer.write(clean(document.page(1)))
        writer.keep(2)
    out = (tmp_path / "out.pdf").read_bytes()
    assert seen(out, 1)[-9:, :9].mean() > 250
    assert np.array_equal(seen(out, 2), seen(data, 2))


def test_a_picture_on_many_pages_is_stored_once(tmp_path):
    pdf = pikepdf.new()
    page = scan(pdf, dirty(), "flate")
    for _ in range(9):
        pdf.pages.append(page)
    data = pdf_bytes(pdf)
    assert len(through(data, tmp_path)) < 1.2 * len(data)


def test_a_page_that_cannot_be_decoded_is_kept_as_it_was(tmp_path):
    pdf = pikepdf.new()
    scan(pdf, dirty(), "flate")
    broken = scan(pdf, dirty(), "jpeg")
    broken.Resources.XObject.Im.write(b"no JPEG at all", filter=pikepdf.Name.DCTDecode)
    broken.Resources.XObject.Im["/Width"] = 100_000
    broken.Resources.XObject.Im["/Height"] = 100_000
    data = pdf_bytes(pdf)
    with opened(data) as document, create_writer("pdf", tmp_path / "out.pdf", document) as writer:
        found = list(document.pages())
        assert [isinstance(page, PageError) for page in found] == [False, True]
        assert str(found[1]).startswith("in.pdf, page 2: ")
        writer.write(clean(found[0]))
        writer.keep(2)
    assert len(pikepdf.open(tmp_path / "out.pdf").pages) == 2


def test_a_page_number_that_is_not_there_is_an_error():
    with opened(scanned()) as document, pytest.raises(InputError, match="there are 1 pages"):
        document.page(2)
