"""MNIST digits as float tensors, and the shipped test digits.

Y. LeCun, C. Cortes, CC BY-SA 3.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from ae import PRETRAINED
from ae.errors import DataError

if TYPE_CHECKING:
    import torch

CITATION = "Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits"
LICENCE = "CC BY-SA 3.0"
TEST_DIGITS = PRETRAINED / "mnist_test" / "digits.npz"
TEST_CODES = TEST_DIGITS.with_name("codes.npz")
DEFAULT_ROOT = Path("data") / "mnist"
VALIDATION_SHARE = 0.2


@dataclass(frozen=True)
class Digits:
    """`images` float32 (N, 1, 28, 28) in 0..1, 0 = black background; `labels` int64 (N,)."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> Digits:
        return Digits(self.images[rows], self.labels[rows])


def load(root: str | Path | None = None, *, train: bool = True) -> Digits:
    """60,000 training or 10,000 test digits through torchvision.

    Without a root they are downloaded once into `data/mnist`. Raises DataError when they are not in the
    given root, or cannot be downloaded.
    """
    from torchvision.datasets import MNIST

    try:
        data = MNIST(str(root or DEFAULT_ROOT), train=train, download=root is None)
    except (RuntimeError, OSError, ValueError, AssertionError, EOFError) as error:
        raise DataError(_advice(root)) from error
    return Digits(data.data.float().div(255).unsqueeze(1), data.targets.long())


def _advice(root: str | Path | None) -> str:
    if root is not None:
        return f"{root}: MNIST not found or damaged; --data-root must name the folder that holds MNIST/raw"
    return "MNIST could not be downloaded; get it elsewhere and name its folder with --data-root"


def split(digits: Digits) -> tuple[Digits, Digits]:
    """First 80 % to train on, last 20 % to validate on, as Keras' validation_split does."""
    cut = int(len(digits) * (1 - VALIDATION_SHARE))
    return digits[:cut], digits[cut:]


def save_test_digits(digits: Digits, path: Path = TEST_DIGITS) -> None:
    """Write digits compressed, as 8-bit pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = digits.images.mul(255).round().byte().squeeze(1).numpy()
    np.savez_compressed(path, images=pixels, labels=digits.labels.byte().numpy())


def load_test_digits(path: Path = TEST_DIGITS) -> Digits:
    """The 10,000 test digits that come with the project; no download. Raises DataError when damaged."""
    import torch

    images, labels = load_test_arrays(path)
    return Digits(torch.from_numpy(images).float().div(255).unsqueeze(1), torch.from_numpy(labels).long())


def load_test_arrays(path: Path = TEST_DIGITS) -> tuple[np.ndarray, np.ndarray]:
    """The same as they are stored: uint8 pixels (10000, 28, 28) and labels (10000,). Raises DataError."""
    images, labels = _load_arrays(path, "images", "labels")
    return images, labels


def load_test_codes(name: str, path: Path = TEST_CODES) -> np.ndarray:
    """Shipped codes of the test digits by the named 2-D model, float32 (10000, 2). Raises DataError."""
    return _load_arrays(path, name)[0].astype(np.float32)


def _load_arrays(path: Path, *names: str) -> list[np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [arrays[name] for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        wanted = ", ".join(names)
        raise DataError(f"{path.name}: {wanted} of the test digits are missing or damaged") from error
