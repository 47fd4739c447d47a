"""The folder for computers without Python, and the entry in the menu of a desktop."""

from __future__ import annotations

import configparser
import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "bundle" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def licences(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delitem(sys.modules, "licences", raising=False)
    return load("licences")


def test_each_file_of_a_bundle_has_an_owner_with_a_licence(licences: ModuleType, tmp_path: Path) -> None:
    import numpy
    import safetensors

    library = tmp_path / "libstranger.so.1"
    library.touch()
    toc = tmp_path / "Analysis-00.toc"
    names = [numpy.__file__, safetensors.__file__, configparser.__file__, str(library), "/gone/file.py"]
    toc.write_text(repr((["x"], [(Path(name).name, name, "DATA") for name in names])))
    entries = {entry.name: entry for entry in licences.bundled(licences.files_of_analysis(toc))}
    assert set(entries) == {"ddsgui", "Python", "numpy", "safetensors", "the system's libstranger.so.1"}
    assert "BSD" in entries["numpy"].licence and entries["numpy"].texts
    licences.write(list(entries.values()), tmp_path / "licences")
    table = (tmp_path / "licences/README.md").read_text("utf-8")
    assert all(f"| {name} |" in table for name in entries)
    assert any((tmp_path / "licences/numpy").iterdir())


def test_the_folder_has_everything_that_ddsgui_reads_and_runs(
    licences: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = load("build")
    monkeypatch.setattr(build, "_icon", lambda work: work / "ddsgui.png")
    arguments = build.arguments(tmp_path / "out", tmp_path / "work")
    data = [argument.removeprefix("--add-data=") for argument in arguments if "--add-data=" in argument]
    sources = [Path(item.rpartition(":")[0]) for item in data]
    assert all(source.exists() for source in sources)
    assert {source.name for source in sources} >= {"assets", "resources", "display.py", "pyproject.toml"}
    assert "--copy-metadata=torch" in arguments


def test_the_start_of_the_folder_runs_the_scripts_of_ddsgui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys, pathlib\npathlib.Path(sys.argv[1]).write_text(__name__)\n")
    monkeypatch.setattr(sys, "argv", ["ddsgui", "-P", str(script), str(tmp_path / "seen")])
    runpy.run_path(str(ROOT / "bundle/start.py"), run_name="__main__")
    assert (tmp_path / "seen").read_text() == "__main__"


def test_the_menu_entry_and_its_icon_are_sound() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(ROOT / "bundle/ddsgui.desktop", "utf-8")
    group = entry["Desktop Entry"]
    assert (group["Type"], group["Icon"], group["Exec"].split()[0]) == ("Application", "ddsgui", "ddsgui")
    icon = ElementTree.parse(ROOT / "resources/ddsgui.svg").getroot()
    assert icon.get("viewBox") == "0 0 256 256"
