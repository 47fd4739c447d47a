"""ddsgui: mix two StyleGAN2 domains, part by part."""

__version__ = "0.1.0"
