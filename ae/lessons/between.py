"""New codes on the way from one digit's code to another's: drawn alike for pictures and for measures."""

from __future__ import annotations

import numpy as np

REACH = 0.5  # of the way at most, where nothing else is asked for: beyond it, the other digit is nearer


def codes_between(
    codes: np.ndarray, count: int, random: np.random.Generator, reach: float = REACH
) -> np.ndarray:
    """Codes float32 (count, k): each starts at one of the codes (N, k) and goes up to `reach` of the way to
    another one, evenly likely how far. A single code has no other and stays where it is.
    """
    starts = random.integers(len(codes), size=count)
    steps = random.integers(1, max(len(codes), 2), count)
    ends = (starts + steps) % len(codes)
    ways = random.uniform(0, reach, (count, 1))
    return (codes[starts] + ways * (codes[ends] - codes[starts])).astype(np.float32)
