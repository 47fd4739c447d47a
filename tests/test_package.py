"""The names that `import ddsgui` offers to a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ddsgui


def test_every_name_can_be_imported() -> None:
    assert set(ddsgui.__all__) == set(ddsgui._MODULES) <= set(dir(ddsgui))
    for name in ddsgui.__all__:
        assert getattr(ddsgui, name).__name__ == name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ddsgui.no_such_name


def test_importing_the_package_loads_neither_torch_nor_numpy() -> None:
    code = "import sys, ddsgui; assert not {'torch', 'numpy'} & set(sys.modules); ddsgui.Seed(3)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(ddsgui.__file__).parents[1])
