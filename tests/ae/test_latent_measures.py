"""Measures of maps: each says what its docstring says, on maps whose quality is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ae import latent, weights
from ae.cli import main
from ae.data import mnist
from ae.data.mnist import Digits
from ae.errors import UsageError
from ae.evaluation import latent as measures
from ae.models import build
from tests.conftest import make_weights


@pytest.fixture(scope="module")
def real() -> Digits:
    return mnist.load_test_digits()[:1500]


@pytest.fixture
def groups() -> tuple[np.ndarray, np.ndarray]:
    """Ten groups of places far from each other, and their classes."""
    labels = np.arange(200) % 10
    return np.random.default_rng(0).normal(size=(200, 2)) + 50 * labels[:, None], labels


@pytest.mark.parametrize("score", [measures.knn_accuracy, measures.probe_accuracy])
def test_accuracy_is_one_for_groups_apart_and_a_guess_for_a_mixture(score, groups) -> None:
    places, labels = groups
    if score is measures.probe_accuracy:  # on a line of groups only the ends can be parted from all others
        angle = 2 * np.pi * labels / 10
        places = 50 * np.column_stack([np.cos(angle), np.sin(angle)]) + places - 50 * labels[:, None]
    assert score(places[:100], labels[:100], places[100:], labels[100:]) == 1
    mixed = np.random.default_rng(1).permutation(labels)
    assert score(places[:100], mixed[:100], places[100:], mixed[100:]) < 0.35


def test_folds_never_score_what_they_learn_from(groups) -> None:
    places, labels = groups
    seen = []

    def score(known: np.ndarray, _a: np.ndarray, rest: np.ndarray, _b: np.ndarray) -> float:
        seen.append(len(rest))
        return float(not {tuple(row) for row in known} & {tuple(row) for row in rest})

    assert measures.in_folds(score, places, labels) == 1
    assert sum(seen) == len(places)


def test_neighbourhoods_are_kept_by_the_space_itself_and_lost_by_chance() -> None:
    pixels = np.random.default_rng(0).normal(size=(300, 20))
    kept = measures.neighbourhoods_kept(pixels, pixels)
    lost = measures.neighbourhoods_kept(pixels, np.random.default_rng(1).normal(size=(300, 2)))
    assert kept == {"trustworthiness": 1.0, "continuity": 1.0}
    assert max(lost.values()) < 0.6


def test_a_map_that_tears_loses_continuity_and_one_that_folds_loses_trust() -> None:
    line = np.linspace(0, 1, 200)[:, None]
    folded = measures.neighbourhoods_kept(line, np.abs(line - 0.5))
    assert folded["trustworthiness"] < folded["continuity"]
    order = np.random.default_rng(0).permutation(20)
    torn = np.concatenate([line[10 * part : 10 * part + 10] for part in order])
    pieces = measures.neighbourhoods_kept(line, torn)
    assert pieces["continuity"] < 1


def test_digits_look_like_digits_and_noise_and_blurs_between_classes_do_not(real: Digits) -> None:
    known, others = real[:1000], real[1000:]
    pictures = others.images[:, 0].numpy()
    share = measures.share_like_digits(pictures, known)
    noise = np.random.default_rng(0).random(pictures.shape).astype(np.float32)
    assert share > 0.6
    assert measures.share_like_digits(noise, known) == 0
    for pair in ((0, 1), (3, 8), (4, 9)):
        first, second = (others.images[others.labels == kind][:20, 0].numpy() for kind in pair)
        assert measures.share_like_digits((first + second) / 2, known) < share / 1.5


def test_codes_are_measured_on_training_codes_or_else_in_folds(real: Digits) -> None:
    torch.manual_seed(0)
    test, train = real[:300], real[300:]
    model = build("pca", {"k": 2}).fit(train.images.numpy())
    found = measures.measure_codes(model, test, train)
    assert found["fitted_on"] == "training digits"
    assert found["digit_like_of"] == "plane"
    codes, known = latent.encode(model, test.images), latent.encode(model, train.images)
    expected = measures.knn_accuracy(known, train.labels.numpy(), codes, test.labels.numpy())
    assert found["knn_accuracy"] == expected
    assert measures.measure_codes(model, test)["fitted_on"] == "test digits in folds"
    assert "pca" not in found


def test_longer_codes_are_drawn_from_their_range_and_measured_on_their_plane_too(real: Digits) -> None:
    test, train = real[:300], real[300:]
    longer = build("pca", {"k": 5}).fit(train.images.numpy())
    found = measures.measure_codes(longer, test, train)
    assert found["digit_like_of"] == "range of the codes"
    codes = latent.encode(longer, test.images)
    assert found["pca"] == measures.measure_flat_map(latent.principal_plane(codes).places(codes), test)


@pytest.mark.parametrize("k", [2, 5])
def test_a_variational_model_is_asked_for_what_it_was_trained_to_have(k: int) -> None:
    codes = np.full((50, k), 7.0, np.float32)
    drawn, of = measures.drawn_codes(build("variational", {"k": k, "widths": [8]}), codes)
    assert of == "standard normal"
    assert np.allclose(drawn.mean(axis=0), 0, atol=0.15)


def test_the_plane_is_covered_from_corner_to_corner() -> None:
    codes = np.random.default_rng(0).uniform((-3, 0), (3, 1), size=(5000, 2))
    plane = measures.plane_codes(codes)
    assert plane.shape == (1024, 2)
    assert np.allclose(plane.min(axis=0), (-3, 0), atol=0.2)
    assert np.allclose(plane.max(axis=0), (3, 1), atol=0.2)


def test_spread_needs_two_seeds() -> None:
    rows = {"0": {"mse": 0.02, "fitted_on": "x"}, "1": {"mse": 0.04, "fitted_on": "x"}}
    assert measures.spread({"0": rows["0"]}) == {}
    found = measures.spread(rows)
    assert found["seeds"] == ["0", "1"]
    assert found["mean"] == {"mse": pytest.approx(0.03)}
    assert found["std"] == {"mse": pytest.approx(0.02**0.5 / 10)}


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: Digits) -> Path:
    """A folder with two models and a denoiser, measured on 200 digits."""
    make_weights(tmp_path, "simple-k2", "simple", "digits", k=2)
    make_weights(tmp_path, "stacked-k4", "stacked", "digits", k=4, widths=[16])
    make_weights(tmp_path, "denoise", "simple", "denoising", k=4)
    monkeypatch.setattr(mnist, "load_test_digits", lambda: real[:200])
    return tmp_path


def test_command_measures_every_map_and_writes_the_cards(lab: Path, capsys) -> None:
    options = ["evaluate", "latent", "--weights", str(lab), "--json", "--update-cards"]
    assert main([*options, "--k", "2", "4"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["map"]) for row in rows] == [
        ("simple-k2", "code"),
        ("stacked-k4", "code"),
        ("stacked-k4", "pca"),
    ]
    assert "mse" not in rows[2]
    assert weights.read_card("stacked-k4", lab).measures["latent"]["pca"] == {
        key: value for key, value in rows[2].items() if key not in ("name", "family", "k", "map")
    }


@pytest.mark.parametrize(
    ("sizes", "expected"), [([], {"2", "4"}), (["--k", "all"], {"2", "4"}), (["--k", "2"], {"2"})]
)
def test_command_measures_every_size_of_code_unless_told(
    sizes: list[str], expected: set[str], lab: Path, capsys
) -> None:
    assert main(["evaluate", "latent", "--weights", str(lab), "--json", *sizes]) == 0
    assert {str(row["k"]) for row in json.loads(capsys.readouterr().out)} == expected


def as_training_leaves_it(seed: float, fitted_on: str) -> dict[str, object]:
    return {"knn_accuracy": seed, "mse": seed / 10, "fitted_on": fitted_on}


def test_seeds_on_the_card_become_a_spread(lab: Path, capsys) -> None:
    card = weights.read_card("simple-k2", lab)
    folds = "test digits in folds"
    card.measures["latent_by_seed"] = {
        str(card.seed): as_training_leaves_it(0.1, folds),  # older than what is measured now
        "1": as_training_leaves_it(0.5, folds),
        "2": as_training_leaves_it(0.7, folds),
        "3": as_training_leaves_it(0.9, "training digits"),  # is not to be mixed with the others
    }
    weights.write_card(card, lab)
    main(["evaluate", "latent", "--weights", str(lab), "--json", "--update-cards", "--k", "2"])
    (row,) = json.loads(capsys.readouterr().out)
    values = [row["knn_accuracy"], 0.5, 0.7]
    assert row["seeds"] == [str(card.seed), "1", "2"]
    assert row["spread_fitted_on"] == folds
    assert row["mean"]["knn_accuracy"] == pytest.approx(np.mean(values))
    assert row["std"]["knn_accuracy"] == pytest.approx(np.std(values, ddof=1))
    measured = weights.read_card("simple-k2", lab).measures
    assert "mean" not in measured["latent"]["code"]
    assert measured["latent_by_seed"][str(card.seed)]["knn_accuracy"] == row["knn_accuracy"]


def test_without_training_digits_the_spread_is_the_cards_and_says_so(lab: Path, capsys) -> None:
    card = weights.read_card("stacked-k4", lab)
    trained = "training digits"
    card.measures["latent_by_seed"] = {
        seed: as_training_leaves_it(value, trained) | {"pca": as_training_leaves_it(value / 2, trained)}
        for seed, value in (("1", 0.5), ("2", 0.7))
    }
    card.measures["latent"] = {"code": as_training_leaves_it(0.6, trained)}
    weights.write_card(card, lab)
    main(["evaluate", "latent", "--weights", str(lab), "--json", "--k", "4"])
    codes, plane = json.loads(capsys.readouterr().out)
    assert codes["fitted_on"] == "test digits in folds"
    assert codes["spread_fitted_on"] == trained
    assert codes["seeds"] == [str(card.seed), "1", "2"]
    assert codes["mean"] == {"knn_accuracy": pytest.approx(0.6), "mse": pytest.approx(0.06)}
    assert "mean" not in plane  # the card has none of the shipped weights that is fitted alike


def test_a_plane_has_a_spread_of_its_own(lab: Path) -> None:
    card = weights.read_card("stacked-k4", lab)
    folds = "test digits in folds"
    plane = as_training_leaves_it(0.4, folds)
    card.measures["latent_by_seed"] = {"1": as_training_leaves_it(0.9, "training digits") | {"pca": plane}}
    found = measures.spread_of(card, as_training_leaves_it(0.6, folds), "pca")
    assert found["mean"]["knn_accuracy"] == pytest.approx(0.5)
    assert measures.spread_of(card, as_training_leaves_it(0.6, folds), "tsne") == {}


def test_a_denoiser_has_no_map_and_is_told_before_anything_is_measured(lab: Path) -> None:
    with pytest.raises(UsageError, match="denoise"):
        next(measures.measure_maps(["simple-k2", "denoise"], mnist.load_test_digits(), None, lab))
