"""Every script runs dry: the real path from data to weights, on a handful of images."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ae.test_rendering import TRAINING

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import _start
import make_readme

ROOT = Path(__file__).parents[1]


def run(script: str, *arguments: object) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script), *map(str, arguments)],
        capture_output=True, text=True, timeout=240, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("script", ["train_pages.py", "train_regions.py"])
def test_a_wrong_folder_is_one_sentence(script, tmp_path):
    with pytest.raises(AssertionError) as caught:
        run(script, "--data-root", tmp_path, "--dry-run")
    told = str(caught.value)
    assert f"{script}: {tmp_path}: NoisyOffice not found" in told
    assert "Traceback" not in told


def test_what_is_pinned_starts_from_something(noisyoffice):
    for step in ("--pinned", "--filled"):
        with pytest.raises(AssertionError, match="need --init"):
            run("train_regions.py", "--data-root", noisyoffice, "--dry-run", step)


def test_train_digits(mnist_root):
    out = run("train_digits.py", "--data-root", mnist_root, "--dry-run")
    assert "simple-k2" in out
    assert "denoise-conv-any" in out


def test_train_pages(noisyoffice):
    experiment = ("--only", "stacked_conv", "stacked_conv-mse")
    out = run("train_pages.py", "--data-root", noisyoffice, "--dry-run", *experiment)
    assert "stacked_conv-mse" in out


@TRAINING
def test_train_pages_with_rendered_ones(noisyoffice):
    out = run(
        "train_pages.py",
        "--data-root",
        noisyoffice,
        "--dry-run",
        "--only",
        "page-tr-start",
        "page-tr-mixed",
        "page-tr-third",
        "page-tr-fourth",
        "page-tr-fifth",
        "page-tr-sixth",
        "page-tr-seventh",
        "page-tr-eighth",
        "page-tr-ninth",
        "page-tr-tenth",
        "page-tr-corpus",
        "page-tr-eleventh",
        "page-tr-twelfth",
        "page-tr-thirteenth",
        "page-tr-fourteenth",
        "page-tr-soft",
        "page-tr-photographed",
        "page-tr-everything",
        "page-tr-toned",
        "page-tr-moved",
        "page-tr-unshaded",
        "page-tr",
        "page-unshaded",
        "page",
    )
    assert "page-tr-start:" in out
    assert "page-tr:" in out
    assert "page:" in out


@TRAINING
@pytest.mark.parametrize(
    "step", [[], ["--init", "regions"], ["--init", "regions", "--pinned"], ["--init", "regions", "--filled"]]
)
def test_train_regions(noisyoffice, step):
    assert "regions:" in run("train_regions.py", "--data-root", noisyoffice, "--dry-run", *step)


def test_train_pages_without_data_is_usage():
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "train_pages.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--data-root" in done.stderr


@pytest.mark.parametrize("returned", [None, 0, 1])
def test_a_script_ends_with_what_it_returns(returned):
    with pytest.raises(SystemExit) as caught:
        _start.start(lambda: returned)
    assert caught.value.code == returned


def test_readme_without_a_mark_is_one_sentence(tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    readme.write_text("# No tables\n")
    monkeypatch.setattr(make_readme, "README", readme)
    monkeypatch.setattr(sys, "argv", ["make_readme.py"])
    with pytest.raises(SystemExit) as caught:
        _start.start(make_readme.main)
    mark = "<!-- digits: written by scripts/make_readme.py -->"
    assert str(caught.value) == (
        f"make_readme.py: {readme}: the mark {mark} is missing; put it where the generated text belongs"
    )
    assert readme.read_text() == "# No tables\n"


def test_encode_digits(mnist_root):
    out = run("encode_digits.py", "--data-root", mnist_root, "--dry-run")
    assert "stacked-k2" in out


def test_measure_confusion(mnist_root):
    assert "originals" in run("measure_confusion.py", "--data-root", mnist_root, "--dry-run")


@TRAINING
def test_measure_transfer():
    card = ROOT / "pretrained" / "page" / "card.json"
    before = card.read_bytes()
    out = run("measure_transfer.py", "--dry-run")
    labels = [line.split(":")[0].strip() for line in out.splitlines()]
    assert labels == ["untouched", "division", "0", "4"]
    assert card.read_bytes() == before


def test_measure_regions():
    card = ROOT / "pretrained" / "regions" / "card.json"
    before = card.read_bytes()
    errors = {line.split(":")[0].strip(): float(line.split()[-1]) for line in
              run("measure_regions.py", "--dry-run").splitlines()}  # fmt: skip
    assert list(errors) == ["untouched", "evened", "cleaned", "mixed"]
    assert 0 < errors["mixed"] < errors["untouched"]
    assert card.read_bytes() == before


def test_measure_lessons(mnist_root):
    from ae import lessons

    before = {path: path.stat().st_mtime_ns for path in lessons.FOLDER.iterdir()}
    out = run("measure_lessons.py", "--data-root", mnist_root, "--dry-run")
    for name in lessons.NAMES:
        assert f"{name}: " in out
    assert {path: path.stat().st_mtime_ns for path in lessons.FOLDER.iterdir()} == before


def test_soak():
    assert "Defects found: 0" in run("soak.py", "--dry-run")


@pytest.mark.parametrize("script", ["make_samples.py", "show_degradations.py"])
def test_a_dry_run_of_pictures_keeps_nothing(script, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert str(tmp_path) in run(script, "--dry-run")
    assert list(tmp_path.iterdir()) == []


@TRAINING
def test_render_pages_keeps_nothing_of_a_dry_run(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "2 pages" in run("render_pages.py", "--dry-run")
    assert list(tmp_path.iterdir()) == []


def test_benchmark_of_pages_measures_peers_networks_and_memory():
    before = (ROOT / "docs" / "benchmark.json").read_text()
    found = json.loads(run("benchmark.py", "pages", "--dry-run", "--json"))
    rows = {row["name"]: row for row in found["rows"]}
    assert set(rows) == {"untouched", "division", "stacked_conv", "page"}
    assert rows["stacked_conv"]["ratio"] == 1
    assert 0 < rows["division"]["rmse"] < rows["untouched"]["rmse"]
    assert {row["name"] for row in found["networks"]} == {"stacked_conv", "page"}
    assert {row["name"] for row in found["large"]} == {"division", "page"}
    assert {"seconds_ratio", "weights_bytes"} <= {bar["measure"] for bar in found["bars"]}
    assert (ROOT / "docs" / "benchmark.json").read_text() == before


def test_take_pictures():
    run("take_pictures.py", "--dry-run")


def test_readme_is_up_to_date():
    run("make_readme.py", "--check")


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "scripts").glob("[a-z]*.py")))
def test_every_script_explains_itself(script):
    out = run(script, "--help")
    assert "--dry-run" in out
