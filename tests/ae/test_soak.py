"""Damaged files are read, or refused in one sentence: no crash, no hang. `make soak` tries 10,000."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts import soak
from scripts._damaged_files import MUTATIONS, samples

HEADS = [data[:12] for data in samples().values()]


def test_sound_files_are_read():
    for name, data in samples().items():
        assert soak.read(0, name, data).outcome == "read", name


def test_five_hundred_damaged_files_are_read_or_refused():
    readings = soak.fuzz(range(500))
    assert [reading for reading in readings if reading.problem] == []
    outcomes = {reading.outcome for reading in readings}
    assert outcomes >= {"read", "refused"}
    assert max(reading.seconds for reading in readings) < 5


def test_damaged_pdfs_are_written_anew_or_refused():
    readings = soak.fuzz_rewriting(range(100))
    assert [reading for reading in readings if reading.problem] == []
    assert {reading.outcome for reading in readings} == {"read", "refused"}


def test_the_peak_of_memory_counts_the_processes_below_and_not_the_one_above():
    held = np.ones(60_000_000, np.uint8)
    assert soak.peak_mb() > held.nbytes >> 20
    command = [sys.executable, "-c", "from scripts.soak import peak_mb; print(peak_mb())"]
    child = subprocess.run(command, capture_output=True, text=True, cwd=soak.ROOT, check=True)
    assert int(child.stdout) < soak.peak_mb()
    if sys.platform != "linux":
        return
    before = soak.peak_mb()
    holding = "held = bytearray(100_000_000); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        assert soak.peak_mb() >= before + 95
        other.communicate("\n")


def die(_seeds):
    os._exit(1)


def test_a_process_that_dies_is_counted_and_the_next_one_goes_on(monkeypatch):
    monkeypatch.setattr(soak, "SLOW", 0.1)  # twenty times as long is waited for an answer
    monkeypatch.setattr(soak, "BATCH", 2)
    found = soak.fuzz_all(die, 3, seed=7)
    assert found["outcomes"] == {"died or hung": 2}
    assert found["problems"] == [f"seeds {seeds}: the process died or hung" for seeds in ("7 to 8", "9 to 9")]


@settings(max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([b"", *HEADS]), st.binary(max_size=400))
def test_any_bytes_are_a_document_or_one_sentence(head, rest):
    assert soak.read(0, "a.bin", head + rest).problem == ""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_damage_is_done_and_comes_again_for_the_same_seed(mutation):
    data = bytes(range(256)) * 4
    results = [[mutation(np.random.default_rng(seed), data) for seed in range(5)] for _ in range(2)]
    assert results[0] == results[1]
    assert all(result != data for result in results[0])


def test_the_report_says_what_was_found():
    results = {
        "fuzz": {"inputs": 2000, "samples": 3, "outcomes": {"read": 1500, "refused": 500}, "problems": [],
                 "slowest_seconds": 0.5, "most_mb": 90},
        "rewriting": {"inputs": 100, "outcomes": {"read": 70, "refused": 30}, "problems": []},
        "long": [{"pages": 500, "model": "page", "seconds": 250.0, "most_mb": 700,
                  "bytes_in": 10, "bytes_out": 11}],
        "machine": "a machine",
    }  # fmt: skip
    text = soak.report(results)
    assert "| refused | 500 |" in text
    assert "| 500 | page | 700 MB | 1.10 |" in text
    assert "100 damaged PDFs were written anew: 70 read, 30 refused." in text
