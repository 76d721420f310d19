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

HAVING_THE_CALL = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch without oneDNN")


@pytest.fixture(autouse=True)
def ask_again():
    has_fused.cache_clear()
    yield
    has_fused.cache_clear()


def convolution(size: int, stride: int, bias: bool) -> nn.Conv2d:
    torch.manual_seed(size)
    return nn.Conv2d(12, 8, size, stride, padding=size // 2, bias=bias)


@pytest.mark.parametrize(
    "one_pass", [pytest.param(True, marks=HAVING_THE_CALL), False], ids=["one pass", "steps"]
)
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
    monkeypatch.setattr(fusion, "has_fused", lambda _dtype: one_pass)
    with torch.inference_mode():
        found = FusedConv2d(conv, relu=relu)(x, plus=other if plus else None)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_the_call_is_asked_for_each_kind_of_numbers():
    assert has_fused(torch.float32) == torch.backends.mkldnn.is_available()
    assert not has_fused(torch.float64)
    with torch.inference_mode():
        x = torch.ones(1, 12, 4, 4, dtype=torch.float64)
        assert FusedConv2d(convolution(3, 1, True).double(), relu=True)(x, plus=x[:, :8]).dtype == x.dtype


@HAVING_THE_CALL
def test_autocast_does_not_change_the_answer():
    with torch.autocast("cpu", torch.bfloat16):
        assert has_fused(torch.float32)


@pytest.mark.parametrize("error", [AttributeError, TypeError, RuntimeError])
def test_without_the_call_the_steps_follow_each_other(monkeypatch, error):
    def fail(*_args):
        raise error("no such call")

    monkeypatch.setattr(fusion, "_in_one_pass", fail)
    assert not has_fused(torch.float32)
    conv, x = convolution(3, 1, True), torch.randn(1, 12, 4, 4)
    with torch.inference_mode():
        assert torch.equal(FusedConv2d(conv, relu=True)(x), F.relu(conv(x)))


def test_a_call_that_means_something_else_is_not_used(monkeypatch):
    monkeypatch.setattr(fusion, "_in_one_pass", lambda conv, x, _plus, _relu: conv(x))
    assert not has_fused(torch.float32)


@pytest.mark.parametrize("how", [{"padding": 1, "padding_mode": "reflect"}, {"padding": "same"}])
def test_padding_that_the_call_does_not_know_is_refused(how):
    with pytest.raises(AssertionError):
        FusedConv2d(nn.Conv2d(2, 2, 3, **how))


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


@pytest.mark.parametrize("training", [True, False])
def test_features_are_doubled_and_summed(training):
    h, skip = (
        torch.randn(2, 3, *size).contiguous(memory_format=torch.channels_last) for size in ((4, 5), (8, 10))
    )
    with torch.set_grad_enabled(training):
        found = add_doubled(h, skip)
    assert torch.equal(found, F.interpolate(h, scale_factor=2.0) + skip)
    assert found.is_contiguous(memory_format=torch.channels_last)


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
@pytest.mark.parametrize("family", ["page", "regions", "stacked_conv"])
def test_only_a_copy_computes_in_bfloat16(monkeypatch, family, short):
    monkeypatch.setattr(devices, "has_bfloat16", lambda _device: short)
    model = build(family, {}).eval()
    copy = model.for_inference()
    takes_it = short and family != "stacked_conv"
    assert copy is not model
    assert {p.dtype for p in copy.parameters()} == {torch.bfloat16 if takes_it else torch.float32}
    assert {p.dtype for p in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("family", ["page", "regions"])
def test_a_copy_can_be_copied_again(family):
    copy = build(family, {}).eval().folded()
    x = torch.rand(1, copy.input_size.planes, 128, 128)
    with torch.inference_mode():
        assert torch.equal(copy.folded()(x), copy(x))
