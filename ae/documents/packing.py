"""Many results in one ZIP."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePath

from ae.documents.writing import aside

_UNPACKED = (".bmp", ".dib", ".pnm", ".pbm", ".pgm", ".ppm", ".tga", ".pcx")  # kinds that a ZIP makes smaller
_ANY_DAY = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made


def pack(files: Sequence[tuple[PurePath, Path]], out: Path) -> None:
    """Put those files that are there into a ZIP under their names; without any, there is none.

    Raises InputError.
    """
    files = [(name, path) for name, path in files if path.is_file()]
    if not files:
        return
    with aside(out) as part, zipfile.ZipFile(part, "w") as packed:
        for name, path in files:
            with path.open("rb") as file, packed.open(_entry(name, path), "w") as entry:
                shutil.copyfileobj(file, entry)


def _entry(name: PurePath, path: Path) -> zipfile.ZipInfo:
    readable = name.as_posix().encode("utf-8", "replace").decode()
    entry = zipfile.ZipInfo(readable, _ANY_DAY)
    entry.file_size = path.stat().st_size  # says whether the entry has to be of the kind for more than 4 GB
    entry.compress_type = zipfile.ZIP_DEFLATED if name.suffix.lower() in _UNPACKED else zipfile.ZIP_STORED
    entry.external_attr = 0o644 << 16
    return entry
