"""What happens to paper, and to its picture: stains, folds, wrinkles, bad light, dust, poor scans.

Every family of dirt is a function (page, seed, strength, dpi) -> page. A page is uint8 (H, W) or (H, W, 3),
0 = black. Strength 0 gives the same pixels, 1 is a page that one would scan again. Lengths are millimetres
on paper. Nothing moves: the clean page stays the target, pixel by pixel. See `scripts/show_degradations.py`.
"""

from ae.data.degradation.backgrounds import (
    backgrounds_below,
    lay_on_background,
    recover_backgrounds,
    swap_background,
)
from ae.data.degradation.mixing import (
    Dirt,
    draw_blur,
    in_order,
    make_dirty,
    office_dirt,
    random_dirt,
    shading_dirt,
    softening_dirt,
    weakening_dirt,
    with_dust,
)
from ae.data.degradation.registry import FAMILIES, HELD_OUT, TRAINED, Family, Stage, find_family

__all__ = [
    "FAMILIES",
    "HELD_OUT",
    "TRAINED",
    "Dirt",
    "Family",
    "Stage",
    "backgrounds_below",
    "draw_blur",
    "find_family",
    "in_order",
    "lay_on_background",
    "make_dirty",
    "office_dirt",
    "random_dirt",
    "recover_backgrounds",
    "shading_dirt",
    "softening_dirt",
    "swap_background",
    "weakening_dirt",
    "with_dust",
]
