"""The space of codes: where digits lie, who is near whom, random codes, and flat maps of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from scipy.sparse import csr_array

from ae import PRETRAINED, weights
from ae.errors import AeError, DataError
from ae.models import Autoencoder
from ae.models.variational import Variational

PROJECTIONS = PRETRAINED / "mnist_test" / "projections.npz"
GRAPH_NEIGHBOURS = 10
_BATCH = 1000


@torch.inference_mode()
def encode(model: Autoencoder, images: torch.Tensor) -> np.ndarray:
    """Codes float32 (N, k) of images (N, 1, 28, 28) in 0..1."""
    parts = images.split(_BATCH)
    return np.concatenate([model.encode(part.to(model.device)).cpu().numpy() for part in parts])


@torch.inference_mode()
def decode(model: Autoencoder, codes: np.ndarray) -> np.ndarray:
    """Pictures float32 (N, 28, 28) in 0..1 of codes (N, k)."""
    parts = torch.from_numpy(np.ascontiguousarray(codes, dtype=np.float32)).split(_BATCH)
    return np.concatenate([model.decode(part.to(model.device))[:, 0].cpu().numpy() for part in parts])


# --- neighbours and grids ---


def neighbour_graph(codes: np.ndarray, count: int = GRAPH_NEIGHBOURS) -> csr_array:
    """Distances (N, N), sparse: codes (N, k) are joined if one is among the other's `count` nearest."""
    from sklearn.neighbors import kneighbors_graph

    one_way = csr_array(kneighbors_graph(codes, min(count, len(codes) - 1), mode="distance"))
    return csr_array(one_way.maximum(one_way.T))


def grid(left: float, bottom: float, right: float, top: float, columns: int, rows: int) -> np.ndarray:
    """Codes (rows, columns, 2) at the middles of the cells of a rectangle; the first row is the highest."""
    x = left + (np.arange(columns) + 0.5) / columns * (right - left)
    y = top - (np.arange(rows) + 0.5) / rows * (top - bottom)
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


# --- random codes ---


def code_range(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value (k,) of each code number of codes (N, k), the rarest 2 % left out."""
    low, high = np.percentile(codes, (1, 99), axis=0)
    return low.astype(np.float32), high.astype(np.float32)


def random_codes(model: Autoencoder, codes: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Codes float32 (count, k), drawn as the map draws them.

    A variational model was trained to have the standard normal distribution. Another has none: its codes are
    drawn evenly from the range of the codes (N, k) of digits, and the pictures show how full that range is.
    """
    random = np.random.default_rng(seed)
    size = (count, codes.shape[1])
    if isinstance(model, Variational):
        return random.normal(size=size).astype(np.float32)
    return random.uniform(*code_range(codes), size).astype(np.float32)


# --- flat maps of longer codes ---


@dataclass(frozen=True)
class Plane:
    """The plane on which codes spread most: `mean` (k,), `axes` (2, k), both float32."""

    mean: np.ndarray
    axes: np.ndarray

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Where codes (N, k) lie on the plane, (N, 2)."""
        return ((codes - self.mean) @ self.axes.T).astype(np.float32)


def principal_plane(codes: np.ndarray) -> Plane:
    """The plane of codes (N, k) by principal component analysis."""
    from sklearn.decomposition import PCA

    pca = PCA(2, svd_solver="full").fit(codes)
    return Plane(pca.mean_.astype(np.float32), pca.components_.astype(np.float32))


def tsne(codes: np.ndarray, seed: int = 0) -> np.ndarray:
    """A map (N, 2) that keeps near codes (N, k) near: t-SNE (van der Maaten & Hinton, JMLR 9, 2008).

    Sizes of groups, gaps between them and places themselves mean little (Wattenberg, Viegas & Johnson,
    "How to use t-SNE effectively", Distill 2016): a place cannot be decoded. Takes minutes for 10,000 codes.
    """
    from sklearn.manifold import TSNE

    perplexity = min(30, (len(codes) - 1) / 3)
    return np.asarray(TSNE(2, init="pca", perplexity=perplexity, random_state=seed).fit_transform(codes))


def umap(codes: np.ndarray, seed: int = 0) -> np.ndarray:
    """A map (N, 2) by UMAP (McInnes, Healy & Melville 2018), whose package is an extra. Raises AeError."""
    try:
        from umap import UMAP
    except ImportError as error:
        raise AeError("UMAP is not installed: pip install -r requirements-umap.txt") from error
    return np.asarray(UMAP(random_state=seed).fit_transform(codes))


PROJECTORS = {"tsne": tsne, "umap": umap}


@dataclass(frozen=True)
class Projections:
    """Flat maps (N, 2) by name of the model and kind, and the digests of the weights that made the codes."""

    places: dict[tuple[str, str], np.ndarray]
    digests: dict[str, str]

    def of_current_weights(self) -> Projections:
        """Those whose weights are still the ones in the lab."""
        current = {name: weights.read_card(name).digest for name in set(weights.names()) & set(self.digests)}
        kept = {name for name, digest in current.items() if digest == self.digests[name]}
        places = {key: value for key, value in self.places.items() if key[0] in kept}
        return Projections(places, {name: self.digests[name] for name in sorted(kept)})


def write_projections(projections: Projections, path: Path = PROJECTIONS) -> None:
    """Write maps, as half-precision numbers: a thousandth of their width is finer than a screen."""
    arrays = {
        f"{name}/{kind}": value.astype(np.float16) for (name, kind), value in projections.places.items()
    }
    marks = {f"{name}/digest": np.array(digest) for name, digest in projections.digests.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays, **marks)  # type: ignore[arg-type]


def read_projections(path: Path = PROJECTIONS) -> Projections:
    """What `write_projections` wrote; nothing when there is no file. Raises DataError when it is damaged."""
    if not path.exists():
        return Projections({}, {})
    with _opened(path) as arrays:
        parts = {tuple(key.rsplit("/", 1)): arrays[key] for key in arrays.files}
    digests = {name: str(value) for (name, kind), value in parts.items() if kind == "digest"}
    places = {key: value.astype(np.float32) for key, value in parts.items() if key[1] != "digest"}
    return Projections(places, digests)


def load_projection(name: str, kind: str, digest: str, path: Path = PROJECTIONS) -> np.ndarray:
    """The shipped map (N, 2) of the named model's codes. Raises DataError when it is missing or outdated."""
    missing = DataError(f"no {kind} map of {name}: scripts/encode_digits.py --maps {kind} computes it")
    if not path.exists():
        raise missing
    with _opened(path) as arrays:
        if f"{name}/{kind}" not in arrays.files or str(arrays[f"{name}/digest"]) != digest:
            raise missing
        return np.asarray(arrays[f"{name}/{kind}"], dtype=np.float32)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise DataError(f"{path.name} is damaged: write it again with scripts/encode_digits.py") from error
