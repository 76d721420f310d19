"""Dense and convolutional autoencoders for digits and document pages."""

__version__ = "0.1.0"
