"""What can go wrong in words that the user can act on."""

from __future__ import annotations


class DdsError(Exception):
    """One sentence for the user: what is wrong and what to do. Shown as it stands, never with a traceback."""


class CheckpointError(DdsError):
    """A model file cannot be read, or is not a StyleGAN2 generator."""


class ImageError(DdsError):
    """A picture or a mask cannot be read, written, or does not fit."""


class LibraryError(DdsError):
    """A domain, a part or a backbone is not there."""


class DeviceError(DdsError):
    """The device is not there, or its memory ran out."""


class OptimizerError(DdsError):
    """A run cannot start or cannot go on."""


class SegmenterError(DdsError):
    """A part cannot be trained, read, or used with this domain."""


class ProjectError(DdsError):
    """A recipe or project cannot be read."""


class TrainingError(DdsError):
    """A training cannot start or cannot go on."""
