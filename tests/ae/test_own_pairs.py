"""A person's own pairs of pages, and going on from shipped weights with them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ae import __version__, weights
from ae.cli import main
from ae.documents import own_pairs
from ae.documents.cleaning import cleaner_names, load_cleaner
from ae.documents.cluster.actors import Worker, weight_files
from ae.documents.light import Light
from ae.documents.page import Page
from ae.errors import DataError
from ae.recipes import RunOptions, pages
from ae.recipes import own_pairs as own_recipe
from tests.conftest import draw_page, make_dirty


@pytest.fixture
def folder(tmp_path):
    for kind in ("dirty", "clean"):
        (tmp_path / "mine" / kind).mkdir(parents=True)
    for name in ("a.png", "b.png"):
        page = draw_page(320, 240)
        Image.fromarray(make_dirty(page)).save(tmp_path / "mine" / "dirty" / name)
        Image.fromarray(page).save(tmp_path / "mine" / "clean" / name)
    return tmp_path / "mine"


def test_pairs_belong_together_by_name(folder):
    pairs = own_pairs.load(folder)
    assert [pair.name for pair in pairs] == ["a.png", "b.png"]
    assert np.array_equal(pairs[0].clean, draw_page(320, 240))


def test_page_without_partner_is_named(folder):
    (folder / "clean" / "b.png").unlink()
    with pytest.raises(DataError, match=r"b\.png.*clean/"):
        own_pairs.load(folder)


def test_pages_of_two_sizes_are_refused_by_name(folder):
    Image.new("L", (300, 240), 255).save(folder / "clean" / "a.png")
    with pytest.raises(DataError, match=r"a\.png.*differ in size"):
        own_pairs.load(folder)


def test_pages_of_other_content_are_refused_by_name(folder):
    other = np.ascontiguousarray(draw_page(240, 320).T)
    Image.fromarray(other).save(folder / "clean" / "b.png")
    with pytest.raises(DataError, match=r"b\.png.*different pages"):
        own_pairs.load(folder)


def test_broken_page_is_named(folder):
    (folder / "dirty" / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"a\.png"):
        own_pairs.load(folder)


def test_empty_folder_says_what_belongs_there(tmp_path):
    (tmp_path / "dirty").mkdir()
    (tmp_path / "clean").mkdir()
    with pytest.raises(DataError, match=r"dirty/ and clean/"):
        own_pairs.load(tmp_path)


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train on a few small crops."""
    own = own_recipe._OWN_PAIRS
    few = replace(own, steps=2, crop=128, batch_size=1, training=replace(own.training, epochs=1, average=0.0))
    monkeypatch.setattr(own_recipe, "_OWN_PAIRS", few)
    monkeypatch.setattr(pages, "PAGE_CROPS", {"crop": 64, "batch_size": 2})


def test_fine_tuning_goes_on_from_the_weights(folder, tmp_path, monkeypatch):
    shorten(monkeypatch)
    monkeypatch.chdir(tmp_path)
    init = str(weights.FOLDER / "page")
    words = ["train", "page", "--init", init, "--data-root", "mine", "--epochs", "1"]
    assert main([*words, "--out", "tuned", "--learning-rate", "1e-9"]) == 0
    card = json.loads((tmp_path / "tuned" / "page-mine" / "card.json").read_text())
    assert card["data"]["init"] == "page"
    assert str(weights.FOLDER) not in json.dumps(card)
    assert card["data"]["name"] == "own pages"
    assert card["history"][0]["loss"] < 0.02  # new weights would begin far above


def test_who_judges_pages_is_fine_tuned_behind_the_new_weights_and_goes_on_the_next_time(
    folder, tmp_path, monkeypatch, capsys
):
    shorten(monkeypatch)
    monkeypatch.chdir(tmp_path)
    shipped = weights.FOLDER / "page"
    words = ["train", "page", "--data-root", "mine", "--epochs", "1", "--out", "tuned"]
    assert main([*words, "--init", str(shipped)]) == 0
    assert f"keep {Path('tuned/page-mine-regions')} beside it" in capsys.readouterr().out
    assert main([*words, "--init", "tuned/page-mine", "--name", "again"]) == 0
    tuned = tmp_path / "tuned"
    for name, before in (("page-mine", "regions"), ("again", "page-mine-regions")):
        judge = weights.read_card(f"{name}-regions", tuned)
        assert weights.read_card(name, tuned).regions == judge.name
        assert (judge.data["behind"], judge.data["init"]) == (name, before)
        assert judge.data["name"] == "own pages"
        assert judge.partitions == []
        new = weights.load(judge.name, folder=tuned)[0].leave.weight
        old = weights.load(before, folder=weights.home(before, tuned))[0].leave.weight
        assert not torch.equal(new, old)
    assert cleaner_names(tuned) == ["again", "page-mine", "division"]
    judged = (tuned / "again-regions" / "model.safetensors").read_bytes()
    assert main([*words, "--init", "tuned/again", "--name", "again"]) == 0
    assert weights.read_card("again-regions", tuned).data["init"] == "again-regions"
    assert (tuned / "again-regions" / "model.safetensors").read_bytes() != judged


@pytest.mark.parametrize(("flag", "stays"), [("--dry-run", True), ("--epochs=1", False)])
def test_an_old_checkpoint_of_the_judge_goes_when_training_begins_anew(
    folder, tmp_path, monkeypatch, flag, stays
):
    shorten(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(own_recipe, "train_regions", lambda *_: None)
    old = tmp_path / "runs" / "page-mine-regions.pt"
    old.parent.mkdir()
    old.touch()
    init = str(weights.FOLDER / "page")
    assert main(["train", "page", "--data-root", "mine", "--out", "tuned", "--init", init, flag]) == 0
    assert old.exists() == stays


def test_a_machine_of_a_cluster_is_sent_the_model_and_its_judge(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    mine = tmp_path / "weights"
    shutil.copytree(weights.FOLDER / "page", mine / "mine")
    shutil.copytree(weights.FOLDER / "regions", mine / "mine-regions")
    weights.write_card(replace(weights.read_card("page"), name="mine", regions="mine-regions"), mine)
    weights.write_card(replace(weights.read_card("regions"), name="mine-regions"), mine)
    files = weight_files(load_cleaner("mine", "cpu", mine), mine)
    shutil.rmtree(mine)
    worker = Worker()
    worker.start(__version__, "mine", "cpu", files)
    page = make_dirty(draw_page(160, 120))
    cleaned, problem = worker.clean(page, best=False)
    assert np.array_equal(cleaned, load_cleaner("page", "cpu").clean(Page(page)).pixels)
    assert not problem
    assert weight_files(load_cleaner("division"), weights.FOLDER) == {}


@pytest.mark.parametrize("kept", [0.0, 0.25, 1.0])
def test_what_was_there_before_is_mixed_into_the_result(folder, tmp_path, kept):
    options = RunOptions(out=tmp_path, device="cpu", checkpoints=tmp_path / "runs", progress=False)
    training = replace(pages.FINE_TUNING, epochs=1, warmup=0, average=0.0)
    settings = {"training": training, "steps": 3, "crop": 64, "batch_size": 2, "init": "page"}
    found = {}
    for share in (0.0, kept):
        recipe = pages.page_recipe("mine", "page", (), **settings, kept=share)
        pages.train_pages(recipe, own_pairs.load(folder), options)
        found[share] = weights.load("mine", folder=tmp_path)[0].leave.weight
    before = weights.load("page")[0].leave.weight
    assert (found[0.0] - before).abs().max() > 1e-4
    torch.testing.assert_close(found[kept], found[0.0].lerp(before, kept), atol=2e-4, rtol=0)


def test_of_own_pairs_only_what_the_weights_get_wrong_is_learned():
    recipes = [pages.page_recipe("mine", "page", partitions, init="page") for partitions in ((), ("TR",))]
    assert [recipe.pinned for recipe in recipes] == [True, False]


def test_unknown_weights_to_start_from_are_usage(folder, capsys):
    assert main(["train", "page", "--init", "nowhere/page", "--data-root", str(folder)]) != 0
    assert "page" in capsys.readouterr().err


def test_own_pages_are_learned_as_the_cleaner_shows_them_to_the_network(folder, monkeypatch, tmp_path):
    learned = []
    monkeypatch.setattr(pages, "without_machine_marks", lambda page: page // 2)
    monkeypatch.setattr(pages.PagePool, "add", lambda _pool, pairs, *_, **__: learned.extend(pairs))
    recipe = pages.page_recipe("mine", "page", (), init="page", steps=1, crop=64, batch_size=1)
    pairs = own_pairs.load(folder)
    with pytest.raises(ValueError, match="non-empty"):  # nothing is left to train on
        pages.train_pages(recipe, pairs, RunOptions(out=tmp_path, checkpoints=tmp_path))
    for seen, pair in zip(learned, pairs, strict=True):
        dim = pair.dirty // 2
        assert np.array_equal(seen.dirty, Light(dim).lit(dim))
        assert seen.dirty.mean() > 1.2 * dim.mean()
    assert all(np.array_equal(seen.clean, pair.clean) for seen, pair in zip(learned, pairs, strict=True))
