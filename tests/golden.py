"""Outputs of the shipped weights on a fixed input. `python -m tests.golden` records them again, after new
weights were trained on purpose.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from ae import weights
from ae.models import FAMILIES

GOLDEN = Path(__file__).parent / "golden.json"
_POINTS = 12


def fingerprint(name: str) -> list[float]:
    """Twelve output values, spread over the picture, for a smooth picture made of sines."""
    model, card = weights.load(name)
    side = 28 if FAMILIES[card.family].inputs == "digits" else 64
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    picture = 0.5 + 0.5 * torch.sin(rows / 3) * torch.cos(columns / 4)
    with torch.inference_mode():
        output = model(picture.expand(1, model.input_size.planes, side, side)).flatten()
    points = torch.linspace(0, len(output) - 1, _POINTS).long()
    return output[points].tolist()


if __name__ == "__main__":
    found = {name: [round(value, 5) for value in fingerprint(name)] for name in weights.names()}
    GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{GOLDEN}: {len(found)} models")
