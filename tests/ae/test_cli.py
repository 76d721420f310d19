"""The command line, as people and scripts call it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from PIL import Image

from ae import cli, weights
from ae.cli import main
from ae.data.noisyoffice import PARTITIONS
from ae.evaluation import rendered
from ae.models import FAMILIES
from ae.recipes import pages
from ae.recipes.digits import NOISE_REGIMES
from ae.training.losses import LOSSES


def test_models_is_a_json_list_of_everything_shipped(capsys):
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == weights.names()
    assert all(row["bytes"] > 0 and row["parameters"] > 0 for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["clean"], ["clean", "a.png"], ["evaluate", "pages", "--partition", "XX"],
     ["train", "digits", "--name", "a", "--k", "0"], ["train", "digits", "--name", "a", "--seed", "-1"],
     ["train", "digits", "--name", "a", "--learning-rate", "0"], ["evaluate", "rendered", "--seed", "-1"]],
)  # fmt: skip
def test_wrong_usage_exits_with_two(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_evaluate_pages_says_what_was_seen_in_training(noisyoffice, capsys):
    arguments = ["evaluate", "pages", "--data-root", str(noisyoffice), "--partition", "VA", "--json"]
    assert main([*arguments, "--no-cer"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["page"]["seen_in_training"]
    assert not rows["page-tr"]["seen_in_training"]
    assert not rows["division"]["seen_in_training"]
    for key in ("rmse_mean", "rmse_pooled", "psnr", "ssim"):
        assert rows["page"][key] > 0
    assert rows["division"]["rmse_pooled"] < rows["untouched"]["rmse_pooled"]
    assert rows["untouched"]["rmse_at_half_brightness"] > 1.5 * rows["untouched"]["rmse_pooled"]
    assert rows["page"]["rmse_at_half_brightness"] < 1.1 * rows["page"]["rmse_pooled"]


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


def test_a_name_with_braces_is_a_name(mnist_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["train", "digits", "--name", "a{b}", "--data-root", str(mnist_root), "--epochs", "1"]
    assert main([*words, "--out", "new"]) == 0
    assert "--name a{b}" in weights.read_card("a{b}", tmp_path / "new").command


def test_a_place_that_cannot_be_written_to_is_told_before_the_training(mnist_root, tmp_path, capsys):
    (tmp_path / "file").touch()
    words = [
        "train",
        "digits",
        "--name",
        "a",
        "--data-root",
        str(mnist_root),
        "--out",
        str(tmp_path / "file"),
    ]
    assert main([*words, "--out", str(tmp_path / "file")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_the_experiments_network_has_no_use_for_rendered_pages(noisyoffice, capsys):
    words = ["train", "page", "--family", "stacked_conv", "--name", "a", "--rendered", "5"]
    assert main([*words, "--data-root", str(noisyoffice)]) == 2
    assert "leave out --rendered" in capsys.readouterr().err


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


def choices_of(*words: str) -> tuple[str, ...]:
    """What the parser accepts for the last of the words, an option of the command before it."""
    *commands, option = words
    parser = cli._parser()
    for command in commands:
        (below,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
        parser = below.choices[command]
    (found,) = (each.choices for each in parser._actions if option in each.option_strings)
    return tuple(found)


def test_what_the_parser_lists_is_what_there_is():
    families = {
        task: tuple(
            family.name for family in FAMILIES.values() if family.inputs == task and family.name != "pca"
        )
        for task in ("digits", "pages")
    }
    assert choices_of("train", "digits", "--family") == families["digits"]
    assert set(choices_of("train", "page", "--family")) == set(families["pages"])
    assert choices_of("train", "digits", "--noise") == NOISE_REGIMES
    assert set(choices_of("train", "page", "--loss")) <= set(LOSSES)
    assert choices_of("evaluate", "rendered", "--parts") == rendered.PARTS
    assert choices_of("evaluate", "pages", "--partition") == PARTITIONS
