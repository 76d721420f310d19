"""Models that the visitor trained and kept: on disk for as long as the session lasts, and for it alone.

Their names say which weights they are, so that a model that is remembered by its name is the right one.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from ae.errors import AeError
from app import scratch

if TYPE_CHECKING:
    from ae.models import Autoencoder
    from ae.weights import Card

MOST = 6  # models that a session keeps
PREFIX = "mine-"
_KEY = "kept-models"


@dataclass
class _Shelf:
    folder: TemporaryDirectory[str]
    cards: dict[str, Card] = field(default_factory=dict)


def _shelf() -> _Shelf | None:
    return st.session_state.get(_KEY)


def folder_of(name: str) -> Path | None:
    """Where the named weights lie if this session kept them, else None."""
    if not name.startswith(PREFIX):  # the usual case, also where there is no session
        return None
    shelf = _shelf()
    return Path(shelf.folder.name) if shelf and name in shelf.cards else None


def cards(task: str = "", family: str = "", k: int = 0) -> list[Card]:
    """What this session kept, oldest first: of a task, a family, a size of the code, or all."""
    shelf = _shelf()
    return [
        card
        for card in (shelf.cards.values() if shelf else ())
        if task in ("", card.task) and family in ("", card.family) and k in (0, card.config["k"])
    ]


def keep(card: Card, model: Autoencoder) -> str:
    """Store a model and give the name under which the pages find it. Raises AeError when there are many."""
    from ae import weights

    if len(cards()) >= MOST:
        raise AeError(f"This session keeps {MOST} models already: download what you need, and forget one.")
    if _shelf() is None:
        st.session_state[_KEY] = _Shelf(TemporaryDirectory(prefix="kept-", dir=scratch.folder()))
    shelf = st.session_state[_KEY]
    folder = Path(shelf.folder.name)
    card.name = PREFIX + "new"
    new = weights.save(card, model, folder, half=True)
    mark = card.digest.removeprefix("sha256:")[:8]
    card.name = f"{PREFIX}{card.family}-k{card.config['k']}-{mark}"
    shutil.rmtree(folder / card.name, ignore_errors=True)  # the same weights, if they were kept before
    new.rename(folder / card.name)
    weights.write_card(card, folder)
    shelf.cards[card.name] = card
    return card.name


def forget(name: str) -> None:
    """Remove a model and its files; nothing happens where there is none of that name."""
    shelf = _shelf()
    if shelf and shelf.cards.pop(name, None):
        shutil.rmtree(Path(shelf.folder.name) / name, ignore_errors=True)


def archive(name: str, folder: Path) -> bytes:
    """A ZIP file of the weights (safetensors) and their card (JSON) that lie in a session's folder.

    Asks for no session: a browser fetches its download without one.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for path in sorted((folder / name).iterdir()):
            target.write(path, f"{name}/{path.name}")
    return buffer.getvalue()
