"""`python -m ddsgui`."""

import sys

from ddsgui.cli import main

if __name__ == "__main__":
    sys.exit(main())
