"""Pages out of focus: how soft they are, what the network is told of it, and what it learns about it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from ae import weights
from ae.data import training_pages
from ae.data.degradation import TRAINED, Dirt, softening_dirt
from ae.data.degradation import make_dirty as degraded
from ae.data.noisyoffice import PagePair
from ae.data.rendering import BY_HAND, RenderedPage, render_text_page
from ae.data.training_pages import rendered_pairs, swapped_pairs
from ae.documents import cleaning
from ae.documents.cleaning import FoldedCopies, NetworkCleaner, load_cleaner
from ae.documents.page import Page
from ae.documents.planes import working_planes
from ae.documents.softness import softness
from ae.documents.text_size import kernel_scale
from ae.errors import UsageError
from ae.models import build
from ae.models.blocks import Film
from ae.models.page import PageNet
from ae.recipes import pages
from ae.recipes.base import RunOptions
from ae.recipes.page_pool import PagePool
from ae.training import distributed
from tests.ae.test_faults import Failing
from tests.conftest import draw_page, make_dirty


def blurred(page: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(page, (0, 0), sigma)


def soft_model(seed: int = 0) -> PageNet:
    """A model whose numbers, those of softness too, are drawn."""
    torch.manual_seed(seed)
    model = build("page", {"soft": True}).eval()
    for name, parameter in model.named_parameters():
        if any(part in name for part in ("norm", "film", "soft_weight", "leave.weight")):
            torch.nn.init.normal_(parameter, std=0.2)
    assert isinstance(model, PageNet)
    return model


def untold(model: PageNet) -> PageNet:
    """The same without what softness changes."""
    plain = build("page", {}).eval()
    known = plain.state_dict()
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if name in known})
    assert isinstance(plain, PageNet)
    return plain


# How soft a page is


def test_a_page_is_softer_the_more_it_is_blurred():
    page = draw_page(400, 300)
    found = [softness(blurred(page, sigma)) if sigma else softness(page) for sigma in (0, 0.3, 0.5, 1.2)]
    assert found == sorted(found)
    assert found[:2] == [0, 0]
    assert found[-1] == 1


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 135, 160])
def test_a_page_that_moved_in_any_direction_is_soft(angle):
    page = render_text_page(1, "latin", 150.0).clean
    turn = cv2.getRotationMatrix2D((4, 4), -angle, 1)
    line = np.zeros((9, 9), np.float32)
    line[4, 2:7] = 0.2
    moved = cv2.filter2D(page, -1, cv2.warpAffine(line, turn, (9, 9)), borderType=cv2.BORDER_REFLECT)
    assert softness(page) == 0
    assert softness(moved) > 0.8


def test_hairlines_beside_thick_strokes_are_no_blur():
    page = np.full((300, 400), 245, np.uint8)
    for left in range(20, 380, 7):
        page[20:280, left : left + 3] = 20  # stems
    hairlines = np.full_like(page, 245)
    hairlines[26:280:9, 20:380] = 150
    both = np.minimum(page, hairlines)
    assert softness(both) == 0
    dark_nearby = cv2.erode(both, np.ones((7, 7), np.uint8))
    assert dark_nearby[26:280:9, 24:370].max() == 20  # a square around a hairline has a stem in it


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_page_without_ink_is_not_soft(value):
    assert softness(np.full((200, 150), value, np.uint8)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (8, 60)])
def test_a_scrap_has_too_few_edges_to_tell(shape):
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert softness(noise) == 0


def test_a_few_lines_on_a_large_page_tell_how_soft_it_is():
    page = np.full((2339, 1654), 245, np.uint8)
    for top in (330, 400, 450):
        page[top : top + 6, 200:1400] = 130
    assert softness(page) == 0
    assert softness(blurred(page, 2.5)) == 1


def test_soft_stains_on_a_sharp_page_do_not_make_it_soft():
    page = draw_page(400, 300)
    rows, columns = np.mgrid[:300, :400]
    stain = 1 - 0.6 / (1 + np.exp((np.hypot(rows - 150, columns - 200) - 90) / 6))
    assert softness((page * stain).astype(np.uint8)) == 0


# What the network makes of it


@pytest.mark.parametrize("soft", [0.0, 0.5, 1.0])
def test_a_folded_copy_is_the_model_at_that_softness(soft):
    model = soft_model()
    planes = torch.rand(2, 3, 32, 48)
    told = torch.cat([planes, torch.full_like(planes[:, :1], soft)], 1)
    with torch.no_grad():
        expected = model(told)
        torch.testing.assert_close(model.folded(soft)(planes), expected, atol=1e-4, rtol=1e-3)
        other = model.folded(1 - soft if soft != 0.5 else 0.0)(planes)
    assert (other - expected).abs().max() > 1e-3


def test_pages_of_a_batch_are_as_soft_as_each_of_them_is():
    model = soft_model()
    planes = torch.rand(2, 4, 32, 48)
    planes[0, 3], planes[1, 3] = 0.0, 1.0
    with torch.no_grad():
        together = model(planes)
        for page, alone in zip(planes, together, strict=True):
            torch.testing.assert_close(model(page[None])[0], alone, atol=1e-5, rtol=1e-4)


def test_an_untold_model_gets_the_copy_for_sharp_pages_only():
    plain = FoldedCopies(build("page", {}).eval())
    assert plain.at(1.0) is plain.at(0.0)
    told = FoldedCopies(soft_model())
    assert told.input_size.planes == 3
    assert told.at(1.0) is told.at(0.95)
    assert told.at(1.0) is not told.at(0.0)


@pytest.fixture
def asked(monkeypatch) -> list[float]:
    """Every softness that a cleaner asks a copy for, while it cleans."""
    asked, at = [], FoldedCopies.at
    monkeypatch.setattr(FoldedCopies, "at", lambda self, soft: asked.append(soft) or at(self, soft))
    return asked


@pytest.mark.parametrize("best", [False, True])
def test_the_cleaner_tells_its_network_how_soft_a_page_is(asked, best):
    cleaner = NetworkCleaner("page", soft_model(), torch.device("cpu"), None)
    page = draw_page(300, 200)
    for sigma, expected in ((0.3, 0), (3.0, 1)):
        asked.clear()
        cleaner.clean(Page(blurred(page, sigma)), best=best)
        assert set(asked) == {expected}


@pytest.mark.parametrize(("undone", "expected"), [("without_screen", 0.5), ("without_lines", 1.0)])
def test_only_a_page_without_its_halftone_counts_as_less_soft(monkeypatch, asked, undone, expected):
    cleaner = NetworkCleaner("page", soft_model(), torch.device("cpu"), None)
    monkeypatch.setattr(cleaning, undone, np.copy)
    cleaner.clean(Page(blurred(draw_page(300, 200), 3.0)))
    assert set(asked) == {expected}


def test_a_soft_page_is_cleaned_as_such_when_the_gpu_is_lost():
    page = Page(blurred(draw_page(300, 200), 3.0))
    expected = NetworkCleaner("page", soft_model(), torch.device("cpu"), None).clean(page).pixels
    broken = Failing(soft_model(), RuntimeError("CUDA error: unspecified launch failure"))
    cleaner = NetworkCleaner("page", broken, torch.device("meta"), None, soft_model)
    assert np.array_equal(cleaner.clean(page).pixels, expected)
    sharp = NetworkCleaner("page", untold(soft_model()), torch.device("cpu"), None).clean(page).pixels
    assert not np.array_equal(sharp, expected)


# Learning it


def test_learning_softness_changes_nothing_for_sharp_pages():
    model = soft_model()
    before = deepcopy(model)
    model.learn_softness()
    model.train()
    planes = torch.rand(2, 4, 32, 48)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0)
    model(planes).square().mean().backward()
    optimizer.step()
    model.eval()
    sharp = torch.cat([planes[:, :3], torch.zeros_like(planes[:, :1])], 1)
    with torch.no_grad():
        assert torch.equal(model(sharp), before(sharp))
        assert not torch.allclose(model(planes), before(planes), atol=1e-4)


def test_a_model_that_is_not_told_cannot_learn_softness():
    plain = build("page", {})
    assert isinstance(plain, PageNet)
    with pytest.raises(UsageError, match="soft"):
        plain.learn_softness()


@pytest.mark.parametrize("settings", [{}, {"soft": True}])
def test_another_number_of_planes_is_refused(settings):
    model = build("page", settings).eval()
    with pytest.raises(ValueError, match="planes"):
        model(torch.rand(1, model.input_size.planes + 1, 32, 32))


def test_all_but_softness_can_learn():
    model = soft_model()
    model.keep_softness()
    learns = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert learns == {name for name, _ in build("page", {}).named_parameters()}


def test_statistics_that_are_kept_stay_while_weights_learn():
    model = soft_model()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    model.keep_statistics()
    model.train()
    model(torch.rand(2, 4, 32, 48)).square().mean().backward()
    assert model.training
    assert any("running_mean" in name for name in before)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())
    assert all(parameter.grad is not None for parameter in model.up_blocks.parameters())


def test_the_finest_level_is_mixed_by_its_own_share():
    model, other = soft_model(), soft_model()
    for parameter in other.parameters():
        torch.nn.init.constant_(parameter, 7.0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    pages.mix_in(model, other.state_dict(), 1.0, pages._finest(model, 0.0))
    stays = {name for name, value in model.named_parameters() if torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in stays} == {"enter", "down_blocks", "ups", "up_blocks", "leave"}
    assert all(name.split(".")[1] == "0" for name in stays if name.startswith(("down_blocks", "up")))
    assert all((value == 7).all() for name, value in model.named_parameters() if name not in stays)


def test_only_crops_of_pages_for_a_page_model_can_be_pinned(tmp_path):
    recipe = pages.page_recipe("wide", "stacked_conv", (), pinned=True)
    with pytest.raises(UsageError, match="pinned"):
        pages.train_pages(recipe, [PagePair("a", draw_page(), draw_page())], RunOptions(out=tmp_path))


def test_a_family_that_knows_no_softness_cannot_keep_it(tmp_path):
    recipe = pages.page_recipe("wide", "stacked_conv", (), softness="alone")
    with pytest.raises(UsageError, match="stacked_conv"):
        pages.train_pages(recipe, [PagePair("a", draw_page(), draw_page())], RunOptions(out=tmp_path))


def test_folding_draws_nothing_at_random():
    model = soft_model()
    before = torch.get_rng_state()
    model.folded(0.5)
    assert torch.equal(before, torch.get_rng_state())


def test_several_processes_learn_softness_too():
    model = soft_model()
    model.learn_softness()
    shared = distributed._with_common_statistics(model)
    assert sum(isinstance(module, Film) for module in shared.modules()) == 14
    assert {id(p) for p in shared.parameters()} == {id(p) for p in model.parameters()}
    norms = [m for m in shared.train().modules() if isinstance(m, torch.nn.SyncBatchNorm)]
    assert norms
    assert not any(norm.training for norm in norms)


def test_the_pool_tells_a_model_that_asks_how_soft_each_page_is():
    page = draw_page(300, 200)
    pairs = [PagePair("sharp", page, page), PagePair("soft", blurred(page, 3.0), page)]
    untold, told = PagePool(3), PagePool(4)
    for pool in (untold, told):
        pool.add(pairs, 1.0)
    assert {len(planes) for planes in untold.inputs} == {3}
    # The first page is there a second time, clean.
    assert [int(planes[3].float().mean()) for planes in told.inputs] == [0, 0, 255]


def test_a_pool_of_soft_pages_leaves_the_others_out():
    page = draw_page(300, 200)
    pool = PagePool(4, only_soft=True)
    pool.add([PagePair("sharp", page, page), PagePair("soft", blurred(page, 3.0), page)], 1.0)
    assert [int(planes[3].float().mean()) for planes in pool.inputs] == [255]
    assert pool.weights.tolist() == [1.0]


def test_softness_is_learned_on_top_of_weights_that_were_never_told(tmp_path):
    options = RunOptions(out=tmp_path, device="cpu", checkpoints=tmp_path / "runs", progress=False)
    training = replace(pages.FINE_TUNING, epochs=1, warmup=0, average=0.0, learning_rate=0.1)
    settings = {"training": training, "crop": 64, "batch_size": 2, "steps": 2, "regions": ""}
    clean = draw_page(320, 240)
    pairs = [PagePair("soft", blurred(make_dirty(clean), 3.0), clean)]
    pages.train_pages(pages.page_recipe("plain", "page", (), **settings), pairs, options)
    soft = {"config": {"soft": True}, "init": "plain", "softness": "alone"}
    pages.train_pages(pages.page_recipe("told", "page", (), **settings, **soft), pairs, options)
    plain, told = (weights.load(name, folder=tmp_path)[0].state_dict() for name in ("plain", "told"))
    assert all(torch.equal(value, told[name]) for name, value in plain.items())
    for part in ("film", "soft_weight"):
        assert any(value.abs().max() > 0.01 for name, value in told.items() if part in name)
    # A person's own soft pairs go on from there: all of it learns, and it stays told.
    pages.train_pages(pages.page_recipe("mine", "page", (), **settings, init="told"), pairs, options)
    mine, card = weights.load("mine", folder=tmp_path)
    assert card.config["soft"]
    assert card.training["resized"] == 0
    changed = [name for name, value in mine.state_dict().items() if not torch.equal(value, told[name])]
    assert any("film" in name for name in changed)
    assert "enter.weight" in changed


# What is learned from


def test_soft_dirt_always_blurs_and_has_nothing_that_is_held_out():
    kinds = [[entry.kind for entry in softening_dirt(seed)] for seed in range(200)]
    assert all(sum(kind in ("focus", "motion") for kind in found) == 1 for found in kinds)
    assert {kind for found in kinds for kind in found} <= set(TRAINED)
    assert {"coffee_ring", "show_through", "low_ink", "grain"} <= {kind for found in kinds for kind in found}
    for later, share in (("sensor_noise", 0.5), ("jpeg", 0.4)):
        assert sum(later in found for found in kinds) > share * len(kinds)


def test_soft_pages_are_a_share_of_all_and_mostly_by_hand(monkeypatch):
    asked = []
    page = RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0)
    monkeypatch.setattr(
        training_pages, "render_training_page", lambda _seed, *, content, **_: asked.append(content) or page
    )
    list(rendered_pairs(40, seed=1, soft=0.5))
    assert 5 <= sum(content is BY_HAND for content in asked) <= 15
    kinds = [training_pages._dirt(training_pages._Order(seed, kind="soft")) for seed in range(5)]
    assert kinds == [softening_dirt(seed) for seed in range(5)]


def test_a_share_of_the_moved_pages_is_out_of_focus():
    cleans = [np.roll(draw_page(400, 300), 31 * down, 0) for down in range(4)]
    corpus = [
        PagePair(f"Font{index}_Noise{kind}_TR", make_dirty(clean), clean)
        for kind in "cf"
        for index, clean in enumerate(cleans)
    ]
    before, after = (list(swapped_pairs(corpus, 12, 3, soft=share)) for share in (0.0, 0.5))
    changed = [not np.array_equal(a.dirty, b.dirty) for a, b in zip(before, after, strict=True)]
    assert 2 <= sum(changed) <= 10
    slope = [np.abs(np.diff(pair.dirty.astype(int), axis=1)).max() for pair in after]
    assert max(s for s, is_soft in zip(slope, changed, strict=True) if is_soft) < max(slope)


# The shipped weights


def test_grey_handwriting_out_of_focus_stays():
    """It was taken for stains, stroke by stroke."""
    clean = np.full((400, 600), 255, np.uint8)
    for top in (60, 140, 220, 300):
        x = np.arange(40, 560)
        wave = top + 18 * np.sin(x / 7.0) + 6 * np.sin(x / 23.0)
        cv2.polylines(clean, [np.stack([x, wave], 1).astype(np.int32)], False, 130, 5, cv2.LINE_AA)
    soft = degraded(clean, [Dirt("grain", 0.4), Dirt("focus", 0.8)], 3, 150.0)
    assert softness(working_planes(soft, kernel_scale(soft))[0]) > 0.5
    result = load_cleaner("page", "cpu").clean(Page(soft)).pixels
    ink = clean < 200
    assert (2 * (255.0 - result[ink]) >= 255.0 - clean[ink]).mean() > 0.95
    assert result[~cv2.dilate(ink.astype(np.uint8), np.ones((15, 15))).astype(bool)].mean() > 250


def test_what_is_sharp_on_a_soft_page_is_no_ink():
    """The noise of old paper's picture was sharpened with its letters."""
    clean = draw_page(700, 500)
    aged = degraded(clean, [Dirt("ageing", 0.4), Dirt("grain", 0.8), Dirt("focus", 0.4)], 5, 150.0)
    noise = np.random.default_rng(5).normal(0, 5, aged.shape)
    page = np.clip(aged + noise, 0, 255).astype(np.uint8)
    assert softness(working_planes(page, kernel_scale(page))[0]) > 0.5
    result = load_cleaner("page", "cpu").clean(Page(page)).pixels
    paper = ~cv2.dilate((clean < 200).astype(np.uint8), np.ones((9, 9))).astype(bool)
    assert (result[paper] > 245).mean() > 0.985
