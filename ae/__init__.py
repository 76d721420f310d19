"""Dense and convolutional autoencoders for digits and document pages."""

from pathlib import Path

__version__ = "0.1.0"

# Shipped weights, test digits and sample pages.
PRETRAINED = Path(__file__).parents[1] / "pretrained"
