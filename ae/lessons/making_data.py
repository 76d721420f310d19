"""Lesson: does a classifier gain from digits that an autoencoder made out of its few labelled ones?"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from ae import latent, weights
from ae.data.mnist import Digits
from ae.errors import WeightsError
from ae.lessons import Measured
from ae.lessons.between import REACH, codes_between
from ae.lessons.material import Material
from ae.models import Autoencoder

FEW = (5, 10, 20, 50)  # labelled digits of each class
FULL = 100  # of each class, once the set is filled up
MODELS = ("stacked-k16", "variational-k16")
_TEST, _SETS = 2000, 5


def measure(material: Material) -> Measured:
    """Accuracy by number of labelled digits and way to fill the set up, over several sets of digits."""
    sets = 1 if material.is_dry else _SETS
    few = FEW[:1] if material.is_dry else FEW
    test = material.test[: 50 if material.is_dry else _TEST]
    ways = _ways()
    values: dict[str, Any] = {"few": few, "full": FULL, "reach": REACH, "ways": list(ways)}
    values["digests"] = {way: weights.read_card(way).digest for way, model in ways.items() if model}
    for way in ways:
        values[way] = {"accuracy": [[] for _ in few]}
    for number in range(sets):
        random = np.random.default_rng(material.seed + number)
        order = random.permutation(len(material.train))
        for row, count in enumerate(few):
            images, labels = labelled(material.train, order, count)
            for way, model in ways.items():
                filled = fill_up(images, labels, way, model, np.random.default_rng(material.seed + number))
                accuracy = _accuracy(*filled, test)
                values[way]["accuracy"][row].append(round(accuracy, 4))
                print(number, count, way, accuracy, flush=True)
    return Measured(
        name="making_data",
        model="Logistic regression on the pixels; digits made by "
        + " and ".join(n for n in MODELS if n in ways),
        data=f"MNIST: 10 x {few[0]} to 10 x {few[-1]} labelled training digits, {sets} different sets; "
        f"accuracy on {len(test):,} test digits. The autoencoders had seen 48,000 digits, without labels",
        training=f"Every set is filled up to {FULL} of each class, made digits at most {REACH:g} of the way "
        "to another one; the classifier has no setting to choose",
        seeds=[material.seed + number for number in range(sets)],
        values=values,
    )


def _ways() -> dict[str, Autoencoder | None]:
    """Ways to fill up: not at all, by moving digits, by a model's codes."""
    ways: dict[str, Autoencoder | None] = {"nothing": None, "moved": None}
    for name in MODELS:
        try:
            ways[name] = weights.load(name)[0]
        except WeightsError:
            print(f"{name} is not there: left out", flush=True)
    return ways


def labelled(digits: Digits, order: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` digits of each class in this order: images (n, 28, 28) and labels (n,)."""
    labels = digits.labels.numpy()[order]
    rows = np.concatenate([order[labels == label][:count] for label in range(10)])
    return digits.images[rows, 0].numpy(), digits.labels.numpy()[rows]


def fill_up(
    images: np.ndarray, labels: np.ndarray, way: str, model: Autoencoder | None, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The set with made digits, to `FULL` of each class; unchanged when `way` is `nothing`."""
    if way == "nothing":
        return images, labels
    parts, names = [images], [labels]
    for label in np.unique(labels):
        own = images[labels == label]
        wanted = max(0, FULL - len(own))
        parts.append(moved(own, wanted, random) if model is None else between(model, own, wanted, random))
        names.append(np.full(wanted, label))
    return np.concatenate(parts), np.concatenate(names)


def moved(images: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Pictures (count, 28, 28): some of the images, moved by up to two pixels each way."""
    chosen = images[random.integers(len(images), size=count)]
    steps = random.integers(-2, 3, (count, 2))
    return np.array(
        [np.roll(image, step, (0, 1)) for image, step in zip(chosen, steps, strict=True)]
    ).reshape(-1, 28, 28)


def between(
    model: Autoencoder, images: np.ndarray, count: int, random: np.random.Generator, reach: float = REACH
) -> np.ndarray:
    """Pictures (count, 28, 28) decoded on the way between two images' codes, at most `reach` of it."""
    import torch

    codes = latent.encode(model, torch.from_numpy(np.ascontiguousarray(images))[:, None])
    return latent.decode(model, codes_between(codes, count, random, reach)) if count else images[:0]


def _accuracy(images: np.ndarray, labels: np.ndarray, test: Digits) -> float:
    classifier = LogisticRegression(C=0.1, max_iter=200)
    classifier.fit(images.reshape(len(images), -1), labels)
    pixels = test.images.flatten(1).numpy()
    return float(classifier.score(pixels, test.labels.numpy()))
