"""How far the making of a domain is, how long it will take, and what the artist may do meanwhile."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import Adaptation
from ddsgui.jobs.eta import Eta, step_time
from ddsgui.text import duration_text

# Of a step in the warm-up, in those of the adaptation: the generator rests. Measured at 64 and 128 px.
WARM_COST = 0.45
WARMING = "Learning to tell the examples from the domain; the pictures do not change yet."
RUNNING = "Stop it when you like what you see. It may go on while you mix."
PAUSED = "Held. Nothing is lost, even if the program is closed."
UNSAVED = "It is not on the disk yet; make room before the program is closed."
STOPPED = "Stopped. It can go on from here, now or another day."
COMPLETE = "All steps are done. Save the snapshot that you like best."


class AdaptationProgress(QWidget):
    """A line of words, a bar and a hint."""

    def __init__(self) -> None:
        super().__init__()
        self._eta = Eta()
        self._warming = False  # as it was told of last
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
        """What passes until the next step is no measure of the pace."""
        self._eta.forget()

    def begin(self) -> None:
        """Nothing is known yet."""
        self.forget_pace()
        self._warming = False
        self.show_text("Getting ready…")
        self._bar.setRange(0, 0)

    def tick(self, value: Adaptation, paused: bool) -> None:
        """A step has ended."""
        if self._warming and not value.warming:
            self.forget_pace()  # steps are dearer from now on
        self._warming = value.warming
        self._eta.tick(value.warmed + value.step)
        known = [_position_text(value)]
        if (seconds := self._eta.seconds_per_step) is not None:
            known.append(step_time(seconds).replace("it", "step"))
        if (left := self._left(value)) is not None and not paused:
            known.append(f"about {duration_text(left)} left")
        self.show_text("   ·   ".join(known))

    def end(self, value: Adaptation | None) -> None:
        """It is held, stopped or complete, or never began."""
        if value is None:
            self._text.clear()
            self._bar.setRange(0, 1)
        else:
            self.show_text(_position_text(value))

    def show_state(self, value: Adaptation | None, running: bool, paused: bool) -> None:
        """The bar and the hint."""
        if value is None:
            self._hint.clear()
            return
        self._bar.setRange(0, value.warm_up + value.steps)
        self._bar.setValue(value.warmed + value.step)
        if value.trouble:
            self._hint.setText(UNSAVED)
        elif value.complete:
            self._hint.setText(COMPLETE)
        elif not running:
            self._hint.setText(STOPPED)
        else:
            self._hint.setText(PAUSED if paused else WARMING if value.warming else RUNNING)

    def _left(self, value: Adaptation) -> float | None:
        """Seconds to the last step; None while that is anyone's guess."""
        if not value.warming:
            return self._eta.seconds_left(value.warm_up + value.steps)
        left = self._eta.seconds_left(value.warm_up)
        if left is None or self._eta.seconds_per_step is None:
            return None
        return left + value.steps * self._eta.seconds_per_step / WARM_COST


def _position_text(adaptation: Adaptation) -> str:
    if adaptation.warming:
        return f"Warming up, {adaptation.warmed} of {adaptation.warm_up}"
    return f"Step {adaptation.step} of {adaptation.steps}"
