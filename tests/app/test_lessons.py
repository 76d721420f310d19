"""What all lessons have in common."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from app.components.lesson import FACTS, LESSONS, Lesson
from tests.app.digit_lab import ROOT, open_page, texts
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
    assert "Seed" in texts(app) or "not measured yet" in texts(app)


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
