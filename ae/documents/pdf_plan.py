"""What is to be done with a PDF page: pass it through, change its scan in place, or draw it anew."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import pikepdf

from ae.documents import pdf_content
from ae.documents.pdf_content import Box, Content, Draw, Matrix
from ae.units import MM_PER_INCH, POINTS_PER_INCH

Way = Literal["pass", "scan", "redraw"]

# Share of the page that pictures cover at least, and most visible letters on top: then it is a scan. With
# more of them a page was set by a program, on a background picture or around photographs.
_SCANS = ((0.85, 300), (0.6, 30), (0.2, 0))
_A_STAMP = 0.05  # of the page; smaller pictures are no part of the scan
_NEARLY_ALL = 0.95
_EDGE = 0.01  # of the page: a scan that is off by this fills it
_LETTER: Box = (0, 0, 612, 792)  # what viewers take when a page does not say its size
_MISSING = "what it shows is missing, since the file is cut off or damaged; get the file once more"
_DPI = (50.0, 600.0)  # of a page that is drawn anew


@dataclass(frozen=True)
class Plan:
    """`way`: what to do with a page whose visible part is `box`, in units of `unit` points, turned clockwise
    by `turn` degrees when it is shown.

    `scan` is the picture to change; it lies as `orientation` says (EXIF's numbers) and has `dpi` as stored. A
    page to be redrawn is drawn at `dpi`. `as_seen`: the scan upright is all there is to see. `problem`: why a
    page that passes through may be none that was born digital, and what to do; `is_lost`: nothing of it can
    be seen.
    """

    way: Way
    box: Box
    turn: int = 0
    unit: float = 1.0
    note: str = ""
    scan: Draw | None = None
    orientation: int = 1
    dpi: tuple[float, float] = (0.0, 0.0)
    as_seen: bool = False
    problem: str = ""
    is_lost: bool = False
    draws: tuple[Draw, ...] = ()
    has_hidden_text: bool = False

    @property
    def sheet_mm(self) -> tuple[float, float]:
        """Width and height as shown."""
        left, bottom, right, top = self.box
        sides = ((right - left), (top - bottom))
        width, height = sides[::-1] if self.turn % 180 else sides
        factor = self.unit / POINTS_PER_INCH * MM_PER_INCH
        return width * factor, height * factor


def make_plan(page: pikepdf.Page, is_cut_off: bool = False) -> Plan:
    """Look at what a page draws. Never fails: a page that cannot be understood passes through.

    `is_cut_off`: the file may be, so that a page without commands has lost them rather than is blank.
    """
    box, turn, unit = _box(page), _turn(page), _unit(page)
    try:
        content = pdf_content.read_content(page, box)
    except pdf_content.TooMuch:
        return Plan("pass", box, turn, unit, note="has too many commands to be looked at, and is as it was")
    except Exception:  # damaged commands; pikepdf raises what it finds
        return Plan("pass", box, turn, unit, problem="cannot be understood; print it to a new PDF")
    is_empty = not (content.draws or content.glyphs or content.strokes)
    if is_empty and (content.missing or (is_cut_off and "/Contents" not in page.obj)):
        return Plan("pass", box, turn, unit, problem=_MISSING, is_lost=True)
    plan = _planned(content, box, turn, unit)
    # Comments and form fields are seen too, and are no part of the scan.
    as_seen = plan.as_seen and not page.obj.get("/Annots")
    return replace(plan, as_seen=as_seen, has_hidden_text=content.has_hidden_text)


def _planned(content: Content, box: Box, turn: int, unit: float) -> Plan:
    draws = tuple(draw for draw in content.draws if draw.share > 0)
    covered = content.covered
    if not any(covered >= share and content.glyphs <= letters for share, letters in _SCANS):
        return Plan("pass", box, turn, unit, draws=draws)
    large = [draw for draw in draws if draw.share >= _A_STAMP] or list(draws)
    if len(large) > 1 or not large[0].names or _finest(large[0].picture) != _size(large[0].picture):
        note = _why(large, covered)
        dpi = _redraw_dpi(large, unit)
        return Plan("redraw", box, turn, unit, note, dpi=(dpi, dpi), draws=draws)
    scan = large[0]
    is_alone = content.glyphs == content.strokes == 0 and len(content.draws) == 1
    return Plan(
        "scan",
        box,
        turn,
        unit,
        scan=scan,
        orientation=_orientation(scan.matrix, turn),
        dpi=_dpi(scan, unit),
        as_seen=is_alone and _fills(scan.matrix, box),
        draws=draws,
    )


def _why(draws: list[Draw], covered: float) -> str:
    if len(draws) == 1 and not draws[0].names:
        return "was re-rendered, since its scan is written into its commands"
    overlapping = len(draws) == 1 or sum(draw.share for draw in draws) > covered / _NEARLY_ALL
    made_of = "layers" if overlapping else "strips"
    return f"was re-rendered, since its scan is made of {made_of}"


# Geometry


def _box(page: pikepdf.Page) -> Box:
    """What of the page is shown, in points."""
    try:
        whole = _corners(page.mediabox)
        left, bottom, right, top = _corners(page.cropbox)
    except Exception:  # missing or not four numbers
        return _LETTER
    cropped = max(left, whole[0]), max(bottom, whole[1]), min(right, whole[2]), min(top, whole[3])
    for box in (cropped, whole):
        if box[0] < box[2] and box[1] < box[3] and all(map(math.isfinite, box)):
            return box
    return _LETTER


def _corners(values: Any) -> Box:
    a, b, c, d = (float(value) for value in values)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def _turn(page: pikepdf.Page) -> int:
    try:
        return round(float(pdf_content.inherited(page, "/Rotate") or 0) / 90) % 4 * 90
    except (TypeError, ValueError, OverflowError):
        return 0


def _unit(page: pikepdf.Page) -> float:
    try:
        unit = float(page.obj.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if 0 < unit < 1e6 else 1.0


def _dpi(draw: Draw, unit: float, is_finest: bool = False) -> tuple[float, float]:
    """Dots per inch of a picture across and down, as stored; `is_finest`: of its mask if that has more."""
    a, b, c, d, _, _ = draw.matrix
    width, height = _finest(draw.picture) if is_finest else _size(draw.picture)
    across, down = (math.hypot(*side) * unit / POINTS_PER_INCH for side in ((a, b), (c, d)))
    return (width / across if across else 0.0, height / down if down else 0.0)


def _size(picture: Any) -> tuple[int, int]:
    try:
        if isinstance(picture, pikepdf.Stream):
            return int(picture.Width), int(picture.Height)
        return int(picture.width), int(picture.height)
    except (AttributeError, TypeError, ValueError, KeyError):
        return 0, 0


def _finest(picture: Any) -> tuple[int, int]:
    """Width and height of a picture, or of a mask that shows more of its edges."""
    return max(map(_size, (picture, *pdf_content.masks_of(picture))))


def _redraw_dpi(draws: list[Draw], unit: float) -> float:
    """The resolution of the finest picture."""
    finest = max(max(_dpi(draw, unit, is_finest=True)) for draw in draws)
    low, high = _DPI
    return min(max(finest, low), high)


def _orientation(matrix: Matrix, turn: int) -> int:
    """How a picture has to be turned to lie as it is shown, in EXIF's numbers."""
    a, b, c, d, _, _ = matrix
    right, down = _shown((a, b), turn), _shown((-c, -d), turn)
    if abs(right[0]) >= abs(right[1]):
        return {(1, 1): 1, (-1, 1): 2, (-1, -1): 3, (1, -1): 4}[_sign(right[0]), _sign(down[1])]
    return {(1, 1): 5, (1, -1): 6, (-1, -1): 7, (-1, 1): 8}[_sign(right[1]), _sign(down[0])]


def _shown(vector: tuple[float, float], turn: int) -> tuple[float, float]:
    """A direction on the page, up being positive, as seen on a screen, down being positive."""
    x, y = vector
    return {0: (x, -y), 90: (y, x), 180: (-x, y), 270: (-y, -x)}[turn]


def _sign(number: float) -> int:
    return 1 if number >= 0 else -1


def _fills(matrix: Matrix, box: Box) -> bool:
    """Whether a picture lies straight and has the edges of the page."""
    a, b, c, d, _, _ = matrix
    straight = min(abs(a) + abs(d), abs(b) + abs(c)) < _EDGE * max(abs(a) + abs(d), abs(b) + abs(c))
    width, height = box[2] - box[0], box[3] - box[1]
    off = [abs(one - other) for one, other in zip(pdf_content.corners(matrix), box, strict=True)]
    return straight and max(off[0], off[2]) < _EDGE * width and max(off[1], off[3]) < _EDGE * height


TURNED = {0: 1, 90: 6, 180: 3, 270: 8}  # a page's turn in EXIF's numbers
