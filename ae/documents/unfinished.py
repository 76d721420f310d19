"""What is done of a document so far, kept on disk beside the result until that is complete.

After Ctrl-C, a crash or a power cut, the pages that were clean need not be cleaned again.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae import ocr
from ae.documents.flags import Look
from ae.documents.page import Page
from ae.documents.planning import UNFINISHED, fitting
from ae.documents.quick_png import packed, unpacked
from ae.documents.treatment import Facts, Treated
from ae.errors import InputError
from ae.files import write_whole

_MARK = "settings.json"  # only a folder with this file in it is ever deleted


class Unfinished:
    """The clean pages of one result, by the name of their document and their number.

    `settings`: plain values that the pages depend on; pages made with other settings are never used.
    """

    def __init__(self, target: Path, settings: dict[str, Any]) -> None:
        self.folder = folder_for(target)
        self._settings = json.dumps(settings, sort_keys=True, default=str)

    @property
    def is_there(self) -> bool:
        """Whether a run has left something."""
        return is_ours(self.folder)

    def begin(self, resume: bool) -> None:
        """Throw away what an earlier run left, unless it is to be resumed and was made with these settings.

        Raises OSError when the place cannot be written to, InputError when another folder is in the way.
        """
        if self.folder.exists() and not self.is_there and not _is_empty(self.folder):
            raise InputError(f"{self.folder}: is in the way; move it, or choose another place")
        if not (resume and self.is_there and (self.folder / _MARK).read_text() == self._settings):
            remove(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _MARK).write_text(self._settings)

    def save(self, key: str, treated: Treated) -> None:
        """Keep a clean page. Raises OSError when the disk is full."""
        write_whole(self.folder / f"{key}.png", packed(treated.page.pixels))
        write_whole(self.folder / f"{key}.pdf", treated.text_layer)
        # The facts come last: a page without them is not done.
        write_whole(self.folder / f"{key}.json", json.dumps(asdict(treated.facts), default=str).encode())

    def load(self, key: str, page: Page) -> Treated | None:
        """The clean page for `page`, if it was kept."""
        try:
            facts = _facts(json.loads((self.folder / f"{key}.json").read_bytes()))
            layer = (self.folder / f"{key}.pdf").read_bytes()
            pixels = unpacked((self.folder / f"{key}.png").read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if pixels.shape[:2] != page.pixels.shape[:2]:
            return None
        return Treated(page.with_pixels(pixels), facts, layer)

    def remove(self) -> None:
        """The result is complete."""
        remove(self.folder)


def folder_for(target: Path) -> Path:
    """The folder beside a result for what is done of it."""
    return target.with_name(fitting(target.name, UNFINISHED))


def is_ours(folder: Path) -> bool:
    """Whether a folder was made here."""
    return (folder / _MARK).is_file()


def remove(folder: Path) -> None:
    """Delete a folder made here; leaves others alone.

    What marks it as ours goes last, or a run that is broken off here would leave a folder of nobody's.
    """
    if not is_ours(folder):
        return
    with contextlib.suppress(OSError):  # what somebody else has open stays for the next run
        for path in folder.iterdir():
            if path.is_dir():  # of documents that lie in folders
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _MARK:
                path.unlink(missing_ok=True)
    if [path.name for path in folder.iterdir()] != [_MARK]:
        return
    shutil.rmtree(folder, ignore_errors=True)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _facts(plain: dict[str, Any]) -> Facts:
    """Facts from what was stored."""
    look = Look(**plain["look"] | {"reasons": tuple(plain["look"]["reasons"])})
    readings = {
        name: ocr.Reading(**plain[name] | {"layer": b""}) if plain[name] else None
        for name in ("before", "after")
    }
    return Facts(plain["seconds"], look, **readings, note=plain["note"])
