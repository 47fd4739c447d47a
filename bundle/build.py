"""Make a folder that runs ddsgui without an installed Python, on Linux, macOS or Windows:

    pip install -e . pyinstaller && python bundle/build.py --out dist

The folder ddsgui in --out can be copied to another computer of the same system; its program is ddsgui (.exe). Run it
on each system that you make a folder for: PyInstaller does not build for others.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

import licences

ROOT = Path(__file__).resolve().parents[1]
# Scripts that run in processes of their own, and the files that ddsgui reads.
SCRIPTS = ("ddsgui/qt/core/display.py", "ddsgui/export/opencv_encoder.py")
DATA = {"assets": "ddsgui/assets", "resources": "ddsgui/resources", "pyproject.toml": ".", "LICENSE": "."}
NOT_NEEDED = ("tkinter", "matplotlib", "IPython", "pytest", "tensorboard", "PyQt5", "PyQt6", "distributed")
ICON_SIDE_PX = 256


def main() -> None:
    """Build the folder and write its licences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("dist"), help="folder to make the folder ddsgui in")
    parser.add_argument("--work", type=Path, default=Path("build"), help="folder for PyInstaller's own files")
    args = parser.parse_args()
    out, work = args.out.resolve(), args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    from PyInstaller.__main__ import run  # pyright: ignore[reportMissingModuleSource] - not a dependency

    run(arguments(out, work))
    files = licences.files_of_analysis(work / "ddsgui" / "Analysis-00.toc")
    entries = licences.bundled(files)
    licences.write(entries, out / "ddsgui" / "licences")
    size = sum(path.stat().st_size for path in (out / "ddsgui").rglob("*") if path.is_file())
    print(f"{out / 'ddsgui'}: {size / 1e6:.0f} MB, {len(entries)} licences in licences/{licences.README}")


def arguments(out: Path, work: Path) -> list[str]:
    """Return the arguments for PyInstaller."""
    data = {**DATA, **{script: str(Path(script).parent) for script in SCRIPTS}}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirements = [Requirement(line).name for line in project["dependencies"]]
    return [
        str(ROOT / "bundle" / "start.py"),
        "--name=ddsgui",
        "--onedir",
        "--noconfirm",
        "--clean",
        "--log-level=WARN",
        f"--distpath={out}",
        f"--workpath={work}",
        f"--specpath={work}",
        f"--paths={ROOT}",
        f"--icon={_icon(work)}",
        "--collect-submodules=ddsgui",
        *(f"--add-data={ROOT / source}:{target}" for source, target in data.items()),
        *(f"--copy-metadata={name}" for name in requirements),  # for `ddsgui doctor`
        *(f"--exclude-module={name}" for name in NOT_NEEDED),
        *(["--hide-console=hide-early"] if sys.platform == "win32" else []),
    ]


def _icon(work: Path) -> Path:
    """Return the icon as PNG, which PyInstaller makes each system's own kind of icon from."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QIcon

    app = QGuiApplication.instance() or QGuiApplication([])
    path = work / "ddsgui.png"
    QIcon(str(ROOT / "resources" / "ddsgui.svg")).pixmap(ICON_SIDE_PX, ICON_SIDE_PX).save(str(path))
    del app
    return path


if __name__ == "__main__":
    main()
