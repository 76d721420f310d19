"""Lengths on paper."""

POINTS_PER_INCH = 72
MM_PER_INCH = 25.4
