"""The figures of `evaluate digits`, and their spread over seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ae import weights
from ae.cli import main
from ae.data import mnist
from ae.evaluation import reconstruction_mse
from tests.conftest import make_weights


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two models, one of which was trained with three seeds."""
    make_weights(tmp_path, "simple-k2", "simple", "digits", k=2)
    make_weights(tmp_path, "simple-k4", "simple", "digits", k=4)
    card = weights.read_card("simple-k4", tmp_path)
    card.measures["mse_by_seed"] = {"0": 0.05, "1": 0.04, "2": 0.06}
    weights.write_card(card, tmp_path)
    few = mnist.load_test_digits()[:100]
    monkeypatch.setattr(mnist, "load_test_digits", lambda: few)
    return tmp_path


def test_mean_and_deviation_are_those_of_the_seeds_and_go_onto_the_card(lab: Path, capsys) -> None:
    assert main(["evaluate", "digits", "--weights", str(lab), "--json", "--update-cards"]) == 0
    once, thrice = json.loads(capsys.readouterr().out)
    assert not {"mse_mean", "mse_std", "mse_by_seed"} & set(once)
    assert thrice["mse_mean"] == pytest.approx(0.05)
    assert thrice["mse_std"] == pytest.approx(0.01)
    measures = weights.read_card("simple-k4", lab).measures
    assert (measures["mse_mean"], measures["mse_std"]) == (thrice["mse_mean"], thrice["mse_std"])
    assert "mse_mean" not in weights.read_card("simple-k2", lab).measures


def test_error_is_that_of_the_weights_whatever_the_card_said(lab: Path, capsys) -> None:
    main(["evaluate", "digits", "--weights", str(lab), "--json"])
    model, _ = weights.load("simple-k4", folder=lab)
    expected = reconstruction_mse(model, mnist.load_test_digits().images)
    assert json.loads(capsys.readouterr().out)[1]["mse"] == pytest.approx(expected)


@pytest.mark.parametrize("family", ["simple", "stacked", "conv", "variational"])
@pytest.mark.parametrize("k", [2, 4, 8, 16, 32])
def test_shipped_spread_is_that_of_the_seeds_on_the_card(family: str, k: int) -> None:
    measures = weights.read_card(f"{family}-k{k}").measures
    errors = list(measures["mse_by_seed"].values())
    assert len(errors) >= 3
    assert measures["mse_mean"] == pytest.approx(np.mean(errors))
    assert measures["mse_std"] == pytest.approx(np.std(errors, ddof=1))
