"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

HAS_GLIBC = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")
PROGRAM = """
import os
from ae import memory
blocks = [bytearray(100_000) for _ in range(1000)]  # below what the C library asks the system for one by one
del blocks[::2]  # every other one stays, so that nothing is free at the end of the heap
before = memory.family_kb(os.getpid())
memory.give_back()
print(before - memory.family_kb(os.getpid()))
"""


@pytest.mark.skipif(not HAS_GLIBC, reason="only glibc keeps it, and gives it back when asked")
def test_what_was_freed_between_things_that_stay_is_given_back():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 40_000  # of 50,000 kB


def test_a_system_that_cannot_is_left_alone(monkeypatch):
    from ae import memory

    memory._trim.cache_clear()
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: pytest.fail("the C library was asked"))
    memory.give_back()
    memory._trim.cache_clear()
