"""Outputs of the shipped weights on a fixed input. `python -m tests.golden` records them again, after new
weights were trained on purpose.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from ae import weights
from ae.data.mnist import load_test_digits
from ae.models import FAMILIES

GOLDEN = Path(__file__).parent / "golden.json"
_POINTS = 28
_DIGIT = 0  # a seven


def fingerprint(name: str) -> list[float]:
    """Output values spread over the picture, for a real digit or, in page models, a page of sines."""
    model, card = weights.load(name)
    picture = _picture(FAMILIES[card.family].inputs)
    with torch.inference_mode():
        output = model(picture.expand(1, model.input_size.planes, -1, -1))[0, 0]
    # Rows and columns through the middle, where a digit has its ink.
    middle = len(output) // 2
    values = torch.cat([output[middle], output[:, middle]])
    return values[:: len(values) // _POINTS].tolist()


def _picture(inputs: str) -> torch.Tensor:
    """A fixed input (1, 1, H, W) for a family that takes digits, pages, or views of pages."""
    if inputs == "digits":
        return load_test_digits().images[_DIGIT : _DIGIT + 1]
    return _sines(64 if inputs == "pages" else 512)


def _sines(side: int) -> torch.Tensor:
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return (0.5 + 0.5 * torch.sin(rows / 3) * torch.cos(columns / 4))[None, None]


if __name__ == "__main__":
    found = {name: [round(value, 5) for value in fingerprint(name)] for name in weights.names()}
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{GOLDEN}: {len(found)} models")
