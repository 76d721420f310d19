"""Both networks of the cleaner, trained on a person's own pairs of pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ae import weights
from ae.data.noisyoffice import PagePair
from ae.documents.cleaning import NetworkCleaner
from ae.recipes.base import RunOptions, checkpoint_of
from ae.recipes.pages import FINE_TUNING, PageRecipe, folder_of, train_pages
from ae.recipes.regions import RegionRecipe, train_regions
from ae.training import distributed

_OWN_PAIRS = RegionRecipe(
    training=replace(FINE_TUNING, epochs=4, learning_rate=1e-3, warmup=20),
    rendered=0,
    corpus=1.0,
    steps=50,
    held_back=0,
    partitions=(),
    kept=0.6,
)


def train_own_pages(recipe: PageRecipe, pairs: list[PagePair], options: RunOptions) -> weights.Card:
    """Train a page model on a person's own pairs, and behind it the network that judges it, if it has one.

    A kind of dirt that the judge never saw it may take for a picture, and then no page model helps. How long
    the page model is trained is up to the recipe; the judge always goes on for a short while. Errors as of
    `train_pages`, and WeightsError when the judge cannot be read.
    """
    if not recipe.regions:
        return train_pages(recipe, pairs, options)
    judge = replace(
        _OWN_PAIRS,
        name=f"{recipe.name}-regions",
        behind=recipe.name,
        init=_judge_of(recipe, options),
        training=replace(_OWN_PAIRS.training, seed=recipe.training.seed),
    )
    group = distributed.current()
    is_new = not (options.resume or options.dry_run)
    if group.is_first and is_new:  # the old checkpoint does not know which pages and page model it is of
        checkpoint_of(judge, options).unlink(missing_ok=True)
    card = train_pages(recipe, pairs, options)
    model = group.from_first(lambda: weights.load(recipe.name, folder=options.out)[0])
    train_regions(judge, pairs, options, NetworkCleaner(recipe.name, model, torch.device("cpu"), card))
    card.regions = judge.name
    if group.is_first:
        weights.write_card(card, options.out)
    return card


def _judge_of(recipe: PageRecipe, options: RunOptions) -> str:
    """The folder of the judge to go on from: that of the weights to start from, or the recipe's."""
    if not recipe.init:
        return recipe.regions
    folder = folder_of(recipe.init, options)
    name = weights.read_card(Path(recipe.init).name, folder).regions or recipe.regions
    return str(weights.home(name, folder) / name)
