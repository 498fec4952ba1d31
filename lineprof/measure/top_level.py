"""Runs a program's top level as Python runs a script: with no frame below it."""

from .._core import run_top_level

__all__ = ["run_top_level"]
