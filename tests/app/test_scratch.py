"""What a process leaves behind when it is killed, and who clears it away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import scratch
from tests.app.digit_lab import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be held there")


def other_process(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another lab with a page in its folder, and that folder, which is older than a minute."""
    program = (
        "import sys, pathlib; from app import scratch; made = scratch.folder(pathlib.Path(sys.argv[1]));"
        "(made / 'page.png').touch(); print(made, flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(place)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    made = Path(process.stdout.readline().strip())
    os.utime(made, (0, 0))
    return process, made


def test_what_a_killed_lab_left_goes_and_what_a_living_one_holds_stays(tmp_path: Path) -> None:
    killed, left = other_process(tmp_path)
    living, held = other_process(tmp_path)
    try:
        killed.kill()
        killed.wait()
        assert left.is_dir()
        own = scratch.folder(tmp_path)
        assert not left.exists()
        assert (held / "page.png").exists()
        assert scratch.folder(tmp_path) == own
    finally:
        living.communicate("\n")
    assert not held.exists()  # it went with its process


def test_other_files_and_folders_that_were_just_made_are_left_alone(tmp_path: Path) -> None:
    new, other = tmp_path / "ae-lab-new", tmp_path / "somebody"
    new.mkdir()
    other.mkdir()
    os.utime(other, (0, 0))
    scratch.folder(tmp_path)
    assert new.is_dir()
    assert other.is_dir()
