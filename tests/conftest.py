"""Inputs that many tests need; everything is made here, nothing is downloaded."""

from __future__ import annotations

import os

# One thread a test keeps results repeatable and two test runs from slowing each other down; the app, which
# sets its own number, is told as well.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("AE_THREADS", "1")

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from ae import weights
from ae.data.mnist import Digits
from ae.models import build


@pytest.fixture
def digits() -> Digits:
    """Forty blurry strokes that stand in for digits, four of each class."""
    generator = torch.Generator().manual_seed(7)
    images = torch.zeros(40, 1, 28, 28)
    for index in range(40):
        row, column = torch.randint(4, 16, (2,), generator=generator).tolist()
        images[index, 0, row : row + 8, column : column + 4] = 0.9
    return Digits(images, torch.arange(40) % 10)


def draw_page(width: int = 300, height: int = 200) -> np.ndarray:
    """A clean page with dark lines of bars about as high as letters, uint8 (H, W)."""
    image = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(image)
    for top in range(20, height - 20, 24):
        for left in range(16, width - 24, 11):
            pen.rectangle((left, top, left + 5, top + 12), fill=10, width=1)
            pen.rectangle((left + 2, top + 3, left + 3, top + 9), fill=255)
    return np.asarray(image)


def make_dirty(clean: np.ndarray) -> np.ndarray:
    """The page under a slanting shadow with a stain, uint8 (H, W)."""
    height, width = clean.shape
    rows, columns = np.mgrid[:height, :width]
    shade = 0.95 - 0.35 * columns / width
    shade -= 0.15 * (np.hypot(rows - height / 2, columns - width / 3) < height / 4)
    return np.rint(clean * shade).astype(np.uint8)


@pytest.fixture
def clean_page() -> np.ndarray:
    """A clean page, uint8 (200, 300)."""
    return draw_page()


@pytest.fixture
def dirty_page(clean_page: np.ndarray) -> np.ndarray:
    """The same page, dirty."""
    return make_dirty(clean_page)


@pytest.fixture
def noisyoffice(tmp_path: Path) -> Path:
    """A corpus of four small pages in NoisyOffice's layout: two in TR, two in VA."""
    root = tmp_path / "SimulatedNoisyOffice"
    noisy, clean = root / "simulated_noisy_images_grayscale", root / "clean_images_grayscale"
    noisy.mkdir(parents=True)
    clean.mkdir()
    for partition in ("TR", "VA"):
        page = draw_page(320, 160)
        Image.fromarray(page).save(clean / f"FontLre_Clean_{partition}.png")
        for stain in ("c", "w"):
            Image.fromarray(make_dirty(page)).save(noisy / f"FontLre_Noise{stain}_{partition}.png")
    return tmp_path


@pytest.fixture
def mnist_root(tmp_path: Path) -> Path:
    """A folder that torchvision accepts as MNIST, with 400 training and 40 test digits."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for prefix, count in (("train", 400), ("t10k", 40)):
        pixels = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        header = np.array([0x803, count, 28, 28], ">i4").tobytes()
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(header + pixels.tobytes())
        header = np.array([0x801, count], ">i4").tobytes()
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())
    return tmp_path


def make_weights(folder: Path, name: str, family: str, task: str, **config: object) -> weights.Card:
    """Untrained weights with a card, in `folder`."""
    torch.manual_seed(0)
    model = build(family, config)
    card = weights.Card(
        name=name,
        family=family,
        task=task,
        config=config,
        about="made by a test",
        loss="mse",
        data={"name": "none"},
        partitions=["TR"],
        seed=0,
        command="none",
    )
    weights.save(card, model, folder)
    return card
