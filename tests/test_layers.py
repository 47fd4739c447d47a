"""Imports between folders and files run one way, and importing the window or the help stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ddsgui

PACKAGE = Path(ddsgui.__file__).parent

# Lower layers first: a module imports its own folder and the layers below it.
LAYERS = (
    (
        "comparison",
        "errors",
        "file_signatures",
        "latest",
        "mask_tint",
        "rect",
        "steps",
        "terminal",
        "text",
        "version",
    ),
    ("paths", "xmp"),
    ("picture_file", "picture_folder"),
    ("images", "mask_file", "device", "memory"),
    ("faces",),
    ("stylegan",),
    ("checkpoints",),
    ("download",),
    ("synthesis",),
    ("training", "editing"),
    ("library", "export", "evaluation"),
    ("project",),
    ("jobs",),
    ("doctor",),
    ("commands",),
    ("cli", "qt"),
    ("__main__",),
)
# Folders within folders: each imports those on its left; "" stands for the files of the folder itself. In checkpoints/
# these files are below and above (messages, checkpoint), which the test of circles covers.
FOLDERS = {
    "checkpoints": ("pickles", "layouts"),
    "synthesis": ("", "blending"),
    "training": ("", "adversarial", "few_shot", "morphs", "drawn"),
    "evaluation": ("", "report"),
    "jobs": ("", "batch", "evaluation"),
    "qt": (
        "widgets",
        "core",
        "canvas",
        "parts",
        "new_domain",
        "library",
        "projects",
        "compare",
        "seed_wall",
        "export",
        "help",
        "mixing",
        "",
    ),
}
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ONLY_QT = ("PySide6", "shiboken6", "qimage2ndarray", "pyqtgraph")
MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """Return a module's name: ddsgui/stylegan/ops.py -> ddsgui.stylegan.ops."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path) for path in MODULES}


def layer(module: str) -> str:
    """Return the part of a name that has a layer: ddsgui.stylegan.ops -> stylegan; "" for ddsgui itself."""
    return [*module.split("."), ""][1]


def folder(module: str) -> str:
    """Return the folder inside a layer: ddsgui.qt.canvas.pane -> canvas; "" for ddsgui.qt.app."""
    parts = module.split(".")[2:]
    return parts[0] if len(parts) > 1 or (PACKAGE.joinpath(*module.split(".")[1:]).is_dir() and parts) else ""


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every module imported anywhere in a file, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield whole if whole in NAMES else module


@cache
def imports_of_modules() -> dict[str, set[str]]:
    """Return the modules that each module imports."""
    return {dotted(path): set(imports(ast.parse(path.read_text("utf-8")))) for path in MODULES}


@pytest.mark.parametrize("module", sorted(NAMES))
def test_arrows_run_one_way(module):
    own = layer(module)
    for imported in imports_of_modules()[module]:
        package = imported.split(".")[0]
        assert own == "qt" or package not in ONLY_QT, f"{module} imports {imported}"
        if package != "ddsgui" or not own or not layer(imported):
            continue
        # The command line opens the window; nothing else reaches up or sideways.
        allowed = (
            own == layer(imported)
            or RANK[layer(imported)] < RANK[own]
            or (own, layer(imported)) == ("cli", "qt")
        )
        assert allowed, f"{module} must not import {imported}"


@pytest.mark.parametrize("top", FOLDERS)
def test_arrows_between_folders_of_a_folder_run_one_way(top):
    rank = {name: number for number, name in enumerate(FOLDERS[top])}
    for module in (name for name in NAMES if layer(name) == top):
        for imported in (
            name for name in imports_of_modules()[module] if layer(name) == top and name != f"ddsgui.{top}"
        ):
            own_rank, imported_rank = rank.get(folder(module)), rank.get(folder(imported))
            assert own_rank is None or imported_rank is None or imported_rank <= own_rank, (
                f"{module} must not import {imported}"
            )


def test_no_file_is_part_of_a_circle():
    graph = {module: others & NAMES - {module} for module, others in imports_of_modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_every_folder_has_its_layer():
    assert {layer(name) for name in NAMES} - {""} <= RANK.keys()


def test_every_folder_of_the_package_has_a_folder_of_tests():
    folders = {path.parent.relative_to(PACKAGE) for path in MODULES if path.name != "__init__.py"}
    missing = [str(f) for f in folders if not any((Path(__file__).parent / f).glob("test_*.py"))]
    assert not missing


def loaded_after(statement: str) -> set[str]:
    """Return the modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.splitlines()[-1].split())


def test_nothing_outside_qt_needs_qt():
    everything = [name for name in NAMES if layer(name) != "qt"]
    loaded = loaded_after("import " + ", ".join(everything))
    assert set(everything) <= loaded
    assert not loaded & set(ONLY_QT)


@pytest.mark.parametrize(
    "package",
    ["cli", "commands", "editing", "export", "library", "project", "jobs", "doctor", "qt.main_window"],
)
def test_importing_the_window_and_the_help_does_not_import_torch(package):
    modules = {name for name in NAMES if f"{name}.".startswith(f"ddsgui.{package}.")}
    # Imported when a verb starts its work.
    at_work = {"ddsgui.commands.mixture"}
    assert "torch" not in loaded_after("import " + ", ".join(modules - at_work))


def test_help_is_instant():
    loaded = loaded_after(
        "import contextlib, io, ddsgui.cli\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    ddsgui.cli.main(['mix', '--help'])"
    )
    assert "ddsgui.commands.mix" in loaded
    assert not loaded & {"torch", "numpy", "PIL", "tqdm", "safetensors"}
