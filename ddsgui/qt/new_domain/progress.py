"""The progress of an adaptation: position, time left, and a hint for the meantime."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import Adaptation
from ddsgui.jobs.eta import Eta, step_time
from ddsgui.text import duration_text

# Cost of a step of the warm-up, in which the generator does not learn, relative to a step of the adaptation. Measured
# at 64 and 128 px.
WARM_UP_STEP_COST = 0.45
WARMING = "Warming up: the pictures do not change yet. You can keep mixing while it trains."
RUNNING = "Stop it when you like what you see. You can keep mixing while it trains."
PAUSED = "Paused and saved. You can close the program."
UNSAVED = "Not saved yet. Free some disk space before closing the program."
STOPPED = "Stopped and saved. You can continue any time."
COMPLETE = "All steps are done. Save the snapshot you like best."


class AdaptationProgress(QWidget):
    """A line of words, a bar and a hint."""

    def __init__(self) -> None:
        super().__init__()
        self._eta = Eta()
        self._warming = False  # in the last value that was shown
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName("Progress of the training")
        self._bar.setFixedHeight(10)
        self._text = QLabel()
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setForegroundRole(self._hint.palette().ColorRole.PlaceholderText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self._text, self._bar, self._hint):
            column.addWidget(widget)

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def hint(self) -> str:
        return self._hint.text()

    def show_text(self, text: str) -> None:
        self._text.setText(text)

    def forget_pace(self) -> None:
        """Do not count the time before the next step."""
        self._eta.forget()

    def begin(self) -> None:
        """Show a bar without an end until the first step."""
        self.forget_pace()
        self._warming = False
        self.show_text("Getting ready…")
        self._bar.setRange(0, 0)

    def tick(self, value: Adaptation, paused: bool) -> None:
        """Show the position after a step, the speed and the time left."""
        if self._warming and not value.is_warming_up:
            self.forget_pace()  # steps are slower after the warm-up
        self._warming = value.is_warming_up
        self._eta.tick(value.warmed + value.step)
        words = [_position_text(value)]
        if (seconds := self._eta.seconds_per_step) is not None:
            words.append(step_time(seconds).replace("it", "step"))
        if (left := self._left(value)) is not None and not paused:
            words.append(f"about {duration_text(left)} left")
        self.show_text("   ·   ".join(words))

    def end(self, value: Adaptation | None) -> None:
        """Show the last position; None if no step was made."""
        if value is None:
            self._text.clear()
            self._bar.setRange(0, 1)
        else:
            self.show_text(_position_text(value))

    def show_state(self, value: Adaptation | None, running: bool, paused: bool) -> None:
        """Update the bar and the hint."""
        if value is None:
            self._hint.clear()
            return
        self._bar.setRange(0, value.warm_up + value.steps)
        self._bar.setValue(value.warmed + value.step)
        if value.save_error:
            self._hint.setText(UNSAVED)
        elif value.is_complete:
            self._hint.setText(COMPLETE)
        elif not running:
            self._hint.setText(STOPPED)
        else:
            self._hint.setText(PAUSED if paused else WARMING if value.is_warming_up else RUNNING)

    def _left(self, value: Adaptation) -> float | None:
        """Return the seconds until the last step; None while they cannot be estimated."""
        if not value.is_warming_up:
            return self._eta.seconds_left(value.warm_up + value.steps)
        left = self._eta.seconds_left(value.warm_up)
        if left is None or self._eta.seconds_per_step is None:
            return None
        return left + value.steps * self._eta.seconds_per_step / WARM_UP_STEP_COST


def _position_text(adaptation: Adaptation) -> str:
    if adaptation.is_warming_up:
        return f"Warming up, {adaptation.warmed} of {adaptation.warm_up}"
    return f"Step {adaptation.step} of {adaptation.steps}"
