"""The start of ddsgui as a folder with its own Python."""

from __future__ import annotations

import multiprocessing
import runpy
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()
    # ddsgui runs two of its scripts in processes of their own, as “python -P SCRIPT”; here it is its own Python.
    if sys.argv[1:2] == ["-P"] and len(sys.argv) > 2:
        del sys.argv[:2]
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        from ddsgui.cli import main

        raise SystemExit(main())
