"""The table below the map, from cards that say little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ae import weights
from app.components.latent_measures import fullness_in_words, row_of, what_the_spread_is_over
from tests.app.digit_lab import write_model

TRAINED, FOLDS = "training digits", "test digits in folds"


def measured(lab: Path, name: str, likeness: float, **more: Any) -> None:
    """Put measures on a card; three seeds whose error and likeness differ."""
    card = weights.read_card(name)
    codes = {"mse": 0.02, "digit_like": likeness, "knn_accuracy": 0.9, "fitted_on": TRAINED}
    plane = {"knn_accuracy": 0.5, "fitted_on": FOLDS}
    card.measures["latent"] = {"code": codes, "pca": plane, "tsne": plane | {"knn_accuracy": 0.8}}
    card.measures["latent_by_seed"] = {
        seed: codes | {"digit_like": likeness + off, "pca": plane | {"knn_accuracy": 0.5 + off}}
        for seed, off in (("1", -0.1), ("2", 0.1))
    }
    weights.write_card(card, lab)


def test_a_flat_map_has_error_and_likeness_of_its_codes(lab: Path) -> None:
    measured(lab, "stacked-k4", 0.6)
    row = row_of("stacked", 4, "pca")
    assert row == {
        "Family": "Stacked",
        "5-NN accuracy": "50.0% ± 10.0%",
        "Error": "0.0200 ± 0.0000",
        "Like a digit": "60.0% ± 10.0%",
        "Seeds": "3 seeds",
    }
    row = row_of("stacked", 4, "tsne")
    assert (row["5-NN accuracy"], row["Like a digit"]) == ("80.0%", "60.0% ± 10.0%")
    assert row["Seeds"] == "one seed, codes 3"
    assert "t-SNE is computed for one seed" in what_the_spread_is_over("tsne")


@pytest.mark.parametrize(("own", "said"), [(0.7, "look like a digit more often"), (0.5, "do not look")])
def test_the_page_says_what_the_figures_say_of_empty_places(lab: Path, own: float, said: str) -> None:
    assert fullness_in_words(4) == ""
    write_model(lab, "variational-k4", "variational", 4, "digits", {})
    measured(lab, "stacked-k4", 0.6)
    measured(lab, "variational-k4", own)
    words = fullness_in_words(4)
    assert said in words
    assert words.endswith(f"{own:.0%}, and 60% with Stacked.")
