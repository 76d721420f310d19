"""Lesson: how the error and the confusions shrink as the code grows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from app import charts, resources
from app.components import lesson
from app.components.device import chosen_device
from app.components.digits import name_of
from app.components.error_curves import all_error_series, bars_in_words, in_words, names_of
from app.components.families import BOTTLENECKS, LOOKS, bottleneck_switch, family_switch
from app.components.figures import draw_table_of_digits, show_chart
from app.components.models import MEASURE_CONFUSION, usable
from app.components.pictures import Row

DIGITS = (15, 8, 61, 84, 17, 34, 12, 9)  # two 5s, two 8s, two 7s and two 9s
PAIRS = ((4, 9), (5, 8), (7, 9), (3, 5))
APART = 0.02  # share of confusions under which two classes have parted


def show_digits(name: str, device: str) -> None:
    """The digits, and what comes back through this code."""
    if not usable([name], device):
        return
    result = resources.passage(name, device, DIGITS)
    rows = [
        Row("Original", "", resources.digits().images[list(DIGITS)]),
        Row(f"k = {result.code.shape[1]}", f"{result.mse.mean():.4f}", result.output),
    ]
    alt = f"{'; '.join(map(name_of, DIGITS))}; below them, what {name} makes of them"
    draw_table_of_digits(rows, alt, width=760)


def show_error(family: str, k: int) -> None:
    """Test error over k, all families."""
    st.markdown("**Error against the length of the code**")
    series = all_error_series(family)
    if not series:
        st.info("No test error is on the cards yet.", icon=":material/info:")
        return
    x = charts.Axis("Numbers in the code (k)", BOTTLENECKS, log=True)
    figure = charts.marked(charts.lines(series, x, charts.Axis("Squared error per pixel"), height=250), k)
    show_chart(figure, "Test error over k. " + ". ".join(map(in_words, series)), "error-over-k")


def mixed_up(counts: np.ndarray, pair: tuple[int, int]) -> float:
    """Share of two classes read as the other of the two; counts (10, 10), a row for each true digit."""
    a, b = pair
    return float((counts[a, b] + counts[b, a]) / max(counts[[a, b]].sum(), 1))


def confusions(family: str) -> dict[int, np.ndarray]:
    """Counts (10, 10) by k, where they are measured."""
    cards = [card for card in map(resources.find_card, names_of(family)) if card]
    return {
        card.config["k"]: np.array(card.measures["confusion"])
        for card in cards
        if "confusion" in card.measures
    }


def show_pairs(family: str, k: int) -> None:
    """How often two classes are read as one another, over k."""
    st.markdown(f"**Pairs that are mixed up**: {LOOKS[family].label}")
    counts = confusions(family)
    if not counts:
        st.info(f"No confusion of this family is measured yet. {MEASURE_CONFUSION}", icon=":material/info:")
        return
    series = [
        charts.Series(
            f"{a} and {b}", list(counts), [mixed_up(each, (a, b)) for each in counts.values()], colour
        )
        for (a, b), colour in zip(PAIRS, charts.PAIR_COLOURS, strict=True)
    ]
    x = charts.Axis("Numbers in the code (k)", BOTTLENECKS, log=True)
    figure = charts.lines(series, x, charts.Axis("Share of both classes"), height=250)
    figure.update_yaxes(tickformat=".0%").update_traces(hovertemplate="%{y:.1%}")
    alt = "Share of digits read as the other of a pair, over k. " + ". ".join(map(in_words, series))
    show_chart(charts.marked(figure, k), alt, "pairs-over-k")


def when_they_part(series: Sequence[tuple[int, float]]) -> int | None:
    """The smallest k from which on the share stays below `APART`; None when it never does."""
    parted = None
    for k, share in sorted(series, reverse=True):
        if share >= APART:
            break
        parted = k
    return parted


def parting_words(family: str) -> str:
    """For each pair, the code that sets it apart."""
    counts = confusions(family)
    words = []
    for a, b in PAIRS if counts else ():
        k = when_they_part([(k, mixed_up(each, (a, b))) for k, each in counts.items()])
        words.append(f"{a} and {b} {f'at k = {k}' if k else 'at none of these k'}")
    if not words:
        return ""
    reader = "as a small classifier reads the 10,000 rebuilt test digits"
    return f"Fewer than {APART:.0%} are mixed up, {reader}: {', '.join(words)}. "


def behind(name: str, k: int) -> str:
    """The reader of the confusions, and every model that is a point in the charts."""
    return "\n".join([*classifier_facts(name), *(line for family in LOOKS if (line := models_of(family, k)))])


def classifier_facts(name: str) -> list[str]:
    """Who read what this model rebuilt: model, data, seed and command."""
    card = resources.find_card(name)
    told = card.measures.get("classifier") if card else None
    if not told:
        return [f"- **Classifier**: not on the card of {name} yet. {MEASURE_CONFUSION}"]
    return [
        f"- **Classifier**: {told['model']}; reads {told['accuracy_originals']:.1%} of the digits themselves",
        f"- **Its data**: {told['data']}",
        f"- **Its training**: {told['training']}, seed {told['seed']}: `{told['command']}`",
    ]


def models_of(family: str, k: int) -> str:
    """Names and seeds of a family's models, and how the one of this size is made; empty without any."""
    cards = [card for card in map(resources.find_card, names_of(family)) if card]
    if not cards:
        return ""
    names = ", ".join(f"`{card.name}`" for card in cards)
    seeds = {str(card.seed): None for card in cards}
    seeds |= {seed: None for card in cards for seed in card.measures.get("mse_by_seed", {})}
    how = "; ".join(f"`{card.command}`" for card in cards if card.config["k"] == k)
    return f"- **{LOOKS[family].label}**: {names}, seed {', '.join(seeds)}; {how}"


this = lesson.begin("code_length")
with st.container(horizontal=True, gap="medium"):
    k = bottleneck_switch("read", standard=2)
    family = family_switch()
name = f"{family}-k{k}"
show_digits(name, chosen_device())
left, right = st.columns(2, gap="large")
with left:
    show_error(family, k)
with right:
    show_pairs(family, k)
st.caption(f"{parting_words(family)}{bars_in_words()}")
lesson.end(this, [name, f"pca-k{k}"], behind=lambda: behind(name, k))
