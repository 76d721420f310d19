"""What the head of a JPEG 2000 says about how it was made."""

from __future__ import annotations

_START, _STYLE = b"\xff\x4f\xff\x51", b"\xff\x52"  # of the code, and of what is said about its style
_TRANSFORM = 13  # bytes behind the mark of the style
_IRREVERSIBLE = 0  # wavelets that cannot be undone
WITH_LOSS, EXACT = "jpeg2000", "jpeg2000-exact"


def compression(data: bytes) -> str:
    """`WITH_LOSS` or `EXACT`, as the wavelets of a picture are, a file or bare code. Few bytes may have been
    the aim of exact ones too."""
    place = data.find(_STYLE, data.find(_START) + len(_START)) + _TRANSFORM
    return WITH_LOSS if data[place : place + 1] == bytes([_IRREVERSIBLE]) else EXACT
