"""`python -m benchmarks`, from a checkout."""

import sys

from benchmarks.cli import main

sys.exit(main())
