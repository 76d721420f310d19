"""One lesson a script."""
