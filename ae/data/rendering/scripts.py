"""The scripts of rendered pages, and what Tesseract calls their languages."""

from __future__ import annotations

from dataclasses import dataclass

from ae.data.rendering import texts, texts_east


@dataclass(frozen=True)
class Script:
    """One way of writing.

    `languages`: our sentences by Tesseract's language code; one page is in one of them. `spaced`: words are
    kept apart by spaces. `measure`: a letter as high as the x-height; empty where there is no such letter,
    and the x-height is taken as half the size of the font. `codec`: a character set whose two-byte part
    holds the common characters, for words at random.
    """

    languages: dict[str, tuple[str, ...]]
    measure: str = ""
    spaced: bool = True
    right_to_left: bool = False
    codec: str = ""

    @property
    def tesseract(self) -> tuple[str, ...]:
        """Tesseract's language codes."""
        return tuple(self.languages)


SCRIPTS: dict[str, Script] = {
    "latin": Script(
        {"eng": texts.ENGLISH, "fra": texts.FRENCH, "deu": texts.GERMAN, "spa": texts.SPANISH}, "x"
    ),
    "cyrillic": Script({"rus": texts.RUSSIAN}, "х"),
    "greek": Script({"ell": texts.GREEK}, "χ"),
    "korean": Script({"kor": texts_east.KOREAN}, codec="euc_kr"),
    "chinese": Script({"chi_sim": texts_east.CHINESE}, spaced=False, codec="gb2312"),
    "japanese": Script({"jpn": texts_east.JAPANESE}, spaced=False, codec="euc_jp"),
    "arabic": Script({"ara": texts_east.ARABIC}, right_to_left=True),
    "hebrew": Script({"heb": texts_east.HEBREW}, right_to_left=True),
    "devanagari": Script({"hin": texts_east.HINDI}),
}
