"""Lesson: digits made from the codes of a few, and whether a classifier gains from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ae.lessons import Measured, spread
from ae.lessons.between import REACH, codes_between
from app import charts, resources
from app.components import lesson
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.figures import show_chart
from app.components.models import usable
from app.components.pictures import mosaic

MADE = 24
OWN = 5  # digits that the made ones come from
COLOURS = {"nothing": "#8a919c", "moved": "#1f9e7a", "stacked-k16": "#3f7fd6", "variational-k16": "#b0569f"}
MAKERS = {"stacked-k16": "Stacked", "variational-k16": "Variational"}
WAYS = {
    "nothing": "Labelled digits alone",
    "moved": "+ copies shifted by up to 2 pixels",
    "stacked-k16": "+ digits made by the stacked model",
    "variational-k16": "+ digits made by the variational model",
}
SHORT = {"moved": "shifted copies", "stacked-k16": "stacked model", "variational-k16": "variational model"}


def choose() -> tuple[int, float, str]:
    """The class, how far from its digits the new ones are, and the model."""
    names = [name for name in MAKERS if resources.is_there(name)]
    label = choose_one("Digit", range(10), 3, "made_digit")
    reach = st.slider(
        "How far at most on the way to another digit of the class",
        0.0,
        2.0,
        REACH,
        0.1,
        key="reach",
        bind="query-params",
        help="0 gives the digits themselves, 1 may end at another one, and more may lead past it.",
        width=340,
    )
    name = (
        choose_one("Model", names, names[0], "maker", lambda name: f"{MAKERS[name]}, k = 16")
        if len(names) > 1
        else "stacked-k16"
    )
    return label, reach, name


def own_digits(label: int) -> np.ndarray:
    """The first few test digits of a class."""
    digits = resources.digits()
    return digits.images[np.flatnonzero(digits.labels == label)[:OWN]]


def show_made(label: int, reach: float, name: str, device: str) -> None:
    """The digits of the class, and new ones from between their codes."""
    own = own_digits(label)
    codes = codes_between(resources.rebuilt(name, device, own).code, MADE, np.random.default_rng(0), reach)
    st.markdown(f"**{OWN} real digits**")
    st.image(mosaic(own, columns=8, scale=2), alt=f"{OWN} test digits of class {label}")
    st.markdown(f"**{MADE} digits made from their codes**")
    made = resources.decoded(name, device, codes)
    st.image(mosaic(made, columns=8), alt=f"{MADE} pictures made by {name} for class {label}", width=560)


def show_accuracy(measured: Measured) -> None:
    """Accuracy over the number of labelled digits, for each way to fill the set up."""
    values = measured.values
    st.markdown("**Does a classifier gain?**")
    series = []
    # last, so that no line hides the one that all are compared with
    for way in sorted(values["ways"], key=lambda way: way == "nothing"):
        means, low, high = spread(values[way]["accuracy"])
        series.append(
            charts.Series(
                WAYS.get(way, way),
                values["few"],
                means,
                COLOURS.get(way, charts.BAR_COLOUR),
                "dash" if way == "nothing" else "solid",
                low=low,
                high=high,
            )
        )
    x = charts.Axis("Labelled digits of each class", values["few"], log=True)
    figure = charts.lines(series, x, charts.Axis("Test digits read correctly"), height=340)
    figure.update_yaxes(tickformat=".0%", rangemode="normal").update_traces(hovertemplate="%{y:.1%}")
    alt = ". ".join(
        f"{line.label}: " + ", ".join(f"{y:.1%} with {x}" for x, y in zip(line.x, line.y, strict=True))
        for line in series
    )
    show_chart(figure, alt, "made-accuracy")
    st.caption(
        f"{verdict(values)} Digits were made up to {values['reach']:g} of the way; bars span "
        f"{len(measured.seeds)} sets of labelled digits."
    )


def verdict(values: dict[str, Any]) -> str:
    """What came out, in one sentence, for the smallest and the largest set."""
    gains = []
    for way in values["ways"][1:]:
        first, last = (
            np.mean(values[way]["accuracy"][row]) - np.mean(values["nothing"]["accuracy"][row])
            for row in (0, -1)
        )
        gains.append(f"{SHORT.get(way, way)} {points(first)} and {points(last)}")
    few = values["few"]
    counts = f"{few[0]} and {few[-1]} labelled digits of each class"
    return f"Gain in percentage points with {counts}: {'; '.join(gains)}."


def points(gain: float) -> str:
    """A gain in percentage points, with its sign; what rounds to nothing has none."""
    text = f"{100 * gain:+.1f}".replace("-", "\N{MINUS SIGN}")
    return "0.0" if text[1:] == "0.0" else text


def changed(measured: Measured) -> list[str]:
    """Makers whose weights are no longer those that were measured."""
    digests = measured.values.get("digests", {})
    cards = [card for way in measured.values["ways"] if way in MAKERS and (card := resources.find_card(way))]
    return [card.name for card in cards if card.digest != digests.get(card.name)]


this = lesson.begin("making_data")
with st.container(horizontal=True, gap="medium"):
    label, reach, name = choose()
device = chosen_device()
measured = None
left, right = st.columns(2, gap="large")
with left:
    if usable([name], device):
        show_made(label, reach, name, device)
with right:
    measured = lesson.measurement("making_data")
    if measured and (names := changed(measured)):
        text = f"{' and '.join(names)}: new since this was measured. `{measured.command}` does it again"
        st.info(text, icon=":material/info:")
        measured = None
    if measured:
        show_accuracy(measured)
lesson.end(this, [name], measured)
