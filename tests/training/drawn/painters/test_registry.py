from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.drawn.painters import registry
from ddsgui.training.drawn.painters.painter import Face, Painter

INVERTED = Painter("inverted", "Inverted", "White is black.", lambda face, values: 255 - face.image)


def negative(face: Face, values: object):
    return 255 - face.image


def test_bundled_painters_are_found_by_name():
    assert [registry.find_painter(painter.name) for painter in registry.PAINTERS] == list(registry.PAINTERS)
    assert len({painter.name for painter in registry.PAINTERS}) == len(registry.PAINTERS) >= 5


def test_an_unknown_painter_is_refused_with_the_known_names():
    with pytest.raises(TrainingError, match="caricature, engraving"):
        registry.find_painter("crayon")


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch):
    """Add a painter as an installed package does, by module and attribute."""

    def add(name: str, attribute: str) -> None:
        entry = EntryPoint(name, f"{__name__}:{attribute}", registry.GROUP)
        monkeypatch.setattr(
            registry, "entry_points", lambda group: [entry] if group == registry.GROUP else []
        )
        monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.attr])

    return add


def test_an_installed_package_adds_a_painter(add, face: Face):
    add("inverted", "INVERTED")
    assert registry.painter_names()[-1] == "inverted"
    assert registry.find_painter("inverted") is INVERTED


def test_an_installed_package_adds_a_function(add, face: Face):
    add("negative", "negative")
    painter = registry.find_painter("negative")
    assert painter.title == "Negative" and not painter.dials
    assert (painter.redraw(face, painter.values()) == 255 - face.image).all()


def test_a_package_that_is_broken_is_named(add):
    add("lost", "no_such_function")
    with pytest.raises(TrainingError, match="lost cannot be loaded"):
        registry.find_painter("lost")
    add("number", "__name__")
    with pytest.raises(TrainingError, match="number is neither"):
        registry.find_painter("number")
