"""Lesson: errors of digits and of what is none, by every shipped model of digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ae import anomaly, weights
from ae.data import outliers
from ae.lessons import Measured, significant
from ae.lessons.material import Material

EDGES = np.geomspace(3e-4, 0.3, 41)  # of the bins of the histograms
_DIGITS, _OUTLIERS = 3000, 1000
_LIKE, _UNLIKE = 6, 3  # pictures of each kind that are kept for each model


def measure(material: Material, names: list[str] | None = None) -> Measured:
    """Errors of validation digits, test digits and each kind of outlier by the named models, or by all."""
    counts = (100, 40) if material.is_dry else (_DIGITS, _OUTLIERS)
    random = np.random.default_rng(material.seed)
    digits = material.test.images[: counts[0], 0].numpy()
    kinds = outliers.make(digits, counts[1], random, material.root)
    sets = {"validation": material.validation.images[: counts[0], 0].numpy(), "digits": digits, **kinds}
    models: dict[str, Any] = {}
    for name in names or weights.names("digits"):
        model, card = weights.load(name)
        found = {kind: anomaly.errors(model, pictures) for kind, pictures in sets.items()}
        models[name] = {"digest": card.digest, **{kind: _told(kind, found) for kind in found}}
        print(name, {kind: models[name][kind]["auc"] for kind in kinds}, flush=True)
    pictures = _keep_shown(models, kinds)
    return Measured(
        name="outliers",
        model="The shipped models of digits; their cards are below.",
        data=f"{counts[0]:,} validation digits for the threshold, {counts[0]:,} test digits, and up to "
        f"{counts[1]:,} pictures of each other kind: {_in_words(kinds)}",
        training="None: the models have seen digits only",
        seeds=[material.seed],
        values={"edges": significant(EDGES), "kinds": list(kinds), **models},
        pictures=pictures,
    )


def _in_words(kinds: dict[str, np.ndarray]) -> str:
    sources = {
        "letters": "letters of Pillow's font",
        "drawings": "random scribbles",
        "rotated": "test digits turned by a quarter",
        "garments": "Fashion-MNIST (Xiao et al. 2017, MIT licence)",
        "noise": "test digits with their pixels shuffled",
    }
    return ", ".join(sources[kind] for kind in kinds)


def _told(kind: str, found: dict[str, np.ndarray]) -> dict[str, Any]:
    """Counts, quantiles, area under the curve, and the pictures that are rebuilt best and worst."""
    values = found[kind]
    order = values.argsort(kind="stable")
    clipped = np.clip(values, EDGES[0], EDGES[-1])
    told: dict[str, Any] = {
        "counts": np.histogram(clipped, EDGES)[0].tolist(),
        "quantiles": significant(np.quantile(values, anomaly.SHARES)),
        "like": order[:_LIKE].tolist(),
        "unlike": order[::-1][: _LIKE if kind == "digits" else _UNLIKE].tolist(),
    }
    if kind not in ("validation", "digits"):
        told["auc"] = round(anomaly.auc(found["digits"], values), 4)
    return told


def _keep_shown(models: dict[str, Any], kinds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Only the pictures that some model's page shows; their numbers in `models` become rows of these."""
    pictures = {}
    for kind, images in kinds.items():
        told = [model[kind] for model in models.values()]
        kept = sorted({number for each in told for key in ("like", "unlike") for number in each[key]})
        rows = {number: row for row, number in enumerate(kept)}
        for each in told:
            each |= {key: [rows[number] for number in each[key]] for key in ("like", "unlike")}
        pictures[kind] = np.rint(images[kept] * 255).astype(np.uint8)
    return pictures
