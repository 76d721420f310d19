"""Arrows between the rooms run down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "ae": ("streamlit", "app", "scripts", "tests"),
    "ae/models": ("ae.data", "ae.training", "ae.documents", "ae.weights", "ae.cli", "ae.recipes"),
    "ae/training": ("ae.models", "ae.data", "ae.documents", "ae.weights", "ae.cli", "ae.recipes"),
    "ae/data": ("ae.models", "ae.training", "ae.documents", "ae.weights", "ae.cli", "ae.recipes"),
    "app": ("scripts", "tests", "ae.cli"),
    "scripts": ("app", "streamlit"),
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("room", FORBIDDEN)
def test_room_imports_nothing_from_above(room):
    files = list((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        for name in imported(path):
            for banned in FORBIDDEN[room]:
                assert not f"{name}.".startswith(f"{banned}."), f"{path}: {name}"


def test_charts_know_neither_streamlit_nor_torch():
    roots = {name.split(".")[0] for name in imported(ROOT / "app" / "charts.py")}
    assert not roots & {"streamlit", "torch", "ae"}


def test_the_router_does_not_load_torch():
    names = [name for name in imported(ROOT / "streamlit_app.py") if name.count(".") == 2]
    assert "app.components.device" in names
    code = f"import sys, app.resources, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_file_of_ae_is_longer_than_350_lines():
    long = [path.name for path in (ROOT / "ae").rglob("*.py") if len(path.read_text().splitlines()) > 350]
    assert long == []
