"""Codes, neighbours, maps, and the decoder as plain layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ae import latent
from ae.data.drawing import as_digit
from ae.errors import AeError, DataError, WeightsError
from ae.models import FAMILIES, build
from ae.models.variational import Variational, divergence
from ae.portable import export_decoder
from ae.recipes.base import with_penalty
from ae.training.losses import bce
from tests.neighbours import nearest

DIGIT_FAMILIES = [name for name, family in FAMILIES.items() if family.inputs == "digits"]


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)


def test_codes_and_pictures_are_the_models_own(digits) -> None:
    model = build("stacked", {"k": 3, "widths": [16]}).eval()
    codes = latent.encode(model, digits.images)
    assert codes.shape == (40, 3)
    with torch.no_grad():
        assert np.allclose(latent.decode(model, codes), model(digits.images)[:, 0], atol=1e-6)


def test_graph_joins_neighbours_both_ways_and_never_a_code_with_itself(points: np.ndarray) -> None:
    graph = latent.neighbour_graph(points, 4).toarray()
    assert np.array_equal(graph, graph.T)
    assert not graph.diagonal().any()
    for row in range(len(points)):
        assert set(nearest(points, row, 4)) <= set(np.flatnonzero(graph[row]))
    joined = np.argwhere(graph)
    expected = np.linalg.norm(points[joined[:, 0]] - points[joined[:, 1]], axis=1)
    assert np.allclose(graph[graph > 0], expected, atol=1e-5)


def test_grid_has_its_highest_row_first_and_stays_within() -> None:
    grid = latent.grid(0, 0, 4, 2, columns=4, rows=2)
    assert grid.shape == (2, 4, 2)
    assert grid[0, 0].tolist() == [0.5, 1.5]
    assert grid[-1, -1].tolist() == [3.5, 0.5]


def test_the_range_of_codes_leaves_the_rarest_out() -> None:
    codes = np.stack([np.linspace(0, 100, 1001), np.linspace(-1, 1, 1001)], axis=1)
    codes[0] = -1000, 1000
    low, high = latent.code_range(codes)
    assert np.allclose(low, [1, -0.98], atol=0.2)
    assert np.allclose(high, [99, 0.98], atol=0.2)


def test_random_codes_fill_the_range_of_the_codes_and_never_leave_it(points: np.ndarray) -> None:
    codes = (points * [2, 1, 0] + 3).astype(np.float32)  # the last number never changes
    low, high = latent.code_range(codes)
    drawn = latent.random_codes(build("pca", {"k": 3}), codes, 2000)
    assert drawn.shape == (2000, 3)
    assert drawn.dtype == np.float32
    assert (drawn >= low - 1e-5).all()
    assert (drawn <= high + 1e-5).all()
    assert np.allclose(drawn.mean(axis=0), (low + high) / 2, atol=0.15)
    assert np.array_equal(drawn, latent.random_codes(build("pca", {"k": 3}), codes, 2000))


def test_a_variational_model_has_the_standard_normal_whatever_its_codes(points: np.ndarray) -> None:
    drawn = latent.random_codes(build("variational", {"k": 3, "widths": [8]}), points + 5, 5000)
    assert np.allclose(drawn.mean(axis=0), 0, atol=0.06)
    assert np.allclose(np.cov(drawn.T), np.eye(3), atol=0.06)


def test_principal_plane_is_where_the_codes_spread_most(points: np.ndarray) -> None:
    codes = points * [0.1, 5, 1] + [7, 0, 0]
    plane = latent.principal_plane(codes)
    assert np.abs(plane.axes[0]).argmax() == 1
    assert np.abs(plane.axes[1]).argmax() == 2
    places = plane.places(codes)
    assert np.allclose(places.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(places, (codes - plane.mean) @ plane.axes.T, atol=1e-5)


def test_tsne_keeps_groups_apart_and_is_repeatable() -> None:
    groups = np.concatenate([np.random.default_rng(0).normal(size=(30, 5)) + 20 * g for g in range(2)])
    places = latent.tsne(groups.astype(np.float32), seed=1)
    assert places.shape == (60, 2)
    for row in range(60):
        assert all((other < 30) == (row < 30) for other in nearest(places, row, 5))
    assert np.array_equal(places, latent.tsne(groups.astype(np.float32), seed=1))


def test_missing_umap_is_explained(monkeypatch: pytest.MonkeyPatch, points: np.ndarray) -> None:
    monkeypatch.setitem(__import__("sys").modules, "umap", None)
    with pytest.raises(AeError, match=r"requirements-umap\.txt"):
        latent.umap(points)


def test_maps_come_back_for_the_weights_that_made_them(tmp_path: Path) -> None:
    path = tmp_path / "maps" / "projections.npz"
    places = {("a-k4", "tsne"): np.ones((5, 2)), ("b-k4", "tsne"): np.zeros((5, 2))}
    latent.write_projections(latent.Projections(places, {"a-k4": "sha256:1", "b-k4": "sha256:2"}), path)
    assert latent.load_projection("a-k4", "tsne", "sha256:1", path).tolist() == [[1, 1]] * 5
    for name, kind, digest in (("a-k4", "tsne", "sha256:2"), ("a-k4", "umap", "sha256:1"), ("c", "tsne", "")):
        with pytest.raises(DataError, match="encode_digits"):
            latent.load_projection(name, kind, digest, path)


def test_a_missing_or_damaged_file_of_maps_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no tsne map of a-k4"):
        latent.load_projection("a-k4", "tsne", "", tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK no zip")
    with pytest.raises(DataError, match=r"bad\.npz is damaged"):
        latent.load_projection("a-k4", "tsne", "", tmp_path / "bad.npz")


# --- the decoder as plain layers ---


def run_plain(layers: list[dict], weights: np.ndarray, codes: torch.Tensor) -> torch.Tensor:
    """What the layers say, done with torch's own functions."""
    acts = {"none": lambda v: v, "relu": torch.relu, "silu": nn.functional.silu, "sigmoid": torch.sigmoid}
    acts["clamp"] = lambda v: v.clamp(0, 1)
    flat, at, x = torch.from_numpy(weights), 0, codes
    for layer in layers:
        inputs, outputs, kernel = layer["inputs"], layer["outputs"], layer.get("kernel", 1)
        count = inputs * outputs * kernel**2
        weight, bias = flat[at : at + count], flat[at + count : at + count + outputs]
        at += count + outputs
        if layer["kind"] == "linear":
            x = x.flatten(1) @ weight.view(outputs, inputs).T + bias
        else:
            x = x.view(len(x), inputs, layer["side"], layer["side"])
            x = nn.functional.conv_transpose2d(
                x, weight.view(inputs, outputs, kernel, kernel), bias, layer["stride"], layer["padding"]
            )
            assert x.shape[-1] == layer["result"]
        x = acts[layer["activation"]](x)
    assert at == len(weights)
    return x.view(len(x), 28, 28)


@pytest.mark.parametrize("family", DIGIT_FAMILIES)
def test_exported_layers_draw_what_the_decoder_draws(family: str) -> None:
    torch.manual_seed(0)
    model = build(family, {"k": 3}).eval()
    if family == "pca":
        model.mean.uniform_(), model.components.normal_()
    codes = torch.randn(4, 3)
    layers, weights = export_decoder(model)
    with torch.no_grad():
        torch.testing.assert_close(run_plain(layers, weights, codes), model.decode(codes)[:, 0])


def test_a_decoder_of_unknown_layers_is_refused() -> None:
    model = build("simple", {"k": 2})
    model.decoder = nn.Sequential(nn.Linear(2, 784), nn.Tanh())
    with pytest.raises(WeightsError, match="Tanh"):
        export_decoder(model)


# --- the variational family ---


def test_divergence_is_zero_for_the_standard_normal_and_as_the_formula_says() -> None:
    assert divergence(torch.zeros(3, 2), torch.zeros(3, 2)) == 0
    mean, variance = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.5, 3.0]])
    normal = torch.distributions.Normal(mean, variance.sqrt())
    standard = torch.distributions.Normal(torch.zeros(1, 2), torch.ones(1, 2))
    expected = torch.distributions.kl_divergence(normal, standard).sum()
    torch.testing.assert_close(divergence(mean, variance.log()), expected)


def test_codes_are_drawn_while_training_and_certain_in_use(digits) -> None:
    torch.manual_seed(0)
    model = build("variational", {"k": 2, "widths": [16]}).train()
    assert not torch.equal(model(digits.images), model(digits.images))
    model.eval()
    assert torch.equal(model(digits.images), model(digits.images))
    assert model.penalty() is not None
    assert model.penalty() is None


@pytest.mark.parametrize("beta", [0.5, 4.0])
def test_the_loss_grows_with_beta_times_the_divergence(digits, beta: float) -> None:
    torch.manual_seed(0)
    model = build("variational", {"k": 2, "widths": [16], "beta": beta}).train()
    assert isinstance(model, Variational)
    output = model(digits.images)
    hidden = model.encoder(digits.images.flatten(1))
    expected = beta * divergence(model.mean(hidden), model.log_variance(hidden)) / 784
    total = with_penalty(model, bce)(output, digits.images)
    torch.testing.assert_close(total - bce(output, digits.images), expected, atol=1e-6, rtol=1e-4)


def test_training_pulls_the_codes_towards_the_standard_normal(digits) -> None:
    torch.manual_seed(0)
    model = build("variational", {"k": 2, "widths": [16], "beta": 200.0}).train()
    loss = with_penalty(model, bce)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)

    @torch.no_grad()
    def distance() -> float:
        return float(divergence(model.encode(digits.images), torch.zeros(40, 2)))

    model.mean.bias.data -= 3  # far from where the codes are to be
    before = distance()
    for _ in range(300):
        optimizer.zero_grad()
        loss(model(digits.images), digits.images).backward()
        optimizer.step()
    assert distance() < before / 10


# --- drawings ---


def test_a_drawing_is_scaled_into_a_box_and_its_mass_put_into_the_middle() -> None:
    drawing = np.zeros((140, 140))
    drawing[10:60, 100:120] = 1
    digit = as_digit(drawing)
    assert digit is not None
    assert digit.shape == (28, 28)
    assert digit.dtype == np.float32
    rows, columns = np.nonzero(digit)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == 8
    centre = [(digit.sum(axis=1 - axis) * (np.arange(28) + 0.5)).sum() / digit.sum() for axis in (0, 1)]
    assert np.allclose(centre, 14, atol=0.51)


def test_a_lopsided_drawing_stays_within_the_picture() -> None:
    drawing = np.zeros((140, 140))
    drawing[0:140, 0:2] = 0.2
    drawing[130:140, 0:140] = 1
    digit = as_digit(drawing)
    assert digit is not None
    assert digit.sum(axis=1).argmax() >= 14  # the heavy foot is still the foot
    assert (np.count_nonzero(digit.any(axis=1)), np.count_nonzero(digit.any(axis=0))) == (20, 20)


def test_an_empty_board_is_no_digit() -> None:
    assert as_digit(np.zeros((140, 140))) is None


def test_one_dot_becomes_a_digit() -> None:
    drawing = np.zeros((140, 140))
    drawing[70, 70] = 1
    digit = as_digit(drawing)
    assert digit is not None
    assert digit[14, 14] > 0.5
