"""The options of an export: those that the chosen format has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QWidget

from ddsgui.export.options import FPS_RANGE, MAX_HOLD_SECONDS, SECONDS_RANGE, ExportOptions
from ddsgui.export.registry import ExportFormat
from ddsgui.qt.widgets.fields import ChoiceBox, CountBox, RealBox, align_labels, signals_blocked

UPSCALED = 4  # the scale of the tick box
MAX_MB = 8.0  # of a GIF, where a limit is switched on
AUTO = "auto"
NUMBER_PX, CHOICE_PX = 110, 176
SUBJECTS: dict[str, str] = {
    "run": "The frames of the run",
    "morph": "A morph: source, result, target and back",
}
PACES = {"fps": "frames per second", "seconds": "seconds in all"}


class OptionsForm(QWidget):
    """The fields of ExportOptions; a field that a format does not have is hidden and keeps its value."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._options = ExportOptions()
        self._fields: tuple[str, ...] = ()
        self.animate = ChoiceBox("Shows", "What the animation shows", SUBJECTS)
        self.pace = RealBox(FPS_RANGE[0], FPS_RANGE[1], 1, "Speed", "Frames per second, or seconds in all")
        self.pace_unit = ChoiceBox("Unit of the speed", "Speed, or length of the whole animation", PACES)
        self.hold = RealBox(0, MAX_HOLD_SECONDS, 1, "Hold", "Seconds that the last picture stays")
        self.hold.setSuffix(" s")
        self.ping_pong = QCheckBox("Forwards, then backwards")
        self.ping_pong.setToolTip("Play the run forwards and backwards, so that it repeats without a jump")
        self.side_by_side = QCheckBox("Between source and target")
        self.side_by_side.setToolTip("Show the three pictures side by side")
        self.scale = ChoiceBox("Size", "Size of the pictures; larger ones are drawn by the upscaler")
        self.upscaled = QCheckBox(f"Upscaled ×{UPSCALED}")
        self.upscaled.setToolTip("Four times as large, drawn by the upscaler")
        self.limited = QCheckBox("Under")
        self.limited.setToolTip(
            "Keep the file under a size, with fewer colours, fewer frames or smaller pictures"
        )
        self.limit = RealBox(0.1, 1000, 1, "Limit", "Limit of the file, in millions of bytes")
        self.limit.setSuffix(" MB")
        self.quality = CountBox(1, 100, 5, "Quality", "Higher is larger; 100 is lossless in WebP pictures")
        for box in (self.hold, self.quality, self.limit):
            box.setMaximumWidth(NUMBER_PX)
        for choice in (self.pace_unit, self.scale):
            choice.setFixedWidth(CHOICE_PX)
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(9)
        self._layout.setHorizontalSpacing(14)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._rows: dict[str, QWidget] = {
            "animate": self.animate,
            "fps": _row(self.pace, self.pace_unit),
            "hold": self.hold,
            "ping_pong": self.ping_pong,
            "side_by_side": self.side_by_side,
            "scale": _row(self.scale, self.upscaled),
            "quality": self.quality,
            "max_mb": _row(self.limited, self.limit),
        }
        labels = {
            "animate": "Shows",
            "fps": "Speed",
            "hold": "Hold",
            "scale": "Size",
            "quality": "Quality",
            "max_mb": "File size",
        }
        for name, field in self._rows.items():
            self._layout.addRow(labels.get(name, ""), field)
        align_labels(self._layout)
        self.show_options(self._options)
        for box in (self.pace, self.hold, self.limit, self.quality):
            box.valueChanged.connect(lambda _: self._emit())
        for choice in (self.animate, self.scale):
            choice.currentIndexChanged.connect(lambda _: self._emit())
        self.pace_unit.currentIndexChanged.connect(lambda _: self._change_unit())
        self.upscaled.toggled.connect(self._scale)
        for check in (self.ping_pong, self.side_by_side, self.limited):
            check.toggled.connect(lambda _: self._emit())

    @property
    def options(self) -> ExportOptions:
        """The options as they are shown; fields that are hidden keep their values."""
        is_length = self.pace_unit.name == "seconds"
        return replace(
            self._options,
            animate="morph" if self.animate.name == "morph" else "run",
            fps=self._options.fps if is_length else self.pace.value(),
            seconds=self.pace.value() if is_length else None,
            hold=self.hold.value(),
            ping_pong=self.ping_pong.isChecked(),
            side_by_side=self.side_by_side.isChecked(),
            scale=None if self.scale.name in ("", AUTO) else int(self.scale.name),
            max_mb=self.limit.value() if self.limited.isChecked() else None,
            quality=self.quality.value(),
        )

    def show_options(self, options: ExportOptions) -> None:
        """Show options without emitting anything."""
        self._options = options
        with signals_blocked(
            *(self.animate, self.pace, self.pace_unit, self.hold, self.ping_pong),
            *(self.side_by_side, self.scale, self.limited, self.limit, self.quality),
        ):
            self.animate.show_name(options.animate)
            self.pace_unit.show_name("fps" if options.seconds is None else "seconds")
            self._show_pace(options.fps if options.seconds is None else options.seconds)
            self.hold.setValue(options.hold)
            self.ping_pong.setChecked(options.ping_pong)
            self.side_by_side.setChecked(options.side_by_side)
            self.scale.show_name(AUTO if options.scale is None else str(options.scale))
            self.limited.setChecked(options.max_mb is not None)
            self.limit.setValue(MAX_MB if options.max_mb is None else options.max_mb)
            self.quality.setValue(options.quality)
        self._enable()

    def show_format(self, fmt: ExportFormat, size: tuple[int, int], has_frames: bool) -> None:
        """Show the fields of a format. size: width and height of the pictures, for the names of the scales."""
        self._fields = fmt.options
        for name, field in self._rows.items():
            self._layout.setRowVisible(field, name in fmt.options)
        width, height = size
        scales = {str(n): f"{width * n} × {height * n}{f'  (×{n})' if n > 1 else ''}" for n in (1, 2, 4)}
        self.scale.offer(scales)
        self.animate.offer(SUBJECTS if has_frames else {"morph": SUBJECTS["morph"]})
        self._enable()

    def _scale(self, upscaled: bool) -> None:
        """Choose the size of the tick box, or the pictures' own."""
        self.scale.setCurrentIndex(self.scale.findData(str(UPSCALED if upscaled else 1)))

    def _change_unit(self) -> None:
        """Show a length in place of the frames per second, or the other way."""
        is_length = self.pace_unit.name == "seconds"
        with signals_blocked(self.pace):
            self._show_pace(3.0 if is_length else self._options.fps)
        self._emit()

    def _show_pace(self, value: float) -> None:
        low, high = SECONDS_RANGE if self.pace_unit.name == "seconds" else FPS_RANGE
        self.pace.setRange(low, high)
        self.pace.setValue(value)

    def _emit(self) -> None:
        self._options = self.options
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        """Show what depends on another field."""
        is_morph = self.animate.name == "morph"
        with signals_blocked(self.upscaled):
            self.upscaled.setChecked(self.scale.name == str(UPSCALED))
        self.limit.setEnabled(self.limited.isChecked())
        if "ping_pong" in self._fields:
            self._layout.setRowVisible(self.ping_pong, not is_morph)
        self.hold.setToolTip(
            "Seconds that each of the three pictures stays"
            if is_morph
            else "Seconds that the last picture stays"
        )


def _row(*widgets: QWidget) -> QWidget:
    """Return widgets in a row, as one field."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch()
    return row
