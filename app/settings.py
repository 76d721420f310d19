"""What the person who runs the app can set, read once from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ae.errors import AeError


@dataclass(frozen=True)
class Settings:
    """Limits and defaults of the app.

    `device`: what the sidebar starts with (`AE_DEVICE`); `max_upload_mb`: largest file taken, in megabytes
    (`AE_MAX_UPLOAD_MB`); `max_megapixels`: largest page taken (`AE_MAX_MEGAPIXELS`); `threads`: CPU threads
    of torch, 0 leaves the choice to torch (`AE_THREADS`).
    """

    device: str = "auto"
    max_upload_mb: int = 100
    max_megapixels: int = 100
    threads: int = 0


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises AeError when a number is not one, or is negative."""
    standard = Settings()
    return Settings(
        device=environment.get("AE_DEVICE", standard.device),
        max_upload_mb=_number(environment, "AE_MAX_UPLOAD_MB", standard.max_upload_mb, least=1),
        max_megapixels=_number(environment, "AE_MAX_MEGAPIXELS", standard.max_megapixels, least=1),
        threads=_number(environment, "AE_THREADS", standard.threads, least=0),
    )


def _number(environment: Mapping[str, str], name: str, standard: int, least: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return standard
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise AeError(f"{name} is '{text}': give a whole number, {least} or more")
    return int(text)
