"""What the person who runs the app can set, read once from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ae.environment import whole_number


@dataclass(frozen=True)
class Settings:
    """Limits and defaults of the app.

    `device`: what the sidebar starts with (`AE_DEVICE`); `max_upload_mb`: largest file taken, in
    megabytes (`AE_MAX_UPLOAD_MB`); `max_megapixels`: largest page taken (`AE_MAX_MEGAPIXELS`);
    `session_mb`: uploads and results of one visitor, in megabytes (`AE_SESSION_MB`); `total_mb`: those of
    all visitors together (`AE_TOTAL_MB`); `threads`: CPU threads in all, 0 for one a core (`AE_THREADS`);
    `workers`: documents that are worked on at a time (`AE_WORKERS`); `most_waiting`: others in the queue
    (`AE_QUEUE`); `job_seconds`: work on one document (`AE_JOB_SECONDS`); `status_page`: show maintainers
    how the app does (`AE_STATUS`); `log`: lines of JSON on standard error (`AE_LOG`); `debug`: show a
    defect as it is, for developers (`AE_DEBUG`).
    """

    device: str = "auto"
    max_upload_mb: int = 100
    max_megapixels: int = 100
    session_mb: int = 1000
    total_mb: int = 4000
    threads: int = 0
    workers: int = 1
    most_waiting: int = 40
    job_seconds: int = 3600
    status_page: bool = False
    log: bool = False
    debug: bool = False

    @property
    def threads_each(self) -> int:
        """CPU threads of one worker."""
        return max(1, (self.threads or cores()) // self.workers)


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises UsageError when a number is not one, or is out of bounds."""
    standard = Settings()
    number = partial(whole_number, environment=environment)
    return Settings(
        device=environment.get("AE_DEVICE", standard.device),
        max_upload_mb=number("AE_MAX_UPLOAD_MB", standard.max_upload_mb),
        max_megapixels=number("AE_MAX_MEGAPIXELS", standard.max_megapixels),
        session_mb=number("AE_SESSION_MB", standard.session_mb),
        total_mb=number("AE_TOTAL_MB", standard.total_mb),
        threads=number("AE_THREADS", standard.threads, least=0),
        workers=number("AE_WORKERS", max(1, min(4, cores() // 4))),
        most_waiting=number("AE_QUEUE", standard.most_waiting),
        job_seconds=number("AE_JOB_SECONDS", standard.job_seconds),
        status_page=_flag(environment, "AE_STATUS"),
        log=_flag(environment, "AE_LOG"),
        debug=_flag(environment, "AE_DEBUG"),
    )


def _flag(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() not in ("", "0", "false", "no", "off")
