"""Runs the program with no frame of ours below its own."""

try:
    from lineprof.measure.event_source import run_top_level
except ImportError:  # the core is not for this interpreter; cProfile is
    run_top_level = exec

__all__ = ["run_top_level"]
