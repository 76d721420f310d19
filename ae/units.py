"""Lengths on paper."""

POINTS_PER_INCH = 72
MM_PER_INCH = 25.4
LEAST_DPI, MOST_DPI = 10.0, 20_000.0  # of a page; anything else is a mistake
