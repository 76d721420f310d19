"""What all lessons have in common."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ae import PRETRAINED, lessons, weights
from app.components.lesson import FACTS, LESSONS, Lesson
from tests.app.digit_lab import ROOT, open_page, texts
from tests.app.lesson_lab import use_lessons
from tests.browser.lab import LESSONS as TITLES

pytestmark = pytest.mark.usefixtures("lab")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.file)
def test_a_lesson_asks_explains_in_two_sentences_and_shows_its_facts(lesson: Lesson) -> None:
    app = open_page(f"lessons/{lesson.file}", unfolded=FACTS)
    assert not app.exception
    assert [title.value for title in app.title] == [lesson.title]
    assert lesson.question in texts(app)
    assert lesson.explanation in texts(app)
    assert len(re.findall(r"[.!?](?= |$)", lesson.explanation)) == 2


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.file)
def test_facts_name_model_data_seed_and_command(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PRETRAINED / "lessons", tmp_path, dirs_exist_ok=True)
    use_lessons(tmp_path, monkeypatch)
    made = lessons.read("making_data")
    made.values["digests"] |= {"stacked-k16": weights.read_card("stacked-k16").digest}
    lessons.write(made)  # as if measured with the small weights of this lab
    app = open_page(f"lessons/{lesson.file}", unfolded=FACTS)
    assert not app.exception
    told, commands = texts(app), [code.value for code in app.get("code")]
    assert re.search(r"\*\*Model\*\*: .{10}", told)
    assert re.search(r"\*\*Data\*\*: .*MNIST.*\d", told)
    assert re.search(r"\*\*Seeds?\*\*: \d+(, \d+)*(\n|$)", told)
    if lesson.file in lessons.NAMES:
        measured = lessons.read(lesson.file)
        assert f"**Model**: {measured.model}" in told
        assert f"**Data**: {measured.data}" in told
        assert ", ".join(map(str, measured.seeds)) in told
        assert measured.command in commands
        assert f"--only {lesson.file} --seed {measured.seeds[0]}" in measured.command


@pytest.mark.parametrize("file", ["code_length", "outliers", "making_data"])
def test_facts_have_the_card_of_the_model_that_is_shown(file: str) -> None:
    app = open_page(f"lessons/{file}", unfolded=FACTS)
    shown = re.findall(r"`((?:stacked|pca)-k\d+)`, family", texts(app))
    assert shown
    commands = [code.value for code in app.get("code")]
    for name in shown:
        assert weights.read_card(name).command in commands
        assert weights.read_card(name).digest in texts(app)


def test_lessons_lead_to_one_another() -> None:
    links = [
        {link.proto.label for link in open_page(f"lessons/{lesson.file}").get("page_link")}
        for lesson in LESSONS
    ]
    for before, after in zip(range(len(LESSONS) - 1), range(1, len(LESSONS)), strict=True):
        assert LESSONS[after].title in links[before]
        assert LESSONS[before].title in links[after]


def test_the_router_takes_all_lessons_in_their_order() -> None:
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=30).run()
    assert not app.exception
    assert [lesson.title for lesson in LESSONS] == list(TITLES)


def test_the_frame_does_not_import_torch() -> None:
    code = "import sys, app.components.lesson, ae.lessons; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
