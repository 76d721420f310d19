"""Pages: read, clean, write."""
