"""A short form of the load test: a few visitors, one of whom cleans pages. `make load` has the long one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ae.documents.document import open_document

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import _load


def test_visitors_see_their_pages_and_lose_no_upload() -> None:
    found = _load.load(visitors=3, cleaners=1, seconds=8.0, dpi=50.0)
    (row,) = found["rows"]
    assert found["errors"] == []
    assert row["lost_uploads"] == 0
    assert row["pages_cleaned"] >= 1
    assert row["switches"] >= 2
    assert 0 < row["p50"] <= row["p95"] <= row["slowest"]
    json.dumps(found)


def test_every_page_that_is_sent_is_another_one() -> None:
    first, again, second = _load.a4_png(50, 1), _load.a4_png(50, 1), _load.a4_png(50, 2)
    assert first == again != second
    with open_document(first, "a.png") as document:
        assert document.page(1).pixels.shape == (584, 414)


def test_figures_and_what_holds_come_from_the_notes() -> None:
    notes = _load.Notes(
        switches=[0.1] * 99 + [5.0],
        cleanings=[2.0, 4.0],
        uploads=3,
        errors=["ValueError: odd"],
        memory=[(0.0, 500), (2.0, 800), (4.0, 1000)],
    )
    found = _load._summary(notes, 20, 4, 600.0)
    (row,) = found["rows"]
    assert (row["p50"], row["slowest"], row["lost_uploads"], row["seconds_a_page"]) == (0.1, 5.0, 1, 3.0)
    assert (row["memory_middle_mb"], row["memory_end_mb"]) == (800, 1000)
    assert found["holds"] == {
        "a page switch is quick": True,
        "no error": False,
        "no upload is lost": False,
        "memory is flat": False,
    }


def test_where_the_system_tells_no_memory_nothing_is_said_about_it() -> None:
    notes = _load.Notes(switches=[0.1], memory=[(0.0, 0.0), (2.0, 0.0), (4.0, 0.0)])
    found = _load._summary(notes, 20, 4, 600.0)
    assert "memory is flat" not in found["holds"]
    text = _load.report({"load": found})
    assert "memory" not in text
    assert "does not hold" not in text


def test_the_report_is_made_of_what_was_measured() -> None:
    assert "Not measured yet" in _load.report({})
    load = _load._summary(_load.Notes(switches=[0.25], cleanings=[2.0], uploads=1), 20, 4, 600.0)
    row = {
        "cold_start_seconds": 4.2, "torch_alone_mb": 410, "first_page_mb": 700, "all_pages_mb": 800,
        "a4_cleaned_mb": 1100, "limit_mb": 1400,
    }  # fmt: skip
    text = _load.report({"load": load, "hosting": {"rows": [row]}})
    assert "| visitors, of them cleaning | 20, 4 |" in text
    assert "0.25 s, 0.25 s" in text
    assert "torch alone is 410 MB" in text


def test_the_report_has_its_place() -> None:
    text = (Path(__file__).parents[1] / "docs" / "robustness.md").read_text(encoding="utf-8")
    assert text.count("<!-- visitors -->\n") == text.count("<!-- /visitors -->\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process")
def test_the_memory_of_torch_alone_is_known() -> None:
    assert 50 < _load._torch_alone() < 3000
