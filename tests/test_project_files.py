"""What the documents say about the project is so: links, settings, names of tests, and what CI runs."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from app import settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")
)]  # fmt: skip


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def all_tests() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


def mentions(pattern: str) -> list[tuple[str, str]]:
    """The documents and what each says that fits the pattern; a pattern that fits nothing tests nothing."""
    found = [(name, text) for name in DOCUMENTS for text in re.findall(pattern, text_of(name))]
    assert found
    return found


def test_links_lead_somewhere() -> None:
    links = mentions(r"\]\(([^)#\s]+)")
    here = [(name, link) for name, link in links if "://" not in link]
    assert [each for each in here if not ((ROOT / each[0]).parent / each[1]).exists()] == []


def test_tests_that_are_named_exist() -> None:
    sources = all_tests()
    names = mentions(r"`(test_\w+)(?:\.\.\.)?`")
    assert [each for each in names if f"def {each[1]}" not in sources] == []
    files = mentions(r"`(tests/[\w/]+\.py)")
    assert [each for each in files if not (ROOT / each[1]).is_file()] == []


def test_every_setting_is_in_the_readme_and_in_its_docstring() -> None:
    read = set(re.findall(r'"(AE_\w+)"', text_of("app/settings.py")))
    table = set(re.findall(r"^\| `(AE_\w+)` \|", text_of("README.md"), flags=re.M))
    assert read == table
    assert len(read) == len(fields(settings.Settings))
    assert all(name in (settings.Settings.__doc__ or "") for name in read)


def test_the_container_sets_settings_that_exist() -> None:
    known = set(re.findall(r'"(AE_\w+)"', text_of("app/settings.py")))
    for name in ("Dockerfile", "docs/hosting.md"):
        named = set(re.findall(r"\b(AE_[A-Z_]+)\b", text_of(name)))
        assert named
        assert named <= known


def test_ci_runs_the_checks_on_linux_and_the_tests_elsewhere() -> None:
    workflow = text_of(".github/workflows/ci.yml")
    assert "run: .ci/run" in workflow
    assert "[macos-latest, windows-latest]" in workflow
    assert "python -m pytest" in workflow
    assert "permissions:\n  contents: read" in workflow


def test_every_data_set_has_its_notice() -> None:
    notice = text_of("NOTICE")
    for word in ("MNIST", "NoisyOffice", "CC BY-SA 3.0", "CC BY 4.0"):
        assert word in notice
    assert "MIT" in text_of("LICENSE")


def test_make_knows_the_commands_that_documents_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.M))
    commands = mentions(r"`make ([a-z-]+)")
    assert [each for each in commands if each[1] not in targets] == []
