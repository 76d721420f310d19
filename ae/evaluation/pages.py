"""The figures of page models on pairs of dirty and clean pages, and what their cards keep of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ae import metrics, weights
from ae.data.noisyoffice import PagePair
from ae.documents.cleaning import PageCleaner
from ae.documents.page import Page
from ae.evaluation import reading_errors


def clean_pairs(cleaner: PageCleaner | None, pairs: list[PagePair]) -> list[np.ndarray]:
    """The dirty pages cleaned, uint8 (H, W); without a cleaner as they are."""
    return [cleaner.clean(Page(pair.dirty, pair.name)).pixels if cleaner else pair.dirty for pair in pairs]


def compare(results: list[np.ndarray], pairs: list[PagePair]) -> dict[str, float]:
    """RMSE (mean over pages, and pooled over all pixels), PSNR of the pooled error, mean SSIM."""
    errors, sizes, similarities = [], [], []
    for result, pair in zip(results, pairs, strict=True):
        output, truth = result.astype(np.float32) / 255, pair.clean.astype(np.float32) / 255
        errors.append(metrics.mse(output, truth))
        sizes.append(truth.size)
        similarities.append(metrics.ssim(output, truth))
    pooled = float(np.average(errors, weights=sizes))
    return {
        "rmse_mean": float(np.mean(np.sqrt(errors))),
        "rmse_pooled": float(np.sqrt(pooled)),
        "psnr": metrics.psnr(pooled),
        "ssim": float(np.mean(similarities)),
    }


def dimmed(pairs: list[PagePair]) -> list[PagePair]:
    """The pairs with dirty pages of half their brightness, as under a weak lamp."""
    return [replace(pair, dirty=pair.dirty // 2) for pair in pairs]


def was_seen(cleaner: PageCleaner | None, partition: str) -> bool:
    """Whether the weights were trained on the partition."""
    return bool(cleaner and partition in cleaner.partitions)


def measure_pages(
    cleaner: PageCleaner | None, pairs: list[PagePair], partition: str, truths: list[str] | None = None
) -> dict[str, Any]:
    """`compare` of what the cleaner makes of the pairs, also where these are dim, and `seen_in_training`.

    With the `truths` of the pages their character error rate, too. Without a cleaner the dirty pages
    themselves are measured.
    """
    results = clean_pairs(cleaner, pairs)
    found: dict[str, Any] = compare(results, pairs)
    of_dim = compare(clean_pairs(cleaner, dimmed(pairs)), pairs)
    found["rmse_at_half_brightness"] = of_dim["rmse_pooled"]
    if truths is not None:
        found["cer"] = reading_errors.noisyoffice_error_rate(results, truths)
    return {**found, "seen_in_training": was_seen(cleaner, partition)}


def page_card_measures(
    rows: list[dict[str, Any]], folder: Path = weights.FOLDER
) -> dict[str, dict[str, Any]]:
    """Name of weights -> new `measures` of its card, from rows of `measure_pages` of one partition.

    Beside a model's own figures stand those of its peers without weights, from the same run. A model that
    was trained on everything gets the figures of its twin that was not.
    """
    by_name = {row["name"]: row for row in rows}
    learned = set(weights.names("pages", folder)) & set(by_name)
    cards = {name: weights.read_card(name, folder) for name in by_name if name in learned}
    fresh = [row for name, row in by_name.items() if name not in cards]
    result = {}
    for name, card in cards.items():
        partition = by_name[name]["partition"]
        known = card.measures.get("partitions", {})
        peers = fresh or known.get(partition, {}).get("peers", [])
        result[name] = {"partitions": {**known, partition: {**by_name[name], "peers": peers}}}
        twin = by_name.get(card.training.get("twin", ""))
        if twin and not twin["seen_in_training"]:
            result[name][f"trained_without_{partition.lower()}"] = twin
    return result
