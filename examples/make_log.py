"""Make the input of log_parser.py: a bz2 log of `epoch,metric,value` lines.

    python make_log.py [LINES] [FILE]

The same number of lines always gives the same log, byte for byte.
"""

from __future__ import annotations

import bz2
import os
import random
import sys

LINES = 500_000
START = 1_700_000_000
METRICS = ("cpu_usage", "memory_usage", "disk_usage", "load_average")
DAMAGED = "### log rotated ###"
"""What one line in a thousand or so says instead."""


def default_path(lines: int) -> str:
    """Where a log of so many lines is kept: beside this file."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), f"log-{lines}.bz2")


def make_log(path: str, lines: int) -> None:
    """Write a log of so many lines; an unfinished one never has the name `path`."""
    chance = random.Random(lines)
    unfinished = f"{path}.{os.getpid()}"
    with bz2.open(unfinished, "wt", encoding="ascii", newline="\n", compresslevel=1) as log:
        for number in range(lines):
            if chance.random() < 0.001:
                log.write(f"{DAMAGED}\n")
                continue
            value = 100 * chance.random()
            log.write(f"{START + number},{chance.choice(METRICS)},{value:.2f}\n")
    os.replace(unfinished, path)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    target = sys.argv[2] if len(sys.argv) > 2 else default_path(count)
    make_log(target, count)
    print(f"{target}: {count} lines")
