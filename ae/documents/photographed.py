"""Pages that were photographed: the table around them, and the shadows that fall on both."""

from __future__ import annotations

import cv2
import numpy as np

from ae.documents.judged import Judged
from ae.documents.squares import NO_PAPER, WHITE, Groups, Squares, enclosed, of_cells, widened

TABLE_EDGES = 3  # of a photograph, at which the table around a page is seen
# It shows so much of its page at least, and the table over so much of its height and width. A picture that
# fills its page has hardly any paper; one that bleeds over half is lower.
_PAGE, _AROUND = 0.25, 0.85
_COLOURED = 40  # grey levels between the channels of any pixel; paper in shadow, and print on it, have 20
_WHITENED = 190  # mean grey level of a square of which cleaning leaves paper and ink
_ROUGH = 0.05, 2.0  # deviation of squares side by side: a share of their brightness, and grey levels more
_FLAT = 0.5  # of a shadow's squares are not rough
_FEWEST, _MOST_ENCLOSED = 24, 300  # squares of a shadow or picture, and of something in a shadow, a stamp
_ON_PAPER = 0.8  # of the squares of a stamp have paper beside its strokes
_OF_PICTURE = 0.3  # of what is beside a shadow may be a picture; beside the sky in one it is 0.37 and more
_PALE = 225  # grey level in even light; so pale a shadow may stay
# The squares of a shadow beside paper are brighter than its inside by so much of the way to paper: those of a
# hand 0.5 and more, of printed grounds 0.2 and of hatching 0.4 at most. Grounds reach more edges of the page,
# and a picture that fills it leaves less paper.
_SOFT, _SHADOW_EDGES, _PAPER = 0.45, 2, 0.5


def is_table(without_paper: Groups) -> np.ndarray:
    """Where squares hang together with what lies around the page, bool (rows, columns)."""
    is_inside = without_paper.labels > 0
    if np.mean(~is_inside) < _PAGE:
        return np.zeros_like(is_inside)
    is_around = without_paper.edges() >= TABLE_EDGES
    return is_inside & is_around & (without_paper.span(np.minimum) >= _AROUND)


def shadows(kept: np.ndarray, judged: Judged) -> np.ndarray:
    """Where paper lies in shadow on a photographed page, of the squares that would be kept; both bool.

    A shadow is grey and even, and the network that cleans leaves white paper of it, with or without print. It
    is on a page that lies on a table, or gets brighter towards the paper beside it, as that of a hand does.
    Tables are coloured or rough, and so is most of a picture; grey pages do not tell one from the other.
    What is sharp and reaches the edge of the photograph may be a ground printed around everything else.
    """
    squares = judged.even_squares
    inside = squares.are_without_paper
    if not (kept & inside).any():
        return np.zeros_like(kept)
    has_paper = of_cells(judged.cleaned, np.max) >= WHITE
    is_grey = of_cells(judged.colour, np.max) < _COLOURED
    could_go = kept & inside & is_grey & has_paper & (of_cells(judged.cleaned, np.mean) >= _WHITENED)
    groups = Groups.of(could_go, connectivity=4)
    found = could_go & (groups.size() >= _FEWEST) & (groups.mean(squares.brightest) < _PALE)
    found &= groups.mean(_is_flat(squares.brightest)) > _FLAT
    found &= _is_on_table(groups, judged) | (
        _is_soft(found, squares, is_grey) & (groups.edges() <= _SHADOW_EDGES)
    )
    found &= groups.beside(_pictures(kept & inside & ~found)) < _OF_PICTURE
    rim = widened(found) & inside & is_grey
    return found | rim | (kept & inside & _stamps(found, has_paper))


def _is_on_table(groups: Groups, judged: Judged) -> np.ndarray:
    """Where groups of squares lie on a page that is seen to lie on a table, bool (rows, columns)."""
    has_table = is_table(judged.even_squares.without_paper).any()
    return has_table & (groups.edges() == 0)


def _is_soft(shadow: np.ndarray, squares: Squares, is_grey: np.ndarray) -> np.ndarray:
    """Where what is dark and grey around a shadow gets brighter towards paper; all bool (rows, columns)."""
    is_paper = ~squares.are_without_paper
    if not shadow.any() or np.mean(is_paper) < _PAPER:
        return np.zeros_like(shadow)
    dark = ~is_paper & is_grey
    groups = Groups.of(dark, connectivity=4)
    beside_paper = dark & widened(is_paper)
    rim, inside = (_mean_of(groups, squares.brightest, part) for part in (beside_paper, shadow))
    return rim - inside > _SOFT * (NO_PAPER - inside)


def _mean_of(groups: Groups, values: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Mean of values over the squares of each group that are in a part of it, 0 where none are."""
    share = groups.mean(part)
    return groups.mean(values * part) / np.where(share > 0, share, 1)


def _stamps(shadow: np.ndarray, has_paper: np.ndarray) -> np.ndarray:
    """What lies in a shadow, and on paper that cleaning finds; all bool (rows, columns)."""
    gaps = Groups.of(enclosed(shadow, most=_MOST_ENCLOSED), connectivity=4)
    return (gaps.labels > 0) & (gaps.mean(has_paper) > _ON_PAPER)


def _pictures(kept: np.ndarray) -> np.ndarray:
    """What is kept, squares bool (rows, columns), and is neither the table around the page nor a speck."""
    groups = Groups.of(kept, connectivity=4)
    return kept & (groups.edges() == 0) & (groups.size() >= _FEWEST)


def _is_flat(brightness: np.ndarray) -> np.ndarray:
    """Whether a square is about as bright as those beside it, bool (rows, columns)."""
    values = brightness.astype(np.float32)
    mean = cv2.blur(values, (3, 3))
    spread = np.sqrt(np.maximum(cv2.blur(values**2, (3, 3)) - mean**2, 0))
    share, least = _ROUGH
    return spread < share * mean + least
