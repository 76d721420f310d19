"""The words that stand in links: another wording would break every link that was copied before."""

from __future__ import annotations

import pytest

from tests.app.digit_lab import open_page

FAMILIES = {"family": ["Simple", "Stacked", "Convolutional", "PCA"]}
KS = ["2", "4", "8", "16", "32"]
SWITCHES = {
    "overview": FAMILIES | {"k": KS},
    "bottleneck": FAMILIES | {"read": KS, "k": KS},
    "denoising": {
        "noise": ["Gaussian", "Salt and pepper", "Masking blocks"],
        "trained": ["Gaussian 0.5", "All kinds and levels"],
        "loss": ["Squared error", "Cross-entropy"],
    },
    "latent_space": FAMILIES | {"numbers": KS},
    "documents": {
        "document": ["Coffee ring", "Folded letter", "Lamp light", "Your own pages"],
        "cleaner": ["Page cleaner", "The experiment's network", "Filter without learning"],
        "page_loss": ["Cross-entropy", "Squared error"],
    },
}
TABS = {
    "overview": [],
    "bottleneck": ["Grid", "Error", "Training", "Confusion", "Code", "Size"],
    "denoising": ["Digits", "Error by level"],
    "latent_space": [],
    "documents": [],
}


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("page", SWITCHES)
def test_words_in_links_stay_as_they_are(page: str) -> None:
    app = open_page(page, cleaner="The experiment's network")
    switches = {control.key: control.options for control in app.main.get("segmented_control")}
    assert {key: switches[key] for key in SWITCHES[page]} == SWITCHES[page]
    assert [tab.label for tab in app.tabs] == TABS[page]
