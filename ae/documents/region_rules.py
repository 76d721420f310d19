"""Rules for what stays on a page, put over what a network says of its squares (`ae.documents.regions`)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ae.arrays import colourfulness, is_ink_coloured, strongest, weakest
from ae.documents.boxes import boxes_on, drawn, tone_of
from ae.documents.judged import Judged
from ae.documents.light import Light
from ae.documents.photographed import TABLE_EDGES, is_table, shadows
from ae.documents.printed_areas import printed_areas
from ae.documents.squares import PALE, WHITE, Groups, Squares, enclosed, of_cells, widened, without_lines
from ae.documents.tiling import pad
from ae.models.regions import VIEWS, View

_COLOURED = 10  # grey levels between the strongest and the weakest channel, mean over a square
_TINTED_PAPER = 80.0  # more of them, times the tint of the paper: black print on it is brown in even light
# A highlighter leaves the strongest channel as bright as white paper; stains take something of it, and what
# is pale and brown needs more colour to be none.
_BRIGHT, _VIVID, _VIVID_BROWN = 252, 45, 110
_TINTED = 10  # grey levels of colour, mean over a square of a highlighted line
_HIGHLIGHTED = 0.4  # of the pixels of a square are vivid in spite of letters
_OF_LINE = 0.3  # of a line's squares are so; the others are its edge, or dirty
_INK_COLOUR = 45  # grey levels between the strongest and the weakest channel of coloured ink, at least
_FILLED = 0.9  # of a square's pixels, in an area of colour
_PALER, _AROUND = 40, 2  # grey levels, than in even light; squares from a stroke to paper beside it
_STROKE = np.ones((3, 3), np.uint8)  # what is thinner may be the coloured fringe of a black letter
_PICTURE_SQUARES, _SPOT_SQUARES = 24, 24  # of a picture, at least, and of a bright spot in one, at most
_OF_TEXT = 0.1  # of the squares of a shadow on text have writing (0.2 and more); of a sky hardly any
# A picture of which so much would be kept, with something dark in so many of its squares, is one to its sky.
_MOSTLY_KEPT, _DETAILED = 0.55, 0.45
# What hangs together with a table is the page beside it where that is no more than so much darker, from a
# square to the next, than the paper in which it goes on: print ends within a square.
_GOES_ON = 10
# Less than `_REST` of a stain is kept, and a kept piece of it is less than `_EDGE` grey levels darker than
# what is beside it. A piece with writing in `_MUCH_TEXT` of its squares is of a shadow where it is less than
# `_SOFT_EDGE` darker, however much is kept.
_REST, _EDGE = 0.4, 45
_LITTLE, _SMALL = 0.2, 12  # where less is kept than the first, a piece of fewer squares goes wherever it ends
_MUCH_TEXT, _SOFT_EDGE = 0.25, 25
# Squares of a picture that fills a rectangle, at least; the share of it that it fills; the share of the
# page's height and width that it reaches over, at most. What fills it exactly may be paler than a picture.
_RECTANGLE_SQUARES, _RECTANGULAR, _MOST_SPAN = 100, 0.93, 0.85
_EXACT, _PALE_EDGE = 0.97, 30
_SIDED_SQUARES, _SIDED = 400, 0.6  # of a picture of which one side fades into the paper, at least
# What the network would keep of a picture, in the mean, where some sides of it are straight: so much counts,
# whatever pale was removed there. The rest of a picture with more such sides is kept as well; a frame has
# them, too, but fills less of its rectangle than `_SIDED`.
_SURE, _SURE_SIDES, _WHOLE_SIDES = 0.6, 2, 3
# Of the squares of a picture that fills its page the network would keep so many; so few at most are nowhere
# darker than `_PALEST`, in even light, and so many have no paper.
_FILLS, _FEW, _WITHOUT_PAPER, _PALEST = 0.88, 0.06, 0.15, 200
# The next three multiply shares, before they are squared.
_DOUBT = 18.0  # the cleaned page, where something pale was removed
_DOUBT_ON_WHITE = 6.0  # the same, where it is a whole area on a white page
_CERTAIN = 0.75, 0.95  # of the page itself would be kept: from the first on there is less doubt, then none
_CLEAN_PAGE = 16.0  # the untouched page, where nothing pale was removed from a white page that is clean
_SHARPER = 2.0  # power of the shares: the network is never quite sure, and a tenth of a grey view shows
_NEARLY = 0.9  # a share of the cleaned page that counts as all: paper is white, not nearly white
_BARE, _PAPER_SHARE = 245, 0.15  # grey level in even light of so much of any page; of photographs 0.11
_SHADED_SHARE = 0.02  # of the squares of a clean page may be neither paper nor ink
_AREA = 0.4  # of a square's pixels are no letter's edge or dust any more
_REMOVED = 10  # grey levels; less does not show
_DARK = 160  # grey level of the brightest pixel of a square in which there is no paper
# The shares of a square that is shown in one of the views alone.
_AS_IT_IS, _IN_EVEN_LIGHT, _CLEANED = np.eye(len(VIEWS), dtype=np.float32)[
    [View.UNTOUCHED, View.EVENED, View.CLEANED]
]


def ruled(cells: np.ndarray, judged: Judged, even: np.ndarray, light: Light, multiple: int) -> np.ndarray:
    """The shares of squares that a network gave, float32 (rows, columns, 4), with the rules over them.

    They may be changed in place. `even`: the page in even light, uint8 (h, w) or (h, w, 3), which is not
    padded to the `multiple`, as `judged` is; `light`: that of the page.
    """
    squares = judged.even_squares
    if _is_picture(cells, squares):
        cells[:] = _AS_IT_IS
        return cells
    boxes, pictures = _boxes(even, multiple)
    pictures |= _sure_pictures(cells, squares)
    colours = _Colours.of(even, multiple) if even.ndim == 3 else None
    shares = _weighed(cells, judged, colours.tint(light) if colours else 0.0)
    _keep_whole(shares, squares)
    if colours:
        _clean(shares, shadows(_kept(shares) > 0.5, judged))
    _keep(shares, pictures)
    _keep_boxes(shares, boxes)
    if colours:  # last, since the ink may lie on a stain
        _keep_highlighted(shares, judged.colour, colours.vivid)
        _keep_coloured(shares, colours.strokes, judged)
    return shares


@dataclass(frozen=True, eq=False)
class _Colours:
    """Where a page in even light is vivid as under a highlighter, and where it has broad strokes of coloured
    ink: 0 or 1, uint8 (H, W), sides multiples of a square's."""

    vivid: np.ndarray
    strokes: np.ndarray

    @classmethod
    def of(cls, even: np.ndarray, multiple: int) -> _Colours:
        """Of a page in even light, uint8 (h, w, 3)."""
        vivid, inked = pad(np.stack([_is_vivid(even), is_ink_coloured(even, _INK_COLOUR)]), multiple)
        return cls(vivid, cv2.erode(inked, _STROKE))

    def tint(self, light: Light) -> np.ndarray:
        """How much of its colour a square has from the paper, (rows, columns): nothing near coloured ink."""
        return ~widened(of_cells(self.strokes, np.max) > 0) * _TINTED_PAPER * light.tint


def _is_picture(cells: np.ndarray, squares: Squares) -> bool:
    """Whether a picture fills the page whose squares a network gave these shares (rows, columns, 4).

    `squares`: of the page in even light. A picture has no bare paper, so that `show_evened` leaves it alone.
    """
    return bool(
        (_kept(cells) > 0.5).mean() >= _FILLS
        and (squares.darkest >= _PALEST).mean() < _FEW
        and squares.are_without_paper.mean() >= _WITHOUT_PAPER
    )


def _sure_pictures(cells: np.ndarray, squares: Squares) -> np.ndarray:
    """Where the network is sure of pictures, bool (rows, columns), from its shares (rows, columns, 4).

    Stains and shadows that it would keep have no straight sides. `squares`: of the page in even light.
    """
    kept = _kept(cells)
    groups = Groups.of((kept > 0.5) & (squares.brightest < WHITE), connectivity=4)
    possible = (groups.labels > 0) & (groups.size() >= _RECTANGLE_SQUARES) & (groups.span() < _MOST_SPAN)
    found = np.zeros_like(possible)
    for group in np.unique(groups.labels[possible & (groups.mean(kept) > _SURE)]).tolist():
        box, sides = groups.box(group), groups.straight_sides(group)
        inside = groups.labels[box] == group
        is_whole = sides >= _WHOLE_SIDES and inside.mean() >= _SIDED
        if sides >= _SURE_SIDES:
            found[box] |= inside | is_whole
    return _with_holes(found)


def _boxes(even: np.ndarray, multiple: int) -> tuple[np.ndarray, np.ndarray]:
    """Squares with a part of a box of one tone, and of other boxes, bool (rows, columns).

    `even`: the page in even light. In colour it is the weakest channel that shows pale yellow. What is brown
    or yellow and has no print on it may be adhesive tape.
    """
    boxes = boxes_on(weakest(even))
    if even.ndim == 3:
        boxes = [box for box in boxes if box.has_print or not _is_brown(tone_of(even, box))]
    kinds = ([box for box in boxes if box.has_one_tone == is_flat] for is_flat in (True, False))
    planes = pad(np.stack([drawn(kind, even.shape) for kind in kinds]), multiple)
    flat, others = (of_cells(plane, np.max) > 0 for plane in planes)
    return flat, others


def _keep_boxes(shares: np.ndarray, boxes: np.ndarray) -> None:
    """Let each of the boxes, squares bool (rows, columns), be shown whole in one light, in place."""
    untouched = Groups.of(boxes, connectivity=4).mean(shares[..., View.UNTOUCHED]) > 0.5
    shares[boxes] = _IN_EVEN_LIGHT
    shares[boxes & untouched] = _AS_IT_IS


def _is_brown(tone: np.ndarray) -> bool:
    """Whether red, green and blue are those of something coloured, but not as ink is."""
    pixel = tone.astype(np.uint8)[None, None]
    return bool(colourfulness(pixel)[0, 0] >= _TINTED and not is_ink_coloured(pixel, _TINTED)[0, 0])


def _weighed(cells: np.ndarray, judged: Judged, tint: np.ndarray | float = 0.0) -> np.ndarray:
    """Shares of squares (rows, columns, 4) with what is known beside them.

    `tint`: how much of its colour a square (rows, columns) has from the paper.

    Where something pale and grey was removed, dirt or faint print, the cleaner is trusted, unless the network
    is certain of what it would keep: it was trained on both. An area on a white page may also be a logo, and
    there the network has more to say. Bare paper that is white stays as it is, and with it printed areas, and
    ink where there is hardly anything else.
    """
    squares = judged.squares
    printed = printed_areas(judged.page) if squares.have_white_paper else np.zeros_like(judged.page)
    pale, areas = _removed(judged, tint, printed)
    stays = squares.are_white | (of_cells(printed, np.max) > 0)
    doubt = np.full(pale.shape, _DOUBT, np.float32)
    if squares.have_white_paper:
        doubt[areas] = _DOUBT_ON_WHITE
        if (squares.are_shaded & ~stays).mean() < _SHADED_SHARE:  # even light is that of the page itself
            cells[~pale, View.UNTOUCHED] = _CLEAN_PAGE * _kept(cells)[~pale]
    is_certain = np.interp(_kept(cells), _CERTAIN, (0, 1))
    in_doubt = pale & (judged.even_squares.brightest >= _DARK)
    cells[..., View.CLEANED] *= np.where(in_doubt, doubt + (1 - doubt) * is_certain, 1)
    cells **= _SHARPER
    cells[stays] = _AS_IT_IS
    shares: np.ndarray = cells / cells.sum(2, keepdims=True)
    shares[shares[..., View.CLEANED] > _NEARLY] = _CLEANED
    return shares


def _removed(judged: Judged, tint: np.ndarray | float, printed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squares, bool (rows, columns), near which something pale and grey was removed, and near much of it.

    `printed`: 1 where a page, uint8 (H, W), is known to be printed.
    """
    is_pale = (judged.even >= PALE) & (printed == 0)
    removed = np.where(is_pale, cv2.subtract(judged.cleaned, judged.page), 0)
    removed = cv2.erode(removed, np.ones((3, 3), np.uint8))  # a letter's edge is thinner
    pale = widened(of_cells(removed, np.max) >= _REMOVED)
    pale &= of_cells(judged.colour, np.mean) < _COLOURED + tint
    return pale, widened(of_cells(removed >= _REMOVED, np.mean) >= _AREA)


def _is_vivid(even: np.ndarray) -> np.ndarray:
    """Where a page in even light, uint8 (H, W, 3), is coloured as by a highlighter: 0 or 1, uint8 (H, W)."""
    red, green, blue = cv2.split(even)
    least = np.where((red >= green) & (green >= blue), np.uint8(_VIVID_BROWN), np.uint8(_VIVID))
    return ((strongest(even) >= _BRIGHT) & (colourfulness(even) >= least)).astype(np.uint8)


def _keep_highlighted(shares: np.ndarray, colour: np.ndarray, vivid: np.ndarray) -> None:
    """Let nothing of a highlighted line be cleaned away, in place.

    Planes uint8 (H, W): how coloured the page is, and where it is as vivid as under a highlighter.
    """
    middle = of_cells(vivid, np.mean) >= _HIGHLIGHTED
    tinted = of_cells(colour, np.mean) >= _TINTED
    groups = Groups.of(tinted, connectivity=8)
    _keep(shares, tinted & (groups.mean(middle) >= _OF_LINE))


def _keep_coloured(shares: np.ndarray, coloured: np.ndarray, judged: Judged) -> None:
    """Let no broad stroke of coloured ink be cleaned away, in place; `coloured`: where they are, (H, W).

    Whole areas of colour are left to the network: pictures, and light that is coloured. Ink in a shadow is
    not lost by becoming as much paler as its paper does.
    """
    paper = cv2.dilate(judged.even_squares.brightest, np.ones((2 * _AROUND + 1,) * 2, np.uint8))
    paper = cv2.resize(paper, judged.even.shape[::-1], interpolation=cv2.INTER_NEAREST)
    paler = cv2.subtract(judged.cleaned, cv2.divide(judged.even, paper, scale=255)) >= _PALER
    lost = of_cells((coloured > 0) & paler, np.max)
    areas = without_lines(of_cells(coloured, np.mean) >= _FILLED)
    _keep(shares, widened(lost & ~widened(areas)))


def _keep_whole(shares: np.ndarray, squares: Squares) -> None:
    """Let pictures be kept whole and stains go whole, in place; `squares`: of the page in even light."""
    _keep_pictures(shares, squares)
    _clean_remains(shares, squares)
    _keep_rectangles(shares, squares)


def _keep_pictures(shares: np.ndarray, squares: Squares) -> None:
    """Let a picture be kept whole where most of it is, in place; `squares`: of the page in even light.

    Text in shadow is none, though the shadow may touch a picture. Nor is what else of a page is in the shadow
    of a hand that touches the table around it, or what of it bends down to a table and is darker there.
    """
    kept, inside = _kept(shares), squares.are_without_paper
    cleaned = Groups.of(inside & (kept <= 0.5), connectivity=4)
    whole = squares.without_paper
    is_picture = (whole.mean(kept) >= _MOSTLY_KEPT) & (whole.mean(squares.are_written) >= _DETAILED)
    is_text = (cleaned.mean(squares.are_written) >= _OF_TEXT) & ~is_picture
    step = cleaned.step_out(np.where(inside & (kept > 0.5), np.nan, squares.brightest))
    goes_on = (whole.edges() >= TABLE_EDGES) & (step < _GOES_ON)
    is_shadow = (is_text | goes_on | is_table(whole)) & (cleaned.size() >= _PICTURE_SQUARES)
    is_shadow &= cleaned.labels > 0
    inside &= ~is_shadow
    groups = Groups.of(inside, connectivity=4)
    _keep(shares, _with_holes(inside & (groups.mean(kept) > 0.5) & (groups.size() >= _PICTURE_SQUARES)))


def _with_holes(pictures: np.ndarray) -> np.ndarray:
    """Pictures and the bright spots in them, bool (rows, columns): nothing on them is bare paper."""
    return pictures | enclosed(pictures, most=_SPOT_SQUARES)


def _clean_remains(shares: np.ndarray, squares: Squares) -> None:
    """Let nothing stay of a stain or shadow that is cleaned for the most part, in place.

    `squares`: of the page in even light. What stays of a picture ends at an edge, or at paper; what stays of
    a stain goes on in what is cleaned, or is a small piece of its rim, hardly anything of which stays. A
    shadow with text in it goes on, too, even if most of it would stay.
    """
    kept, inside = _kept(shares), squares.are_without_paper
    stays = inside & (kept > 0.5)
    parts = Groups.of(stays, connectivity=8)
    step = parts.step_out(np.where(inside, squares.brightest, np.inf))
    of_whole = Groups.of(inside, connectivity=8).mean(kept)
    is_rest = (of_whole < _REST) & (step < _EDGE)
    is_rest |= (of_whole < _LITTLE) & (parts.size() < _SMALL)
    is_shadow = (parts.mean(squares.are_written) >= _MUCH_TEXT) & (step < _SOFT_EDGE)
    _clean(shares, inside & (~stays | widened(stays & (is_rest | is_shadow))))


def _keep_rectangles(shares: np.ndarray, squares: Squares) -> None:
    """Keep what fills a rectangle, or lies along three of its sides, and ends at an edge, in place.

    Hardly any dirt does. `squares`: of the page in even light. What reaches over most of the page may be a
    scanner's border.
    """
    filled = without_lines(squares.are_without_paper)
    groups = Groups.of(filled, connectivity=4)
    filled &= groups.span() < _MOST_SPAN
    size, fill, step = groups.size(), groups.fill(), groups.step_out(squares.brightest)
    edge = np.where(fill >= _EXACT, _PALE_EDGE, _EDGE)
    kept = filled & (size >= _RECTANGLE_SQUARES) & (fill >= _RECTANGULAR) & (step >= edge)
    is_sided = filled & (size >= _SIDED_SQUARES) & (fill >= _SIDED) & (step >= _EDGE)
    for group in np.unique(groups.labels[is_sided]).tolist():
        if groups.straight_sides(group) >= 3:  # the fourth may fade into the paper
            kept[groups.box(group)] = True
    _keep(shares, kept)


def _kept(shares: np.ndarray) -> np.ndarray:
    """How much of the page itself every square shows, float32 (rows, columns)."""
    return shares[..., View.UNTOUCHED] + shares[..., View.EVENED]


def show_evened(shares: np.ndarray, squares: Squares, badness: float) -> None:
    """Keep in even light what is kept of a page in bad light, in place; `squares`: of it in even light.

    The network saw the page in good light. A photograph without paper around it has a light of its own.
    """
    if (squares.darkest >= _BARE).mean() >= _PAPER_SHARE:
        shares[..., View.EVENED] += badness * shares[..., View.UNTOUCHED]
        shares[..., View.UNTOUCHED] *= 1 - badness


def _clean(shares: np.ndarray, squares: np.ndarray) -> None:
    """Let nothing of the page itself be kept in these squares, bool (rows, columns), in place."""
    shares[squares, View.CLEANED] += _kept(shares)[squares]
    shares[squares, View.UNTOUCHED] = shares[squares, View.EVENED] = 0


def _keep(shares: np.ndarray, squares: np.ndarray) -> None:
    """Let nothing be cleaned away in these squares, bool (rows, columns), in place."""
    shares[squares, View.EVENED] += shares[squares, View.CLEANED] + shares[squares, View.WHITE]
    shares[squares, View.CLEANED] = shares[squares, View.WHITE] = 0
