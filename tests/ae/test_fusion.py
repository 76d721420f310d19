"""Copies of networks for inference: convolutions that do what follows them, and layouts that suit them."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ae import devices
from ae.models import build, fusion, page, regions
from ae.models.blocks import NormedConv, add_doubled
from ae.models.fusion import FusedConv2d, has_fused


@pytest.fixture(autouse=True)
def ask_again():
    has_fused.cache_clear()
    yield
    has_fused.cache_clear()


def convolution(size: int, stride: int, bias: bool) -> nn.Conv2d:
    torch.manual_seed(size)
    return nn.Conv2d(12, 8, size, stride, padding=size // 2, bias=bias)


@pytest.mark.parametrize("one_pass", [True, False], ids=["one pass", "steps"])
@pytest.mark.parametrize("plus", [True, False], ids=["sum", "alone"])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(
    ("size", "stride", "bias"), [(3, 1, True), (1, 1, True), (2, 2, True), (3, 1, False)]
)
def test_a_fused_convolution_gives_what_the_steps_give(monkeypatch, one_pass, plus, relu, size, stride, bias):
    conv = convolution(size, stride, bias)
    x = torch.randn(2, 12, 10, 14).contiguous(memory_format=torch.channels_last)
    expected = conv(x)
    other = torch.randn_like(expected)
    expected = expected + other if plus else expected
    expected = F.relu(expected) if relu else expected
    monkeypatch.setattr(fusion, "has_fused", lambda: one_pass)
    with torch.inference_mode():
        found = FusedConv2d(conv, relu=relu)(x, plus=other if plus else None)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_this_torch_has_the_call():
    assert has_fused() or not torch.backends.mkldnn.is_available()


@pytest.mark.parametrize("error", [AttributeError, TypeError, RuntimeError])
def test_without_the_call_the_steps_follow_each_other(monkeypatch, error):
    def fail(*_args):
        raise error("no such call")

    monkeypatch.setattr(fusion, "_in_one_pass", fail)
    assert not has_fused()
    with torch.inference_mode():
        assert FusedConv2d(convolution(3, 1, True))(torch.ones(1, 12, 4, 4)).shape == (1, 8, 4, 4)


def test_a_call_that_means_something_else_is_not_used(monkeypatch):
    monkeypatch.setattr(fusion, "_in_one_pass", lambda conv, x, _plus, _relu: conv(x))
    assert not has_fused()


def test_gradients_pass_a_fused_convolution():
    conv = convolution(3, 1, True)
    FusedConv2d(conv, relu=True)(torch.ones(1, 12, 4, 4)).sum().backward()
    assert conv.weight.grad is not None


def test_a_normed_convolution_folds_into_one():
    torch.manual_seed(0)
    layer = NormedConv(convolution(3, 1, True))
    layer(torch.randn(4, 12, 8, 8))  # statistics other than 0 and 1
    layer.eval()
    x = torch.randn(1, 12, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(layer.folded()(x), layer(x), atol=1e-5, rtol=1e-4)


def test_features_are_doubled_and_summed():
    h, skip = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 8, 10)
    assert torch.equal(add_doubled(h, skip), F.interpolate(h, scale_factor=2.0) + skip)


def test_pages_are_laid_out_as_by_pixel_unshuffle():
    planes = torch.rand(2, 3, 16, 24)
    assert torch.equal(page._unshuffled(planes), F.pixel_unshuffle(planes, 2))
    coloured = torch.rand(2, 4, 16, 24)
    squares = regions._squares(coloured)
    assert torch.equal(squares[:, :-1], F.pixel_unshuffle(coloured[:, :3], regions.CELL))
    torch.testing.assert_close(squares[:, -1:], F.avg_pool2d(coloured[:, 3:], regions.CELL))
    for each in (page._unshuffled(planes), squares):
        assert each.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("family", ["page", "regions"])
def test_only_a_copy_computes_in_bfloat16(monkeypatch, family, short):
    monkeypatch.setattr(devices, "has_bfloat16", lambda _device: short)
    model = build(family, {})
    copy = model.for_inference()
    assert {p.dtype for p in copy.parameters()} == {torch.bfloat16 if short else torch.float32}
    assert {p.dtype for p in model.parameters()} == {torch.float32}
