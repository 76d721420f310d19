"""One training loop, its losses and its batches; it knows nothing about autoencoders."""
