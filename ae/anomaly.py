"""Outliers by their reconstruction error: what a model of digits cannot rebuild is no digit to it."""

from __future__ import annotations

import numpy as np
import torch

from ae.models import Autoencoder

_BATCH = 1000
SHARES = np.linspace(0, 1, 101)


@torch.inference_mode()
def errors(model: Autoencoder, images: np.ndarray) -> np.ndarray:
    """Mean squared error per pixel of each of the pictures float32 (N, 28, 28) in 0..1, (N,)."""
    parts = torch.from_numpy(np.ascontiguousarray(images))[:, None].split(_BATCH)
    return np.concatenate([(model(part) - part).square().mean((1, 2, 3)).numpy() for part in parts])


def threshold(quantiles: np.ndarray, turned_away: float) -> float:
    """The error above which a share `turned_away` (0..1) of validation digits lies.

    `quantiles` (101,) are those of their errors at `SHARES`.
    """
    return float(np.interp(1 - turned_away, SHARES, quantiles))


def share_above(quantiles: np.ndarray, level: float) -> float:
    """Share of pictures whose error is above `level`; `quantiles` (101,) are those of their errors."""
    return float(1 - np.interp(level, quantiles, SHARES, left=0, right=1))


def auc(digits: np.ndarray, outliers: np.ndarray) -> float:
    """Chance that an outlier has a larger error than a digit: the area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    truth = np.r_[np.zeros(len(digits)), np.ones(len(outliers))]
    return float(roc_auc_score(truth, np.r_[digits, outliers]))
