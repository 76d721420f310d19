"""Numbers that environment variables may set."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ae.errors import UsageError


def whole_number(
    variable: str, standard: int, least: int = 1, environment: Mapping[str, str] = os.environ
) -> int:
    """The number that a variable says, `standard` where it is not set or empty. Raises UsageError."""
    text = environment.get(variable, "").strip()
    if text and not (text.isascii() and text.isdigit() and int(text) >= least):
        raise UsageError(f"{variable} is '{text}': give a whole number, {least} or more")
    return int(text or standard)
