"""Whole pages: of every layout for training, and of running text for character error rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ae.data.rendering import fonts
from ae.data.rendering.blocks import (
    bullets,
    coloured,
    faint,
    footnote,
    form,
    heading,
    highlighted,
    inverted,
    leaders,
    paragraph,
    quotation,
    table,
)
from ae.data.rendering.canvas import Canvas, Rgb
from ae.data.rendering.figures import chart, photograph
from ae.data.rendering.formulas import formula
from ae.data.rendering.inks import INKS
from ae.data.rendering.marks import handwriting, signature, stamp
from ae.data.rendering.page import RenderedPage
from ae.data.rendering.scripts import SCRIPTS
from ae.data.rendering.setting import PENCIL, Setting
from ae.data.rendering.typesetting import Column, break_lines, print_line, print_text
from ae.errors import DataError
from ae.units import POINTS_PER_INCH

Block = Callable[[Canvas, Column, Setting], None]

X_HEIGHTS = (8.0, 60.0)  # pixels
RESOLUTIONS = (72.0, 600.0)  # dots per inch of training pages
TEXT_RESOLUTIONS = (100.0, 600.0)
A4_WIDTH = 8.27  # inches

# How often each block is drawn on a training page.
BLOCKS: dict[Block, float] = {
    paragraph: 8, heading: 3, table: 2.5, photograph: 1.2, bullets: 1.5, leaders: 1.5, form: 1.5, faint: 1.2,
    chart: 1.2, inverted: 1.2, coloured: 1.2, highlighted: 1.2, handwriting: 1.5, formula: 1, quotation: 0.8,
    signature: 0.6,
}  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What a training page consists of: how often each block is drawn, x-heights and resolutions, stamps.

    `pencil`: the share of its handwriting that is grey.
    """

    blocks: dict[Block, float]
    x_heights: tuple[float, float] = X_HEIGHTS
    resolutions: tuple[float, float] = RESOLUTIONS
    stamped: bool = True
    pencil: float = PENCIL


EVERYTHING = Content(BLOCKS)
WITHOUT_PICTURES = Content(
    {block: often for block, often in BLOCKS.items() if block not in (photograph, highlighted)}
)
# Most of it must not be lost easily: it is pale, written by hand or thin.
MOSTLY_FAINT = Content({
    faint: 4, handwriting: 4, coloured: 2, paragraph: 2, table: 2, form: 1, heading: 1, leaders: 0.7,
    signature: 0.6,
})  # fmt: skip
# Notes and filled in forms, mostly in pencil.
BY_HAND = Content(
    {handwriting: 8, faint: 3, paragraph: 2, table: 1, form: 1, coloured: 1, signature: 1}, pencil=0.75
)
# Running text of a letter's size at the resolution of a quick scan; nothing on it looks like a stain.
PLAIN = Content(
    {paragraph: 8, heading: 2, bullets: 1, quotation: 1, faint: 0.4, handwriting: 0.3, coloured: 0.3},
    x_heights=(7.0, 15.0),
    resolutions=(72.0, 130.0),
    stamped=False,
)

_LATIN_SHARE = 0.4
_TRIES = 4  # windows that show nearly nothing are drawn again


def render_training_page(
    seed: int,
    *,
    shape: tuple[int, int] = (1024, 768),
    held_out: bool = False,
    colour: bool = False,
    content: Content = EVERYTHING,
) -> RenderedPage:
    """A window of `shape` (height, width) onto a page; layout, script, font, size and dpi by seed.

    Grey uint8 (H, W), or RGB (H, W, 3) with `colour`; x-heights lie between 8 and 60 pixels, each octave
    as often, unless the `content` says otherwise. `held_out` takes the fonts and photographs of evaluation
    instead of those of training.
    Raises DataError when a font, a letter in it or complex shaping is missing.
    """
    generator = np.random.default_rng(seed)
    script = _draw_script(generator)
    setting, x_height = _draw_setting(generator, script, held_out, content)
    for _ in range(_TRIES):
        canvas = Canvas(shape, colour)
        columns = _columns(canvas, setting)
        for column in columns:
            _fill(canvas, column, setting, content.blocks)
        _finish(canvas, columns, setting, stamped=content.stamped)
        if not canvas.is_nearly_blank():
            break
    text = "\n".join(line for column in columns for line in column.lines)
    return _page(canvas, text, setting, x_height)


def render_text_page(seed: int, script: str, dpi: float, *, held_out: bool = True) -> RenderedPage:
    """One column of 12 to 20 lines of running text in one script, its margins small, grey uint8 (H, W).

    `text` is exactly what is printed. The size is 10 to 12.5 points at `dpi` (100 to 600), its
    x-height 8 pixels at least. Raises DataError
    for an unknown script, another dpi, and as `render_training_page` does.
    """
    if script not in SCRIPTS:
        raise DataError(f"unknown script '{script}': choose from {', '.join(SCRIPTS)}")
    low, high = TEXT_RESOLUTIONS
    if not low <= dpi <= high:
        raise DataError(f"{dpi:g} dpi: choose from {low:g} to {high:g}")
    generator = np.random.default_rng([seed, 1])
    font = _draw_font(generator, script, held_out)
    size = generator.uniform(10, 12.5) / POINTS_PER_INCH * dpi
    size = float(max(size, fonts.size_for(font, script, X_HEIGHTS[0])))
    setting = Setting(
        generator, script, _draw_language(generator, script), font, size,
        float(generator.uniform(1.3, 1.55)), dpi, true=True, held_out=held_out,
    )  # fmt: skip
    margin = 2 * size
    width = (32 if SCRIPTS[script].spaced else 30) * size
    sentences = setting.sentences(len(SCRIPTS[script].languages[setting.language]))
    text = setting.joiner.join([*sentences, *sentences])
    lines = break_lines(text, setting.face(), width, setting.script)[: setting.integer(12, 20)]
    shape = round(len(lines) * setting.line + 2 * margin), round(width + 2 * margin)
    canvas = Canvas(shape, colour=False)
    column = Column(margin, margin + width, margin, float(shape[0]))
    for words in lines:
        print_line(canvas, column, setting, words, setting.face())
    x_height = size / fonts.size_for(font, script, 1.0)
    return _page(canvas, "\n".join(column.lines), setting, x_height)


def _page(canvas: Canvas, text: str, setting: Setting, x_height: float) -> RenderedPage:
    clean = canvas.pixels()
    return RenderedPage(
        clean,
        clean.copy(),
        text,
        setting.dpi,
        setting.script_name,
        setting.language,
        setting.font.name,
        x_height,
    )


def _draw_script(generator: np.random.Generator) -> str:
    others = [name for name in SCRIPTS if name != "latin"]
    if generator.random() < _LATIN_SHARE:
        return "latin"
    return others[int(generator.integers(len(others)))]


def _draw_font(generator: np.random.Generator, script: str, held_out: bool) -> fonts.FontFile:
    table = fonts.font_table(held_out)[script]
    return table[int(generator.integers(len(table)))]


def _draw_language(generator: np.random.Generator, script: str) -> str:
    codes = SCRIPTS[script].tesseract
    return codes[int(generator.integers(len(codes)))]


def _draw_setting(
    generator: np.random.Generator, script: str, held_out: bool, content: Content
) -> tuple[Setting, float]:
    font = _draw_font(generator, script, held_out)
    x_height = float(np.exp(generator.uniform(*np.log(content.x_heights))))
    size = fonts.size_for(font, script, x_height)
    dpi = float(np.clip(size * POINTS_PER_INCH / generator.uniform(7, 14), *content.resolutions))
    leading = float(generator.uniform(1.3, 1.8))
    setting = Setting(
        generator, script, _draw_language(generator, script), font, size, leading, dpi,
        _draw_ink(generator), held_out=held_out, pencil=content.pencil,
    )  # fmt: skip
    return setting, x_height


def _draw_ink(generator: np.random.Generator) -> Rgb:
    """Mostly black, at times dark grey, faint or coloured for the whole page."""
    kind = generator.random()
    if kind < 0.08:
        return INKS[int(generator.integers(len(INKS)))]
    low, high = (0, 1) if kind < 0.6 else (0, 70) if kind < 0.9 else (70, 150)
    tone = int(generator.integers(low, high))
    return tone, tone, tone


def _columns(canvas: Canvas, setting: Setting) -> list[Column]:
    """One or two columns of a page, placed so that the window shows a part of it."""
    page = A4_WIDTH * setting.dpi * setting.uniform(0.65, 1)
    page = max(page, setting.size * 10)
    margin = min(page, canvas.width) * setting.uniform(0.02, 0.1)  # else a window of margin alone
    left = margin + (canvas.width - page) * _share_left_of_window(setting)
    right = left + page - 2 * margin
    top = margin if setting.chance(0.5) else -setting.uniform(0, 4) * setting.size
    bottom = canvas.height - margin if setting.chance(0.4) else canvas.height + 3.0 * setting.size
    gap = setting.uniform(1.2, 2.5) * setting.size
    if right - left < 26 * setting.size or setting.chance(0.5):
        return [Column(left, right, top, bottom)]
    middle = (left + right) / 2
    if setting.chance(0.3):
        canvas.rule((middle, top), (middle, bottom), setting.hairline, setting.ink)
    halves = [Column(left, middle - gap / 2, top, bottom), Column(middle + gap / 2, right, top, bottom)]
    return halves[::-1] if setting.script.right_to_left else halves


def _share_left_of_window(setting: Setting) -> float:
    """Often 0, or 1 from right to left: where lines begin, most is printed."""
    if setting.chance(0.4):
        return float(setting.script.right_to_left)
    return setting.uniform(0, 1)


def _fill(canvas: Canvas, column: Column, setting: Setting, often: dict[Block, float]) -> None:
    """Blocks until the column is full; the last ones may leave the window."""
    if column.left >= canvas.width or column.right <= 0:
        return
    weights = np.array(list(often.values()))
    blocks = list(often)
    while column.has_room(1.5 * setting.line) and column.top < canvas.height:
        blocks[int(setting.generator.choice(len(blocks), p=weights / weights.sum()))](canvas, column, setting)
        column.skip(setting.uniform(0.05, 0.4) * setting.line)


def _finish(canvas: Canvas, columns: list[Column], setting: Setting, *, stamped: bool) -> None:
    """Page number and footnote where the page ends in the window, and stamps over everything."""
    last = columns[-1]
    foot = Column(columns[0].left, last.right, last.bottom + 0.3 * setting.line, float(canvas.height))
    if foot.right < foot.left:
        foot.left, foot.right = last.left, columns[0].right
    if foot.has_room(4 * setting.line):
        footnote(canvas, foot, setting)
        last.lines += foot.lines
        foot.lines = []
    if foot.has_room(setting.line):
        number = str(setting.integer(1, 500))
        print_text(
            canvas, foot, setting, number, setting.face(0.9), "centre" if setting.chance(0.6) else "end"
        )
        last.lines += foot.lines
    while stamped and setting.chance(0.25):
        place = setting.uniform(0.1, 0.9) * canvas.width, setting.uniform(0.1, 0.9) * canvas.height
        stamp(canvas, setting, place)


def block_sample(block: Block, seed: int, script: str = "latin", *, colour: bool = True) -> np.ndarray:
    """One block alone on a small page, uint8, for looking at and for tests."""
    generator = np.random.default_rng(seed)
    font = _draw_font(generator, script, held_out=False)
    size = fonts.size_for(font, script, 11)
    setting = Setting(generator, script, _draw_language(generator, script), font, size, 1.4, 150)
    canvas = Canvas((420, 560), colour)
    column = Column(30, 530, 25, 400)
    block(canvas, column, setting)
    return canvas.pixels()


def stamp_sample(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A stamp in the middle of the column, as a block."""
    stamp(canvas, setting, ((column.left + column.right) / 2, (column.top + column.bottom) / 2))


__all__ = [
    "BLOCKS",
    "BY_HAND",
    "EVERYTHING",
    "MOSTLY_FAINT",
    "PLAIN",
    "WITHOUT_PICTURES",
    "Content",
    "block_sample",
    "render_text_page",
    "render_training_page",
    "stamp_sample",
]
