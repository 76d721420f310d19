from __future__ import annotations

import numpy as np
import pytest
import torch

from ae import anomaly
from ae.data import outliers
from ae.errors import DataError
from ae.models import build
from tests.app.lesson_lab import pictures


def test_makers_give_pictures_like_mnist_and_the_same_for_the_same_seed():
    for maker in (outliers.letters, outliers.drawings):
        made = maker(20, np.random.default_rng(3))
        assert made.shape == (20, 28, 28)
        assert made.dtype == np.float32
        assert made.min() >= 0
        assert made.max() <= 1
        assert np.array_equal(made, maker(20, np.random.default_rng(3)))
        assert not np.array_equal(made, maker(20, np.random.default_rng(4)))
        rows, columns = np.nonzero(made.max(axis=0) > 0.1)
        assert max(np.ptp(rows), np.ptp(columns)) <= 27
        assert (made.sum(axis=(1, 2)) > 20).all()


def test_noise_keeps_every_grey_value_and_a_turn_comes_back_after_four():
    digits = pictures(10)
    shuffled = outliers.noise(digits, np.random.default_rng(0))
    assert np.array_equal(np.sort(shuffled.reshape(10, -1)), np.sort(digits.reshape(10, -1)))
    assert not np.array_equal(shuffled, digits)
    turned = digits
    for turns in range(4):
        assert np.array_equal(turned, digits) == (turns == 0)
        turned = outliers.rotated(turned)
    assert np.array_equal(turned, digits)


def test_garments_come_from_the_data_folder_alone(tmp_path):
    random = np.random.default_rng(0)
    assert "garments" not in outliers.make(pictures(10), 10, random, None)
    assert "garments" not in outliers.make(pictures(10), 10, random, tmp_path)
    (tmp_path / "FashionMNIST" / "raw").mkdir(parents=True)
    with pytest.raises(DataError, match="FashionMNIST is damaged"):
        outliers.make(pictures(10), 10, random, tmp_path)
    raw = tmp_path / "FashionMNIST" / "raw"
    (raw / "t10k-images-idx3-ubyte").write_bytes(
        np.array([0x803, 12, 28, 28], ">i4").tobytes() + bytes([255] * 12 * 784)
    )
    (raw / "t10k-labels-idx1-ubyte").write_bytes(np.array([0x801, 12], ">i4").tobytes() + bytes(12))
    (raw / "train-images-idx3-ubyte").write_bytes(b"")
    (raw / "train-labels-idx1-ubyte").write_bytes(b"")
    assert outliers.garments(10, tmp_path).shape == (10, 28, 28)


def test_errors_are_those_of_each_picture():
    torch.manual_seed(0)
    model = build("simple", {"k": 4}).eval().requires_grad_(False)
    digits = pictures(5)
    expected = [
        float((model(torch.from_numpy(digit)[None, None]) - torch.from_numpy(digit)).square().mean())
        for digit in digits
    ]
    assert np.allclose(anomaly.errors(model, digits), expected, atol=1e-6)


def test_threshold_turns_away_the_share_that_was_asked_for():
    quantiles = np.quantile(np.arange(1001) / 1000, anomaly.SHARES)
    level = anomaly.threshold(quantiles, 0.05)
    assert level == pytest.approx(0.95)
    assert anomaly.share_above(quantiles, level) == pytest.approx(0.05)
    assert anomaly.share_above(quantiles, 2.0) == 0
    assert anomaly.share_above(quantiles, -1.0) == 1


def test_area_is_one_half_for_equal_and_one_for_parted_errors():
    same = np.linspace(0, 1, 50)
    assert anomaly.auc(same, same) == pytest.approx(0.5)
    assert anomaly.auc(same, same + 2) == 1
    assert anomaly.auc(same, same - 2) == 0
