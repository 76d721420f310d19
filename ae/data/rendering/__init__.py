"""Clean pages whose text is known: plain office pages, and pages of every layout, script and size."""

from ae.data.rendering.fonts import HELD_OUT_FONTS, TRAINING_FONTS
from ae.data.rendering.layout import (
    BLOCKS,
    BY_HAND,
    EVERYTHING,
    MOSTLY_FAINT,
    PLAIN,
    WITHOUT_PICTURES,
    Content,
    block_sample,
    render_text_page,
    render_training_page,
    stamp_sample,
)
from ae.data.rendering.office import A4_MM, A5_MM, PageStyle, load_font, render_page
from ae.data.rendering.page import INK, WHITE, RenderedPage
from ae.data.rendering.scripts import SCRIPTS, Script

__all__ = [
    "A4_MM",
    "A5_MM",
    "BLOCKS",
    "BY_HAND",
    "EVERYTHING",
    "HELD_OUT_FONTS",
    "INK",
    "MOSTLY_FAINT",
    "PLAIN",
    "SCRIPTS",
    "TRAINING_FONTS",
    "WHITE",
    "WITHOUT_PICTURES",
    "Content",
    "PageStyle",
    "RenderedPage",
    "Script",
    "block_sample",
    "load_font",
    "render_page",
    "render_text_page",
    "render_training_page",
    "stamp_sample",
]
