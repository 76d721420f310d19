"""Blocks of text: paragraphs, headings, lists, tables, forms, inverted and coloured ones.

Every block takes the page, the column it goes into and the setting, draws at the column's top and moves it.
"""

from __future__ import annotations

from ae.data.rendering import fonts
from ae.data.rendering.canvas import PAPER, Canvas, mix
from ae.data.rendering.inks import HIGHLIGHTERS, pen_ink, pick, some_ink
from ae.data.rendering.setting import Setting, Typeface
from ae.data.rendering.typesetting import ASCENT, Column, break_lines, print_line, print_text, write

_BULLETS = "•–*-"


def paragraph(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Running text, ragged or justified."""
    align = "justify" if setting.script.spaced and setting.chance(0.5) else "start"
    print_text(canvas, column, setting, _prose(setting), align=align)
    column.skip(setting.uniform(0, 0.9) * setting.line)


def _prose(setting: Setting, low: int = 2, high: int = 6) -> str:
    return setting.joiner.join(setting.sentences(setting.integer(low, high)))


def heading(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A few words up to four times as large as the text, mostly bold; some have a rule."""
    scale = round(setting.uniform(1.1, 2.2) if setting.chance(0.75) else setting.uniform(2.2, 4.0), 1)
    face = setting.face(scale, bold=setting.chance(0.75))
    align = "centre" if setting.chance(0.3) else "start"
    ink = some_ink(setting, 0.15)
    column.skip(setting.uniform(0.2, 0.8) * setting.line)
    print_text(canvas, column, setting.with_ink(ink), setting.phrase(setting.integer(1, 6)), face, align, 2)
    if setting.chance(0.2):
        y = column.top - 0.1 * face.size
        canvas.rule((column.left, y), (column.right, y), setting.hairline * setting.uniform(0.5, 4), ink)
    column.skip(setting.uniform(0.1, 0.6) * setting.line)


def bullets(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Entries with a bullet or a number before them."""
    face = setting.face()
    bullet = _BULLETS[setting.integer(0, len(_BULLETS) - 1)]
    numbered = setting.chance(0.4) or bool(fonts.lacks(setting.font, bullet))
    indent = 1.9 * setting.size
    rtl = setting.script.right_to_left
    for number in range(1, setting.integer(3, 7)):
        if not column.has_room(setting.line):
            return
        mark = f"{number}." if numbered else bullet
        x = column.right - face.width(mark) if rtl else column.left
        write(canvas, setting, (x, column.top + ASCENT * setting.size), mark, face, setting.ink)
        inner = column.part(column.left + (0 if rtl else indent), column.right - (indent if rtl else 0))
        print_text(canvas, inner, setting, setting.phrase(setting.integer(2, 9)), most=3)
        column.lines += [f"{mark} {line}" if i == 0 else line for i, line in enumerate(inner.lines)]
        column.top = max(inner.top, column.top + setting.line)
    column.skip(0.5 * setting.line)


def leaders(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A table of contents: entries and page numbers joined by dots."""
    face = setting.face()
    dot = ". " if setting.chance(0.4) else "."
    for _ in range(setting.integer(3, 8)):
        if not column.has_room(setting.line):
            return
        entry, page = setting.phrase(setting.integer(1, 4)), str(setting.integer(1, 400))
        room = column.width - face.width(entry) - face.width(page) - setting.size
        if room < 2 * setting.size:
            continue
        dots = (dot * int(room / face.width(dot))).strip()
        first, last = (page, entry) if setting.script.right_to_left else (entry, page)
        base = column.top + ASCENT * setting.size
        write(canvas, setting, (column.left, base), first, face, setting.ink)
        x = column.left + face.width(first) + (room + setting.size - face.width(dots)) / 2
        write(canvas, setting, (x, base), dots, face, setting.ink)
        write(canvas, setting, (column.right - face.width(last), base), last, face, setting.ink)
        column.lines.append(f"{entry} {dots} {page}")
        column.skip(setting.line)
    column.skip(0.5 * setting.line)


def table(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Words and numbers in cells; rules around all cells, between rows only, or none."""
    columns = max(1, min(setting.integer(2, 6), int(column.width / (4.5 * setting.size))))
    rules = ("all", "all", "rows", "outer")[setting.integer(0, 3)]
    width = setting.hairline * setting.uniform(0.4, 2.5)
    row_height = setting.line * setting.uniform(1.1, 1.6)
    ink = mix(setting.ink, PAPER, setting.uniform(0.2, 0.6)) if setting.chance(0.3) else setting.ink
    edges = [column.left + column.width * i / columns for i in range(columns + 1)]
    numeric = [setting.chance(0.5) for _ in range(columns)]
    top, rows = column.top, setting.integer(2, 8)
    shaded = setting.chance(0.3)
    for row in range(rows):
        if not column.has_room(row_height):
            rows = row
            break
        if shaded and row % 2 == 0:
            canvas.fill((column.left, column.top, column.right, column.top + row_height), (225, 228, 232))
        _table_row(canvas, column, setting, edges, [number and row > 0 for number in numeric], row_height)
    for row in range(rows + 1):
        if rules != "outer" or row in (0, 1, rows):
            y = top + row * row_height
            canvas.rule((column.left, y), (column.right, y), width, ink)
    for x in edges if rules == "all" else []:
        canvas.rule((x, top), (x, top + rows * row_height), width, ink)
    column.skip(0.8 * setting.line)


def _table_row(
    canvas: Canvas, column: Column, setting: Setting, edges: list[float], numeric: list[bool], height: float
) -> None:
    face = setting.face(bold=not any(numeric) and setting.chance(0.3))
    pad = 0.35 * setting.size
    cells = []
    for left, right, number in zip(edges, edges[1:], numeric, strict=False):
        text = setting.number() if number else setting.phrase(setting.integer(1, 3))
        cell = Column(left + pad, right - pad, column.top + (height - setting.size) / 2, column.top + height)
        lines = break_lines(text, face, cell.width, setting.script)[:1]
        if lines:
            print_line(canvas, cell, setting, lines[0], face, "end" if number else "start")
        cells += cell.lines
    column.lines.append(" ".join(cells))
    column.skip(height)


def form(canvas: Canvas, column: Column, setting: Setting) -> None:
    """Labels with lines to write on, boxes to tick and rows of boxes for single letters."""
    face = setting.face(round(setting.uniform(0.75, 1), 2))
    width = setting.hairline * setting.uniform(0.5, 2)
    for _ in range(setting.integer(2, 6)):
        if not column.has_room(1.6 * setting.line):
            return
        _form_row(canvas, column, setting, face, width)
        column.skip(setting.uniform(0.2, 0.7) * setting.line)


def _form_row(canvas: Canvas, column: Column, setting: Setting, face: Typeface, width: float) -> None:
    size, top = setting.size, column.top
    rtl = setting.script.right_to_left
    label = column.part(column.left, column.right)
    lines = break_lines(setting.phrase(setting.integer(1, 3)), face, 0.4 * column.width, setting.script)
    left, right = print_line(canvas, label, setting, lines[0] if lines else [], face)
    column.lines += label.lines
    start, end = (column.left, left - 0.6 * size) if rtl else (right + 0.6 * size, column.right)
    bottom = top + 1.05 * size
    kind = setting.integer(0, 3)
    if kind == 0:
        canvas.rule((start, bottom), (end, bottom), width, setting.ink)
        if setting.chance(0.4):
            answer = column.part(start, end)
            ink = some_ink(setting, 0.6)
            print_text(canvas, answer, setting.with_ink(ink), setting.phrase(2), most=1)
            column.lines += answer.lines
    elif kind == 1:
        canvas.frame((start, top - 0.1 * size, end, bottom + 0.15 * size), width, setting.ink)
    elif kind == 2:
        side = 0.95 * size
        for i in range(int((end - start) / side)):
            canvas.frame((start + i * side, top, start + (i + 1) * side, top + side), width, setting.ink)
    else:
        _tick_boxes(canvas, setting, (start, end), top, width)
    column.skip(1.5 * size)


def _tick_boxes(
    canvas: Canvas, setting: Setting, span: tuple[float, float], top: float, width: float
) -> None:
    side = 0.75 * setting.size
    x = span[0]
    while x + side < span[1]:
        canvas.frame((x, top + 0.1 * side, x + side, top + 1.1 * side), width, setting.ink)
        if setting.chance(0.4):
            ink = pen_ink(setting)
            thick = max(1, round(2 * width))
            corners = (
                (x, top + 0.1 * side, x + side, top + 1.1 * side),
                (x, top + 1.1 * side, x + side, top + 0.1 * side),
            )
            for corner in corners:
                canvas.pen.line(corner, fill=canvas.tone(ink), width=thick)
        x += side * setting.uniform(2.5, 4)


def inverted(canvas: Canvas, column: Column, setting: Setting) -> None:
    """White or pale text on a dark block."""
    face = setting.face(round(setting.uniform(0.9, 2.0), 1), bold=setting.chance(0.5))
    pad = 0.6 * face.size
    lines = break_lines(_prose(setting, 1, 3), face, column.width - 2 * pad, setting.script)[
        : setting.integer(1, 5)
    ]
    height = len(lines) * face.size * setting.leading + 1.4 * pad
    if not lines or not column.has_room(height):
        return
    dark = some_ink(setting, 0.4) if setting.chance(0.5) else (setting.integer(0, 60),) * 3
    canvas.fill((column.left, column.top, column.right, column.top + height), dark)
    inner = Column(column.left + pad, column.right - pad, column.top + 0.7 * pad, column.bottom)
    pale = mix(PAPER, dark, setting.uniform(0, 0.2))
    for words in lines:
        print_line(canvas, inner, setting, words, face, ink=pale)
    column.lines += inner.lines
    column.skip(height + 0.6 * setting.line)


def faint(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A paragraph in grey or in pencil's tone, which has to stay."""
    tone = setting.integer(90, 185)
    print_text(canvas, column, setting.with_ink((tone, tone, tone)), _prose(setting, 1, 4))
    column.skip(0.5 * setting.line)


def coloured(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A paragraph in coloured ink, some of it pale."""
    ink = mix(some_ink(setting, 1.0), PAPER, setting.uniform(0, 0.35))
    print_text(canvas, column, setting.with_ink(ink), _prose(setting, 1, 4))
    column.skip(0.5 * setting.line)


def highlighted(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A paragraph with lines gone over by a highlighter, or underlined."""
    spans = print_text(canvas, column, setting, _prose(setting))
    colour = pick(setting, HIGHLIGHTERS)
    under = setting.chance(0.3)
    for left, right, top in spans:
        if not setting.chance(0.4):
            continue
        start = left + setting.uniform(0, 0.4) * (right - left)
        end = right - setting.uniform(0, 0.4) * (right - left)
        if under:
            y = top + 1.02 * setting.size
            canvas.rule((start, y), (end, y), setting.hairline * setting.uniform(1, 3), pen_ink(setting))
        else:
            canvas.tint((start, top - 0.02 * setting.size, end, top + 1.05 * setting.size), colour)
    column.skip(0.5 * setting.line)


def quotation(canvas: Canvas, column: Column, setting: Setting) -> None:
    """An indented paragraph in small type beside a bar."""
    inner = column.part(column.left + 1.6 * setting.size, column.right - 1.6 * setting.size)
    print_text(canvas, inner, setting, _prose(setting, 1, 4), setting.face(0.9))
    x = column.left + 0.6 * setting.size
    canvas.rule((x, column.top), (x, inner.top - 0.2 * setting.line), setting.hairline * 3, setting.ink)
    column.lines += inner.lines
    column.top = inner.top + 0.5 * setting.line


def footnote(canvas: Canvas, column: Column, setting: Setting) -> None:
    """A short rule and one or two notes in small type."""
    canvas.rule(
        (column.left, column.top), (column.left + column.width / 3, column.top), setting.hairline, setting.ink
    )
    column.skip(0.4 * setting.line)
    for number in range(1, setting.integer(2, 3)):
        text = f"{number} {_prose(setting, 1, 1)}" if setting.script.spaced else _prose(setting, 1, 1)
        print_text(canvas, column, setting, text, setting.face(0.8), most=2)
