"""Schedule of a training by morphs: growing, sharpening, and the final discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.cost import discriminator_cost, image_cost, sharpening_cost
from ddsgui.training.morphs.settings import MorphSettings, SideSettings
from ddsgui.training.schedule import Schedule, ScheduledStage

_SAVED = ("stage", "seen", "stage_seen", "stage_seconds")


class MorphSchedule(Schedule):
    """The stages of the settings, then the sharpening, then the discriminator for adaptations."""

    def __init__(self, settings: MorphSettings) -> None:
        self.settings = settings
        side = settings.resolution
        growing = [
            ScheduledStage(s.side, s.length, settings.at(s.side).batch, image_cost(settings, s.side))
            for s in settings.stages
        ]
        sharpening = ScheduledStage(side, settings.sharpen, settings.sharpen_batch, sharpening_cost(settings))
        discriminating = ScheduledStage(
            side, settings.discriminator, settings.discriminator_batch, discriminator_cost(settings)
        )
        super().__init__((*growing, sharpening, discriminating), settings.unit)

    @property
    def is_sharpening(self) -> bool:
        """True during the sharpening, after the generator has learnt its images."""
        return self.stage == len(self.settings.stages)

    @property
    def is_discriminating(self) -> bool:
        """True at the end, while the final discriminator learns."""
        return self.stage == len(self.settings.stages) + 1

    @property
    def side_settings(self) -> SideSettings:
        """The settings with which the generator learns in this stage."""
        return self.settings.sharpening if self.is_sharpening else self.settings.at(self.side)

    def state_dict(self) -> dict[str, Any]:
        """Return plain JSON data, from which load_state_dict() continues exactly."""
        return {name: getattr(self, name) for name in _SAVED}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state_dict(). Raises TrainingError if there is no such stage."""
        try:
            stage, self.seen = int(state["stage"]), int(state["seen"])
            self.stage_seen, self.stage_seconds = int(state["stage_seen"]), float(state["stage_seconds"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TrainingError("The saved training is damaged.") from error
        if not 0 <= stage < len(self.stages):
            raise TrainingError("The saved training has other stages.")
        self.stage = stage
