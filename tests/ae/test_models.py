"""Every family in the registry keeps the promises of `Autoencoder`; registering a new one tests it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
import torch

from ae import devices
from ae.errors import WeightsError
from ae.models import FAMILIES, Autoencoder, build, config_dict, fusion, source_code
from ae.models.regions import CELL, VIEWS, mix

DIGIT_FAMILIES = [name for name, family in FAMILIES.items() if family.inputs == "digits"]
PAGE_FAMILIES = [name for name, family in FAMILIES.items() if family.inputs == "pages"]
PICTURE_FAMILIES = DIGIT_FAMILIES + PAGE_FAMILIES


def example(model: Autoencoder, family: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    if FAMILIES[family].inputs == "digits":
        return torch.rand(5, 1, 28, 28, generator=generator)
    side = 3 * max(model.input_size.multiple_of, 8)
    return torch.rand(
        2, model.input_size.planes, side, side + model.input_size.multiple_of, generator=generator
    )


def built(family: str) -> Autoencoder:
    torch.manual_seed(1)
    return build(family, {}).eval()


@pytest.mark.parametrize("family", PICTURE_FAMILIES)
def test_output_has_one_plane_of_the_inputs_size_in_unit_range(family):
    model = built(family)
    x = example(model, family)
    with torch.no_grad():
        y = model(x)
    assert y.shape == (len(x), 1, *x.shape[2:])
    assert y.dtype == torch.float32
    assert 0 <= y.min() <= y.max() <= 1


def test_regions_are_shares_of_every_view_in_every_square():
    model = built("regions")
    torch.nn.init.normal_(model.leave.weight)
    x = example(model, "regions")
    with torch.no_grad():
        shares = model(x)
    assert shares.shape == (len(x), len(VIEWS), x.shape[2] // CELL, x.shape[3] // CELL)
    assert shares.min() >= 0
    torch.testing.assert_close(shares.sum(1), torch.ones_like(shares[:, 0]))
    assert shares.std() > 0.05


@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_a_view_with_all_of_the_share_is_the_page(view):
    shares = torch.nn.functional.one_hot(torch.full((2, 3, 4), view), len(VIEWS)).permute(0, 3, 1, 2).float()
    views = torch.rand(2, len(VIEWS) - 1, 3, 3 * CELL, 4 * CELL)
    expected = views[:, view] if view < len(VIEWS) - 1 else torch.ones_like(views[:, 0])
    torch.testing.assert_close(mix(shares, views), expected)


OTHER_CONFIGS = {
    "simple": {"k": 3},
    "stacked": {"k": 3, "widths": [40, 20]},
    "conv": {"k": 3, "widths": [4, 6, 8], "hidden": [12, 10]},
    "variational": {"k": 3, "widths": [40, 20], "beta": 4.0},
    "pca": {"k": 3},
    "stacked_conv": {"filters": [6, 4]},
    "page": {"widths": [4, 6]},
    "regions": {"widths": [4, 6]},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_config_rebuilds_the_model(family):
    model = build(family, OTHER_CONFIGS[family])
    assert model.parameter_count() != build(family, {}).parameter_count()
    again = build(family, config_dict(model))
    assert config_dict(again) == asdict(model.config)
    again.load_state_dict(model.state_dict())


@pytest.mark.parametrize("family", FAMILIES)
def test_one_image_gives_the_same_result_as_in_a_batch(family):
    model = built(family)
    x = example(model, family)
    with torch.no_grad():
        torch.testing.assert_close(model(x)[:1], model(x[:1]), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "pca"])
def test_every_parameter_learns(family):
    model = built(family).train()
    x = example(model, family)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):  # layers behind a zero-initialised one only learn after it has moved
        optimizer.zero_grad()
        (model(x) - 0.3).square().mean().backward()
        optimizer.step()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


@pytest.mark.parametrize("family", DIGIT_FAMILIES)
@pytest.mark.parametrize("k", [2, 32])
def test_code_has_k_numbers(family, k):
    model = build(family, {"k": k}).eval()
    with torch.no_grad():
        assert model.encode(torch.rand(3, 1, 28, 28)).shape == (3, k)
        assert model.decode(torch.zeros(3, k)).shape == (3, 1, 28, 28)


@pytest.mark.parametrize("family", PAGE_FAMILIES)
def test_context_covers_everything_a_pixel_depends_on(family):
    """Pixels further away than `context` may change without the result knowing."""
    torch.manual_seed(0)
    model = build(family, {}).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    size = model.input_size
    side = 2 * size.context + 4 * size.multiple_of
    side += -side % size.multiple_of
    x = torch.rand(1, size.planes, side, side)
    other = x.clone()
    middle = side // 2
    other[..., : middle - size.context] = torch.rand_like(other[..., : middle - size.context])
    with torch.no_grad():
        torch.testing.assert_close(model(x)[..., middle:], model(other)[..., middle:], atol=1e-5, rtol=1e-4)


def test_simple_is_the_experiment_to_the_letter():
    model = build("simple", {"k": 2})
    assert model.parameter_count() == 784 * 2 + 2 + 2 * 784 + 784
    with torch.no_grad():
        assert model.encode(torch.rand(50, 1, 28, 28)).min() >= 0


def test_stacked_conv_is_the_experiment_to_the_letter():
    model = build("stacked_conv", {})
    shapes = [tuple(p.shape[:2]) for p in model.parameters() if p.ndim == 4]
    assert shapes == [(32, 1), (16, 32), (8, 16), (8, 8), (16, 8), (32, 16), (1, 32)]
    with torch.no_grad():
        assert model.encode(torch.rand(1, 1, 20, 30)).shape == (1, 8, 20, 30)


def test_untrained_page_network_is_the_division_filter():
    model = build("page", {}).eval()
    planes = torch.rand(1, 3, 32, 48)
    with torch.no_grad():
        assert torch.equal(model(planes), planes[:, 1:2])


def test_pca_explains_data_of_its_own_rank_exactly(digits):
    basis = np.random.default_rng(0).random((3, 784))
    images = (np.random.default_rng(1).random((100, 3)) @ basis / 3).reshape(-1, 1, 28, 28)
    images = torch.from_numpy(images).float()
    model = build("pca", {"k": 3}).fit(images.numpy())
    torch.testing.assert_close(model(images), images, atol=1e-4, rtol=0)


def test_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(WeightsError, match=r"'mystery'.*simple"):
        build("mystery", {})


def test_unknown_setting_is_refused_by_name():
    with pytest.raises(WeightsError, match="wings"):
        build("simple", {"wings": 2})


@pytest.mark.parametrize("family", FAMILIES)
def test_source_shows_config_and_model(family):
    text = source_code(family)
    assert f"class {FAMILIES[family].config.__name__}" in text
    assert f"class {FAMILIES[family].model.__name__}" in text


@pytest.mark.parametrize("one_pass", [True, False])
@pytest.mark.parametrize("family", [*PAGE_FAMILIES, "regions"])
def test_folding_for_inference_changes_nothing(monkeypatch, family, one_pass):
    if not one_pass:
        monkeypatch.setattr(fusion, "has_fused", lambda _dtype: False)
    monkeypatch.setattr(devices, "has_bfloat16", lambda _device: False)
    model = built(family)
    x = example(model, family)
    for _ in range(2):  # give normalisation layers statistics that differ from their start
        model.train()
        model(x)
    for name, parameter in model.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.2)
        if "leave" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    model.eval()
    with torch.no_grad():
        expected = model(x)
        assert (expected - expected.round()).abs().mean() > 0.02  # not all black or white
        for copy in (model.folded(), model.for_inference()):
            torch.testing.assert_close(copy(x), expected, atol=1e-4, rtol=1e-3)


def test_of_several_proposals_the_code_with_the_nearest_picture_is_kept():
    torch.manual_seed(2)
    model = build("conv", {"k": 2, "widths": [4, 6, 8], "hidden": [16], "proposals": 3}).eval()
    with torch.no_grad():
        proposals = torch.randn(3, 2) * 20
        model.encoder[-1].weight.zero_()
        model.encoder[-1].bias.copy_(proposals.flatten())
        pictures = model.decode(proposals)
        codes = model.encode(pictures[[2, 0, 1, 2]])
    assert (pictures[0] - pictures[1]).abs().max() > 0.01
    torch.testing.assert_close(codes, proposals[[2, 0, 1, 2]])


def test_only_the_proposal_that_is_kept_learns():
    torch.manual_seed(2)
    model = build("conv", {"k": 2, "widths": [4, 6, 8], "hidden": [16], "proposals": 3})
    x = torch.rand(1, 1, 28, 28)
    (model(x) - x).square().mean().backward()
    learned = model.encoder[-1].bias.grad.view(3, 2).abs().sum(1) > 0
    assert learned.sum() == 1
