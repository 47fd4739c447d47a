"""The settings of the live blend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QHBoxLayout, QLabel

from ddsgui.jobs.live_pictures import LivePicture
from ddsgui.qt.widgets.dial import Dial
from ddsgui.qt.widgets.fields import ChoiceBox, CountBox, align_labels, signals_blocked
from ddsgui.synthesis.blend_settings import DEFAULT_DEPTH_PX, MAX_FEATHER_PX, BlendSettings

_LAST_LAYERS: dict[str, str] = {
    "auto": "Choose automatically",
    "target": "The target's",
    "source": "The source's",
}
NUMBER_PX = 74  # width of a number next to its dial, widget pixels
_ALL_PARTS = "All parts"
_DEPTH_TIP = (
    "The level at which the part crosses over: at 8 to 16 px only its shape, in the target's style; "
    "from 64 px its own texture"
)
_NO_DEPTH = "The source's own layers draw the part, so depth has no effect."


class LiveForm(QGroupBox):
    """The settings of the live blend; each change shows at once."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("Live")
        self._blend, self._part_blends = BlendSettings(), dict[str, BlendSettings]()
        self._side, self._depths = DEFAULT_DEPTH_PX, (DEFAULT_DEPTH_PX,)  # until there is a pair
        self.part_choice = ChoiceBox(
            "Settings for", "Give each part settings of its own, or change those of all parts alike"
        )
        self.depth_choice = ChoiceBox("Depth", _DEPTH_TIP)
        self.last_layers = ChoiceBox(
            "Last layers",
            "Whose last layers draw the part: the target's redraw it in the target's style, "
            "the source's keep its own texture",
            dict(_LAST_LAYERS),
        )
        self.strength = CountBox(0, 100, 5, "Strength", "How much of the part is carried over")
        self.strength.setSuffix(" %")
        self.feather = CountBox(
            0, MAX_FEATHER_PX, 1, "Feather", "How far the part fades out beyond the mask's edge, in pixels"
        )
        self.feather.setSuffix(" px")
        self.dials = Dial(self.strength, 0, 100), Dial(self.feather, 0, MAX_FEATHER_PX)
        self.match_colour = QCheckBox("Match colours along the edge")
        self.match_colour.setToolTip(
            "Give the part the target's colours along the edge of its mask, for faces of different skin"
        )
        self._notice = QLabel()
        self._notice.setWordWrap(True)
        self._notice.hide()

        self._form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Settings for", self.part_choice)
        form.addRow("Depth", self.depth_choice)
        form.addRow("Last layers", self.last_layers)
        for name, box, dial in zip(
            ("Strength", "Feather"), (self.strength, self.feather), self.dials, strict=True
        ):
            box.setFixedWidth(NUMBER_PX)
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(dial, stretch=1)
            row.addWidget(box)
            form.addRow(name, row)
        form.addRow(self.match_colour)
        form.addRow(self._notice)
        align_labels(form)

        self.offer_parts({})
        self.part_choice.currentIndexChanged.connect(lambda _: self._show())
        self.depth_choice.currentIndexChanged.connect(
            lambda _: self._change(depth=int(self.depth_choice.name))
        )
        self.last_layers.currentIndexChanged.connect(
            lambda _: self._change(last_layers=self.last_layers.name)
        )
        self.strength.valueChanged.connect(lambda percent: self._change(strength=percent / 100))
        self.feather.valueChanged.connect(lambda pixels: self._change(feather=pixels))
        self.match_colour.toggled.connect(lambda on: self._change(match_colour=on))

    @property
    def settings(self) -> BlendSettings:
        """The settings that are shown. Depth and feather that were never changed suit pictures of any size."""
        return self._blend if self.part is None else self._part_blends.get(self.part, self._blend)

    @property
    def part(self) -> str | None:
        """The part whose settings are shown; None if they are those of all parts."""
        return self.part_choice.name or None

    def offer_parts(self, titles: Mapping[str, str]) -> None:
        """Offer parts, name -> title, that may have settings of their own. Emits nothing."""
        self.part_choice.offer({"": _ALL_PARTS, **titles})
        self._form.setRowVisible(self.part_choice, bool(titles))
        self._show()

    def show_settings(self, settings: BlendSettings, of_parts: Mapping[str, BlendSettings]) -> None:
        """Show settings and those of parts that differ. Emits nothing."""
        self._blend, self._part_blends = settings, dict(of_parts)
        self._show()

    def show_picture(self, picture: LivePicture | None) -> None:
        """Offer what the pair of this blend allows. Emits nothing."""
        if picture is None:
            return
        self._side, self._depths = len(picture.image), picture.depths
        self._show()
        pasted = not picture.uses_target_layers
        self.depth_choice.setEnabled(not pasted)
        self.depth_choice.setToolTip(f"{_DEPTH_TIP}\n{_NO_DEPTH}" if pasted else _DEPTH_TIP)
        self.last_layers.setEnabled(bool(picture.depths))
        self._notice.setText(picture.notice or "")
        self._notice.setVisible(picture.notice is not None)

    def _show(self) -> None:
        settings = self.settings
        self.depth_choice.offer({str(depth): f"{depth} px" for depth in self._depths})
        self.depth_choice.show_name(str(settings.depth_in(self._side)))
        self.last_layers.show_name(settings.last_layers)
        with signals_blocked(self.strength, self.feather, self.match_colour):
            self.strength.setValue(round(settings.strength * 100))
            self.feather.setValue(settings.feather_in(self._side))
            self.match_colour.setChecked(settings.match_colour)
            for dial in self.dials:
                dial.follow()

    def _change(self, **fields: Any) -> None:
        settings = replace(self.settings, **fields)
        if self.part is None:
            self._blend = settings
            self._part_blends.clear()
        else:
            self._part_blends[self.part] = settings
        self.changed.emit()
