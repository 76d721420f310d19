"""Data sets as arrays, and the noise that is put on them."""
