"""A lab of small untrained weights, so that page tests need neither training nor the shipped files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ae import weights
from ae.data import noise
from ae.models import build

ROOT = Path(__file__).parents[2]
KS = (2, 4, 8, 16, 32)
FAMILIES = ("simple", "stacked", "conv", "pca")
LEVELS = [0.0, 0.5, 1.0]


def open_page(name: str, unfolded: str = "", **query: str) -> AppTest:
    """The named page of the app, opened from a link with these query parameters.

    `unfolded` is the label of something one click away that is to be open.
    """
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=30)
    app.switch_page(f"app/pages/{name}.py")
    for key, value in query.items():
        app.query_params[key] = value
    if unfolded:
        app.session_state[unfolded] = True
    return app.run()


def texts(app: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error")
    return "\n".join(element.value for kind in kinds for element in app.get(kind))


def use_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app find its weights in a folder, with nothing remembered from before."""
    monkeypatch.setattr(weights, "FOLDER", folder)
    monkeypatch.setattr(weights.load, "__defaults__", ("cpu", folder))
    monkeypatch.setattr(weights.read_card, "__defaults__", (folder,))
    forget()


def forget() -> None:
    """Empty every cache of the app."""
    weights._read_card.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()


def write_lab(folder: Path) -> None:
    """Every digit model and denoiser, with cards as the scripts write them."""
    for family in FAMILIES:
        for k in KS:
            write_model(folder, f"{family}-k{k}", family, k, "digits", digit_measures(family, k))
    card = weights.read_card("pca-k32", folder)  # stands beside the denoisers, measured like them
    card.measures |= {"by_noise": noise_measures()["by_noise"]}
    weights.write_card(card, folder)
    for variant in ("simple", "stacked", "stacked-bce", "conv"):
        for suffix in ("", "-any"):
            family = variant.removesuffix("-bce")
            write_model(folder, f"denoise-{variant}{suffix}", family, 32, "denoising", noise_measures())


def write_model(folder: Path, name: str, family: str, k: int, task: str, measures: dict[str, Any]) -> None:
    """Untrained weights with a card."""
    small = {"stacked": {"widths": (16,)}, "conv": {"widths": (2, 3, 4), "hidden": (8,)}}
    config = {"k": k, **small.get(family, {})}
    card = weights.Card(
        name=name,
        family=family,
        task=task,
        config=config,
        about="",
        loss="bce" if "bce" in name else "mse",
        data={"name": "MNIST", "train": 48000, "validation": 12000, "licence": "CC BY-SA 3.0"},
        partitions=["train"],
        seed=7,
        command=f"python scripts/train_digits.py --only {name}",
        measures=measures,
        history=[
            {"epoch": n, "loss": 0.2 / n, "validation_loss": 0.3 / n, "seconds": 1.0} for n in (1, 2, 3)
        ],
    )
    weights.save(card, build(family, config), folder)


def digit_measures(family: str, k: int) -> dict[str, Any]:
    """What the evaluation writes on the card of a digit model."""
    counts = np.full((10, 10), 1) + np.diag([90] * 10)
    measures: dict[str, Any] = {"mse": 0.1 / k, "confusion": counts.tolist()}
    if family == "simple":
        measures["mse_by_seed"] = {"7": 0.1 / k, "8": 0.12 / k, "9": 0.09 / k}
    return measures


def noise_measures() -> dict[str, Any]:
    """What the evaluation writes on the card of a denoiser."""
    curve = {"levels": LEVELS, "mse": [0.01, 0.02, 0.03], "psnr": [20, 17, 15], "mse_noisy": [0, 0.1, 0.2]}
    return {"mse": 0.02, "by_noise": dict.fromkeys(noise.KINDS, curve)}
