"""How good is a map of digits? Measures of codes and of flat maps, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ae import latent, weights
from ae.data.mnist import Digits
from ae.errors import DataError, UsageError
from ae.evaluation.digits import reconstruction_mse
from ae.models import Autoencoder

NEIGHBOURS = 5
SAMPLE = 2000  # digits that trustworthiness and continuity look at: they compare all pairs
REFERENCES = 5000  # digits that a decoded picture is compared with
CELLS = 32  # decoded pictures along each side of the plane
_FOLDS = 5
_SEED = 0
_AGREE = 4  # of the five nearest digits that have to be of one class

Score = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], float]


def knn_accuracy(
    known: np.ndarray, known_labels: np.ndarray, places: np.ndarray, labels: np.ndarray
) -> float:
    """Share of places (N, d) whose class the five nearest known places (M, d) give (Cover & Hart 1967)."""
    from sklearn.neighbors import KNeighborsClassifier

    return float(KNeighborsClassifier(NEIGHBOURS).fit(known, known_labels).score(places, labels))


def probe_accuracy(
    known: np.ndarray, known_labels: np.ndarray, places: np.ndarray, labels: np.ndarray
) -> float:
    """Share that a linear classifier gets right: can straight borders part the classes?

    Alain & Bengio, "Understanding intermediate layers using linear classifier probes", 2016.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return float(probe.fit(known, known_labels).score(places, labels))


def in_folds(score: Score, places: np.ndarray, labels: np.ndarray) -> float:
    """Mean of a score when a fifth of the places is scored by the other four, in turns."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    scores = [
        score(places[known], labels[known], places[rest], labels[rest])
        for known, rest in folds.split(places, labels)
    ]
    return float(np.mean(scores))


def neighbourhoods_kept(pixels: np.ndarray, places: np.ndarray) -> dict[str, float]:
    """`trustworthiness`: who is near on the map is near in pixels. `continuity`: and the other way round.

    Both are in 0..1, with five neighbours, over 2,000 digits (Venna & Kaski, "Neighborhood preservation in
    nonlinear projection methods", 2001). Pixels (N, 784), places (N, d).
    """
    from sklearn.manifold import trustworthiness

    rows = np.random.default_rng(_SEED).permutation(len(pixels))[:SAMPLE]
    wide, flat = pixels[rows], places[rows]
    count = min(NEIGHBOURS, (len(rows) - 1) // 2)
    return {
        "trustworthiness": float(trustworthiness(wide, flat, n_neighbors=count)),
        "continuity": float(trustworthiness(flat, wide, n_neighbors=count)),
    }


def share_like_digits(pictures: np.ndarray, digits: Digits) -> float:
    """Share of pictures (N, 28, 28) that look like a digit, whichever it is.

    One does if it lies among real digits, and these agree on its class. Distances to a real digit count in
    that digit's own distance to its fifth neighbour, so that close digits, such as ones, do not attract every
    blur. Among: at most 1 from some real digit, which is precision in Kynkäänniemi et al., "Improved
    precision and recall metric for assessing generative models" (NeurIPS 2019). Agree: four of the five
    nearest are of one class, which is ours: a blur between two classes lies among real digits too.
    """
    known = digits[:REFERENCES]
    pixels = known.images.flatten(1)
    reach = torch.cdist(pixels, pixels).topk(NEIGHBOURS + 1, largest=False).values[:, -1].clamp(min=1e-3)
    distance = torch.cdist(torch.from_numpy(pictures).flatten(1), pixels) / reach
    least, rows = distance.topk(NEIGHBOURS, largest=False)
    classes = known.labels[rows]
    agreeing = (classes == classes.mode(1).values[:, None]).sum(1) >= _AGREE
    return float(((least[:, 0] <= 1) & agreeing).float().mean())


def plane_codes(codes: np.ndarray) -> np.ndarray:
    """Codes (1024, 2) at equal distances over the rectangle that holds 98 % of each code number."""
    (left, bottom), (right, top) = latent.code_range(codes)
    return latent.grid(left, bottom, right, top, CELLS, CELLS).reshape(-1, 2)


def measure_codes(model: Autoencoder, test: Digits, train: Digits | None = None) -> dict[str, Any]:
    """Everything about a model's codes: accuracies, kept neighbourhoods, error, share that is like digits.

    The classifiers learn from the codes of `train` where it is given, else from test digits in folds;
    `fitted_on` says which. `digit_like` is the share of the plane for codes of two numbers, else of random
    codes from the model's normal distribution; `digit_like_of` says which.
    """
    codes, labels = latent.encode(model, test.images), test.labels.numpy()
    if codes.shape[1] == 2:
        drawn, of = plane_codes(codes), "plane"
    else:
        drawn, of = _random_codes(model, codes), "random codes"
    return {
        **_accuracies(model, codes, labels, train),
        **neighbourhoods_kept(test.images.flatten(1).numpy(), codes),
        "mse": reconstruction_mse(model, test.images),
        "digit_like": share_like_digits(latent.decode(model, drawn), test),
        "digit_like_of": of,
    }


def _accuracies(
    model: Autoencoder, codes: np.ndarray, labels: np.ndarray, train: Digits | None
) -> dict[str, Any]:
    scores: dict[str, Score] = {"knn_accuracy": knn_accuracy, "probe_accuracy": probe_accuracy}
    if train is None:
        found = {name: in_folds(score, codes, labels) for name, score in scores.items()}
        return {**found, "fitted_on": "test digits in folds"}
    known, known_labels = latent.encode(model, train.images), train.labels.numpy()
    found = {name: score(known, known_labels, codes, labels) for name, score in scores.items()}
    return {**found, "fitted_on": "training digits"}


def _random_codes(model: Autoencoder, codes: np.ndarray) -> np.ndarray:
    mean, factor = latent.normal_of(model, codes)
    normal = np.random.default_rng(_SEED).normal(size=(CELLS**2, codes.shape[1]))
    return (mean + normal @ factor.T).astype(np.float32)


def measure_flat_map(places: np.ndarray, test: Digits) -> dict[str, Any]:
    """What can be said of a flat map (N, 2) of longer codes: its places are no codes, so none is decoded."""
    labels = test.labels.numpy()
    return {
        "knn_accuracy": in_folds(knn_accuracy, places, labels),
        "probe_accuracy": in_folds(probe_accuracy, places, labels),
        "fitted_on": "test digits in folds",
        **neighbourhoods_kept(test.images.flatten(1).numpy(), places),
    }


@dataclass(frozen=True)
class MapMeasures:
    """One map of a model: `kind` is `code`, or how its codes were laid flat."""

    name: str
    family: str
    k: int
    kind: str
    measures: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """Everything in one flat dictionary."""
        return {"name": self.name, "family": self.family, "k": self.k, "map": self.kind, **self.measures}


def measure_maps(
    names: Iterable[str], test: Digits, train: Digits | None, folder: Path = weights.FOLDER
) -> list[MapMeasures]:
    """Every map of the named models: codes, and for longer ones the PCA plane and the shipped maps.

    Raises UsageError for a model of something else, WeightsError when one cannot be loaded.
    """
    found = []
    for name in names:
        model, card = weights.load(name, folder=folder)
        if card.task != "digits":
            raise UsageError(f"'{name}' is no autoencoder of digits; see `python -m ae models`")
        maps = {"code": measure_codes(model, test, train), **_flat_maps(model, card, test)}
        found += [MapMeasures(name, card.family, card.config["k"], kind, maps[kind]) for kind in maps]
    return found


def _flat_maps(model: Autoencoder, card: weights.Card, test: Digits) -> dict[str, dict[str, Any]]:
    if card.config["k"] == 2:
        return {}
    codes = latent.encode(model, test.images)
    places = {"pca": latent.principal_plane(codes).places(codes)}
    for kind in latent.PROJECTORS:
        try:
            places[kind] = latent.load_projection(card.name, kind, card.digest)
        except DataError:
            continue
    return {kind: measure_flat_map(value, test) for kind, value in places.items() if len(value) == len(test)}


def by_seed(card: weights.Card, measures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Seed -> measures of the codes: these, of the shipped weights, and of others trained for the spread."""
    others = card.measures.get("latent_by_seed", {})
    alike = {seed: row for seed, row in others.items() if row.get("fitted_on") == measures.get("fitted_on")}
    return {str(card.seed): measures, **alike}


def spread(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`seeds`, and `mean` and `std` over them of every measure that is a number; nothing for one seed.

    `measured`: seed -> measures, as `by_seed` gives them.
    """
    if len(measured) < 2:
        return {}
    rows = list(measured.values())
    numbers = [key for key, value in rows[0].items() if all(isinstance(row.get(key), float) for row in rows)]
    values = {key: np.array([row[key] for row in rows]) for key in numbers}
    return {
        "seeds": sorted(measured, key=int),
        "mean": {key: float(value.mean()) for key, value in values.items()},
        "std": {key: float(value.std(ddof=1)) for key, value in values.items()},
    }
