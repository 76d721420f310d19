"""What a file may cost before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from ae.errors import InputError

MILLION = 1_000_000
_MOST_SCANS = 200  # of a progressive JPEG; programs write about ten
_BYTES_BY_CHANCE = 20_000


@dataclass(frozen=True)
class Limits:
    """Most that is accepted: bytes a file, pixels a page, pages a file, seconds a page to decode."""

    bytes: int = 100 * MILLION
    pixels: int = 100 * MILLION
    pages: int = 5000
    seconds: float = 60.0


class PageError(InputError):
    """One page that cannot be read; the other pages of its document can. `number` counts from 1."""

    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)
        self.number = number


class LockedError(InputError):
    """A PDF that needs a password."""


def check_bytes(name: str, size: int, limits: Limits) -> None:
    """Raises InputError when a file is empty or too large."""
    if size == 0:
        raise InputError(f"{name}: the file is empty; save or upload it again")
    if size > limits.bytes:
        raise InputError(
            f"{name}: {size / MILLION:.0f} MB is more than the limit of {limits.bytes / MILLION:.0f} MB;"
            " save it smaller"
        )


def check_pixels(name: str, size: tuple[int, int], limits: Limits) -> None:
    """Raises InputError when width x height is too large."""
    width, height = size
    if width * height > limits.pixels:
        raise too_many_pixels(name, limits, f"{width} x {height} pixels is")


def too_many_pixels(name: str, limits: Limits, found: str = "has") -> InputError:
    """The error for a picture that is too large; `found` says how large, if that is known."""
    most = f"{limits.pixels / MILLION:g} million pixels"
    return InputError(f"{name}: {found} more than the limit of {most}; scan it at a lower resolution")


def count_scans(jpeg: bytes) -> int:
    """How often a JPEG goes over its pixels, or a few times more: what follows the picture, such as the film
    that telephones put there, has the mark of a scan in it by chance."""
    return jpeg.count(b"\xff\xda")


def check_scans(name: str, jpeg: bytes) -> None:
    """Raises InputError when a JPEG goes over its pixels so often that decoding would take hours."""
    if count_scans(jpeg) > _MOST_SCANS + len(jpeg) // _BYTES_BY_CHANCE:
        raise InputError(f"{name}: the picture is made of too many layers to be decoded; save it again")


def check_pages(name: str, count: int, limits: Limits) -> None:
    """Raises InputError when there are no pages or too many."""
    if count == 0:
        raise InputError(f"{name}: has no pages; save it again from the program it came from")
    if count > limits.pages:
        raise InputError(
            f"{name}: has more than the limit of {limits.pages} pages; split it into smaller files"
        )
