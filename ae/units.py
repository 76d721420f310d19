"""Lengths on paper."""

MM_PER_INCH = 25.4
