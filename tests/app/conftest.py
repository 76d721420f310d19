"""The digit pages' weights: written once, handed out as a copy that a test may damage."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import digit_lab


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
