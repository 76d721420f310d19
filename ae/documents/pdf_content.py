"""What a PDF page draws: its pictures and where, how much visible text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pikepdf

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top in points

MOST_BYTES = 16_000_000  # of drawing commands; more is a map or a drawing, never a scan
_MOST_COMMANDS = 300_000
_MOST_WORDS = 1_000_000  # names, numbers, texts and lists in them, each of which becomes an object
_MOST_DRAWS = 5_000  # of pictures and forms
DEEPEST = 12  # forms within forms
_INVISIBLE = (3, 7)  # ways of showing text that leave nothing to see; it is there to be searched
TEXT = ("Tj", "TJ", "'", '"')
PAINT = ("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh")
_WATCHED = " ".join(("q", "Q", "cm", "Do", "BI", "ID", "EI", "Tr", *TEXT, *PAINT))
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
    cells of the page, bool (100, 100), that pictures cover."""

    draws: list[Draw] = field(default_factory=list)
    glyphs: int = 0
    strokes: int = 0
    has_hidden_text: bool = False
    missing: int = 0
    seen: np.ndarray = field(default_factory=lambda: np.zeros((_GRID, _GRID), bool))

    @property
    def covered(self) -> float:
        """Share of the page that pictures cover, 0..1."""
        return float(self.seen.mean())


def read_content(page: pikepdf.Page, box: Box) -> Content:
    """Go through a page's commands; `box` is what of it is shown.

    Raises TooMuch, or what pikepdf raises for damaged commands.
    """
    reader = _Reader(box)
    reader.read(page, _State(resources_of(page)))
    return reader.content


@dataclass
class _Budget:
    """What a page has taken so far of what it may; forms count as often as they are drawn."""

    commands: int = 0
    size: int = 0  # bytes of commands
    words: int = 0
    drawn: int = 0

    def take(self, *, commands: int = 0, size: int = 0, words: int = 0, drawn: int = 0) -> None:
        """Raises TooMuch when it is used up."""
        self.commands, self.drawn = self.commands + commands, self.drawn + drawn
        self.size, self.words = self.size + size, self.words + words
        is_within = self.commands <= _MOST_COMMANDS and self.drawn <= _MOST_DRAWS
        if not is_within or self.size > MOST_BYTES or self.words > _MOST_WORDS:
            raise TooMuch


@dataclass(frozen=True)
class _State:
    """Where commands are carried out: their resources, the names of the forms that lead there, and the state
    of drawing: what takes their units to points, and how text is shown."""

    resources: Any
    names: tuple[str, ...] = ()
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    mode: int = 0


class _Reader:
    """Carries out a page's commands as far as its content depends on them."""

    def __init__(self, box: Box) -> None:
        self.content = Content()
        self._box = box
        self._budget = _Budget()

    def read(self, stream: Any, state: _State) -> None:
        """Carry out the commands of a page or form."""
        _weigh(stream, self._budget)
        saved: list[_State] = []
        for step in pikepdf.parse_content_stream(stream, _WATCHED):
            self._budget.take(commands=1)
            name = str(step.operator)
            if name == "q":
                saved.append(state)
            elif name == "Q" and saved:
                state = saved.pop()
            elif name == "cm" and len(step.operands) == 6:
                state = replace(state, matrix=times(_numbers(step.operands), state.matrix))
            elif name == "Tr" and step.operands:
                state = replace(state, mode=int(step.operands[0]))
            else:
                self._show(name, step.operands, state)

    def _show(self, name: str, operands: Any, state: _State) -> None:
        """Carry out a command that may leave something to see."""
        if name in TEXT:
            self._add_letters(operands, state.mode)
        elif name in PAINT:
            self.content.strokes += 1
        elif name == "INLINE IMAGE":
            self._budget.take(drawn=1)
            self._add_picture((), state.matrix, operands[0])
        elif name == "Do" and operands:
            self._budget.take(drawn=1)
            self._draw(str(operands[0]), state)

    def _draw(self, name: str, state: _State) -> None:
        """Follow a `Do` command to a picture or a form."""
        drawn = lookup(state.resources, name)
        if drawn is None or (drawn.get("/Subtype") == "/Image" and not drawn.get("/Length", 0)):
            self.content.missing += 1
            return
        names = (*state.names, name)
        if drawn.get("/Subtype") == "/Image":
            self._add_picture(names, state.matrix, drawn)
        elif drawn.get("/Subtype") == "/Form" and len(names) <= DEEPEST:
            own = _numbers(drawn.get("/Matrix", [1, 0, 0, 1, 0, 0]))
            resources = drawn.get("/Resources", state.resources)
            matrix = times(own, state.matrix)
            self.read(drawn, replace(state, resources=resources, names=names, matrix=matrix))

    def _add_picture(self, names: tuple[str, ...], matrix: Matrix, picture: Any) -> None:
        content, cells = self.content, _cells(matrix, self._box)
        draw = Draw(names, matrix, picture, float(cells.mean()))
        content.draws.append(draw)
        content.seen |= cells
        if draw.share > 0.5:  # what was drawn before is no longer seen
            content.has_hidden_text |= content.glyphs > 0
            content.glyphs = content.strokes = 0

    def _add_letters(self, operands: Any, mode: int) -> None:
        """Add the bytes of text that a command shows, or hides."""
        found = 0
        for operand in operands:
            for part in operand if isinstance(operand, pikepdf.Array) else [operand]:
                found += len(bytes(part)) if isinstance(part, pikepdf.String) else 0
        if mode in _INVISIBLE:
            self.content.has_hidden_text |= found > 0
        else:
            self.content.glyphs += found


def resources_of(page: pikepdf.Page) -> Any:
    """A page's resources, its own or those of the page tree."""
    return inherited(page, "/Resources")


def inherited(page: pikepdf.Page, key: str) -> Any:
    """What a page says under this key, or the page tree above it; None if neither does."""
    node: Any = page.obj
    for _ in range(50):  # deeper trees are loops
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if key in node:
            return node[key]
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
    _weigh(stream, _Budget())
    return list(pikepdf.parse_content_stream(stream, watched))


def _weigh(stream: Any, budget: _Budget) -> None:
    """Take the commands of a page or form from the budget before anything is made of them."""
    parts = stream.obj.get("/Contents", []) if isinstance(stream, pikepdf.Page) else stream
    measured: dict[tuple[int, int], tuple[int, int]] = {}
    for part in parts if isinstance(parts, pikepdf.Array) else [parts]:
        if not isinstance(part, pikepdf.Stream):
            continue
        if part.objgen not in measured:  # a page may name the same part many times
            measured[part.objgen] = _measured(part)
        size, words = measured[part.objgen]
        budget.take(size=size, words=words)


def _measured(part: pikepdf.Stream) -> tuple[int, int]:
    """Bytes of a stream, packed or unpacked, and words in it."""
    data = part.read_bytes()
    size = max(len(data), len(part.read_raw_bytes()))
    if size > MOST_BYTES:
        return size, 0
    roles = data.translate(_ROLES)
    return size, roles.count(b"(") + roles.count(b" a")


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


def with_pictures(resources: Any, pictures: pikepdf.Dictionary) -> pikepdf.Dictionary:
    """A copy of resources with these pictures and forms instead of its own."""
    copied = pikepdf.Dictionary(dict(resources.items()) if isinstance(resources, pikepdf.Dictionary) else {})
    copied["/XObject"] = pictures
    return copied


def pictures_of(resources: Any) -> pikepdf.Dictionary:
    """A copy of the names of pictures and forms."""
    drawn = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    return pikepdf.Dictionary(dict(drawn.items()) if isinstance(drawn, pikepdf.Dictionary) else {})
