"""How every script begins: the repository's root goes onto the path, and what a person can mend is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ae.errors import AeError


def start(main: Callable[[], int | None]) -> None:
    """Run a script and exit with what it returns; what a person can mend is told in one sentence."""
    try:
        sys.exit(main())
    except AeError as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
