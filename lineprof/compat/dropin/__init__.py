"""Helpers that modules of line_profiler have beside its profiler, for programs that import them.

`lineprof.compat.importer` says under which names they are found.
"""
