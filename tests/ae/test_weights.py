"""Weights on disk: what is saved comes back, and what is damaged says so."""

from __future__ import annotations

import json
import os

import pytest
import torch

from ae import weights
from ae.errors import WeightsError
from ae.models import build
from tests.conftest import make_weights


def test_saved_weights_come_back_the_same(tmp_path):
    make_weights(tmp_path, "one", "stacked", "digits", k=4, widths=[32, 16])
    model, card = weights.load("one", folder=tmp_path)
    torch.manual_seed(0)
    again = build("stacked", {"k": 4, "widths": [32, 16]})
    assert card.parameters == again.parameter_count()
    for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not model.training


def test_half_precision_is_loaded_as_float32(tmp_path):
    model = build("simple", {"k": 2})
    card = weights.Card("half", "simple", "digits", {"k": 2}, "", "mse", {}, [], 0, "")
    weights.save(card, model, tmp_path, half=True)
    loaded, card = weights.load("half", folder=tmp_path)
    assert card.dtype == "float16"
    assert all(p.dtype == torch.float32 for p in loaded.parameters())


def test_missing_weights_are_named_with_a_way_to_find_others(tmp_path):
    make_weights(tmp_path, "one", "simple", "digits", k=2)
    with pytest.raises(WeightsError, match=r"'two'.*python -m ae models"):
        weights.load("two", folder=tmp_path)


def test_a_changed_byte_is_noticed(tmp_path):
    make_weights(tmp_path, "one", "simple", "digits", k=2)
    path = tmp_path / "one" / "model.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(WeightsError, match="SHA-256"):
        weights.load("one", folder=tmp_path)


def test_weights_of_another_shape_are_refused(tmp_path):
    make_weights(tmp_path, "one", "simple", "digits", k=2)
    path = tmp_path / "one" / "card.json"
    card = json.loads(path.read_text())
    card["config"]["k"] = 3
    path.write_text(json.dumps(card))
    weights._read_card.cache_clear()
    with pytest.raises(WeightsError, match="do not fit"):
        weights.load("one", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "one"}'])
def test_a_damaged_card_is_one_clear_error(tmp_path, text):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "card.json").write_text(text)
    with pytest.raises(WeightsError, match=r"one/card\.json"):
        weights.load("one", folder=tmp_path)


def test_missing_tensors_file_is_one_clear_error(tmp_path):
    make_weights(tmp_path, "one", "simple", "digits", k=2)
    (tmp_path / "one" / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"model\.safetensors is missing"):
        weights.load("one", folder=tmp_path)


def test_a_card_written_by_somebody_else_is_read_anew(tmp_path):
    make_weights(tmp_path, "a", "simple", "digits")
    weights.read_card("a", tmp_path)
    path = tmp_path / "a" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"about": "new"}))
    os.utime(path, ns=(1, 1))
    assert weights.read_card("a", tmp_path).about == "new"


def test_a_card_is_the_callers_own(tmp_path):
    make_weights(tmp_path, "a", "simple", "digits")
    weights.read_card("a", tmp_path).measures["mse"] = 1.0
    assert "mse" not in weights.read_card("a", tmp_path).measures
