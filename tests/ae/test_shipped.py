"""The weights in `pretrained/`: complete cards, honest figures, and outputs that never drift unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ae import weights
from ae.data import mnist, noise
from ae.evaluation import NOISE_SEED, SIGMA, reconstruct, reconstruction_mse
from tests.golden import GOLDEN, fingerprint

KS = (2, 4, 8, 16, 32)
FAMILIES = ("simple", "stacked", "conv", "variational", "pca")
DIGIT_MODELS = [f"{family}-k{k}" for family in FAMILIES for k in KS]
DENOISERS = [
    f"denoise-{kind}{suffix}"
    for kind in ("simple", "stacked", "stacked-bce", "conv")
    for suffix in ("", "-any")
]
PAGE_MODELS = ["page", "page-tr", "stacked_conv", "stacked_conv-mse"]
ALL = [*DIGIT_MODELS, *DENOISERS, *PAGE_MODELS, "regions"]


def test_everything_promised_is_shipped_and_nothing_else():
    assert weights.names() == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_outputs_are_the_recorded_ones(name):
    recorded = json.loads(GOLDEN.read_text())[name]
    torch.testing.assert_close(fingerprint(name), recorded, atol=2e-3, rtol=0)


@pytest.mark.parametrize("name", ALL)
def test_card_says_where_the_weights_come_from(name):
    card = weights.read_card(name)
    assert card.command.startswith("python scripts/train_")
    assert card.data["licence"]
    assert card.data["citation"]
    assert card.measures
    if card.family != "pca":
        assert card.history


@pytest.mark.parametrize("k", KS)
def test_deep_autoencoders_beat_pca(k):
    pca = weights.read_card(f"pca-k{k}").measures["mse"]
    for family in ("stacked", "conv"):
        assert weights.read_card(f"{family}-k{k}").measures["mse"] < pca


def test_deep_autoencoders_reach_the_promised_error():
    assert max(weights.read_card(f"{f}-k2").measures["mse"] for f in ("stacked", "conv")) <= 0.034
    assert min(weights.read_card(f"{f}-k32").measures["mse"] for f in ("stacked", "conv")) <= 0.0040


def test_deeper_denoisers_beat_the_experiments():
    simple = weights.read_card("denoise-simple").measures["mse"]
    for name in ("denoise-stacked", "denoise-conv"):
        assert weights.read_card(name).measures["mse"] < simple


def test_page_cleaner_reaches_the_promised_error_on_the_partition_it_never_saw():
    card = weights.read_card("page-tr")
    assert card.partitions == ["TR"]
    assert card.measures["partitions"]["VA"]["rmse_pooled"] <= 0.026


def test_page_card_has_the_figure_of_its_twin_that_never_saw_the_partition():
    card = weights.read_card("page")
    twin = weights.read_card("page-tr").measures["partitions"]["VA"]
    assert card.measures["trained_without_va"]["rmse_pooled"] == twin["rmse_pooled"]
    assert not card.measures["trained_without_va"]["seen_in_training"]


@pytest.mark.parametrize("name", ["simple-k16", "stacked-k2", "conv-k32", "pca-k8"])
def test_measured_error_is_the_cards(name):
    model, card = weights.load(name)
    digits = mnist.load_test_digits()
    assert reconstruction_mse(model, digits.images) == pytest.approx(card.measures["mse"], rel=1e-3)


def test_measured_denoising_is_the_cards():
    model, card = weights.load("denoise-simple")
    noisy = noise.add(mnist.load_test_digits().images, "gaussian", SIGMA, NOISE_SEED)
    error = float((reconstruct(model, noisy) - mnist.load_test_digits().images).square().mean())
    assert error == pytest.approx(card.measures["mse"], rel=1e-3)


def test_all_ten_thousand_test_digits_are_there():
    digits = mnist.load_test_digits()
    assert digits.images.shape == (10_000, 1, 28, 28)
    assert 0 <= digits.images.min() <= digits.images.max() == 1
    assert sorted(set(digits.labels.tolist())) == list(range(10))


def test_all_weights_together_stay_small():
    folders = [Path(weights.FOLDER) / name for name in weights.names()]
    total = sum(path.stat().st_size for folder in folders for path in folder.iterdir())
    assert total < 60e6
