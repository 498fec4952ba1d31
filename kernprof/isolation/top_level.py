"""Runs the program with no frame of ours below its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

run_top_level: Callable[[CodeType, dict[str, Any]], object]
try:
    from lineprof.measure.top_level import run_top_level
except ImportError:  # the core is not for this interpreter; cProfile is
    run_top_level = exec
