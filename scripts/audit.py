"""Are packages with known holes installed? Asks pip-audit, which asks the Python Packaging Advisory Database.

Exit code 0: none; 1: some, which are listed; 2: nothing could be asked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

_SECONDS = 300
_NO_ANSWER = (
    "pip-audit gave no answer, so nothing was audited. It needs https://pypi.org; try again where that can be"
    " reached. What it said:"
)


def audit(command: list[str], seconds: int = _SECONDS) -> dict[str, Any] | str:
    """What pip-audit found, or why there is no answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return (done.stderr.strip().splitlines() or ["nothing"])[-1]


def holes(found: dict[str, Any]) -> list[str]:
    """One line for each known hole."""
    return [
        f"{package['name']} {package['version']}: {hole['id']}, repaired in"
        f" {', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in found["dependencies"]
        for hole in package.get("vulns", ())
    ]


def main() -> int:
    """Audit the environment that runs this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the command and ask nobody")
    args = parser.parse_args()
    command = [sys.executable, "-m", "pip_audit", "--local", "--format", "json", "--progress-spinner", "off"]
    if args.dry_run:
        print(" ".join(command[1:]))
        return 0
    found = audit(command)
    if isinstance(found, str):
        print(f"{_NO_ANSWER}\n{found}", file=sys.stderr)
        return 2
    lines = holes(found)
    print("\n".join(lines) or f"{len(found['dependencies'])} packages, no known holes")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
