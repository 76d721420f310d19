"""What the cards report: every figure of digits and pages, computed from weights and data."""

from ae.evaluation.digits import (
    NOISE_LEVELS,
    NOISE_SEED,
    SIGMA,
    measure_autoencoder,
    measure_denoiser,
    measure_digit_models,
    reconstruct,
    reconstruction_mse,
    seed_spread,
)
from ae.evaluation.pages import measure_pages, page_card_measures

__all__ = [
    "NOISE_LEVELS",
    "NOISE_SEED",
    "SIGMA",
    "measure_autoencoder",
    "measure_denoiser",
    "measure_digit_models",
    "measure_pages",
    "page_card_measures",
    "reconstruct",
    "reconstruction_mse",
    "seed_spread",
]
