"""Mean CPU usage in a compressed log: the classic small program with one slow place.

    python log_parser.py [LINES] [FILE]
    kernprof -l -v log_parser.py [LINES] [FILE]

The log is made first if it is not there (see make_log.py). With N lines, `for line in f_in`
is hit N + 1 times, once more than there are lines: to find out that there are no more.
"""

from __future__ import annotations

import bz2
import os
import re
import sys

from make_log import LINES, default_path, make_log

try:
    profile  # noqa: B018
except NameError:  # run without kernprof

    def profile(function):
        return function


PATTERN = re.compile(r"(\d+),(\w+),(\d+\.\d+)$")


@profile
def process_line(line):
    match = PATTERN.match(line)
    if match is None:
        return None
    _epoch, metric, value = match.groups()
    return float(value) if metric == "cpu_usage" else None


@profile
def main(path):
    total, count = 0.0, 0
    with bz2.open(path, "rt") as f_in:
        for line in f_in:
            value = process_line(line)
            if value is not None:
                total += value
                count += 1
    return total / count if count else 0.0


if __name__ == "__main__":
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    log = sys.argv[2] if len(sys.argv) > 2 else default_path(lines)
    if not os.path.exists(log):
        make_log(log, lines)
    print(f"mean cpu_usage of {lines} lines: {main(log):.4f}")
