"""What tests of the app share: weights of the digit pages, which a test may damage, and a quick cleaner."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.components import document_resources
from tests.app import digit_lab
from tests.app.documents_lab import CountingCleaner

os.environ["AE_DEBUG"] = "1"  # a defect of a page is to fail its test


@pytest.fixture(scope="session")
def written_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pretrained")
    digit_lab.write_lab(folder)
    return folder


@pytest.fixture
def lab(written_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of untrained weights that the app uses in this test."""
    folder = tmp_path / "pretrained"
    shutil.copytree(written_lab, folder)
    digit_lab.use_folder(folder, monkeypatch)
    yield folder
    monkeypatch.undo()
    digit_lab.forget()


@pytest.fixture
def cleaner(monkeypatch: pytest.MonkeyPatch) -> CountingCleaner:
    """A quick cleaner of pages in place of every other."""
    counting = CountingCleaner()
    monkeypatch.setattr(document_resources, "page_cleaner", lambda name, device: counting)
    return counting
