"""`python -m kernprof`."""

from __future__ import annotations

import sys

from kernprof.cli import main

if __name__ == "__main__":
    sys.exit(main())
