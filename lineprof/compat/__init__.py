"""Names, files and formats of line_profiler's."""
