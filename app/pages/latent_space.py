"""All 10,000 test digits at their codes, and what lies between them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import resources
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.families import LOOKS, bottleneck_switch, families, family_switch
from app.components.latent_map import MapOf, latent_map, map_kinds
from app.components.latent_measures import show_measures
from app.components.models import family_label, show_behind, usable
from app.components.own_models import own_model

KINDS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
NORMAL = "Drawn from the standard normal distribution, which this model was trained to fill."
EVEN = (
    "Drawn evenly from the range that the codes of the test digits take up. "
    "Nobody trained this model to fill it, so there may be holes."
)
BESIDE = "The digit that you point at on one map is marked on both."
WHY = {
    "code": "Every place here is a code that the decoder can draw.",
    "pca": "The plane on which the codes spread most. A place fits many codes, so none is decoded here.",
    "tsne": "t-SNE keeps neighbours together; gaps and sizes mean little. No place is a code to decode.",
    "umap": "UMAP keeps neighbours together; gaps and sizes mean little. No place is a code to decode.",
}


def choose_kind(ways: dict[str, list[str]]) -> str:
    """Let the visitor choose how longer codes are projected; `ways` has the kinds of map of each model."""
    first, *others = ways.values()
    kinds = [kind for kind in first if all(kind in each for each in others)]
    return "code" if "code" in kinds else choose_one("Projection", kinds, kinds[0], "flat", KINDS.get)


def say_what_is_missing(ways: dict[str, list[str]]) -> None:
    """Which of the models have no map by t-SNE: a visitor's own, and those with new weights."""
    without = [name for name, kinds in ways.items() if "code" not in kinds and "tsne" not in kinds]
    if without:
        how = "It takes minutes; `scripts/encode_digits.py` makes it for weights in `pretrained`."
        st.caption(f"{' and '.join(without)}: no t-SNE yet. {how}")


def choose_beside(family: str) -> str | None:
    """Let the visitor put another family's map beside this one."""
    return st.pills(
        "Compare with",
        [other for other in families() if other != family],
        format_func=lambda other: LOOKS[other].label,
        key="beside",
        bind="query-params",
        wrap=True,
    )


def map_of(name: str, kind: str) -> MapOf:
    """The map of a model's codes, and what is to be said about it."""
    family = resources.card(name).family
    return MapOf(name, kind, family_label(family), WHY[kind], NORMAL if family == "variational" else EVEN)


st.title("Latent space")
st.markdown("Every test digit is a point, at the numbers that the model keeps of it. What lies between them?")
choices = st.container(horizontal=True, gap="medium")
with choices:
    family = family_switch()
    k = bottleneck_switch("numbers", standard=2)
    other = choose_beside(family)
    own = own_model(family, k)
device = chosen_device()
name = own or f"{family}-k{k}"
names = usable([name, f"{other}-k{k}"] if other else [name], device)

if name in names:
    ways = {each: map_kinds(each, k) for each in names}
    with choices:
        kind = choose_kind(ways)
    say_what_is_missing(ways)
    beside = replace(map_of(names[-1], kind), why=BESIDE) if names[1:] else None
    latent_map(map_of(name, kind), device, beside)
    show_measures(k, kind)
    show_behind(names)
