"""Errors whose messages tell the user what to do."""

from __future__ import annotations


class DdsError(Exception):
    """An error whose message is shown to the user as it is: what is wrong and what to do about it."""


class UsageError(DdsError):
    """An option of the command line has an absurd value, or contradicts another."""


class CheckpointError(DdsError):
    """A model file cannot be read, or is not a StyleGAN2 generator."""


class NetworkChoiceError(CheckpointError):
    """A model file holds several generators, and no name says which is the average."""

    def __init__(self, name: str, networks: tuple[str, ...]) -> None:
        """name: the file's. networks: their names in it."""
        super().__init__(
            f"{name} holds the generators {', '.join(networks)}, and no name says which is the average. Choose one."
        )
        self.networks = networks


class ImageError(DdsError):
    """A picture or a mask cannot be read or written, or does not fit."""


class LibraryError(DdsError):
    """A domain, a part or a backbone is missing, or cannot be added, downloaded or removed."""


class DeviceError(DdsError):
    """A device is missing, or its memory ran out."""


class OptimizerError(DdsError):
    """A run cannot start or continue."""


class SegmenterError(DdsError):
    """A part cannot be trained, read, or used with this domain."""


class ProjectError(DdsError):
    """A recipe or project cannot be read."""


class TrainingError(DdsError):
    """A training cannot start or continue."""
