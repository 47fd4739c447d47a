"""The arrows of the house: who may import whom, and what must stay cheap to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ddsgui

PACKAGE = Path(ddsgui.__file__).parent

# Lower layers first: a module imports its own folder and what lies below.
LAYERS = (
    ("errors", "latest"),
    ("paths",),
    ("images", "device", "memory", "requirements"),
    ("gan", "stylegan"),
    ("checkpoints",),
    ("download",),
    ("synthesis",),
    ("training", "editing"),
    ("library", "export", "evaluation"),
    ("jobs",),
    ("doctor",),
    ("commands",),
    ("cli", "qt"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ONLY_QT = ("PySide6", "shiboken6", "qimage2ndarray", "pyqtgraph")
MODULES = sorted(PACKAGE.rglob("*.py"))


def noun(module: str) -> str:
    """ddsgui.stylegan.ops -> gan; ddsgui itself -> the empty string."""
    return [*module.split("."), ""][1]


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module imported anywhere in a file, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            # `from ddsgui import paths` imports a module, not a name.
            yield from (f"ddsgui.{alias.name}" for alias in node.names) if module == "ddsgui" else (module,)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_arrows_run_one_way(path):
    own = noun(dotted(path))
    for module in imports(ast.parse(path.read_text("utf-8"))):
        package = module.split(".")[0]
        assert own == "qt" or package not in ONLY_QT, f"{dotted(path)} imports {module}"
        if package != "ddsgui" or not own:
            continue
        other = noun(module)
        if other == "__version__":
            continue
        # The command line opens the window; nothing else reaches up or sideways.
        allowed = own == other or RANK[other] < RANK[own] or (own, other) == ("cli", "qt")
        assert allowed, f"{dotted(path)} must not import {module}"


def test_every_folder_has_its_layer():
    nouns = {noun(dotted(path)) for path in MODULES} - {""}
    assert nouns <= RANK.keys()


def loaded_after(statement: str) -> set[str]:
    """The modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.splitlines()[-1].split())


def test_nothing_outside_qt_needs_qt():
    everything = [dotted(path) for path in MODULES if noun(dotted(path)) != "qt"]
    loaded = loaded_after("import " + ", ".join(everything))
    assert set(everything) <= loaded
    assert not loaded & set(ONLY_QT)


@pytest.mark.parametrize(
    "package", ["cli", "commands", "editing", "export", "library", "doctor", "qt.main_window"]
)
def test_importing_what_the_window_and_the_help_need_leaves_torch_alone(package):
    path = PACKAGE.joinpath(*package.split("."))
    modules = [dotted(p) for p in sorted(path.rglob("*.py"))] if path.is_dir() else [f"ddsgui.{package}"]
    # Imported once there is something to do.
    at_work = {f"ddsgui.{name}" for name in ("commands.mixing", "jobs.base_training", "jobs.base_metrics")}
    assert "torch" not in loaded_after("import " + ", ".join(set(modules) - at_work))


def test_help_is_instant():
    loaded = loaded_after(
        "import contextlib, io, ddsgui.cli\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    ddsgui.cli.main(['mix', '--help'])"
    )
    assert "ddsgui.commands.mix" in loaded
    assert not loaded & {"torch", "numpy", "PIL", "tqdm", "safetensors"}
