"""How good is a map of digits? Measures of codes and of flat maps, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
from ae.models.variational import Variational

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


def drawn_codes(model: Autoencoder, codes: np.ndarray) -> tuple[np.ndarray, str]:
    """Codes (1024, k) to decode, and what they stand for: a variational model's normal distribution, else
    the range of its codes (N, k), which for two numbers is covered without gaps.
    """
    if isinstance(model, Variational):
        return latent.random_codes(model, codes, CELLS**2, _SEED), "standard normal"
    if codes.shape[1] == 2:
        return plane_codes(codes), "plane"
    return latent.random_codes(model, codes, CELLS**2, _SEED), "range of the codes"


def measure_codes(model: Autoencoder, test: Digits, train: Digits | None = None) -> dict[str, Any]:
    """Everything about a model's codes: accuracies, kept neighbourhoods, error, share that is like digits.

    The classifiers learn from the codes of `train` where it is given, else from test digits in folds;
    `fitted_on` says which. `digit_like` is a share of codes that are drawn as the map draws them, and
    `digit_like_of` says from what. `pca` has what can be said of the plane of codes that are longer than two.
    """
    codes, labels = latent.encode(model, test.images), test.labels.numpy()
    drawn, of = drawn_codes(model, codes)
    plane = latent.principal_plane(codes).places(codes) if codes.shape[1] > 2 else None
    return {
        **_accuracies(model, codes, labels, train),
        **neighbourhoods_kept(test.images.flatten(1).numpy(), codes),
        "mse": reconstruction_mse(model, test.images),
        "digit_like": share_like_digits(latent.decode(model, drawn), test),
        "digit_like_of": of,
        **({} if plane is None else {"pca": measure_flat_map(plane, test)}),
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
) -> Iterator[MapMeasures]:
    """Every map of the named models, one after another: codes, and for longer ones their PCA plane and the
    shipped maps.

    Raises UsageError for a model of something else, before any is measured; WeightsError when one cannot be
    loaded.
    """
    names = list(names)
    for name in names:
        if weights.read_card(name, folder).task != "digits":
            raise UsageError(f"'{name}' is no autoencoder of digits; see `python -m ae models`")
    for name in names:
        model, card = weights.load(name, folder=folder)
        codes = measure_codes(model, test, train)
        flat = {"pca": codes.pop("pca")} if "pca" in codes else {}
        maps = {"code": codes, **flat, **_shipped_maps(card, test)}
        for kind, measures in maps.items():
            yield MapMeasures(name, card.family, card.config["k"], kind, measures)


def _shipped_maps(card: weights.Card, test: Digits) -> dict[str, dict[str, Any]]:
    places = {}
    for kind in latent.PROJECTORS:
        try:
            places[kind] = latent.load_projection(card.name, kind, card.digest)
        except DataError:
            continue
    return {kind: measure_flat_map(value, test) for kind, value in places.items() if len(value) == len(test)}


def keep_on_card(card: weights.Card, kind: str, measures: dict[str, Any]) -> None:
    """Put measures of the shipped weights on their card, wherever it has older ones of the same kind."""
    card.measures.setdefault("latent", {})[kind] = measures
    from_training = card.measures.get("latent_by_seed", {}).get(str(card.seed), {})
    if kind == "code" and from_training.get("fitted_on") == measures["fitted_on"]:
        from_training |= measures


def stored(card: weights.Card, kind: str = "code") -> dict[str, Any]:
    """What the card says of this map of its weights; nothing when it is not measured."""
    return dict(card.measures.get("latent", {}).get(kind) or _of_seed(card, str(card.seed), kind))


def _of_seed(card: weights.Card, seed: str, kind: str) -> dict[str, Any]:
    """What training left on the card; it had the codes and their plane, no other map."""
    row = card.measures.get("latent_by_seed", {}).get(seed, {})
    return dict(row if kind == "code" else row.get(kind, {}))


def by_seed(card: weights.Card, measures: dict[str, Any], kind: str = "code") -> dict[str, dict[str, Any]]:
    """Seed -> measures of a map: these, of the shipped weights, and of others trained for the spread."""
    others = {seed: _of_seed(card, seed, kind) for seed in card.measures.get("latent_by_seed", {})}
    fitted_on = measures.get("fitted_on")
    alike = {seed: row for seed, row in others.items() if row and row.get("fitted_on") == fitted_on}
    return {**alike, str(card.seed): measures}


def spread_of(card: weights.Card, measures: dict[str, Any], kind: str = "code") -> dict[str, Any]:
    """The spread over seeds with these new measures in it, or else as the card has it.

    Other seeds were measured when they were trained, with classifiers of the training digits: new measures
    from folds have no like there. `spread_fitted_on` says what the spread is of.
    """
    for shipped in (measures, stored(card, kind)):
        if found := spread(by_seed(card, shipped, kind)):
            return {**found, "spread_fitted_on": shipped.get("fitted_on")}
    return {}


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
