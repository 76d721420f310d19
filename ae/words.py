"""Numbers in words, the same on the command line and in the app."""

from __future__ import annotations

_MILLION = 1_000_000


def count(number: int, thing: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def size(amount: int) -> str:
    """Bytes in words: `12 kB`, `3.4 MB`."""
    if amount >= _MILLION:
        return f"{amount / _MILLION:.1f} MB"
    return f"{amount / 1000:.0f} kB" if amount >= 9950 else f"{amount / 1000:.1f} kB"
