"""What tests share."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

GOLDEN = ROOT / "tests" / "golden"
"""Files of line_profiler's, and listings that must not change by accident."""
