"""The command line, as people and scripts call it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ae import weights
from ae.cli import main
from ae.documents.cleaning import load_cleaner
from ae.documents.page import Page
from ae.recipes import pages


@pytest.fixture
def dirty_file(tmp_path, dirty_page):
    path = tmp_path / "dirty.png"
    Image.fromarray(dirty_page).save(path, dpi=(200, 200))
    return path


def test_models_is_a_json_list_of_everything_shipped(capsys):
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == weights.names()
    assert all(row["bytes"] > 0 and row["parameters"] > 0 for row in rows)


def test_clean_writes_what_the_cleaner_gives(dirty_file, dirty_page, tmp_path, capsys):
    out = tmp_path / "clean.png"
    assert main(["clean", str(dirty_file), "-o", str(out), "--device", "cpu", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["output"] == str(out)
    assert row["seconds"] > 0
    with Image.open(out) as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        expected = load_cleaner("page", "cpu").clean(Page(dirty_page)).pixels
        assert np.array_equal(np.asarray(image), expected)


def test_several_inputs_go_into_a_folder_and_a_bad_one_does_not_stop_them(dirty_file, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    other = tmp_path / "other" / "dirty.png"
    other.parent.mkdir()
    other.write_bytes(dirty_file.read_bytes())
    out = tmp_path / "out"
    arguments = ["clean", str(dirty_file), str(bad), str(other), "-o", str(out), "--model", "division"]
    assert main([*arguments, "--json"]) == 1
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in captured.out.splitlines()]
    assert [("error" in row) for row in rows] == [False, True, False]
    assert sorted(path.name for path in out.iterdir()) == ["dirty-2.png", "dirty.png"]
    assert captured.err.splitlines() == [f"ae: {bad}: the file is empty; save or upload it again"]


def test_a_pattern_is_expanded_where_the_shell_did_not(dirty_file, tmp_path):
    (tmp_path / "second.png").write_bytes(dirty_file.read_bytes())
    out = tmp_path / "out"
    assert main(["clean", str(tmp_path / "*.png"), "-o", str(out), "--model", "division"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["dirty.png", "second.png"]


@pytest.mark.parametrize("place", ["dirty.png", "result.jpg"])
def test_wrong_output_is_usage(dirty_file, place, capsys):
    before = dirty_file.read_bytes()
    assert main(["clean", str(dirty_file), "-o", str(dirty_file.parent / place)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert dirty_file.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["clean"], ["clean", "a.png"], ["evaluate", "pages", "--partition", "XX"],
     ["train", "digits", "--name", "a", "--k", "0"]],
)  # fmt: skip
def test_wrong_usage_exits_with_two(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_unknown_model_is_one_line_with_the_known_ones(dirty_file, tmp_path, capsys):
    assert main(["clean", str(dirty_file), "-o", str(tmp_path / "o.png"), "--model", "magic"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("ae: unknown page model 'magic': choose one of page, ")
    assert len(error.splitlines()) == 1


def test_evaluate_pages_says_what_was_seen_in_training(noisyoffice, capsys):
    arguments = ["evaluate", "pages", "--data-root", str(noisyoffice), "--partition", "VA", "--json"]
    assert main(arguments) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["page"]["seen_in_training"]
    assert not rows["page-tr"]["seen_in_training"]
    assert not rows["division"]["seen_in_training"]
    for key in ("rmse_mean", "rmse_pooled", "psnr", "ssim"):
        assert rows["page"][key] > 0
    assert rows["division"]["rmse_pooled"] < rows["untouched"]["rmse_pooled"]


def test_evaluate_digits_measures_the_models_named(capsys):
    assert main(["evaluate", "digits", "--model", "pca-k2", "simple-k2", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["mse"] == pytest.approx(0.0557, abs=0.0005)
    assert len(rows[1]["mse_by_seed"]) == 3


def test_train_digits_writes_weights_that_load(mnist_root, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "digits", "--name", "mine", "--k", "3", "--data-root", str(mnist_root)]
    assert main([*arguments, "--epochs", "1", "--out", "w", "--device", "cpu"]) == 0
    model, card = weights.load("mine", folder=tmp_path / "w")
    assert model.config.k == 3
    assert card.task == "digits"


def test_train_page_writes_weights_that_clean(noisyoffice, tmp_path, dirty_page, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pages, "CLEANER", replace(pages.CLEANER, warmup=1))
    monkeypatch.setattr(pages, "PAGE_CROPS", {"crop": 64, "batch_size": 2, "steps": 2})
    arguments = ["train", "page", "--name", "mine", "--data-root", str(noisyoffice), "--epochs", "1"]
    assert main([*arguments, "--out", "w", "--device", "cpu"]) == 0
    Image.fromarray(dirty_page).save("dirty.png")
    assert main(["clean", "dirty.png", "-o", "clean.png", "--model", "mine", "--weights", "w"]) == 0
    with Image.open("clean.png") as image:
        assert image.size == dirty_page.shape[::-1]


def test_a_dry_run_keeps_no_weights(mnist_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "digits", "--name", "mine", "--data-root", str(mnist_root), "--dry-run"]) == 0
    assert not list(tmp_path.rglob("*.safetensors"))


def test_cross_entropy_for_the_uncapped_page_model_is_usage(noisyoffice, capsys):
    arguments = ["train", "page", "--name", "mine", "--data-root", str(noisyoffice), "--loss", "bce"]
    assert main(arguments) == 2
    assert "use mse" in capsys.readouterr().err


def test_train_page_without_data_names_the_option(capsys):
    assert main(["train", "page", "--name", "mine"]) == 2
    assert "--data-root" in capsys.readouterr().err


def test_the_module_runs_without_the_app():
    done = subprocess.run(
        [sys.executable, "-m", "ae", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "clean" in done.stdout
