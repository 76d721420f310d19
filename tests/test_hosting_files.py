"""Files and commands for hosts: what docs/hosting.md does not call untested is run here."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.lab import free_port, run_lab

ROOT = Path(__file__).parents[1]
INDEX = "download.pytorch.org"
POSIX = pytest.mark.skipif(os.name != "posix", reason="the commands are for a POSIX shell")


def sections() -> dict[str, list[str]]:
    """Shell commands of docs/hosting.md by the heading above them; `(untested)` in the text counts too."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        heading = part.splitlines()[0]
        tested = part.split("(untested)")[0]
        blocks = re.findall(r"^ *```sh\n(.*?)^ *```", tested, flags=re.M | re.S)
        if blocks:
            found[heading] = blocks
    return found


BLOCKS = [block for blocks in sections().values() for block in blocks]
CURL = "curl --fail http://127.0.0.1:8501/_stcore/health"


def test_the_recipes_that_can_be_run_are_found() -> None:
    assert set(sections()) == {
        "Limits for a demo that strangers use",
        "See how it does",
        "A school: one machine, thirty students",
        "A machine with a GPU",
    }


@contextmanager
def running(block: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The commands of a block in a shell, their server on a free port."""
    script = block.replace(".venv/bin/python", shlex.quote(sys.executable)).replace(CURL, "")
    script = re.sub(r"(streamlit run .*)", rf"\1 --server.port={port}", script)
    process = subprocess.Popen(["bash", "-e", "-c", script], cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@POSIX
@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_commands_start_a_lab_that_is_healthy(block: str) -> None:
    port = free_port()
    with running(block, port) as process:
        answer = health(port, process)
        assert answer == "ok"


def health(port: int, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, "the command ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    return "no answer in a minute"


def test_the_health_check_of_the_image_tells_a_running_lab_from_none() -> None:
    command = re.search(r'"python", "-c", "(.*?)"\]', dockerfile()).group(1)
    with run_lab() as address:
        here = command.replace("http://127.0.0.1:8501", address)
        assert subprocess.run([sys.executable, "-c", here], timeout=60).returncode == 0
    gone = subprocess.run([sys.executable, "-c", here], timeout=60, capture_output=True)
    assert gone.returncode != 0


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_runs_as_nobody_special_and_has_the_limits_of_a_public_demo() -> None:
    text = dockerfile()
    user, start = text.index("\nUSER lab"), text.index("\nCMD ")
    assert user < start
    assert "AE_MAX_MEGAPIXELS=30" in text
    assert "_stcore/health" in text
    assert "ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu" in text
    copied = re.findall(r"^COPY (.*) \./$", text, flags=re.M)[0].split()
    assert all((ROOT / name).is_file() for name in copied)


def test_the_image_takes_torch_in_the_range_of_the_requirements() -> None:
    for package in ("torch", "torchvision"):
        (wanted,) = re.findall(rf"^{package}([<>=]\S+)$", (ROOT / "requirements.txt").read_text(), flags=re.M)
        assert f'"{package}{wanted}"' in dockerfile()


def test_only_hosting_files_name_the_index_of_another_torch() -> None:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True)
    named = {
        name
        for name in listed.stdout.decode().splitlines()
        if Path(name).suffix in {".txt", ".toml", ".md", ".yml", ".py", ".sh", ""}
        and (ROOT / name).is_file()
        and INDEX in (ROOT / name).read_text(encoding="utf-8", errors="ignore")
    }
    assert named == {"Dockerfile", "docs/hosting.md", "tests/test_hosting_files.py"}


def test_what_is_installed_beside_is_a_plain_list_of_packages() -> None:
    lines = (ROOT / "packages.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", line) for line in lines)
    assert "tesseract-ocr" in lines


def test_nothing_of_a_developers_folder_goes_into_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".*", "runs", "out", "data"} <= set(ignored)
    assert "!.streamlit" in ignored
