"""What a PDF page draws: its pictures and where, how much visible text; and the page without its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pikepdf

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top in points

MOST_BYTES = 16_000_000  # of drawing commands; more is a map or a drawing, never a scan
_MOST_COMMANDS = 300_000
_MOST_WORDS = 1_000_000  # names, numbers, texts and lists in them, each of which becomes an object
_MOST_DRAWS = 5_000  # of pictures and forms
_DEEPEST = 12  # forms within forms
_INVISIBLE = (3, 7)  # ways of showing text that leave nothing to see; it is there to be searched
_TEXT = ("Tj", "TJ", "'", '"')
_PAINT = ("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh")
_WATCHED = " ".join(("q", "Q", "cm", "Do", "BI", "ID", "EI", "Tr", *_TEXT, *_PAINT))
MASKS = ("/SMask", "/Mask")
_GRID = 100  # cells along each side of the page, to measure what pictures cover
# Bytes by what they do: one that begins an object by itself, one between words, one of a word.
_BEGINS, _BETWEEN = b"([<{/", b")]>}%\0\t\n\f\r "
_ROLES = bytes(
    b"("[0] if byte in _BEGINS else b" "[0] if byte in _BETWEEN else b"a"[0] for byte in range(256)
)


class TooMuch(Exception):
    """The page draws more than can be looked at."""


@dataclass(frozen=True)
class Draw:
    """A picture on the page: `names` lead to it through the resources (empty: written inline); `matrix` takes
    the unit square to points; `share` of the page's area, 0..1."""

    names: tuple[str, ...]
    matrix: Matrix
    picture: Any
    share: float


@dataclass
class Content:
    """`draws` in their order; `glyphs` and `strokes` are visible letters and lines on top of the pictures,
    hidden text is there to be searched; `missing` counts what is drawn and is not in the file; `seen` are
    cells of the page, bool (100, 100), that pictures cover. `commands`, their bytes (`size`) and `words`, and
    what they draw (`drawn`) count as often as they are carried out."""

    draws: list[Draw] = field(default_factory=list)
    glyphs: int = 0
    strokes: int = 0
    has_hidden_text: bool = False
    missing: int = 0
    commands: int = 0
    size: int = 0
    words: int = 0
    drawn: int = 0
    seen: np.ndarray = field(default_factory=lambda: np.zeros((_GRID, _GRID), bool))

    @property
    def covered(self) -> float:
        """Share of the page that pictures cover, 0..1."""
        return float(self.seen.mean())


def read_content(page: pikepdf.Page, box: Box) -> Content:
    """Go through a page's commands; `box` is what of it is shown.

    Raises TooMuch, or what pikepdf raises for damaged commands.
    """
    content = Content()
    _walk(page, resources_of(page), (1, 0, 0, 1, 0, 0), (), content, box)
    return content


def _walk(
    stream: Any, resources: Any, ctm: Matrix, names: tuple[str, ...], content: Content, box: Box
) -> None:
    stack: list[tuple[Matrix, int]] = []
    mode = 0
    content.size, content.words = _weighed(stream, content.size, content.words)
    for step in pikepdf.parse_content_stream(stream, _WATCHED):
        content.commands += 1
        if content.commands > _MOST_COMMANDS:
            raise TooMuch
        name = str(step.operator)
        if name == "q":
            stack.append((ctm, mode))
        elif name == "Q" and stack:
            ctm, mode = stack.pop()
        elif name == "cm" and len(step.operands) == 6:
            ctm = times(_numbers(step.operands), ctm)
        elif name == "Tr" and step.operands:
            mode = int(step.operands[0])
        elif name in _TEXT:
            _count_letters(step.operands, mode, content)
        elif name in _PAINT:
            content.strokes += 1
        elif name == "INLINE IMAGE":
            _count_drawn(content)
            _add((), ctm, step.operands[0], content, box)
        elif name == "Do" and step.operands:
            _count_drawn(content)
            _draw(str(step.operands[0]), resources, ctm, names, content, box)


def _count_drawn(content: Content) -> None:
    content.drawn += 1
    if content.drawn > _MOST_DRAWS:
        raise TooMuch


def _draw(name: str, resources: Any, ctm: Matrix, names: tuple[str, ...], content: Content, box: Box) -> None:
    """Follow a `Do` command to a picture or a form."""
    drawn = lookup(resources, name)
    if drawn is None or (drawn.get("/Subtype") == "/Image" and not drawn.get("/Length", 0)):
        content.missing += 1
        return
    path = (*names, name)
    if drawn.get("/Subtype") == "/Image":
        _add(path, ctm, drawn, content, box)
    elif drawn.get("/Subtype") == "/Form" and len(path) <= _DEEPEST:
        own = _numbers(drawn.get("/Matrix", [1, 0, 0, 1, 0, 0]))
        _walk(drawn, drawn.get("/Resources", resources), times(own, ctm), path, content, box)


def resources_of(page: pikepdf.Page) -> Any:
    """A page's resources, its own or those of the page tree."""
    node: Any = page.obj
    for _ in range(50):  # deeper trees are loops
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if "/Resources" in node:
            return node["/Resources"]
        node = node.get("/Parent")
    return None


def lookup(resources: Any, name: str) -> Any:
    """The picture or form of that name, None when there is none."""
    if not isinstance(resources, pikepdf.Dictionary):
        return None
    found = resources.get("/XObject")
    drawn = found.get(name) if isinstance(found, pikepdf.Dictionary) else None
    return drawn if isinstance(drawn, pikepdf.Stream) else None


def masks_of(picture: Any) -> list[Any]:
    """What says where a picture is transparent; none for one that is written into the commands."""
    if not isinstance(picture, pikepdf.Stream):
        return []
    return [picture[key] for key in MASKS if isinstance(picture.get(key), pikepdf.Stream)]


def commands(stream: Any, watched: str = "") -> list[Any]:
    """The commands of a page or form, only the `watched` ones if given. Raises TooMuch."""
    _weighed(stream)
    return list(pikepdf.parse_content_stream(stream, watched))


def _weighed(stream: Any, size: int = 0, words: int = 0) -> tuple[int, int]:
    """`size` and `words` with those of a page's or form's commands. Raises TooMuch when these are too many,
    before anything is made of them."""
    parts = stream.obj.get("/Contents", []) if isinstance(stream, pikepdf.Page) else stream
    measured: dict[tuple[int, int], tuple[int, int]] = {}
    for part in parts if isinstance(parts, pikepdf.Array) else [parts]:
        if not isinstance(part, pikepdf.Stream):
            continue
        if part.objgen not in measured:  # a page may name the same part many times
            measured[part.objgen] = _measured(part)
        size, words = size + measured[part.objgen][0], words + measured[part.objgen][1]
        if size > MOST_BYTES or words > _MOST_WORDS:
            raise TooMuch
    return size, words


def _measured(part: pikepdf.Stream) -> tuple[int, int]:
    """Bytes of a stream, packed or unpacked, and words in it."""
    data = part.read_bytes()
    size = max(len(data), len(part.read_raw_bytes()))
    if size > MOST_BYTES:
        return size, 0
    roles = data.translate(_ROLES)
    return size, roles.count(b"(") + roles.count(b" a")


def _add(names: tuple[str, ...], matrix: Matrix, picture: Any, content: Content, box: Box) -> None:
    cells = _cells(matrix, box)
    draw = Draw(names, matrix, picture, float(cells.mean()))
    content.draws.append(draw)
    content.seen |= cells
    if draw.share > 0.5:  # what was drawn before is no longer seen
        content.has_hidden_text |= content.glyphs > 0
        content.glyphs = content.strokes = 0


def _count_letters(operands: Any, mode: int, content: Content) -> None:
    """Add the bytes of text that a command shows, or hides."""
    found = 0
    for operand in operands:
        for part in operand if isinstance(operand, pikepdf.Array) else [operand]:
            found += len(bytes(part)) if isinstance(part, pikepdf.String) else 0
    if mode in _INVISIBLE:
        content.has_hidden_text |= found > 0
    else:
        content.glyphs += found


def _numbers(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def times(first: Matrix, then: Matrix) -> Matrix:
    """One matrix that does both."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def corners(matrix: Matrix) -> Box:
    """The box around the unit square after `matrix`."""
    a, b, c, d, e, f = matrix
    across, up = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
    return min(across), min(up), max(across), max(up)


def _cells(matrix: Matrix, box: Box) -> np.ndarray:
    """Which cells of a grid over `box` a picture covers, bool (100, 100)."""
    cells = np.zeros((_GRID, _GRID), bool)
    left, bottom, right, top = corners(matrix)
    width, height = box[2] - box[0], box[3] - box[1]
    edges = (
        (left - box[0]) / width,
        (right - box[0]) / width,
        (bottom - box[1]) / height,
        (top - box[1]) / height,
    )
    if not np.isfinite(edges).all():
        return cells
    first, last, low, high = (round(min(max(edge, 0), 1) * _GRID) for edge in edges)
    cells[low:high, first:last] = True
    return cells


# The page without its pictures


def only_text(
    pdf: pikepdf.Pdf, stream: Any, resources: Any, depth: int = 0
) -> tuple[bytes, pikepdf.Dictionary]:
    """The commands of a page or form with nothing left to be seen, but all text, which can still be searched;
    and resources for them, in which forms are reduced likewise and pictures are gone. Raises TooMuch.
    """
    kept: list[Any] = []
    reduced: dict[str, pikepdf.Stream | None] = {}
    for step in commands(stream):
        name = str(step.operator)
        if name in ("Tr", "INLINE IMAGE", "sh"):
            continue
        if name == "Do":
            drawn = str(step.operands[0])
            if drawn not in reduced:
                reduced[drawn] = _text_form(pdf, drawn, resources, depth)
            if reduced[drawn] is None:
                continue
        if name in _PAINT:
            step = pikepdf.ContentStreamInstruction([], pikepdf.Operator("n"))
        kept.append(step)
    forms = {name: form for name, form in reduced.items() if form is not None}
    return bytes(pikepdf.unparse_content_stream(kept)), with_pictures(resources, pikepdf.Dictionary(forms))


def _text_form(pdf: pikepdf.Pdf, name: str, resources: Any, depth: int) -> pikepdf.Stream | None:
    """A form reduced to its text; None when it has none, or is no form."""
    form = lookup(resources, name)
    if depth >= _DEEPEST or form is None or form.get("/Subtype") != "/Form" or not _shows_text(form):
        return None
    data, own = only_text(pdf, form, form.get("/Resources", resources), depth + 1)
    reduced = pdf.make_stream(data)
    for key, value in form.items():
        if key not in ("/Length", "/Filter", "/DecodeParms", "/Resources", "/Group"):
            reduced[key] = value
    reduced.Resources = own
    return reduced


def _shows_text(form: Any) -> bool:
    return any(str(step.operator) in (*_TEXT, "Do") for step in commands(form, " ".join((*_TEXT, "Do"))))


def with_pictures(resources: Any, pictures: pikepdf.Dictionary) -> pikepdf.Dictionary:
    """A copy of resources with these pictures and forms instead of its own."""
    copied = pikepdf.Dictionary(dict(resources.items()) if isinstance(resources, pikepdf.Dictionary) else {})
    copied["/XObject"] = pictures
    return copied


def pictures_of(resources: Any) -> pikepdf.Dictionary:
    """A copy of the names of pictures and forms."""
    drawn = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    return pikepdf.Dictionary(dict(drawn.items()) if isinstance(drawn, pikepdf.Dictionary) else {})
