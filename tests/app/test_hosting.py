"""What a lab for strangers needs: links to share, a status for maintainers, bounds on what is remembered."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import tomllib
import weakref
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit import net_util
from streamlit.web.server import server_util

from ae import __version__, devices
from ae.errors import AeError
from app import journal, resources, settings
from app.components import running, share
from app.components.lesson import LESSONS
from app.settings import Settings
from tests.app.digit_lab import ROOT, open_page

TORCHLESS = ["status", "lessons/linear", "lessons/depth", "lessons/noise", "lessons/loss"]

# Share


def popovers(block: Any) -> list[str]:
    """Labels of all popovers within a part of the page."""
    found = [block.proto.popover.label] if getattr(block, "proto", None) and block.type == "popover" else []
    children = getattr(block, "children", {}).values()
    return [*found, *(label for child in children for label in popovers(child))]


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("page", ["overview", "bottleneck", "denoising", "latent_space", "documents"])
def test_every_page_offers_a_link_and_tells_its_version_and_weights(page: str) -> None:
    app = open_page(page)
    assert "Copy link" in popovers(app.sidebar)
    assert any(entry.value == share.about() for entry in app.sidebar.caption)
    assert share.about().startswith(f"AE Lab {__version__} · weights ")


def test_the_link_carries_the_choices_and_escapes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        url = "https://lab.example/bottleneck"

    class Query(dict):
        def get_all(self, key: str) -> list[str]:
            return self[key]

    monkeypatch.setattr(share.st, "context", Context())
    monkeypatch.setattr(share.st, "query_params", Query())
    assert share.link() == "https://lab.example/bottleneck"
    monkeypatch.setattr(share.st, "query_params", Query(family=["PCA"], digits=["1, 2&x=<b>"], c=["a", "b"]))
    assert share.link() == ("https://lab.example/bottleneck?family=PCA&digits=1%2C+2%26x%3D%3Cb%3E&c=a&c=b")


def test_the_digest_changes_with_any_weights(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "PRETRAINED", lab)
    share.weights_digest.clear()
    before = share.weights_digest()
    card = lab / "conv-k2" / "card.json"
    card.write_text(card.read_text().replace('"digest": "sha256:', '"digest": "sha256:0'))
    share.weights_digest.clear()
    assert share.weights_digest() != before
    card.write_text("{")
    share.weights_digest.clear()
    assert len(share.weights_digest()) == 8


# Status


@pytest.mark.usefixtures("lab")
def test_the_status_page_is_for_maintainers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("overview")
    assert "Status" not in str(app)
    monkeypatch.setattr(resources, "current_settings", lambda: Settings(status_page=True, debug=True))
    journal.note("page_cleaned")
    app = open_page("status")
    assert not app.exception
    labels = {metric.label: metric.value for metric in app.metric}
    assert labels["At work"] == "0 of 1"
    assert labels["In the queue"] == "0 of 40"
    assert int(labels["Visitors"]) >= 1
    assert "Pages cleaned" in str(app.table[0].value)
    assert not app.sidebar.get("segmented_control")


# Start


WITHOUT_TORCH = """
import sys
from streamlit.testing.v1 import AppTest
from ae import devices
sys.modules["torch"] = None  # its import fails
devices._may_have_gpu = lambda: False
"""


def run_without_torch(program: str) -> str:
    """The last line that a program prints in a process of its own, on a machine without a GPU."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH + program],
        cwd=ROOT,
        env={**os.environ, "AE_STATUS": "1", "AE_DEBUG": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout.splitlines()[-1]


def test_pages_that_show_what_was_measured_need_no_torch() -> None:
    program = f"""
for name in {TORCHLESS}:
    app = AppTest.from_file("streamlit_app.py", default_timeout=60)
    app.switch_page(f"app/pages/{{name}}.py").run()
    assert not app.exception, app.exception
    assert app.title and (app.metric or app.get("plotly_chart")), name
print("all drawn")
"""
    assert run_without_torch(program) == "all drawn"


def test_the_overview_is_there_before_torch_is() -> None:
    program = """
app = AppTest.from_file("streamlit_app.py", default_timeout=60)
app.session_state["Device and weights in use"] = True
app.run()
assert "torch" in app.exception[0].message, app.exception
print(app.title[0].value, len(app.get("page_link")), len(app.table), len(app.get("image")))
"""
    # the two pictures are the digit, and the room that its output is going to take
    assert run_without_torch(program) == f"AE Lab {4 + len(LESSONS)} 2 2"


def test_the_documents_page_waits_for_a_document_without_torch() -> None:
    program = """
app = AppTest.from_file("streamlit_app.py", default_timeout=60)
app.switch_page("app/pages/documents.py")
app.query_params["document"] = "Your own pages"
app.run()
assert not app.exception, app.exception
print(len(app.get("file_uploader")), len(app.slider))
"""
    assert run_without_torch(program) == "1 1"


def test_what_is_to_be_trained_is_chosen_without_torch() -> None:
    program = """
app = AppTest.from_file("streamlit_app.py", default_timeout=60)
app.switch_page("app/pages/lessons/train.py").run()
assert not app.exception, app.exception
app.segmented_control(key="own_k").set_value(8).run()
assert not app.exception, app.exception
print([button.label for button in app.button if button.label == "Train"])
"""
    assert run_without_torch(program) == "['Train']"


def test_torch_is_asked_for_a_gpu_only_where_linux_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(sys, "platform", "linux")
    assert not devices._may_have_gpu(tmp_path)
    (tmp_path / "nvidia0").touch()
    assert devices._may_have_gpu(tmp_path)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert devices._may_have_gpu(tmp_path / "none")


def test_visitors_are_forgotten_when_their_session_ends() -> None:
    st.cache_resource.clear()
    visitor = resources.new_visitor()
    assert len(resources.visitors()) == 1
    del visitor
    gc.collect()
    assert len(resources.visitors()) == 0


class Loop:
    """Only a search for garbage finds it, as with much of a session."""

    def __init__(self) -> None:
        self.itself = self


def test_what_ended_sessions_leave_is_found_though_imports_are_passed_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(running, "monotonic", lambda: now)
    loop = Loop()
    gone = weakref.ref(loop)
    running._pass_imports_by.clear()
    open_page("overview")
    del loop
    gc.collect()
    assert gone() is not None
    now += 600
    open_page("overview")
    assert gone() is None


# Nobody outside


@pytest.mark.usefixtures("lab")
def test_a_request_from_elsewhere_is_refused_without_asking_a_web_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)  # put back after the test
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    open_page("overview")
    assert not server_util.is_url_from_allowed_origins("https://elsewhere.example")
    assert asked == []


def test_the_start_does_not_ask_for_the_public_address() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["serverAddress"] == "localhost"


def test_no_visitor_waits_for_a_watch_over_source_files() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["fileWatcherType"] == "none"


# Bounds


def _decorators(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if "cache_data" in ast.unparse(decorator) or "cache_resource" in ast.unparse(decorator):
                    yield node, ast.unparse(decorator)


def test_every_cache_is_bounded() -> None:
    found = [entry for path in (ROOT / "app").rglob("*.py") for entry in _decorators(path)]
    assert len(found) > 10
    unbounded = [node.name for node, text in found if node.args.args and "max_entries" not in text]
    assert unbounded == []


def test_settings_are_read_and_wrong_ones_are_told() -> None:
    assert settings.read({"AE_WORKERS": "2", "AE_THREADS": "6"}).threads_each == 3
    assert settings.read({"AE_WORKERS": "4", "AE_THREADS": "2"}).threads_each == 1
    assert settings.read({"AE_STATUS": "1"}).status_page
    assert not settings.read({"AE_STATUS": "0", "AE_LOG": "false"}).status_page
    assert settings.read({"AE_QUEUE": "7", "AE_JOB_SECONDS": "90"}).job_seconds == 90
    with pytest.raises(AeError, match="AE_QUEUE"):
        settings.read({"AE_QUEUE": "0"})


@pytest.mark.usefixtures("lab")
def test_a_wrong_setting_is_told_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AE_WORKERS", "many")
    resources.current_settings.clear()
    app = open_page("overview")
    assert not app.exception
    assert "AE_WORKERS is 'many'" in app.error[0].value
