"""Runs a program's top level as Python runs a script: with no frame below it."""

from __future__ import annotations

from .._core import run_top_level

__all__ = ["run_top_level"]
