"""How a page is set: script, language, font, size, ink, and an endless supply of words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain

import numpy as np
from PIL import ImageFont

from ae.data.rendering import fonts
from ae.data.rendering.canvas import BLACK, Rgb
from ae.data.rendering.fonts import FontFile
from ae.data.rendering.scripts import SCRIPTS, Script

# A closing mark never starts a line: it stays with the character before it.
_EAST_ASIAN_TOKEN = re.compile(r"(?:[A-Za-z0-9%:./-]+|[「『（(]?.)[、。，：；！？」』）)・]*")
_MARKS = "「」『』（）()、。，：；！？·?!.,:;\"'¿¡।،؛؟&"

PENCIL = 0.35  # of what is written by hand


class Typeface:
    """A font at a size, regular or bold, that remembers how wide words are."""

    def __init__(self, file: FontFile, pixels: float, bold: bool, right_to_left: bool) -> None:
        self.font: ImageFont.FreeTypeFont = fonts.open_font(file, pixels, bold)
        self.file, self.bold = file, bold
        self.size = pixels
        self.bolder = pixels / 45 if bold and not file.bold else 0.0
        self.direction = "rtl" if right_to_left else "ltr"
        self._widths: dict[str, float] = {}

    def width(self, text: str) -> float:
        """Width in pixels."""
        if text not in self._widths:
            self._widths[text] = self.font.getlength(text, direction=self.direction)
        return self._widths[text]


@dataclass(frozen=True)
class Setting:
    """What all blocks of a page share.

    `size`: font size in pixels; `leading`: base line to base line, in sizes; `ink`: colour of the text.
    `true`: the words are whole sentences; otherwise some are mixed, so that a network learns no words.
    `pencil`: the share of handwriting that is grey.
    """

    generator: np.random.Generator
    script_name: str
    language: str
    font: FontFile
    size: float
    leading: float
    dpi: float
    ink: Rgb = BLACK
    true: bool = False
    held_out: bool = False
    pencil: float = PENCIL
    faces: dict[tuple[float, bool], Typeface] = field(default_factory=dict)

    @property
    def script(self) -> Script:
        """The script itself."""
        return SCRIPTS[self.script_name]

    @property
    def line(self) -> float:
        """Height of a line in pixels."""
        return self.size * self.leading

    @property
    def hairline(self) -> float:
        """Width in pixels of a rule of half a point."""
        return self.dpi / 144

    def face(self, scale: float = 1.0, bold: bool = False) -> Typeface:
        """The page's font, `scale` times as large as the running text."""
        key = (scale, bold)
        if key not in self.faces:
            self.faces[key] = Typeface(self.font, self.size * scale, bold, self.script.right_to_left)
        return self.faces[key]

    def with_ink(self, ink: Rgb) -> Setting:
        """The same in another colour."""
        return replace(self, ink=ink)

    def chance(self, share: float) -> bool:
        """True in `share` of the cases."""
        return bool(self.generator.random() < share)

    def uniform(self, low: float, high: float) -> float:
        """A number between the two."""
        return float(self.generator.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.generator.integers(low, high + 1))

    def sentences(self, count: int) -> list[str]:
        """Sentences in the page's language, none twice before all were used."""
        stock = self.script.languages[self.language]
        order = self.generator.permutation(len(stock))
        chosen = [stock[order[i % len(stock)]] for i in range(count)]
        return chosen if self.true else [self._mixed(sentence) for sentence in chosen]

    def _mixed(self, sentence: str) -> str:
        kind = self.generator.random()
        if kind < 0.55:
            return sentence
        if kind < 0.7 and self.script.codec:
            return self.joiner.join(self.random_word() for _ in range(self.integer(3, 9))) + sentence[-1]
        words = tokens(sentence, self.script)
        words.insert(self.integer(0, len(words)), self.number())
        self.generator.shuffle(words)
        return self.joiner.join(words)

    @property
    def joiner(self) -> str:
        """What stands between two words."""
        return " " if self.script.spaced else ""

    def words(self, count: int) -> list[str]:
        """Words without punctuation, for headings, cells and labels."""
        return [self._word() for _ in range(count)]

    def _word(self) -> str:
        if self.script.codec and self.chance(0.3):
            return self.random_word()
        stock = vocabulary(self.script_name, self.language)
        return stock[self.integer(0, len(stock) - 1)]

    def phrase(self, count: int) -> str:
        """Words in a row."""
        return self.joiner.join(self.words(count))

    def random_word(self) -> str:
        """Two to five common characters in no order; only for scripts with a codec."""
        stock = common_characters(self.script.codec)
        drawn = [stock[self.integer(0, len(stock) - 1)] for _ in range(self.integer(2, 5))]
        missing = fonts.lacks(self.font, "".join(drawn))
        word = "".join(letter for letter in drawn if letter not in missing)
        return word or vocabulary(self.script_name, self.language)[0]

    def number(self) -> str:
        """An amount, a date, a time or a code."""
        draw = self.integer
        kind = draw(0, 5)
        if kind == 0:
            text = f"{draw(0, 999)}.{draw(0, 99):02d}"
        elif kind == 1:
            text = f"{draw(1, 28):02d}.{draw(1, 12):02d}.{draw(1890, 2030)}"
        elif kind == 2:
            text = f"{draw(0, 23):02d}:{draw(0, 59):02d}"
        elif kind == 3:
            text = f"{draw(100, 999)}-{draw(1000, 9999)}/{draw(1, 9)}"
        elif kind == 4:
            text = f"{draw(1, 999)},{draw(0, 999):03d}"
        else:
            text = str(draw(0, 99999))
        return "".join(c for c in text if c not in fonts.lacks(self.font, text))


def tokens(text: str, script: Script) -> list[str]:
    """What may be parted at the end of a line: words, or characters where there are no spaces."""
    return text.split() if script.spaced else _EAST_ASIAN_TOKEN.findall(text)


@cache
def vocabulary(script_name: str, language: str) -> tuple[str, ...]:
    """All words of our sentences; where words are not spaced, stretches of two to four characters."""
    script = SCRIPTS[script_name]
    sentences = script.languages[language]
    if script.spaced:
        words = {word.strip(_MARKS) for word in chain.from_iterable(map(str.split, sentences))}
        return tuple(sorted(word for word in words if len(word) > 1))
    runs = chain.from_iterable(re.split(f"[{re.escape(_MARKS)}0-9%]+", sentence) for sentence in sentences)
    pieces = {run[i : i + 2 + i % 3] for run in runs for i in range(0, len(run) - 3, 3)}
    return tuple(sorted(piece for piece in pieces if len(piece) > 1))


@cache
def common_characters(codec: str) -> tuple[str, ...]:
    """The characters that a national character set holds in its rows of common ones."""
    rows = {"gb2312": (0xB0, 0xD7), "euc_jp": (0xB0, 0xCF), "euc_kr": (0xB0, 0xC8)}[codec]
    codes = (bytes((row, cell)) for row in range(rows[0], rows[1] + 1) for cell in range(0xA1, 0xFF))
    return tuple(text for code in codes if (text := code.decode(codec, "ignore")))
