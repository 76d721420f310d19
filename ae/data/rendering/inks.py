"""Colours of ink, pens and highlighters."""

from __future__ import annotations

from ae.data.rendering.canvas import PAPER, Rgb, mix
from ae.data.rendering.setting import Setting

INKS: tuple[Rgb, ...] = (
    (20, 40, 150), (180, 20, 30), (10, 110, 50), (110, 30, 130), (0, 110, 140), (170, 80, 0), (40, 60, 90),
)  # fmt: skip
HIGHLIGHTERS: tuple[Rgb, ...] = (
    (255, 244, 90), (170, 250, 140), (255, 180, 215), (160, 225, 255), (255, 205, 120),
)  # fmt: skip
STAMPS: tuple[Rgb, ...] = ((190, 25, 40), (30, 50, 170), (100, 40, 140), (20, 120, 70), (60, 60, 60))
PENS: tuple[Rgb, ...] = ((15, 25, 110), (20, 20, 25), (25, 60, 160), (150, 20, 30))


def pick(setting: Setting, colours: tuple[Rgb, ...]) -> Rgb:
    """One of the colours."""
    return colours[setting.integer(0, len(colours) - 1)]


def some_ink(setting: Setting, share: float) -> Rgb:
    """A coloured ink in `share` of the cases, else the ink of the text."""
    return pick(setting, INKS) if setting.chance(share) else setting.ink


def pen_ink(setting: Setting) -> Rgb:
    """What one writes by hand with: a pen, or a pencil of some grey."""
    if setting.chance(setting.pencil):
        tone = setting.integer(75, 165)
        return tone, tone, tone
    return mix(pick(setting, PENS), PAPER, setting.uniform(0, 0.2))
