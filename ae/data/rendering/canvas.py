"""The white page that everything is drawn on: text, rules, masks of ink, pictures."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ae import arrays
from ae.data.rendering.page import WHITE

Rgb = tuple[int, int, int]

BLACK: Rgb = (0, 0, 0)
PAPER: Rgb = (WHITE, WHITE, WHITE)


class Canvas:
    """A white page of `shape` (height, width), grey or in colour; what leaves it is cut off."""

    def __init__(self, shape: tuple[int, int], colour: bool) -> None:
        self.height, self.width = shape
        self.colour = colour
        self.image = Image.new("RGB" if colour else "L", (self.width, self.height), self.tone(PAPER))
        self.pen = ImageDraw.Draw(self.image)

    def pixels(self) -> np.ndarray:
        """The page, uint8 (H, W) or (H, W, 3)."""
        return np.asarray(self.image).copy()

    def is_nearly_blank(self) -> bool:
        """Whether less than 1 in 100 pixels is other than white."""
        pixels = np.asarray(self.image)[::2, ::2]
        return bool(np.mean(pixels < WHITE - 5) < 0.01)

    def tone(self, rgb: Rgb) -> int | Rgb:
        """A colour as this page has it: itself, or its luminance."""
        return rgb if self.colour else luminance(rgb)

    def text(
        self,
        place: tuple[float, float],
        text: str,
        font: ImageFont.FreeTypeFont,
        rgb: Rgb = BLACK,
        *,
        right_to_left: bool = False,
        bolder: float = 0.0,
    ) -> None:
        """Text whose left end stands at `place`, the point (x, y) on the base line."""
        x, y = place
        if not (-2 * font.size < y < self.height + 2 * font.size):
            return
        direction = "rtl" if right_to_left else "ltr"
        self.pen.text(
            (x, y), text, self.tone(rgb), font, "ls", direction=direction, stroke_width=max(0.0, bolder)
        )

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], width: float, rgb: Rgb = BLACK
    ) -> None:
        """A straight rule along a side of the page; one thinner than a pixel is a paler pixel."""
        (x0, y0), (x1, y1) = start, end
        whole = max(1, round(width))
        shown = mix(PAPER, rgb, min(1.0, max(0.35, width)))
        if abs(y1 - y0) < abs(x1 - x0):
            box = (round(x0), round(y0), round(x1), round(y0) + whole - 1)
        else:
            box = (round(x0), round(y0), round(x0) + whole - 1, round(y1))
        self.pen.rectangle(box, fill=self.tone(shown))

    def frame(self, box: tuple[float, float, float, float], width: float, rgb: Rgb = BLACK) -> None:
        """The outline of a box (left, top, right, bottom)."""
        left, top, right, bottom = box
        for y in (top, bottom):
            self.rule((left, y), (right, y), width, rgb)
        for x in (left, right):
            self.rule((x, top), (x, bottom), width, rgb)

    def fill(self, box: tuple[float, float, float, float], rgb: Rgb) -> None:
        """A full box."""
        left, top, right, bottom = (round(side) for side in box)
        if right > left and bottom > top:
            self.pen.rectangle((left, top, right - 1, bottom - 1), fill=self.tone(rgb))

    def ink(self, mask: np.ndarray, corner: tuple[float, float], rgb: Rgb) -> None:
        """Ink through a mask uint8 (h, w), 255 = full, whose top left corner comes to `corner`."""
        self.image.paste(self.tone(rgb), (round(corner[0]), round(corner[1])), Image.fromarray(mask))

    def picture(self, pixels: np.ndarray, corner: tuple[float, float]) -> None:
        """A picture uint8 (h, w, 3), in grey on a grey page."""
        shown = pixels if self.colour else arrays.luminance(pixels)
        self.image.paste(Image.fromarray(shown), (round(corner[0]), round(corner[1])))

    def tint(self, box: tuple[float, float, float, float], rgb: Rgb) -> None:
        """A transparent colour over a box, as a highlighter leaves it: dark ink stays dark."""
        left, top = max(0, round(box[0])), max(0, round(box[1]))
        right, bottom = min(self.width, round(box[2])), min(self.height, round(box[3]))
        if right <= left or bottom <= top:
            return
        part = self.image.crop((left, top, right, bottom))
        tinted = np.asarray(part, np.float32) * (np.asarray(self.tone(rgb), np.float32) / WHITE)
        self.image.paste(Image.fromarray(np.rint(tinted).astype(np.uint8)), (left, top))


def luminance(rgb: Rgb) -> int:
    """The grey (0..255) that is as bright as the colour (Rec. 601)."""
    return round(sum(share * level for share, level in zip(arrays.LUMINANCE, rgb, strict=True)))


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """The colour on the way from the first (share 0) to the second (share 1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
