"""Data sets and noise."""

from __future__ import annotations

import pytest
import torch

from ae.data import mnist, noise
from ae.data.noisyoffice import load as load_pairs
from ae.errors import DataError


@pytest.mark.parametrize("kind", noise.KINDS)
def test_no_noise_at_level_zero(kind, digits):
    assert torch.equal(noise.add(digits.images, kind, 0.0, seed=1), digits.images)


@pytest.mark.parametrize("kind", noise.KINDS)
def test_noise_is_repeatable_grows_and_stays_in_range(kind, digits):
    weak, strong = (noise.add(digits.images, kind, level, seed=1) for level in (0.2, 0.7))
    assert torch.equal(weak, noise.add(digits.images, kind, 0.2, seed=1))
    assert not torch.equal(weak, noise.add(digits.images, kind, 0.2, seed=2))
    assert 0 <= strong.min() <= strong.max() <= 1
    assert (weak - digits.images).abs().mean() < (strong - digits.images).abs().mean()


def test_gaussian_noise_has_the_deviation_asked_for():
    grey = torch.full((20, 1, 28, 28), 0.5)
    assert noise.add(grey, "gaussian", 0.1, seed=0).std() == pytest.approx(0.1, rel=0.05)


def test_salt_and_pepper_hits_the_share_asked_for():
    noisy = noise.add(torch.full((20, 1, 28, 28), 0.5), "salt_and_pepper", 0.4, seed=0)
    assert (noisy == 0).float().mean() == pytest.approx(0.2, abs=0.02)
    assert (noisy == 1).float().mean() == pytest.approx(0.2, abs=0.02)


def test_masking_hides_whole_blocks():
    noisy = noise.add(torch.ones(20, 1, 28, 28), "masking", 0.3, seed=0)
    blocks = noisy.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)
    assert torch.equal(blocks.min(-1).values, blocks.max(-1).values)
    assert (blocks[..., 0] == 0).float().mean() == pytest.approx(0.3, abs=0.05)


def test_mixed_noise_gives_each_image_its_own(digits):
    noisy = noise.mixed(digits.images, torch.Generator().manual_seed(0))
    change = (noisy - digits.images).abs().mean((1, 2, 3))
    assert change.std() > 0.02
    assert 0 <= noisy.min() <= noisy.max() <= 1


def test_mnist_is_read_from_a_folder_as_unit_floats(mnist_root):
    digits = mnist.load(mnist_root)
    assert digits.images.shape == (400, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.max() == 1
    assert len(mnist.load(mnist_root, train=False)) == 40


def test_mnist_that_is_not_there_names_the_option(tmp_path):
    with pytest.raises(DataError, match="--data-root"):
        mnist.load(tmp_path)


def test_mnist_download_that_fails_names_the_option(monkeypatch, tmp_path):
    from torchvision.datasets import MNIST

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(DataError, match="--data-root"):
        mnist.load()


def test_split_keeps_the_last_fifth_for_validation(mnist_root):
    digits = mnist.load(mnist_root)
    train, validation = mnist.split(digits)
    assert (len(train), len(validation)) == (320, 80)
    assert torch.equal(validation.images, digits.images[320:])


def test_test_digits_survive_saving(mnist_root, tmp_path):
    digits = mnist.load(mnist_root, train=False)
    mnist.save_test_digits(digits, tmp_path / "digits.npz")
    again = mnist.load_test_digits(tmp_path / "digits.npz")
    assert torch.equal(again.images, digits.images)
    assert torch.equal(again.labels, digits.labels)


def test_damaged_test_digits_are_one_clear_error(tmp_path):
    (tmp_path / "digits.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="damaged"):
        mnist.load_test_digits(tmp_path / "digits.npz")


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"no"]
)
def test_damaged_or_truncated_archives_are_one_clear_error(damage, mnist_root, tmp_path):
    path = tmp_path / "digits.npz"
    mnist.save_test_digits(mnist.load(mnist_root, train=False), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"digits\.npz.*missing or damaged"):
        mnist.load_test_digits(path)
    with pytest.raises(DataError, match="codes-k2"):
        mnist.load_test_codes("codes-k2", path)


def test_noisyoffice_pairs_every_dirty_page_with_its_original(noisyoffice):
    pairs = load_pairs(noisyoffice, ["TR"])
    assert [pair.name for pair in pairs] == ["FontLre_Noisec_TR", "FontLre_Noisew_TR"]
    for pair in pairs:
        assert pair.dirty.shape == pair.clean.shape
        assert pair.dirty.mean() < pair.clean.mean()


def test_noisyoffice_takes_its_own_folder_as_root_too(noisyoffice):
    assert len(load_pairs(noisyoffice / "SimulatedNoisyOffice", ["TR", "VA"])) == 4


def test_noisyoffice_elsewhere_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="--data-root"):
        load_pairs(tmp_path, ["TR"])


def test_missing_original_is_named(noisyoffice):
    next(noisyoffice.rglob("FontLre_Clean_TR.png")).unlink()
    with pytest.raises(DataError, match=r"FontLre_Clean_TR.png is missing"):
        load_pairs(noisyoffice, ["TR"])


@pytest.mark.parametrize(
    ("partition", "message"), [("XX", "unknown partition"), ("TE", "no page of partition TE")]
)
def test_partition_that_is_not_there_is_named(noisyoffice, partition, message):
    with pytest.raises(DataError, match=message):
        load_pairs(noisyoffice, [partition])
