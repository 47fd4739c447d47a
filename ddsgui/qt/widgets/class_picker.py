"""A field for the class of a class-conditional domain."""

from __future__ import annotations

from ddsgui.qt.widgets.fields import CountBox, signals_blocked

WIDTH_PX = 58  # of the field, widget pixels


class ClassPicker(CountBox):
    """The number of a class; hidden if the domain has none."""

    def __init__(self, name: str) -> None:
        super().__init__(0, 0, 1, name, "")
        self.setPrefix("#")
        self.setFixedWidth(WIDTH_PX)
        self.show_classes(0)

    @property
    def classes(self) -> int:
        """The number of classes; 0 if the domain has none."""
        return self._classes

    def show_classes(self, classes: int, chosen: int | None = None) -> None:
        """Offer 0 … classes - 1; a choice that the domain lacks becomes 0. Emits nothing."""
        self._classes = classes
        number = self.value() if chosen is None else chosen
        with signals_blocked(self):
            self.setMaximum(max(0, classes - 1))
            self.setValue(number if number < classes else 0)
        self.setToolTip(f"The class to draw, of {classes} in this domain" if classes else "")
        self.setVisible(classes > 0)

    def title_with_class(self, title: str) -> str:
        """Return a domain's title with its class, as people read it: "Animals #3"."""
        return f"{title} #{self.value()}" if self._classes else title

    def name_with_class(self, domain: str) -> str:
        """Return a domain's name with its class, as the command line writes it: "cifar#3"."""
        return f"{domain}#{self.value()}" if self._classes else domain
