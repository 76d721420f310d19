"""The network that tells what to keep on a page (`ae.models.regions`), trained behind a finished cleaner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from ae import weights
from ae.arrays import LUMINANCE, luminance, shrunk
from ae.data import degradation, noisyoffice
from ae.data.noisyoffice import PagePair
from ae.data.training_pages import swapped_pairs
from ae.documents.cleaning import NetworkCleaner, PageCleaner, without_machine_marks
from ae.documents.light import Light, evened
from ae.documents.page import Page
from ae.documents.planes import working_shrink
from ae.documents.regions import in_good_light
from ae.documents.text_size import kernel_scale
from ae.models import Autoencoder
from ae.models.regions import CELL, VIEWS, RegionConfig, RegionNet, View, mix
from ae.recipes.base import RunOptions, run, save_page_model, start_card
from ae.recipes.pages import CLEANER, mix_in, start_model
from ae.recipes.region_pages import KINDS, region_pages
from ae.training.batches import ALL, Batch, Part, at_least
from ae.training.loop import TrainingConfig, seed_everything
from ae.training.losses import Loss, robust

_DRY_PAGES = 3
_LEARNED = len(VIEWS) - 1  # views that are pictures; the last one is white
_ALIKE = 0.002  # views whose errors differ by less, half a grey level, are as good as each other
_LEAST = 0.05  # every square matters so much
# What a choice costs that counts as half wrong, three grey levels; how much more what is to stay matters.
_WRONG, _PINNED = 0.012, 0.12


TRAINING = replace(CLEANER, epochs=34, learning_rate=2e-3)


@dataclass(frozen=True)
class RegionRecipe:
    """`rendered` pages beside the corpus, from which the share `corpus` of the crops is taken.

    `kinds` are the shares of their kinds (`KINDS`), `shapes` of those with logos and the like; `init` names
    the weights to start from, `kept` says how much of them is mixed into the result, and `pinned` lets them
    stay as they are where they choose well (`pinned_loss`). Half of the
    corpus's crops come from `swapped` pages where there are any: pages of the corpus on others of its
    backgrounds, the shares `stained` and `dusty` of them with drawn stains and dust besides. The last
    `held_back` of the rendered pages are not trained on but measured. `behind`: the page model whose results
    are judged. Without `partitions` the pairs are a person's own.
    """

    name: str = "regions"
    family: str = "regions"
    config: dict[str, object] = field(default_factory=lambda: asdict(RegionConfig()))
    training: TrainingConfig = TRAINING
    loss: str = "region_loss"
    about: str = "What to keep on a page: a small network that sees all of it at an eighth of its size."
    rendered: int = 2000
    swapped: int = 0
    stained: float = 0.75
    dusty: float = 0.3
    corpus: float = 0.35
    crop: int = 512
    batch_size: int = 4
    steps: int = 150
    behind: str = "page-tr"
    held_back: int = 40
    kinds: Mapping[str, float] = field(default_factory=lambda: KINDS)
    shapes: float = 0.0
    init: str = ""
    kept: float = 0.0
    pinned: bool = False
    partitions: tuple[str, ...] = ("TR",)


def train_regions(
    recipe: RegionRecipe, pairs: list[PagePair], options: RunOptions, cleaner: PageCleaner | None = None
) -> weights.Card:
    """Train behind the cleaner that the recipe names, on rendered pages and the corpus or a person's pairs.

    Writes weights and card. `cleaner`: the one that the recipe names, where it is at hand.

    Raises DataError when a font for the rendered pages is missing, WeightsError without the cleaner.
    """
    seed_everything(recipe.training.seed)
    if options.dry_run:
        pairs, recipe = pairs[:_DRY_PAGES], _for_a_moment(recipe)
    cleaner = cleaner or unjudged(recipe.behind, options.out)
    backgrounds = degradation.recover_backgrounds(pairs) if recipe.rendered and not options.dry_run else ()
    rendered = region_pages(
        recipe.rendered, recipe.training.seed, backgrounds, kinds=recipe.kinds, shapes=recipe.shapes
    )
    pages = [
        views_of(pair, cleaner) for pair in chain(_corpus(recipe, pairs), _moved(recipe, pairs), rendered)
    ]
    trained = len(pages) - recipe.held_back
    pages, unseen = pages[:trained], pages[trained:]
    model = start_model(recipe.family, recipe.config, recipe.init, options)
    batches = RegionCrops(pages, _weights(recipe, len(pairs)), recipe.crop, recipe.batch_size, recipe.steps)
    before = deepcopy(model.state_dict())
    history = run(recipe, model, batches, options, loss=_loss(recipe, model))
    mix_in(model, before, recipe.kept)
    card = start_card(recipe, options, "regions", history)
    card.data = _data(recipe, len(pairs))
    card.partitions = list(recipe.partitions)
    if unseen:
        card.measures = {"unseen_pages": len(unseen), "rmse": mixture_errors(model.cpu(), unseen)}
    asked = {"crop": recipe.crop, "kept": recipe.kept, "pinned": recipe.pinned}
    card.training |= asked | {"steps_per_epoch": recipe.steps}
    save_page_model(card, model, batches, options)
    return card


def _loss(recipe: RegionRecipe, model: Autoencoder) -> Loss:
    if not recipe.pinned:
        return region_loss
    assert isinstance(model, RegionNet)
    model.keep_statistics()
    return pinned_loss(model.for_inference())


def _corpus(recipe: RegionRecipe, pairs: list[PagePair]) -> Iterable[PagePair]:
    """The pairs, a person's own as the cleaner shows them to the judge; the corpus has no machine's marks."""
    if recipe.partitions:
        return pairs
    return (replace(pair, dirty=without_machine_marks(pair.dirty)) for pair in pairs)


def _moved(recipe: RegionRecipe, pairs: list[PagePair]) -> Iterable[PagePair]:
    """As many of the pairs on others of their backgrounds as the recipe says."""
    if not recipe.swapped:
        return ()
    seed = recipe.training.seed
    return swapped_pairs(pairs, recipe.swapped, seed, stained=recipe.stained, dusty=recipe.dusty)


def _for_a_moment(recipe: RegionRecipe) -> RegionRecipe:
    """The recipe with hardly anything to do."""
    rendered, held_back = min(recipe.rendered, _DRY_PAGES), min(recipe.held_back, 1)
    return replace(
        recipe,
        rendered=rendered,
        swapped=0,
        held_back=held_back,
        batch_size=min(recipe.batch_size, _DRY_PAGES),
        steps=2,
        crop=128,
    )


def _data(recipe: RegionRecipe, pairs: int) -> dict[str, Any]:
    """What the card says of the training data."""
    counts: dict[str, Any] = {"pages": pairs, "rendered": recipe.rendered, "corpus": recipe.corpus}
    counts |= {"kinds": dict(recipe.kinds), "shapes": recipe.shapes, "behind": Path(recipe.behind).name}
    if recipe.swapped:
        counts |= {"swapped": recipe.swapped, "stained": recipe.stained, "dusty": recipe.dusty}
    if recipe.init:
        counts["init"] = Path(recipe.init).name
    if not recipe.partitions:
        return {"name": "own pages", **counts}
    return {"name": "rendered pages and NoisyOffice (simulated)", **counts, **noisyoffice.SOURCE}


def unjudged(name: str, folder: Path) -> PageCleaner:
    """The cleaner of that name without anybody who judges it; weights in the folder before shipped ones.

    Raises WeightsError when there is none.
    """
    model, card = weights.load(name, folder=weights.home(name, folder))
    return NetworkCleaner(name, model, torch.device("cpu"), card)


def _weights(recipe: RegionRecipe, pairs: int) -> torch.Tensor:
    """How often each page is taken: the corpus, its pages that were moved, then the rendered ones."""
    own = recipe.corpus / 2 if recipe.swapped else recipe.corpus
    kinds = [
        (pairs, own),
        (recipe.swapped, recipe.corpus - own),
        (recipe.rendered - recipe.held_back, 1 - recipe.corpus),
    ]
    return torch.cat([torch.full((count,), share / max(count, 1)) for count, share in kinds])


@torch.inference_mode()
def mixture_errors(model: Autoencoder, pages: Sequence[torch.Tensor]) -> dict[str, float]:
    """Mean RMSE 0..1 of every learned view of `views_of` pages, and of the mixture by the model's shares."""
    names = [*VIEWS[:_LEARNED], "mixed"]
    errors: dict[str, list[float]] = {name: [] for name in names}
    multiple = model.input_size.multiple_of
    for page in pages:
        height, width = (length // multiple * multiple for length in page.shape[1:])
        if not height * width:
            continue  # a few large letters, on a copy smaller than the network's coarsest square
        coloured = page if len(page) == 4 * 3 else page.repeat_interleave(3, 0)
        whole = coloured[None, :, :height, :width].float() / 255
        views = whole[:, : 3 * _LEARNED].unflatten(1, (_LEARNED, 3))
        clean = whole[:, 3 * _LEARNED :]
        shown = [*views.unbind(1), mix(model(planes_of(views)), views)]
        for name, view in zip(names, shown, strict=True):
            errors[name].append(float((view - clean).square().mean().sqrt()))
    return {name: sum(found) / len(found) for name, found in errors.items()}


def views_of(pair: PagePair, cleaner: PageCleaner) -> torch.Tensor:
    """The learned views of a page at the size on which networks work, and the clean page behind them.

    The untouched one is the page in good light, as the network is shown it; and so is the clean page where
    the dirty one is to stay as it is, in whatever light.

    uint8 (4 C, H, W), C the channels of the page.
    """
    light = Light(pair.dirty)
    shrink = working_shrink(kernel_scale(luminance(light.lit(pair.dirty))))
    dirty, clean = (shrunk(pixels, shrink) for pixels in (pair.dirty, pair.clean))
    light = light.on_copy(dirty.shape)
    lit = in_good_light(dirty, light)
    clean = lit if pair.clean is pair.dirty else clean
    views = lit, evened(dirty, light), cleaner.clean(Page(dirty)).pixels, clean
    planes = [view.reshape(*view.shape[:2], -1) for view in views]
    return torch.from_numpy(np.concatenate(planes, 2)).permute(2, 0, 1)


@dataclass(frozen=True)
class RegionCrops:
    """Random crops of `views_of` pages; the target holds the views and the clean page, (N, 12, H, W)."""

    pages: Sequence[torch.Tensor]
    weights: torch.Tensor
    crop: int
    batch_size: int
    steps: int
    part: Part = ALL

    def __len__(self) -> int:
        return self.steps

    def shared(self, part: Part) -> RegionCrops:
        """The same pages for one of several processes."""
        return replace(self, part=part)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """`steps` batches of random crops."""
        for _ in range(self.steps):
            rows = torch.multinomial(
                self.weights, self.batch_size * self.part.count, True, generator=generator
            )
            drawn = [(int(row), torch.rand(4, generator=generator).tolist()) for row in rows]
            crops = torch.stack([self._cut(self.pages[row], *place) for row, place in drawn[self.part.rows]])
            yield planes_of(crops[:, : 3 * _LEARNED].unflatten(1, (_LEARNED, 3))), crops

    def _cut(
        self, page: torch.Tensor, down: float, across: float, turn: float, mirror: float
    ) -> torch.Tensor:
        height, width = page.shape[1:]
        below, right = max(0, self.crop - height), max(0, self.crop - width)
        top, left = (
            int(down * (height + below - self.crop + 1)),
            int(across * (width + right - self.crop + 1)),
        )
        window = page[:, top : top + self.crop, left : left + self.crop]
        window = window if len(page) == 4 * 3 else window.repeat_interleave(3, 0)
        window = torch.rot90(at_least(window, self.crop), int(4 * turn), (1, 2))
        return (window.flip(2) if mirror < 0.5 else window).float() / 255


def planes_of(views: torch.Tensor) -> torch.Tensor:
    """Input of `RegionNet` (N, 4, H, W) from views (N, 3, 3, H, W) in 0..1."""
    grey = torch.einsum("nvchw,c->nvhw", views, views.new_tensor(LUMINANCE))
    even = views[:, 1]
    return torch.cat([grey, even.amax(1, keepdim=True) - even.amin(1, keepdim=True)], 1)


def region_loss(shares: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy against the view nearest to the clean page in each square, and the mixture's error.

    A square counts by how much the choice matters there. The mixture alone teaches badly: while it is nearly
    all of one view, hardly anything depends on the other shares.
    """
    views, clean = _views_and_clean(target)
    errors = _errors(views, clean)
    chosen = (_matters(errors) * -(_nearest(errors) * shares.log()).sum(1)).mean()
    return chosen + robust(mix(shares, views), clean)


def pinned_loss(known: Autoencoder) -> Loss:
    """`region_loss` only where the network `known`, from which training starts, chooses badly.

    Elsewhere its shares are the target: a few thousand pages teach something new, but make a network forget
    what it learned from many more (Li & Hoiem, Learning without Forgetting, ECCV 2016).
    """

    def loss(shares: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        views, clean = _views_and_clean(target)
        errors = _errors(views, clean)
        with torch.no_grad():
            was = known.to(target.device)(planes_of(views))
        regret = (was * errors).sum(1) - errors.amin(1)
        wrong = (regret / _WRONG - 0.5).clamp(0, 1)
        goal = was.lerp(_nearest(errors), wrong[:, None])
        matters = _matters(errors) + _PINNED * (1 - wrong)
        chosen = (matters * -(goal * shares.log()).sum(1)).mean()
        part = F.interpolate(wrong[:, None], scale_factor=float(CELL), mode="bilinear")
        return chosen + robust(clean.lerp(mix(shares, views), part), clean)

    return loss


def _views_and_clean(target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Views (N, 3, 3, H, W), all but the white one, and the clean page (N, 3, H, W) of a target."""
    return target[:, : 3 * _LEARNED].unflatten(1, (_LEARNED, 3)), target[:, 3 * _LEARNED :]


def _errors(views: torch.Tensor, clean: torch.Tensor) -> torch.Tensor:
    """RMSE of each of `VIEWS` around every square, (N, 4, H / 8, W / 8), a bit less for the cleaned one."""
    views = torch.cat([views, torch.ones_like(views[:, :1])], 1)
    squares = (views - clean[:, None]).square().mean(2)
    # The shares of a square reach half of its neighbours.
    errors = F.avg_pool2d(squares, 2 * CELL, CELL, CELL // 2, count_include_pad=False).sqrt()
    errors[:, View.CLEANED] -= _ALIKE  # who cleans is asked first
    return errors


def _nearest(errors: torch.Tensor) -> torch.Tensor:
    """The shares that are right, (N, 4, rows, columns): nearly all of the view with the least error."""
    return (-errors / _ALIKE).softmax(1)


def _matters(errors: torch.Tensor) -> torch.Tensor:
    """By how much the choice matters in each square, (N, rows, columns)."""
    return errors.amax(1) - errors.amin(1) + _LEAST
