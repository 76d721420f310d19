"""Page models, trained on NoisyOffice, on rendered pages, and on a person's own pairs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from ae import weights
from ae.data import degradation, noisyoffice
from ae.data.training_pages import rendered_pairs, swapped_pairs
from ae.documents.cleaning import without_machine_marks
from ae.documents.faintness import darkened
from ae.documents.light import Light
from ae.errors import UsageError
from ae.models import Autoencoder, build
from ae.models.page import PageNet
from ae.recipes.base import RunOptions, run, save_page_model, start_card
from ae.recipes.page_pool import PagePool
from ae.training.batches import BatchSource, PageCrops, PinnedCrops, WholePages
from ae.training.loop import TrainingConfig, seed_everything

PAGE_EXPERIMENT = TrainingConfig(epochs=10, learning_rate=1e-3)  # E3
CLEANER = TrainingConfig(
    epochs=50,
    learning_rate=4e-3,
    optimizer="adamw",
    weight_decay=1e-4,
    schedule="cosine",
    warmup=100,
    average=0.998,
    clip=1.0,
    mixed=True,
)
FINE_TUNING = replace(CLEANER, epochs=8, learning_rate=5e-4, warmup=50, average=0.99)
PAGE_CROPS = {"crop": 160, "batch_size": 6, "steps": 300}
_DRY_PAGES = 4
# See `rendered_pairs`.
_OF_RENDERED = "pictures", "faint", "office", "worn", "dusty", "soft", "photographed", "shaded"
_MIXTURE = "rendered", "swapped", "corpus", "stained", *_OF_RENDERED  # what cards say of a recipe's pages


@dataclass(frozen=True)
class PageRecipe:
    """One page model; `steps` batches of `batch_size` crops an epoch, or whole pages when `crop` is 0.

    `twin` names the same recipe trained on less, whose unseen partition measures both. The share `corpus`
    of the crops comes from the corpus, half of it from `swapped` pages, if there are any: its pages,
    moved to another of its backgrounds, the share `stained` of these with drawn stains besides. The
    others come from `rendered` pages, which have photographs and highlighted text only with `pictures`.
    Of these, the share `photographed` is what a phone sees of a page; the share `shaded` of the rest lies in
    deep shadow, and with any of both all are brought into good light; the share `soft` of the rest, and of
    swapped pages, is out of focus; of the rest, the share `faint` is mostly pale and handwritten; of the
    rest, the share `worn` is plain text with much dark dirt; of the rest of that, the share `office` looks
    like an office scan. The share `resized` of all crops is enlarged or shrunk. The share `dusty` of swapped
    pages, and of rendered ones on no background of the corpus, has crumbs and hairs besides.

    What the softness of a page changes is learned with all else, `alone`, or `kept` as it is. Where a model
    is told it no crop is resized.

    `pinned`: only what those weights get wrong is learned (`PinnedCrops`), with the statistics of features as
    they are.

    `init` names the weights to start from, or their folder, and `kept` says how much of them is mixed into
    the result, `kept_finest` how much of the finest level where that is another share; it becomes the mean of
    itself and the weights `beside`, which were trained from the same ones. Without `partitions` the pairs are
    a person's own. `regions` names the weights that judge the result.
    """

    name: str
    family: str
    config: dict[str, Any]
    training: TrainingConfig
    partitions: tuple[str, ...]
    loss: str = "mse"
    crop: int = 0
    batch_size: int = 1
    steps: int = 0
    about: str = ""
    twin: str = ""
    rendered: int = 0
    swapped: int = 0
    stained: float = 0.0
    resized: float = 0.25
    corpus: float = 1.0
    pictures: bool = True
    faint: float = 0.0
    office: float = 0.0
    worn: float = 0.0
    dusty: float = 0.0
    soft: float = 0.0
    photographed: float = 0.0
    shaded: float = 0.0
    softness: Literal["learned", "alone", "kept"] = "learned"
    pinned: bool = False
    init: str = ""
    kept: float = 0.0
    kept_finest: float | None = None
    beside: str = ""
    regions: str = ""


def page_recipe(name: str, family: str, partitions: tuple[str, ...], **settings: Any) -> PageRecipe:
    """The family's standard recipe for a page model, without partitions for a person's own pairs; `settings`
    are more fields of `PageRecipe`."""
    if family == "stacked_conv":
        standard: dict[str, Any] = {"training": PAGE_EXPERIMENT, "loss": "bce"}
    elif settings.get("init"):
        standard = {"training": FINE_TUNING, **PAGE_CROPS, "steps": 100, "regions": "regions"}
        standard["pinned"] = not partitions  # of a handful of pairs much else would be forgotten
    else:
        standard = {"training": CLEANER, **PAGE_CROPS, "regions": "regions"}
    return PageRecipe(name, family, partitions=partitions, **{"config": {}, **standard, **settings})


def train_pages(recipe: PageRecipe, pairs: list[noisyoffice.PagePair], options: RunOptions) -> weights.Card:
    """Train on pairs of dirty and clean pages and on rendered ones, write weights and card.

    Raises DataError when a font for the rendered pages is missing.
    """
    if recipe.family == "page" and recipe.loss == "bce":
        raise UsageError(
            "family 'page' corrects a page without a cap, which cross-entropy cannot judge: use mse"
        )
    seed_everything(recipe.training.seed)
    rendered = _rendered(recipe, pairs, options.dry_run)
    if options.dry_run:
        pairs, crops = pairs[:_DRY_PAGES], min(recipe.batch_size, _DRY_PAGES)
        recipe = replace(recipe, steps=min(recipe.steps, 2), batch_size=crops, swapped=0)
    model = start_model(recipe.family, recipe.config, recipe.init, options)
    if isinstance(model, PageNet) and model.config.soft:
        recipe = replace(recipe, resized=0.0)  # a crop that is enlarged is softer than its page
    _choose_what_learns(model, recipe)
    # Where only softness is learned sharp pages teach nothing; of a handful perhaps all are sharp.
    only_soft = recipe.softness == "alone" and not options.dry_run
    batches = _page_batches(recipe, pairs, rendered, PagePool(model.input_size.planes, only_soft=only_soft))
    if recipe.pinned:
        batches = _pinned(batches, model)
    before, finest = deepcopy(model.state_dict()), _finest(model, recipe.kept_finest)
    history = run(recipe, model, batches, options)
    mix_in(model, before, recipe.kept, finest)
    if recipe.beside:
        mix_in(model, start_model(recipe.family, recipe.config, recipe.beside, options).state_dict(), 0.5)
    card = _card(recipe, options, history, len(pairs), len(batches))
    save_page_model(card, model, batches, options)
    return card


def _card(
    recipe: PageRecipe, options: RunOptions, history: list[dict[str, float]], pairs: int, steps: int
) -> weights.Card:
    """The card of a model that learned from so many `pairs`, in so many `steps` an epoch."""
    card = start_card(recipe, options, "pages", history)
    card.data = _page_data(recipe, pairs)
    card.partitions = list(recipe.partitions)
    card.regions = recipe.regions
    card.training |= {
        "crop": recipe.crop,
        "kept": recipe.kept,
        "kept_finest": recipe.kept_finest,
        "pinned": recipe.pinned,
        "resized": recipe.resized,
        "softness": recipe.softness,
        "steps_per_epoch": steps,
    }
    if recipe.twin:
        card.training["twin"] = recipe.twin
    return card


def mix_in(
    model: Autoencoder,
    others: dict[str, torch.Tensor],
    share: float,
    exceptions: Mapping[str, float] | None = None,
) -> None:
    """Move the weights, by a share of the way, to others that are near to them; some by another share.

    To what they were before they were fine-tuned: much of what that forgets comes back, and little of what it
    learns goes (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). To those of another run
    from the same weights: the mean is better than each (Wortsman et al., Model soups, ICML 2022).
    """
    state = model.state_dict()
    floats = [key for key, value in state.items() if value.is_floating_point()]
    shares = {**dict.fromkeys(floats, share), **(exceptions or {})}
    mixed = {key: state[key].lerp(others[key].to(state[key]), shares[key]) for key in floats}
    model.load_state_dict(state | mixed)


def _finest(model: Autoencoder, share: float | None) -> dict[str, float]:
    """The share of each weight of the finest level, none without one; UsageError for another family."""
    if share is None:
        return {}
    if not isinstance(model, PageNet):
        raise UsageError("only a model of family 'page' has a finest level of its own")
    return dict.fromkeys(model.finest(), share)


def start_model(family: str, config: dict[str, Any], init: str, options: RunOptions) -> Autoencoder:
    """A new model, or one that goes on from the weights `init`, given by name or folder.

    A model that was not told the softness of pages, and is to be from now on, makes nothing of it at first.
    Raises UsageError when the weights are of another family.
    """
    if not init:
        return build(family, config)
    model = _named(init, family, options)
    if config.get("soft") and not getattr(model.config, "soft", True):
        known, model = model.state_dict(), build(family, {**asdict(model.config), "soft": True})
        model.load_state_dict(model.state_dict() | known)
    return model.requires_grad_(True)


def _choose_what_learns(model: Autoencoder, recipe: PageRecipe) -> None:
    """Hold still what is not to learn. Raises UsageError for a model that knows no softness."""
    if recipe.softness == "learned":
        return
    if not isinstance(model, PageNet):
        raise UsageError(f"family '{recipe.family}' is not told how soft pages are")
    if recipe.softness == "alone":
        model.learn_softness()
    else:
        model.keep_softness()


def _named(name: str, family: str, options: RunOptions) -> Autoencoder:
    """Weights by their folder, or by name: new ones before shipped ones."""
    model, card = weights.load(Path(name).name, folder=folder_of(name, options))
    if card.family != family:
        raise UsageError(f"'{name}' is of family '{card.family}', not '{family}'")
    return model


def folder_of(name: str, options: RunOptions) -> Path:
    """Where weights lie that are given by name or folder."""
    path = Path(name)
    return path.parent if len(path.parts) > 1 else weights.home(name, options.out)


def _page_data(recipe: PageRecipe, pairs: int) -> dict[str, Any]:
    """What the card says of the training data."""
    data = {"pages": pairs, **{name: getattr(recipe, name) for name in _MIXTURE}}
    if recipe.init:
        data["init"] = Path(recipe.init).name
    if recipe.beside:
        data["beside"] = Path(recipe.beside).name
    if recipe.partitions:
        return {"name": "NoisyOffice (simulated)", **data, **noisyoffice.SOURCE}
    if pairs:
        return {"name": "own pages", **data}
    return {"name": "rendered pages", **data, "licence": "MIT", "citation": "Drawn by ae.data.rendering."}


def _page_batches(
    recipe: PageRecipe,
    pairs: list[noisyoffice.PagePair],
    rendered: Iterable[noisyoffice.PagePair],
    pool: PagePool,
) -> BatchSource:
    """Whole pages, or crops of pages that are put into the pool."""
    if not recipe.crop:
        return WholePages([_tensor(pair.dirty) for pair in pairs], [_tensor(pair.clean) for pair in pairs])
    seed = recipe.training.seed
    moved = swapped_pairs(pairs, recipe.swapped, seed, recipe.stained, recipe.dusty, recipe.soft)
    swapped = list(moved) if recipe.swapped else []
    own = not recipe.partitions
    pool.add(map(_as_cleaned, pairs) if own else pairs, recipe.corpus / 2 if swapped else recipe.corpus)
    pool.add(swapped, recipe.corpus / 2)
    pool.add(rendered, 1 - recipe.corpus, misjudge=np.random.default_rng(seed))
    return PageCrops(
        pool.inputs, pool.targets, pool.weights, recipe.crop, recipe.batch_size, recipe.steps, recipe.resized
    )


def _as_cleaned(pair: noisyoffice.PagePair) -> noisyoffice.PagePair:
    """A person's pair as the network will see it: without what machines drew, in good light, and not faint.

    The corpus has no such marks and is bright, and on rendered windows a rule may run to the edge.
    """
    lit = _in_good_light(replace(pair, dirty=without_machine_marks(pair.dirty)))
    return replace(lit, dirty=darkened(lit.dirty))


def _in_good_light(pair: noisyoffice.PagePair) -> noisyoffice.PagePair:
    """The dirty page as bright and evenly lit as the network will see it; photographs are dim."""
    return replace(pair, dirty=Light(pair.dirty).lit(pair.dirty))


def _rendered(
    recipe: PageRecipe, pairs: list[noisyoffice.PagePair], dry_run: bool
) -> Iterable[noisyoffice.PagePair]:
    """The rendered pages of a recipe, some of them on the backgrounds of the corpus."""
    if not recipe.rendered:
        return []
    seed = recipe.training.seed
    kinds = {name: getattr(recipe, name) for name in _OF_RENDERED}
    if dry_run:
        pages = rendered_pairs(_DRY_PAGES, seed, **kinds)
    else:
        backgrounds = degradation.recover_backgrounds(pairs) if recipe.partitions else []
        pages = rendered_pairs(recipe.rendered, seed, backgrounds, os.cpu_count() or 1, **kinds)
    return map(_in_good_light, pages) if recipe.photographed or recipe.shaded else pages


def _pinned(batches: BatchSource, model: Autoencoder) -> BatchSource:
    """The batches for a model that is to stay near what it knows. Raises UsageError for another family."""
    if not (isinstance(model, PageNet) and isinstance(batches, PageCrops)):
        raise UsageError("only crops of pages, for a model of family 'page', can be pinned")
    model.keep_statistics()
    return PinnedCrops(batches, deepcopy(model).requires_grad_(False).eval())


def _tensor(grey: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(grey[None].copy())
