"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def part_of(path: Path) -> Path:
    """A new empty file beside `path`, with a short name, since that of `path` may be as long as it gets.

    Two processes that write the same file have one each. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".ae-{secrets.token_hex(8)}.part")
    part.touch(exist_ok=False)
    return part


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A file to write to that becomes `path` when all went well, and vanishes when not. Raises OSError."""
    part = part_of(path)
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` aside and rename, so that a crash leaves the old file. Raises OSError."""
    with aside(path) as part:
        part.write_bytes(data)
