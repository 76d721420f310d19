"""Pages that are printed from edge to edge: negatives, slides, posters. No paper could become white."""

from __future__ import annotations

import cv2
import numpy as np

from ae.arrays import luminance, shrunk, shrunk_to_side
from ae.documents.light import Light
from ae.documents.strokes import Strokes, strokes_on

_SIDE = 1200  # pixels; larger pages are looked at on a smaller copy
_DARK, _DARK_SHARE, _EVEN = 100, 0.62, 21.0  # an inverted page: so much of it is darker, and that evenly
_FEWEST_LETTERS = 20
_BRIGHTER = 2.0  # times the ground, light letters in good light; a dim page has nothing so bright
# The ground at a place is the median around it, on a copy so many times smaller and in a window of so many of
# its pixels. Print is lighter or darker than so many times its ground, by so many grey levels besides.
_SHRINK, _WINDOW = 4, 61
_LIGHT, _DARKER, _MORE = 1.22, 0.85, 10
_LETTER = 12.0  # pixels, of the copy; letters up to six times as high count
_BLOB = np.ones((11, 11), np.uint8)  # what is thicker is no letter: bright places of crumpled, dirty paper
# So many light letters, on so much of all that is printed; fewer will do where there are hardly others. Some
# hundredths of the ground may be as light as they are: pictures, boxes.
_MANY, _MOSTLY, _ONLY = 60, 0.5, 0.9
_GROUND, _AS_LIGHT = 85, 0.87


def is_inverted(pixels: np.ndarray) -> bool:
    """Whether a page uint8 (H, W) or (H, W, 3) is light text on a dark background, such as a negative."""
    grey = _copy(pixels)
    dark = grey[grey < _DARK]
    if dark.size < _DARK_SHARE * grey.size or dark.std() > _EVEN:
        return False
    # Many a photograph is dark as well, but has no letters on it; a dim page has, but dark ones.
    letters, _divided = strokes_on(255 - grey)
    if letters.numbers.size < _FEWEST_LETTERS:
        return False
    lit = Light(grey).lit(grey)
    return bool(np.median(lit[letters.inside()]) >= _BRIGHTER * np.median(lit))


def turned(pixels: np.ndarray) -> np.ndarray:
    """The page with light and dark exchanged."""
    return 255 - pixels


def has_light_print(pixels: np.ndarray) -> bool:
    """Whether most print of a page uint8 (H, W) or (H, W, 3) is lighter than the ground it is on.

    What is as light as such print is paper; where there is hardly any, the ground is printed, too.
    """
    grey = _copy(pixels)
    ground = _ground(grey)
    lighter = (grey > _LIGHT * ground + _MORE).astype(np.uint8)
    light = Strokes.of(lighter - cv2.morphologyEx(lighter, cv2.MORPH_OPEN, _BLOB), _LETTER)
    if light.numbers.size < _FEWEST_LETTERS:
        return False
    dark = Strokes.of(grey < _DARKER * ground - _MORE, _LETTER)
    share = light.areas.sum() / (light.areas.sum() + dark.areas.sum())
    if share < (_MOSTLY if light.numbers.size >= _MANY else _ONLY):
        return False
    return bool(np.percentile(ground, _GROUND) < _AS_LIGHT * np.median(grey[light.inside()]))


def _ground(grey: np.ndarray) -> np.ndarray:
    """What print is on at every place of a page uint8 (H, W), float32."""
    small = cv2.medianBlur(shrunk(grey, _SHRINK), _WINDOW)
    return cv2.resize(small, grey.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _copy(pixels: np.ndarray) -> np.ndarray:
    """The page in grey, no larger than need be."""
    return shrunk_to_side(luminance(pixels), _SIDE)
