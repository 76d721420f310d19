"""What people complain about in other tools, as tests: each number is that of the complaint in our list.

Every test goes the way a person goes: a file in, `python -m ae clean`, a file out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ae import ocr
from ae.cli import main
from ae.data.rendering import SCRIPTS, render_text_page
from ae.data.rendering.figures import scene
from ae.errors import AeError, DataError
from tests.conftest import draw_page, make_dirty

TEXT = ("Minutes of the meeting in the", "old town hall: 14 chairs, six", "lamps; nothing is missing.")
PAPER, INK = 255, 15


# Inputs


def printed(lines: tuple[str, ...] = TEXT, dpi: float = 150, points: float = 11) -> np.ndarray:
    """Lines of text on white paper, uint8 (H, W)."""
    font = ImageFont.load_default(points * dpi / 72)
    size = points * dpi / 72
    width = max(font.getlength(line) for line in lines)
    image = Image.new("L", (round(width + 4 * size), round((len(lines) * 1.5 + 3) * size)), PAPER)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((2 * size, (1.5 + 1.5 * number) * size), line, font=font, fill=INK)
    return np.asarray(image)


def tinted(grey: np.ndarray, paper: tuple[int, int, int]) -> np.ndarray:
    """The page on coloured paper, uint8 (H, W, 3)."""
    return np.rint(grey[..., None] / 255 * np.array(paper)).astype(np.uint8)


def specks(page: np.ndarray, count: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The page with dust of one to four pixels on bare paper, and where the dust is."""
    generator = np.random.default_rng(seed)
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=0) > 0
    rows, columns = np.nonzero(bare)
    dust = np.zeros(page.shape, bool)
    for index in generator.choice(len(rows), count, replace=False):
        high, wide = generator.integers(1, 3, 2)
        dust[rows[index] : rows[index] + high, columns[index] : columns[index] + wide] = True
    return np.where(dust, 60, page).astype(np.uint8), dust


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def run(*arguments: object) -> int:
    return main(["clean", *(str(argument) for argument in arguments), "--device", "cpu"])


def cleaned(source: Path, *options: object, suffix: str = "") -> Path:
    """The file that comes out for one that goes in."""
    out = source.parent / "out" / source.with_suffix(suffix or source.suffix).name
    assert run(source, "-o", out, *options) == 0
    return out


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB") if image.mode == "P" else image)


def clean_pixels(folder: Path, pixels: np.ndarray, *options: object) -> np.ndarray:
    """Pixels in, pixels out, by way of PNG files."""
    return pixels_of(cleaned(saved(folder / "page.png", pixels), *options))


def ink_kept(clean: np.ndarray, truth: np.ndarray, dark: int = 160) -> float:
    """The share of the true ink's pixels that is still dark."""
    return float((clean[truth < 100] < dark).mean())


def strokes_kept(clean: np.ndarray, truth: np.ndarray) -> float:
    """The share of the true strokes, each counted once whatever its size, that is still dark."""
    count, labels = cv2.connectedComponents((truth < 128).astype(np.uint8), connectivity=8)
    darkest = [clean[labels == number].min() for number in range(1, count)]
    return float(np.mean(np.array(darkest) < 170))


def hue(colours: np.ndarray) -> tuple[float, float]:
    """Hue in degrees and saturation 0..1 of the mean colour of pixels (N, 3)."""
    mean = colours.reshape(-1, 3).mean(0).astype(np.uint8)
    hue, saturation, _value = cv2.cvtColor(mean[None, None], cv2.COLOR_RGB2HSV)[0, 0].tolist()
    return 2.0 * hue, saturation / 255


def turn(first: float, second: float) -> float:
    """Degrees between two hues."""
    return abs((first - second + 180) % 360 - 180)


def needs_tesseract(languages: str = "eng") -> None:
    try:
        ocr.require(languages)
    except AeError as error:
        pytest.skip(str(error))


# The complaints


def test_complaint_01_photographs_and_dark_boxes_stay(tmp_path):
    page = draw_page(500, 600)
    photograph = scene(np.random.default_rng(3), 180, 220).mean(2).astype(np.uint8)
    page = page.copy()
    page[60:240, 30:250] = photograph
    page[300:400, 40:460] = 30
    clean = clean_pixels(tmp_path, np.rint(page * 0.9).astype(np.uint8)).astype(float)
    box, picture = clean[310:390, 50:450], clean[65:235, 35:245]
    assert box.mean() < 90
    assert np.corrcoef(picture.ravel(), photograph[5:175, 5:215].ravel())[0, 1] > 0.8
    lost = (255.0 - picture).mean() / (255.0 - photograph[5:175, 5:215]).mean()
    assert lost > 0.6


def test_complaint_02_both_columns_of_a_page_stay(tmp_path):
    column = draw_page(260, 400)
    page = np.hstack([column, column])
    clean = clean_pixels(tmp_path, make_dirty(page))
    halves = clean[:, :260], clean[:, 260:]
    assert min(ink_kept(half, column) for half in halves) > 0.97


def test_complaint_04_the_same_page_at_any_resolution_gives_the_same_text(tmp_path):
    needs_tesseract()
    truth = " ".join(TEXT)
    for dpi in (100, 150, 200, 300, 400, 600):
        page = printed(dpi=dpi)
        clean = clean_pixels(tmp_path, make_dirty(page))
        read = ocr.read(clean, x_height=0.55 * 11 * dpi / 72)
        assert ocr.compare(read, truth).rate <= 0.02, f"{dpi} dpi: {read}"


LEADERS = (
    "Chapter one . . . . . . . . . . 7",
    "i.e. j, i; fin: hi ... Mississippi",
    "Index . . . . . . . . . . . . . 31",
)


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_complaint_05_leaders_full_stops_and_the_dots_of_i_stay(tmp_path, dpi):
    page = printed(LEADERS, dpi)
    clean = clean_pixels(tmp_path, make_dirty(page))
    assert strokes_kept(clean, page) > 0.98


def test_complaint_05_the_dots_of_arabic_letters_stay(tmp_path):
    try:
        page = render_text_page(2, "arabic", 150, held_out=False).clean[:300]
    except DataError as error:
        pytest.skip(str(error))
    clean = clean_pixels(tmp_path, make_dirty(page))
    assert strokes_kept(clean, page) > 0.98


def test_complaint_06_grey_or_colour_stays_by_default(tmp_path):
    # Letters drawn at twice the size and reduced have the soft edges of a real scan.
    soft = cv2.resize(draw_page(800, 600), (400, 300), interpolation=cv2.INTER_AREA)
    soft[220:280, 260:380] = np.linspace(60, 180, 120)  # a page of letters alone may be stored in few greys
    grey = clean_pixels(tmp_path, make_dirty(soft))
    assert grey.shape == soft.shape
    assert len(np.unique(grey)) > 40
    colour = clean_pixels(tmp_path, tinted(make_dirty(soft), (250, 240, 215)))
    assert colour.shape == (*soft.shape, 3)


def test_complaint_06_black_and_white_comes_on_request(tmp_path):
    source = saved(tmp_path / "page.png", make_dirty(draw_page()), dpi=(200, 200))
    with Image.open(cleaned(source, "--bw")) as image:
        assert image.mode == "1"
        assert 0.02 < 1 - np.asarray(image).mean() < 0.4
    source = saved(tmp_path / "page.tif", make_dirty(draw_page()))
    with Image.open(cleaned(source, "--bw")) as image:
        assert image.mode == "1"
        assert image.info["compression"] == "group4"


def test_complaint_06_grey_comes_on_request(tmp_path):
    page = tinted(make_dirty(draw_page()), (240, 230, 200))
    assert clean_pixels(tmp_path, page, "--grey").ndim == 2


def large_page(width: int, height: int) -> np.ndarray:
    """A page with letters as high as those of a scan at 300 dpi, beside which dust is small."""
    return np.kron(draw_page(width // 3, height // 3), np.ones((3, 3), np.uint8))


def test_complaint_07_specks_go(tmp_path):
    page = large_page(900, 750)
    dusty, dust = specks(page)
    clean = clean_pixels(tmp_path, make_dirty(dusty))
    assert (clean[dust] > 200).mean() > 0.95
    assert ink_kept(clean, page) > 0.97


def test_complaint_08_one_setting_serves_a_mixed_stack(tmp_path):
    page = draw_page(360, 300)
    stack = {
        "shadow.png": make_dirty(page),
        "yellow.png": tinted(make_dirty(page), (240, 220, 160)),
        "pale.png": np.rint(120 + page / 255 * 90).astype(np.uint8),
        "clean.png": page,
    }
    for name, pixels in stack.items():
        saved(tmp_path / name, pixels)
    assert run(tmp_path, "-o", tmp_path / "out") == 0
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    for name in stack:
        clean = np.asarray(Image.open(tmp_path / "out" / name).convert("L"))
        assert np.percentile(clean[bare], 5) >= 240, name
        assert strokes_kept(clean, page) > 0.98, name


def rmse(pixels: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((pixels.astype(float) - truth) ** 2))) / 255


@pytest.mark.parametrize("paper", [(190, 190, 190), (235, 215, 150), (200, 215, 235)])
def test_complaint_09_grey_or_yellow_paper_becomes_white(tmp_path, paper):
    page = draw_page()
    clean = clean_pixels(tmp_path, tinted(page, paper))
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert np.percentile(clean[bare], 2) >= 250
    assert ink_kept(clean.mean(2), page) > 0.97


def samples(folder: Path) -> list[Path]:
    """One file of every usual kind with a dirty page in it."""
    page = make_dirty(draw_page(500, 400))
    bilevel = Image.fromarray(specks(draw_page(500, 400))[0] > 128)
    noise = np.random.default_rng(0).normal(0, 3, (400, 500, 1))  # of the scanner
    image = Image.fromarray(np.clip(tinted(page, (245, 235, 215)) + noise, 0, 255).astype(np.uint8))
    bilevel.save(folder / "fax.tif", compression="group4", dpi=(200, 200))
    image.save(folder / "photo.jpg", quality=85, dpi=(150, 150))
    image.save(folder / "scan.pdf", resolution=150, quality=85)
    image.save(folder / "scan.png", dpi=(150, 150))
    image.save(folder / "photo.webp", quality=85)
    return sorted(folder.iterdir())


def test_complaint_10_output_is_about_as_small_as_the_input(tmp_path):
    (tmp_path / "in").mkdir()
    files = samples(tmp_path / "in")
    assert run(tmp_path / "in", "-o", tmp_path / "out") == 0
    growth = [(tmp_path / "out" / path.name).stat().st_size / path.stat().st_size for path in files]
    assert np.mean(growth) <= 1.2
    assert max(growth) <= 1.6


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".pdf"])
def test_complaint_11_dpi_and_size_in_millimetres_stay(tmp_path, suffix):
    page = make_dirty(draw_page(400, 300))
    if suffix == ".pdf":
        Image.fromarray(page).save(tmp_path / "page.pdf", resolution=200)
        source = tmp_path / "page.pdf"
        assert sheet_mm(cleaned(source)) == pytest.approx(sheet_mm(source), abs=0.1)
        return
    source = saved(tmp_path / f"page{suffix}", page, dpi=(200, 100))
    with Image.open(cleaned(source)) as image:
        assert image.info["dpi"] == pytest.approx((200, 100), abs=0.1)
        assert image.size == (400, 300)
    width, height = sheet_mm(cleaned(source, "--to", "pdf", suffix=".pdf"))
    assert (width, height) == pytest.approx((50.8, 76.2), abs=0.2)


def sheet_mm(path: Path) -> tuple[float, float]:
    """Width and height of the first page as one sees it."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    width, height = document[0].get_size()
    document.close()
    return width / 72 * 25.4, height / 72 * 25.4


@pytest.mark.parametrize("orientation", range(9))
def test_complaint_12_photographs_come_upright_whatever_exif_says(tmp_path, orientation):
    upright = np.full((200, 300), 235, np.uint8)
    upright[:100, :150] = draw_page(150, 100) * 0.92
    undo = {
        2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose,
        6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a, 2).T, 8: lambda a: np.rot90(a, -1),
    }  # fmt: skip
    stored = np.ascontiguousarray(undo.get(orientation, lambda a: a)(upright))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = cleaned(saved(tmp_path / "photo.jpg", stored, exif=exif, quality=95))
    with Image.open(out) as image:
        assert image.getexif().get(0x0112, 1) == 1
        clean = np.asarray(image.convert("L"))
    assert clean.shape == upright.shape
    ink = [(part < 128).mean() for half in np.split(clean, 2) for part in np.split(half, 2, axis=1)]
    assert ink[0] > 0.05
    assert max(ink[1:]) == 0


MEASURED = """
import resource, sys
from ae.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(code)
"""


def test_complaint_13_seventy_megapixels_within_bounded_memory(tmp_path):
    pytest.importorskip("resource", reason="memory is measured on Unix only")
    letters = np.kron(draw_page(700, 1000), np.ones((10, 10), np.uint8))
    source = saved(tmp_path / "large.jpg", letters, dpi=(600, 600), quality=70)
    command = [sys.executable, "-c", MEASURED, "clean", str(source), "-o", str(tmp_path / "out.jpg")]
    done = subprocess.run([*command, "--device", "cpu"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 2000  # MB, of which torch alone takes some hundred
    with Image.open(tmp_path / "out.jpg") as image:
        assert image.size == (7000, 10_000)


def test_complaint_14_no_seams_between_tiles(tmp_path, monkeypatch):
    from ae.documents import cleaning

    page = make_dirty(draw_page(420, 380))
    whole = clean_pixels(tmp_path, page).astype(int)
    monkeypatch.setattr(cleaning, "TILE_PIXELS", 100_000)
    tiled = clean_pixels(tmp_path, page)
    assert np.abs(whole - tiled).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 5000), (5000, 17), (101, 67)])
def test_complaint_15_odd_sizes_keep_their_size(tmp_path, size):
    page = np.full(size[::-1], 200, np.uint8)
    assert clean_pixels(tmp_path, page).shape == page.shape


def test_complaint_16_light_that_falls_off_is_evened_out_in_a_pdf_too(tmp_path):
    page = draw_page(400, 500)
    light = np.linspace(1, 0.45, 400)[None] * np.linspace(1, 0.8, 500)[:, None]
    source = tmp_path / "scan.pdf"
    Image.fromarray(np.rint(page * light).astype(np.uint8)).save(source, resolution=150, quality=95)
    clean = rendered(cleaned(source), page.shape)
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert np.percentile(clean[bare], 2) >= 245
    assert ink_kept(clean, page) > 0.95


def rendered(path: Path, shape: tuple[int, ...], number: int = 0) -> np.ndarray:
    """A page of a PDF as one sees it, grey, of the `shape` (H, W)."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    page = document[number]
    grey = page.render(scale=shape[1] / page.get_size()[0], grayscale=True).to_numpy()
    document.close()
    return cv2.resize(grey.reshape(grey.shape[:2]), shape[::-1], interpolation=cv2.INTER_AREA)


COLOURED = {"red stamp": (200, 30, 45), "blue ink": (35, 60, 170), "green ink": (30, 120, 60)}


@pytest.mark.parametrize("name", COLOURED)
def test_complaint_18_coloured_ink_keeps_its_hue(tmp_path, name):
    page = tinted(make_dirty(draw_page(400, 300)), (250, 242, 225))
    image = Image.fromarray(page)
    ImageDraw.Draw(image).ellipse((240, 160, 340, 260), outline=COLOURED[name], width=7)
    ring = np.asarray(Image.fromarray(page))
    ring = (np.asarray(image) != ring).any(2)
    core = cv2.erode(ring.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    clean = clean_pixels(tmp_path, np.asarray(image))
    angle, saturation = hue(clean[core])
    assert turn(angle, hue(np.array([COLOURED[name]]))[0]) < 20
    assert saturation > 0.4
    assert clean[core].mean() < 190


def test_complaint_18_a_highlighter_stays_coloured_under_its_text(tmp_path):
    page = tinted(draw_page(400, 300), (250, 248, 240))
    marked = page.copy()
    marked[64:88, 20:300] = np.minimum(marked[64:88, 20:300], np.array((255, 240, 60), np.uint8))
    clean = clean_pixels(tmp_path, marked)
    mark = clean[66:86, 22:298]
    angle, saturation = hue(mark[mark.max(2) > 150])
    assert turn(angle, 55) < 20
    assert saturation > 0.15


def test_complaint_19_strength_goes_from_the_same_pixels_to_the_full_result(tmp_path):
    page = make_dirty(draw_page())
    assert np.array_equal(clean_pixels(tmp_path, page, "--strength", 0), page)
    full, half = (clean_pixels(tmp_path, page, "--strength", s).astype(int) for s in (1, 0.5))
    assert np.abs(half - (full + page) / 2).mean() < 2


def test_complaint_19_a_region_stays_as_it_was(tmp_path):
    page = make_dirty(draw_page())
    clean = clean_pixels(tmp_path, page, "--keep", "100,50,80,60")
    assert np.array_equal(clean[50:110, 100:180], page[50:110, 100:180])
    assert not np.array_equal(clean[120:], page[120:])


def test_complaint_19_show_through_goes(tmp_path):
    page = draw_page(400, 300)
    ghost = cv2.GaussianBlur(np.roll(page[:, ::-1], 7, 0), (0, 0), 1.5).astype(float)
    through = np.rint(page * (1 - 0.18 * (1 - ghost / 255))).astype(np.uint8)
    clean = clean_pixels(tmp_path, through)
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    ghosts = bare & (through < 225)
    assert ghosts.sum() > 1000
    assert np.mean(clean[ghosts] > 240) > 0.9
    assert ink_kept(clean, page) > 0.97


def transparent(mode: str) -> Image.Image:
    """Black letters on nothing at all."""
    page = draw_page()
    if mode == "P":
        image = Image.fromarray((page > 128).astype(np.uint8) * 255).convert("P")
        image.info["transparency"] = int(np.asarray(image)[0, 0])
        return image
    layers = Image.new("RGBA", page.shape[::-1])
    layers.putalpha(Image.fromarray(255 - page))
    return layers.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_complaint_22_transparency_becomes_white(tmp_path, mode):
    transparent(mode).save(tmp_path / "page.png")
    with Image.open(cleaned(tmp_path / "page.png")) as image:
        assert_white_with_ink(np.asarray(image.convert("RGB").convert("L")))


@pytest.mark.parametrize(
    ("mode", "suffix"), [("1", ".png"), ("I;16", ".tif"), ("CMYK", ".jpg"), ("CMYK", ".tif")]
)
def test_complaint_22_unusual_pixels_keep_black_black_and_white_white(tmp_path, mode, suffix):
    page = Image.fromarray(draw_page())
    image = (
        Image.fromarray(np.asarray(page).astype(np.uint16) * 257) if mode == "I;16" else page.convert(mode)
    )
    image.save(tmp_path / f"page{suffix}")
    with Image.open(cleaned(tmp_path / f"page{suffix}")) as clean:
        grey = np.asarray(clean) // 257 if clean.mode.startswith("I") else np.asarray(clean.convert("L"))
    assert_white_with_ink(grey)


def assert_white_with_ink(grey: np.ndarray) -> None:
    page = draw_page()
    assert grey.shape == page.shape
    assert np.median(grey) >= 250
    assert ink_kept(grey, page) > 0.9


def test_complaint_23_text_on_a_dark_block_stays_readable(tmp_path):
    page = draw_page(400, 400).copy()
    page[200:330, 20:380] = 255 - page[200:330, 20:380]
    clean = clean_pixels(tmp_path, np.rint(page * 0.92).astype(np.uint8))
    block, truth = clean[200:330, 20:380].astype(float), page[200:330, 20:380]
    assert block[truth > 200].mean() - block[truth < 60].mean() > 100


def test_complaint_23_an_inverted_page_stays_readable_and_is_reported(tmp_path, capsys):
    page = 255 - draw_page(400, 400)
    source = saved(tmp_path / "negative.png", (page * 0.8 + 25).astype(np.uint8))
    out = cleaned(source, "--json")
    assert "inverted" in json.loads(capsys.readouterr().out)["reasons"]
    clean = pixels_of(out).astype(float)
    assert abs(clean[page > 200].mean() - clean[page < 60].mean()) > 100


@pytest.mark.parametrize("script", ["korean", "chinese", "japanese", "arabic"])
def test_complaint_24_marks_of_other_scripts_stay(tmp_path, script):
    needs_tesseract("+".join(SCRIPTS[script].tesseract))
    try:
        page = render_text_page(5, script, 150, held_out=False)
    except DataError as error:
        pytest.skip(str(error))
    clean = clean_pixels(tmp_path, make_dirty(page.clean))
    assert strokes_kept(clean, page.clean) > 0.98
    # The whole page: of four lines Tesseract makes something else whenever a pixel changes.
    texts = [ocr.read(pixels, page.language, page.x_height) for pixels in (page.clean, clean)]
    assert ocr.compare(texts[1], texts[0]).rate <= 0.04


def test_complaint_25_crop_boxes_rotation_and_mixed_sizes_stay(tmp_path):
    pikepdf = pytest.importorskip("pikepdf")
    pages = [make_dirty(draw_page(*size)) for size in ((300, 400), (500, 260), (300, 400))]
    images = [Image.fromarray(page) for page in pages]
    images[0].save(tmp_path / "plain.pdf", save_all=True, append_images=images[1:], resolution=100)
    source = tmp_path / "mixed.pdf"
    with pikepdf.open(tmp_path / "plain.pdf") as document:
        document.pages[1].Rotate = 90
        document.pages[2].CropBox = [20, 30, 180, 250]
        document.save(source)
    out = cleaned(source)
    with pikepdf.open(source) as before, pikepdf.open(out) as after:
        assert len(after.pages) == 3
        for old, new in zip(before.pages, after.pages, strict=True):
            for box in ("mediabox", "cropbox"):
                assert [float(x) for x in getattr(new, box)] == [float(x) for x in getattr(old, box)]
            assert new.get("/Rotate", 0) == old.get("/Rotate", 0)
    for number in range(3):
        dirty, clean = (rendered(path, (400, 300), number) for path in (source, out))
        assert np.median(clean) > 245 > np.median(dirty)
        assert np.corrcoef(dirty.ravel(), clean.ravel())[0, 1] > 0.4


def test_complaint_27_heic_is_read(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    page = tinted(make_dirty(draw_page(320, 240)), (245, 235, 220))
    heif.from_pillow(Image.fromarray(page)).save(tmp_path / "photo.heic", quality=90)
    out = cleaned(tmp_path / "photo.heic", "--to", "png", suffix=".png")
    clean = pixels_of(out)
    assert clean.shape == page.shape
    assert np.median(clean) >= 245
    assert ink_kept(clean.mean(2), draw_page(320, 240)) > 0.95


def test_complaint_28_white_free_of_dust_ready_to_print(tmp_path):
    page = large_page(900, 750)
    dusty, _dust = specks(page, 300)
    scan = cv2.GaussianBlur(make_dirty(dusty), (0, 0), 0.6).astype(float)
    scan += np.random.default_rng(1).normal(0, 4, page.shape)
    clean = clean_pixels(tmp_path, np.clip(scan, 0, 255).astype(np.uint8))
    bare = cv2.erode((page > 250).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert (clean[bare] >= 250).mean() > 0.98
    assert ink_kept(clean, page) > 0.97


def test_complaint_29_a_clean_page_comes_back_as_it_was(tmp_path):
    page = printed()
    clean = clean_pixels(tmp_path, page).astype(int)
    assert rmse(clean, page) < 0.02
    assert (np.abs(clean - page) > 64).mean() < 0.002
