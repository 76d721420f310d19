"""What the cards report: every figure of digits and pages, computed from weights and data."""

from ae.evaluation.digits import NOISE_SEED, SIGMA, measure_digit_models, reconstruct, reconstruction_mse
from ae.evaluation.pages import measure_pages

__all__ = [
    "NOISE_SEED",
    "SIGMA",
    "measure_digit_models",
    "measure_pages",
    "reconstruct",
    "reconstruction_mse",
]
