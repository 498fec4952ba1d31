"""Helpers that tests share."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

GOLDEN = ROOT / "tests" / "golden"
"""Files written by line_profiler, and listings that must not change by accident."""
