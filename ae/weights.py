"""Weights on disk: `<name>/model.safetensors` and `<name>/card.json`, which says everything about them.

Reading a card needs no torch; it is imported where weights are.
"""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from ae import PRETRAINED
from ae.errors import WeightsError
from ae.files import write_whole

if TYPE_CHECKING:
    import torch

    from ae.models import Autoencoder

FOLDER = PRETRAINED
_MOST_CARDS = 200


@dataclass
class Card:
    """What is known about one set of weights.

    `task`: digits, denoising, pages or regions; `partitions` are the parts of the data that training saw,
    validation included; `measures` come from scripts alone; `history` has one entry an epoch; `regions` names
    the weights of the network that says what a page model is to leave alone.
    """

    name: str
    family: str
    task: str
    config: dict[str, Any]
    about: str
    loss: str
    data: dict[str, Any]
    partitions: list[str]
    seed: int
    command: str
    training: dict[str, Any] = field(default_factory=dict)
    input: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    parameters: int = 0
    dtype: str = "float32"
    licence: str = "MIT"
    digest: str = ""
    regions: str = ""


def save(card: Card, model: Autoencoder, folder: Path = FOLDER, *, half: bool = False) -> Path:
    """Write weights and card; `half` stores float16. Fills the card's digest, dtype and parameter count."""
    from safetensors.torch import save as save_tensors

    from ae.models import config_dict

    state = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    if half:
        state = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    payload = save_tensors(state)
    card.config = config_dict(model)
    card.parameters = model.parameter_count()
    card.dtype = "float16" if half else "float32"
    card.digest = _digest(payload)
    target = folder / card.name
    target.mkdir(parents=True, exist_ok=True)
    write_whole(target / "model.safetensors", payload)
    write_card(card, folder)
    return target


def write_card(card: Card, folder: Path = FOLDER) -> None:
    """Write the card alone, for example after new measures."""
    text = json.dumps(asdict(card), indent=1, ensure_ascii=False)
    write_whole(folder / card.name / "card.json", (text + "\n").encode())
    _read_card.cache_clear()  # two writes may bear the same time


def names(task: str | None = None, folder: Path = FOLDER) -> list[str]:
    """Names of the weights that are there; those of one task leave out what has no readable card."""
    found = sorted(path.parent.name for path in folder.glob("*/card.json"))
    return found if task is None else [name for name in found if _task(name, folder) == task]


def _task(name: str, folder: Path) -> str:
    try:
        return read_card(name, folder).task
    except WeightsError:
        return ""


def home(name: str, folder: Path) -> Path:
    """The folder that has the named weights: this one, or that of the shipped ones."""
    return folder if (folder / name).is_dir() else FOLDER


def read_card(name: str, folder: Path = FOLDER) -> Card:
    """The card of the named weights, the caller's own. Raises WeightsError when it is missing or no card."""
    try:
        written = (folder / name / "card.json").stat().st_mtime_ns
    except OSError as error:
        raise WeightsError(f"there are no weights called '{name}'; see `python -m ae models`") from error
    return deepcopy(_read_card(name, folder, written))


@lru_cache(_MOST_CARDS)
def _read_card(name: str, folder: Path, written: int) -> Card:
    """Cards are asked for often; one that was `written` anew is read anew."""
    path = folder / name / "card.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{name}/card.json is damaged: train the model again or restore it") from error
    known = {entry.name for entry in fields(Card)}
    try:
        card = Card(**{key: value for key, value in values.items() if key in known})
    except (TypeError, AttributeError) as error:
        raise WeightsError(f"{name}/card.json is not a model card: {error}") from error
    if card.name != name:
        raise WeightsError(f"{name}/card.json describes '{card.name}': restore it or rename the folder")
    return card


def load(name: str, device: torch.device | str = "cpu", folder: Path = FOLDER) -> tuple[Autoencoder, Card]:
    """Build the named model with its weights in float32, ready for use.

    Raises WeightsError when a file is missing, its digest differs from the card's, or a shape does not fit.
    """
    from safetensors.torch import load as load_tensors

    from ae.models import build

    card = read_card(name, folder)
    payload = _payload(card, folder)
    try:
        model = build(card.family, card.config)
        model.load_state_dict({key: _full(value) for key, value in load_tensors(payload).items()})
    except (SafetensorError, RuntimeError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise WeightsError(f"{name}: the weights do not fit the family and config on their card") from error
    return model.to(device).eval().requires_grad_(False), card


def check(name: str, folder: Path = FOLDER) -> None:
    """Raises WeightsError when a file of the named weights is missing or not what its card describes."""
    _payload(read_card(name, folder), folder)


def _payload(card: Card, folder: Path) -> bytes:
    name = card.name
    try:
        payload = (folder / name / "model.safetensors").read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{name}/model.safetensors is missing: train the model again or restore it"
        ) from error
    if _digest(payload) != card.digest:
        raise WeightsError(f"{name}/model.safetensors is not the file its card describes (SHA-256 differs)")
    return payload


def _full(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() else value


def _digest(payload: bytes) -> str:
    return "sha256:" + hashlib.sha256(payload).hexdigest()


def describe(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """One row for a list of models: what its card says it is and learned from, and its bytes on disk."""
    from ae.models import FAMILIES

    card = read_card(name, folder)
    path = folder / name / "model.safetensors"
    return {
        "name": name,
        "family": card.family,
        "task": card.task,
        "about": card.about or FAMILIES[card.family].about,
        "loss": card.loss,
        "config": card.config,
        "parameters": card.parameters,
        "bytes": path.stat().st_size if path.exists() else 0,
        "data": card.data.get("name"),
        "partitions": card.partitions,
        "seed": card.seed,
        "licence": card.licence,
        "digest": card.digest,
    }
