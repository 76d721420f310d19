"""Reading pictures of every kind: upright, on white, in their own colours; bad ones are refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from ae.documents.document import Limits, PageError, open_document
from ae.documents.orientation import stored, upright
from ae.documents.page import Page
from ae.documents.reading import read_page
from tests.pictures import dirty, encoded, tinted

GREY = Image.fromarray(dirty())
COLOUR = Image.fromarray(tinted(dirty()))
DEEP = Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)


def pages(data: bytes, limits: Limits | None = None) -> list[Page | PageError]:
    with open_document(data, "a.bin", limits) as document:
        assert document.page_count == len(list(document.pages()))
        return list(document.pages())


KINDS = {
    "png": ("PNG", {}, 0),
    "jpeg": ("JPEG", {}, 6),
    "webp": ("WEBP", {"quality": 95}, 12),
    "bmp": ("BMP", {}, 0),
    "gif": ("GIF", {}, 12),
    "pnm": ("PPM", {}, 0),
    "tiff": ("TIFF", {}, 0),
    "heic": ("HEIF", {"quality": 90}, 10),
    "avif": ("AVIF", {"quality": 90}, 10),
    "jp2": ("JPEG2000", {}, 0),
    "tga": ("TGA", {}, 0),
    "pcx": ("PCX", {}, 0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", [GREY, COLOUR], ids=["grey", "colour"])
def test_every_kind_is_known_by_its_bytes_and_keeps_size_and_colours(kind, source):
    name, options, most = KINDS[kind]
    if name == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    data = encoded(source, name, **options)
    with open_document(data, "wrong name.png") as document:
        assert document.kind == kind
        page = document.page(1)
    assert (page.width, page.height) == source.size
    expected = np.asarray(source).astype(int)
    if page.pixels.ndim > expected.ndim:  # WebP, HEIC and AVIF know no grey
        expected = expected[..., None]
    assert np.abs(page.pixels - expected).mean() <= most
    if kind not in ("webp", "heic", "avif"):
        assert page.kind == ("colour" if source is COLOUR else "grey")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_read(mode):
    page = read_page(encoded(DEEP if mode == "I;16" else GREY.convert(mode)), "a.png")
    assert page.pixels.dtype == np.uint8
    assert (page.width, page.height) == GREY.size
    lightness = page.pixels.reshape(GREY.height, GREY.width, -1).mean(-1)
    assert abs(lightness.mean() - np.asarray(GREY).mean()) < 3


TIFFS = [
    (mode, compression)
    for mode in ("L", "P", "RGB", "RGBA", "CMYK", "I;16")
    for compression in (None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg")
    if compression != "jpeg" or mode in ("L", "RGB")
]


@pytest.mark.parametrize(("mode", "compression"), TIFFS)
def test_every_mode_of_tiff_is_read(mode, compression):
    source = DEEP if mode == "I;16" else COLOUR.quantize(64) if mode == "P" else COLOUR.convert(mode)
    page = read_page(encoded(source, "TIFF", compression=compression, dpi=(300, 300)), "a.tif")
    expected = np.asarray(GREY if mode == "I;16" else COLOUR.convert("L" if mode == "L" else "RGB")).astype(
        int
    )
    assert page.pixels.shape == expected.shape
    assert np.abs(page.pixels - expected).mean() < 6
    assert page.dpi == (300, 300)
    assert page.bits == (16 if mode == "I;16" else 8)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_is_black_and_white_with_all_its_pages(compression):
    source = GREY.convert("1")
    data = encoded(source, "TIFF", compression=compression, save_all=True, append_images=[source] * 2)
    found = pages(data)
    assert [page.number for page in found] == [1, 2, 3]
    for page in found:
        assert page.kind == "bw"
        assert np.array_equal(page.pixels, np.asarray(source.convert("L")))


def test_pages_of_a_tiff_have_their_own_size_dpi_and_colours():
    sizes = [(30, 20), (20, 50), (44, 44)]
    modes = ["L", "RGB", "1"]
    images = [Image.new(mode, size) for mode, size in zip(modes, sizes, strict=True)]
    buffer = io.BytesIO()
    images[0].save(buffer, "TIFF", save_all=True, append_images=images[1:], dpi=(200, 100))
    found = pages(buffer.getvalue())
    assert [(page.width, page.height) for page in found] == sizes
    assert [page.kind for page in found] == ["grey", "colour", "bw"]
    assert all(page.dpi == (200, 100) for page in found)


def test_pages_are_read_in_any_order_and_again():
    images = [Image.new("L", (10, 10), value) for value in (10, 20, 30)]
    data = encoded(images[0], "TIFF", save_all=True, append_images=images[1:])
    with open_document(data, "a.tif") as document:
        assert [page.pixels[0, 0] for page in document.pages([3, 1, 1, 2, 3])] == [30, 10, 10, 20, 30]


def test_a_photograph_with_a_second_picture_behind_it_is_one_page():
    data = encoded(COLOUR, "MPO", save_all=True, append_images=[COLOUR.resize((50, 50))])
    with open_document(data, "a.jpg") as document:
        assert (document.kind, document.page_count) == ("jpeg", 1)
        assert document.page(1).width == COLOUR.width


def test_an_animation_is_its_first_picture_and_says_so():
    data = encoded(GREY, "GIF", save_all=True, append_images=[GREY.rotate(90)])
    with open_document(data, "a.gif") as document:
        assert document.page_count == 1
        assert "first picture" in document.notes[0]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF"])
def test_pure_colours_are_no_black_and_white(kind):
    source = Image.new("RGB", (40, 30), (255, 0, 0))
    source.paste((0, 0, 255), (0, 0, 20, 20))
    page = read_page(encoded(source, kind), "a")
    assert page.kind == "colour"
    assert page.pixels[25, 25].tolist() == [255, 0, 0]


# What lies between the bytes and the page


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_complaint_22_transparent_becomes_white_not_black(mode, kind):
    if mode == "P":
        source = Image.new("P", (8, 8), 0)
        source.info["transparency"] = 0
        if kind != "PNG":
            source = source.convert("RGBA")
    else:
        source = Image.new(mode, (8, 8), 0)
    page = read_page(encoded(source, kind), "a")
    assert page.pixels.min() == 255


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_white_drawings_on_nothing_are_seen(mode):
    source = Image.new(mode, (40, 30), 0)
    source.paste(Image.new(mode, (20, 4), "white"), (10, 10))
    page = read_page(encoded(source), "a.png")
    assert (page.pixels.min(), page.pixels.max()) == (0, 255)
    dark = Image.new(mode, (40, 30), 0)
    dark.paste(Image.new(mode, (20, 4), "black"), (10, 10))
    assert read_page(encoded(dark), "a.png").pixels[0, 0].max() == 255


@pytest.mark.parametrize(("mode", "value"), [("CMYK", (0, 0, 0, 0)), ("1", 1), ("I;16", 65535)])
def test_complaint_22_white_stays_white_in_every_mode(mode, value):
    page = read_page(encoded(Image.new(mode, (16, 16), value), "TIFF"), "a.tif")
    assert page.pixels.min() > 250


@pytest.mark.parametrize("broken", [np.inf, -np.inf, np.nan])
def test_one_pixel_that_is_no_number_does_not_change_the_others(broken):
    fractions = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (8, 1))
    fractions[0, 128] = broken
    page = read_page(encoded(Image.fromarray(fractions), "TIFF"), "a.tif")
    assert page.pixels[1].tolist() == list(range(256))
    assert page.pixels[0, 128] == (255 if broken == np.inf else 0)


@pytest.mark.parametrize(
    "colours", [((0, 0, 0), (255, 255, 255)), ((9, 9, 9), (80, 80, 80)), ((9, 9, 9), (9, 9, 200))]
)
def test_a_palette_is_what_its_colours_are(colours):
    source = Image.new("P", (8, 8), 1)
    source.putpalette([value for colour in colours for value in colour])
    source.putpixel((0, 0), 0)
    page = read_page(encoded(source), "a.png")
    assert page.kind == {255: "bw", 80: "grey", 200: "colour"}[colours[1][2]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_complaint_12_exif_orientation_is_applied(orientation, kind):
    shown = np.zeros((32, 48), np.uint8)
    shown[:16, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = Image.fromarray(stored(shown, orientation))
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(source, kind, exif=exif, dpi=(100, 200), **options)
    for page in (read_page(data, "a"), pages(data)[0]):
        grey = page.pixels if page.pixels.ndim == 2 else page.pixels[..., 0]
        assert grey.shape == shown.shape
        assert np.abs(grey.astype(int) - shown).max() < 40
        if kind != "WEBP":
            expected = (200, 100) if orientation in (5, 6, 7, 8) else (100, 200)
            assert page.dpi == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("orientation", range(10))
def test_stored_is_the_way_back_from_upright(orientation):
    pixels = np.arange(12).reshape(3, 4)
    assert np.array_equal(upright(stored(pixels, orientation), orientation), pixels)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
@pytest.mark.parametrize(("dpi", "kept"), [(300, True), (72, True), (1, False), (100_000, False)])
def test_absurd_dpi_is_forgotten(dpi, kept, kind):
    page = read_page(encoded(Image.new("L", (9, 9)), kind, dpi=(dpi, dpi)), "a")
    assert page.dpi == (pytest.approx((dpi, dpi), abs=0.1) if kept else None)
    if kept:
        assert page.size_mm == pytest.approx((9 / dpi * 25.4,) * 2, abs=0.1)


def test_no_dpi_at_all_and_zero_are_no_dpi():
    jpeg = bytearray(encoded(GREY, "JPEG", dpi=(300, 300)))
    jpeg[14:18] = b"\0\0\0\0"
    assert read_page(bytes(jpeg), "a.jpg").dpi is None
    assert read_page(encoded(GREY), "a.png").dpi is None


def test_the_profile_is_kept_and_inks_are_converted():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert read_page(encoded(COLOUR, "JPEG", icc_profile=profile), "a.jpg").icc == profile
    inks = encoded(COLOUR.convert("CMYK"), "JPEG", icc_profile=profile)  # a wrong one
    page = read_page(inks, "a.jpg")
    assert page.icc is None
    assert np.abs(page.pixels.astype(int) - np.asarray(COLOUR)).mean() < 8


# 16 bits


def deep_colour() -> np.ndarray:
    fine = np.random.default_rng(0).integers(0, 257, (*COLOUR.size[::-1], 3))
    return np.clip(np.asarray(COLOUR).astype(np.int32) * 257 + fine, 0, 65535).astype(np.uint16)


def deep_png(pixels: np.ndarray) -> bytes:
    import cv2

    return cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()


def deep_tiff(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def test_sixteen_bits_of_colour_are_there_beside_eight():
    source = deep_colour()
    for data in (
        deep_png(source),
        deep_tiff(source, photometric="rgb"),
        deep_tiff(source, photometric="rgb", compression="zlib"),
    ):
        page = read_page(data, "a")
        assert page.bits == 16
        assert np.array_equal(page.deep, source)
        assert np.abs(page.pixels.astype(int) - (source >> 8)).max() <= 1


def test_sixteen_bits_follow_what_was_cleaned():
    page = read_page(encoded(DEEP), "a.png")
    assert np.array_equal(page.with_pixels(page.pixels).deep, page.deep)
    white = page.with_pixels(np.full_like(page.pixels, 255))
    assert white.deep.min() == 65535
    darker = page.with_pixels(page.pixels // 2)
    assert np.abs(darker.deep.astype(int) - (page.pixels // 2).astype(int) * 257).max() <= 256


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_few_bits_in_sixteen_are_spread_and_it_says_so(bits):
    source = (np.asarray(GREY).astype(np.uint16) << 8) >> (16 - bits)
    source[0, 0] = (1 << bits) - 1
    page = read_page(encoded(Image.fromarray(source)), "a.png")
    assert page.pixels.max() == 255
    assert np.abs(page.pixels.astype(int) - np.asarray(GREY))[1:].max() <= 2
    assert f"{bits} of its 16 bits" in page.note


# What only tifffile reads


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (np.asarray(COLOUR).astype(np.uint32) << 24, {"photometric": "rgb"}),
        (np.moveaxis(np.asarray(COLOUR), -1, 0), {"photometric": "rgb", "planarconfig": "separate"}),
        (np.asarray(COLOUR).astype(np.float64) / 255, {"photometric": "rgb"}),
        (np.asarray(COLOUR), {"photometric": "rgb", "bigtiff": True}),
        (np.asarray(GREY).astype(np.float16) / 255, {"photometric": "minisblack"}),
        (255 - np.asarray(GREY), {"photometric": "miniswhite"}),
        (np.asarray(GREY).astype(np.uint32) * 0x01010101, {"photometric": "minisblack"}),
        ((np.asarray(GREY).astype(np.int32) << 23), {"photometric": "minisblack"}),
    ],
    ids=[
        "32 bits",
        "planes",
        "fractions",
        "big",
        "half",
        "white is zero",
        "grey 32",
        "signed 32",
    ],
)
def test_odd_tiffs_are_read(values, options):
    expected = GREY if "minis" in options["photometric"] else COLOUR
    data = deep_tiff(np.ascontiguousarray(values), resolution=(200, 200), resolutionunit="INCH", **options)
    page = read_page(data, "a.tif")
    assert np.abs(page.pixels.astype(int) - np.asarray(expected)).max() <= 2
    assert page.dpi == (200, 200)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "uint32", "float32"])
def test_white_may_be_zero_in_numbers_of_any_kind(kind, byteorder):
    grey = np.asarray(GREY)
    values = (
        1 - grey.astype(kind) / 255
        if kind == "float32"
        else ~np.left_shift(grey.astype(kind), 8 * (np.dtype(kind).itemsize - 1))
    )
    page = read_page(deep_tiff(values, photometric="miniswhite", byteorder=byteorder), "a.tif")
    assert np.abs(page.pixels.astype(int) - grey).max() <= 2


def test_signed_numbers_of_a_tiff_may_be_negative():
    ramp = np.tile(np.linspace(-2000, 2**31 - 1, 200).astype(np.int32), (20, 1))
    pixels = read_page(deep_tiff(ramp, photometric="minisblack"), "a.tif").pixels[0].astype(int)
    assert (pixels[0], pixels[-1]) == (0, 255)
    assert (np.diff(pixels) >= 0).all()


@pytest.mark.parametrize("largest", [1.0, 255.0])
def test_fractions_of_an_odd_tiff_keep_their_white_below_alpha(largest):
    values = np.full((4, 6, 4), largest, np.float32)
    values[..., :3] *= 0.4
    data = deep_tiff(values, photometric="rgb", extrasamples=["unassalpha"])
    assert np.unique(read_page(data, "a.tif").pixels).tolist() == [102]


@pytest.mark.parametrize("is_multiplied", [False, True])
def test_transparent_parts_of_an_odd_tiff_lie_on_white(is_multiplied):
    paint, alpha = np.full((4, 6, 3), 0.8, np.float32), np.full((4, 6, 1), 0.5, np.float32)
    values = np.dstack([paint * alpha if is_multiplied else paint, alpha])
    data = deep_tiff(
        values, photometric="rgb", extrasamples=["assocalpha" if is_multiplied else "unassalpha"]
    )
    assert np.unique(read_page(data, "a.tif").pixels).tolist() == [230]


# How pages are called


@pytest.mark.parametrize("pages", [1, 2])
@pytest.mark.parametrize("kind", ["fractions", "TIFF", "PDF"])
def test_a_page_has_a_number_where_there_are_others_whatever_reads_it(kind, pages):
    buffer = io.BytesIO()
    if kind == "fractions":
        tifffile.imwrite(buffer, np.zeros((pages, 40, 30), np.float64), photometric="minisblack")
    else:
        GREY.save(buffer, kind, save_all=True, append_images=[GREY] * (pages - 1))
    with open_document(buffer.getvalue(), "a.bin") as document:
        assert document.page_count == pages
        for number in (0, pages + 1):
            with pytest.raises(PageError) as told:
                document.page(number)
            place = "a.bin" if pages == 1 else f"a.bin, page {number}"
            assert str(told.value) == f"{place}: there are {pages} pages; choose another"
