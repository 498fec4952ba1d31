"""Writes the golden listings with line_profiler itself.

Run by a Python in which line_profiler is installed (5.1.0 wrote what is here), in this folder:
what our listings are compared with, tests/lineprof/report/test_listing.py, needs only the files.
"""

import io
import json

from line_profiler.line_profiler import LineStats


def main() -> None:
    with open("listings.json", encoding="utf-8") as file:
        cases = json.load(file)
    for name, (timings, unit, options) in cases["listings"].items():
        # Given in order: line_profiler shows functions in the order it was given them.
        functions = {
            (file, line, function): [tuple(row) for row in rows]
            for file, line, function, rows in sorted(cases["timings"][timings])
        }
        text = io.StringIO()
        LineStats(functions, unit).print(stream=text, **options)
        with open(f"listings/{name}.txt", "w", encoding="utf-8", newline="\n") as file:
            file.write(text.getvalue())


main()
