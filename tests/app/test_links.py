"""The words that stand in links: another wording would break every link that was copied before."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.app.digit_lab import ROOT, open_page

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
    "lessons/linear": {"linear_k": ["2", "4", "8"]},
    "lessons/code_length": FAMILIES | {"read": KS},
    "lessons/depth": {"learned": ["250", "1,000", "4,000"]},
    "lessons/noise": {"wide": ["32", "784"]},
    "lessons/outliers": FAMILIES | {"k": KS},
    "lessons/making_data": {"made_digit": [str(digit) for digit in range(10)]},
    "lessons/train": {
        "own_family": ["Simple", "Stacked", "Convolutional", "Variational"],
        "own_k": KS,
        "own_depth": ["1", "2", "3"],
        "own_loss": ["Squared error", "Cross-entropy"],
        "own_noise": ["None", "Gaussian 0.5", "All kinds"],
    },
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
    assert [tab.label for tab in app.tabs] == TABS.get(page, [])


def words_in_links() -> Iterator[str]:
    """The key of every choice that the source of the app puts into links."""
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                is_choice = ast.unparse(node.func) in ("choose_one", "choose_along")
                key = node.args[3] if is_choice and len(node.args) > 3 else named.get("key")
                if isinstance(key, ast.Constant) and (is_choice or "bind" in named):
                    yield key.value


def test_no_two_choices_have_the_same_word_in_links() -> None:
    """A page keeps the choice of another one under that word, and cannot draw what is none of its options."""
    counts = Counter(words_in_links())
    assert len(counts) > 30
    assert [word for word, count in counts.items() if count > 1] == []


@pytest.mark.usefixtures("lab")
def test_what_was_chosen_on_one_page_breaks_no_other() -> None:
    app = open_page("denoising", trained="All kinds and levels").run()
    for page in SWITCHES:
        app.switch_page(f"app/pages/{page}.py").run()
        assert not app.exception, page
