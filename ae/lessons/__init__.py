"""What the lessons show and a page cannot compute at once: measured by a script, stored with its seed.

Reading needs neither torch nor the data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ae import PRETRAINED
from ae.errors import DataError

FOLDER = PRETRAINED / "lessons"
NAMES = ("outliers", "noise", "making_data", "linear", "loss", "depth")
_COMMAND = "python scripts/measure_lessons.py --data-root DIR --only {name} --seed {seed}"


@dataclass
class Measured:
    """What was measured for one lesson.

    `model`, `data` and `training` say in words how; `seeds` are those of every run, the first one
    that of the whole; `values` are plain JSON, `pictures` uint8 arrays by name.
    """

    name: str
    model: str
    data: str
    training: str
    seeds: list[int]
    values: dict[str, Any]
    pictures: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What measures it again."""
        return _COMMAND.format(name=self.name, seed=self.seeds[0])


def write(measured: Measured, folder: Path | None = None) -> None:
    """Write `NAME.json` and, where there are pictures, `NAME.npz`."""
    folder = folder or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    said = {key: value for key, value in asdict(measured).items() if key != "pictures"}
    (folder / f"{measured.name}.json").write_text(_one_line_a_value(said), encoding="utf-8")
    if measured.pictures:
        np.savez_compressed(folder / f"{measured.name}.npz", **dict(measured.pictures))  # type: ignore[arg-type]


def _one_line_a_value(said: dict[str, Any]) -> str:
    """JSON that a person can look through and that stays small."""
    values = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in said["values"].items())
    head = json.dumps({**said, "values": 0}, indent=1, ensure_ascii=False)
    return head.replace('"values": 0', f'"values": {{\n{values}\n }}') + "\n"


def read(name: str, folder: Path | None = None) -> Measured:
    """What was measured for the named lesson. Raises DataError when it is missing or damaged."""
    path = (folder or FOLDER) / f"{name}.json"
    if not path.exists():
        command = _COMMAND.format(name=name, seed=0)
        raise DataError(f"This lesson is not measured yet: `{command}` does it")
    try:
        measured = Measured(**json.loads(path.read_text(encoding="utf-8")))
        pictures = path.with_suffix(".npz")
        if pictures.exists():
            with np.load(pictures, allow_pickle=False) as arrays:
                measured.pictures = {key: arrays[key] for key in arrays.files}
    except (OSError, ValueError, TypeError, EOFError, BadZipFile) as error:
        raise DataError(f"{path.name} is damaged: restore it, or measure the lesson again") from error
    return measured


def significant(values: Any, digits: int = 4) -> Any:
    """Numbers rounded to so many significant digits, as a list of floats: what a chart needs of them."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, dtype=float).ravel()]


def spread(rows: list[list[float]]) -> tuple[list[float], list[float], list[float]]:
    """Mean, lowest and highest value of each row: those of a figure over several runs."""
    return significant([np.mean(row) for row in rows]), [min(row) for row in rows], [max(row) for row in rows]
