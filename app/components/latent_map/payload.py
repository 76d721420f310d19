"""What the map needs of digits and models, as files that a browser can read: safetensors, gzipped."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from safetensors.numpy import save

from ae.errors import DataError
from app import resources


@dataclass(frozen=True)
class Blob:
    """A named file; the same name stands for the same content."""

    name: str
    content: bytes


def _blob(name: str, tensors: dict[str, np.ndarray], **about: str) -> Blob:
    whole = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    return Blob(name, gzip.compress(save(whole, about or None), mtime=0))


@st.cache_resource(show_spinner="Packing the test digits")
def digits_blob() -> Blob:
    """The pixels of all test digits, one byte each. Raises DataError."""
    pixels = np.rint(resources.digits().images * 255).astype(np.uint8)
    return _blob(f"digits-{zlib.crc32(pixels.tobytes()):08x}", {"pixels": pixels})


@st.cache_resource(max_entries=32, show_spinner="Placing the test digits")
def places_blob(name: str, device: str, kind: str) -> Blob:
    """Where the test digits lie: by their `code` of two numbers, or by a flat map such as `pca` or `tsne`.

    Raises WeightsError, or DataError when a map was not computed.
    """
    from ae import latent

    tensors = {"labels": resources.digits().labels.astype(np.uint8)}
    codes = resources.codes(name, device)
    if kind == "code":
        tensors["places"] = codes
    elif kind == "pca":
        plane = latent.principal_plane(codes)
        tensors |= {"places": plane.places(codes), "mean": plane.mean, "axes": plane.axes}
    else:
        tensors["places"] = latent.load_projection(name, kind, resources.card(name).digest)
    return _blob(f"places-{kind}-{_mark(name)}", tensors)


@st.cache_resource(max_entries=8, show_spinner="Packing the decoder")
def model_blob(name: str, device: str) -> Blob:
    """Codes, decoder, neighbour graph, and the range to draw random codes from. Raises WeightsError.

    A variational model has no range: it was trained to fill the standard normal distribution.
    """
    from ae import latent
    from ae.models.variational import Variational
    from ae.portable import export_decoder

    model, codes = resources.model(name, device), resources.codes(name, device)
    layers, weights = export_decoder(model)
    if resources.card(name).dtype == "float16":
        weights = weights.astype(np.float16)  # as they are stored: nothing is lost
    graph = latent.neighbour_graph(codes)
    tensors = {
        "codes": codes,
        "weights": weights,
        "indptr": graph.indptr.astype(np.int32),
        "indices": graph.indices.astype(np.uint16 if len(codes) <= 2**16 else np.int32),
    }
    if not isinstance(model, Variational):
        tensors["low"], tensors["high"] = latent.code_range(codes)
    return _blob(f"model-{_mark(name)}", tensors, layers=json.dumps(layers))


def _mark(name: str) -> str:
    """The name with what tells these weights from others of the same name."""
    return f"{name}-{resources.card(name).digest.removeprefix('sha256:')[:12]}"


def map_kinds(name: str, k: int) -> list[str]:
    """Ways to lay the codes of a model flat; a shipped map only if it was made by these very weights."""
    if k == 2:
        return ["code"]
    from ae import latent

    digest, kinds = resources.card(name).digest, ["pca"]
    for kind in latent.PROJECTORS:
        try:
            latent.load_projection(name, kind, digest)
            kinds.append(kind)
        except DataError:
            continue
    return kinds
