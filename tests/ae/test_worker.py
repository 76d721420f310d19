"""The process that reads hostile files does not outlive whoever it works for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import os, subprocess, sys
command = [sys.executable, "-m", "ae.documents.worker", str(os.getpid())]
worker = subprocess.Popen(command, stdin=int(sys.argv[1]), stdout=subprocess.DEVNULL)
print(worker.pid)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="only POSIX tells a process that its parent is gone")
def test_a_worker_ends_when_its_parent_is_gone_though_it_may_still_be_asked():
    question, asker = os.pipe()  # open on our side, so that the worker never sees the end of its questions
    command = [sys.executable, "-c", PARENT, str(question)]
    done = subprocess.run(
        command,
        pass_fds=[question],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    worker = int(done.stdout)
    end = time.monotonic() + 60
    while is_there(worker) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_there(worker)
    os.close(asker)
    os.close(question)


def is_there(process: int) -> bool:
    """Whether it runs; one that ended may still be listed until somebody asks how."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
