"""Experiment E1: digits squeezed through bottlenecks of several sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import charts, kept, resources
from app.components.device import chosen_device
from app.components.digits import choose_digit, choose_digits, name_of
from app.components.error_curves import all_error_series, bars_in_words, in_words, names_of
from app.components.families import BOTTLENECKS, LOOKS, bottleneck_switch, family_switch
from app.components.figures import show_chart, show_passage, show_table_of_digits
from app.components.models import LOSS_WORDS, MEASURE_CONFUSION, MEASURE_DIGITS, show_behind, usable
from app.components.pictures import Row
from app.components.tables import show_table

if TYPE_CHECKING:
    from ae.weights import Card

FAMILY_BY_K = "Family, by k"
LOSS_TICKS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def show_grid(family: str, own: list[str], ids: tuple[int, ...], device: str) -> None:
    """The experiment's figure: the digits, and what comes back through each bottleneck; the visitor's `own`
    models come last.
    """
    picture, words = st.columns([3, 2], gap="large")
    with picture:
        rows = [Row("Original", "", resources.digits().images[list(ids)])]
        for name in usable([*names_of(family), *own], device):
            result = resources.passage(name, device, ids)
            title = f"{'Yours, ' if name in own else ''}k = {result.code.shape[1]}"
            rows.append(Row(title, f"{result.mse.mean():.4f}", result.output))
        label = LOOKS[family].label
        alt = f"{'; '.join(map(name_of, ids))}; below them, what each {label} model makes of them"
        show_table_of_digits(rows, alt, f"bottleneck-{family}")
    with words:
        st.markdown(
            "**What to look for.** At k = 2, can you tell a 5 from an 8, and a 7 from a 9? "
            "Find the smallest k at which you can read all digits."
        )
        st.caption(f"{LOOKS[family].label}: {resources.about_family(family)}")
        st.caption("The number under each k is the squared error per pixel of its row.")


def show_error(chosen: str) -> None:
    """Test error over k, every family beside PCA, the chosen one drawn stronger."""
    series = all_error_series(chosen)
    if not series:
        st.info(f"No test error is on the cards yet. {MEASURE_DIGITS}", icon=":material/info:")
        return
    x = charts.Axis("Numbers in the code (k)", BOTTLENECKS, log=True)
    figure = charts.lines(series, x, charts.Axis("Squared error per pixel"))
    show_chart(figure, "Test error over k. " + ". ".join(map(in_words, series)), "error-over-k")
    st.caption(f"Mean of all 10,000 test digits. {bars_in_words()}")


def show_training(family: str) -> None:
    """Loss by epoch, a colour for each k."""
    if family == "pca":
        st.info("PCA is computed in one step, so it has no training curve.", icon=":material/info:")
        return
    found = zip(map(resources.find_card, names_of(family)), charts.STEP_COLOURS, strict=True)
    cards = [(card, colour) for card, colour in found if card and card.history]
    if not cards:
        st.info("No card of this family has a training history.", icon=":material/info:")
        return
    series = [line for card, colour in cards for line in loss_series(card, colour)]
    loss = LOSS_WORDS[cards[0][0].loss].capitalize()
    show_chart(
        charts.lines(series, charts.Axis("Epoch"), charts.Axis(f"{loss} per pixel", LOSS_TICKS, log=True)),
        f"Training and validation loss by epoch, {LOOKS[family].label} models",
        "training-curves",
    )
    st.caption("Solid: the 12,000 validation digits. Dotted: the 48,000 digits that the model learns from.")
    if family == "variational":
        st.caption("While it learns, noise in the code and the price for it are in the loss too.")


def loss_series(card: Card, colour: str) -> list[charts.Series]:
    """A card's validation loss as a solid line and its training loss as a dotted one."""
    name = f"k = {card.config['k']}"
    lines = []
    for key, label, dash in (("validation_loss", name, "solid"), ("loss", f"{name}, training", "dot")):
        points = [(entry["epoch"], entry[key]) for entry in card.history if key in entry]
        if points:
            epochs, losses = zip(*points, strict=True)
            in_legend = dash == "solid"
            lines.append(
                charts.Series(label, epochs, losses, colour, dash, markers=False, in_legend=in_legend)
            )
    return lines


def show_confusion(name: str) -> None:
    """Which digits a classifier mistakes once they have been through the bottleneck."""
    card = resources.find_card(name)
    if card is None or "confusion" not in card.measures:
        st.info(f"No confusion is on the card of {name} yet. {MEASURE_CONFUSION}", icon=":material/info:")
        return
    counts = np.array(card.measures["confusion"])
    right = np.trace(counts) / counts.sum()
    alt = f"{name}: a classifier reads {right:.1%} of the reconstructions as the true digit"
    show_chart(charts.confusion(counts), alt, "confusion")
    st.caption(
        f"A small classifier reads {right:.1%} of these reconstructions correctly. "
        "Numbers are per cent of each true digit; orange marks the mistakes."
    )


def show_code(name: str, digit: int, device: str) -> None:
    """One digit on its way: pixels, the numbers of the code, pixels."""
    if usable([name], device):
        result = resources.passage(name, device, (digit,))
        show_passage(resources.digits().images[digit], result, name_of(digit))
    st.caption("The code is all that the decoder gets. Press Another a few times: which numbers change?")


def show_sizes(chosen: str) -> None:
    """What each model spends: numbers in the code, and parameters; the chosen family first."""
    table = size_table(sorted(LOOKS, key=lambda family: family != chosen))
    formats = dict.fromkeys(list(table)[1:], in_thousands)
    show_table(table, "Parameters of each family, in thousands, by the numbers in the code", formats)
    least, most = (k / 784 for k in (BOTTLENECKS[0], BOTTLENECKS[-1]))
    st.caption(
        "Parameters in thousands, which all digits share. Only the k numbers are a digit's own: "
        f"{least:.1%} to {most:.1%} of its 784 pixels."
    )


def size_table(families: list[str]) -> dict[str, list[str | int | None]]:
    """One row for each family, one column of parameter counts for each k."""
    columns: dict[str, list[str | int | None]] = {FAMILY_BY_K: [LOOKS[f].label for f in families]}
    cards = [[resources.find_card(name) for name in names_of(family)] for family in families]
    for k, column in zip(BOTTLENECKS, zip(*cards, strict=True), strict=True):
        columns[str(k)] = [card.parameters if card else None for card in column]
    return columns


def in_thousands(count: float) -> str:
    """A count with three digits or so, in thousands."""
    thousands = count / 1000
    return f"{thousands:,.0f}" if thousands >= 100 else f"{thousands:.1f}"


st.title("Bottleneck")
st.markdown("How few numbers can a digit pass through and still be read?")
device = chosen_device()
family = family_switch()
own = [card.name for card in kept.cards("digits", family)]
grid, error, training, confusion, code, sizes = st.tabs(
    ["Grid", "Error", "Training", "Confusion", "Code", "Size"], key="view", bind="query-params"
)
# a hidden tab draws its choices all the same: what is not drawn drops out of the URL
with grid:
    ids = choose_digits()
    if grid.open:
        show_grid(family, own, ids, device)
with error:
    if error.open:
        show_error(family)
with training:
    if training.open:
        show_training(family)
with confusion:
    read_k = bottleneck_switch("read", standard=2)
    if confusion.open:
        show_confusion(f"{family}-k{read_k}")
with code:
    with st.container(horizontal=True, gap="medium"):
        k = bottleneck_switch()
        digit = choose_digit()
    if code.open:
        show_code(f"{family}-k{k}", digit, device)
with sizes:
    if sizes.open:
        show_sizes(family)

show_behind([*names_of(family), *own], f"{family}-k{read_k if confusion.open else k}")
