"""The audit says what it found, and says so when it could not ask."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from scripts import audit

FOUND = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "holey", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1", "3.0"]}]},
        {"name": "hopeless", "version": "3.0", "vulns": [{"id": "CVE-2", "fix_versions": []}]},
        {"name": "local", "skip_reason": "not on PyPI"},
    ]
}


def printing(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; print({text!r}); sys.exit({code})"]


def test_holes_are_listed_with_their_repair() -> None:
    assert audit.holes(audit.audit(printing(json.dumps(FOUND), 1))) == [
        "holey 2.0: CVE-1, repaired in 2.1, 3.0",
        "hopeless 3.0: CVE-2, repaired in no version yet",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["no-such-program"],
        [sys.executable, "-c", "import sys; sys.exit('ConnectionError: pypi.org')"],
        [sys.executable, "-c", "import time; time.sleep(60)"],
    ],
    ids=["not installed", "no network", "no answer"],
)
def test_an_audit_without_an_answer_is_no_pass(command, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["audit.py"])
    answer = audit.audit(command, seconds=3)
    assert isinstance(answer, str)
    monkeypatch.setattr(audit, "audit", lambda _command: answer)
    assert audit.main() == 2
    assert "nothing was audited" in capsys.readouterr().err


def test_a_dry_run_asks_nobody() -> None:
    done = subprocess.run([sys.executable, "scripts/audit.py", "--dry-run"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "pip_audit" in done.stdout
