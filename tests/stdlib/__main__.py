"""The command: a table of modules with the same verdicts, and what differs."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable

from .child import PLAIN
from .compare import Comparison, Run, compare, has_module, python_of, run
from .modules import EXEMPTIONS, LEFT_OUT, MODULES, exemption

LINES = 12
ROW = "{:<24} {:>8} {:>7} {:>6} {:>6} {:>6} {:>9} {:>12} {:>7}  {}"
HEAD = ROW.format(
    "module", "source", "tests", "pass", "skip", "other", "functions", "hits", "seconds", "verdicts"
)


def count_of(found: Run) -> Counter[str]:
    counts: Counter[str] = Counter()
    for verdicts in found.verdicts.values():
        counts.update(verdicts)
    return counts


def row(found: Comparison) -> str:
    counts = count_of(found.plain)
    words = [f"{len(found.differences)} differ" if found.differences else "same"]
    if found.plain.crash and found.measured.crash:
        words = ["does not run here"]
    if found.exempt:
        words.append(f"{len(found.exempt)} exempt")
    if found.unsteady:
        words.append(f"{len(found.unsteady)} unsteady")
    return ROW.format(
        found.module,
        found.core,
        len(found.plain.verdicts),
        counts["pass"],
        counts["skip"],
        counts.total() - counts["pass"] - counts["skip"],
        found.measured.functions,
        found.measured.hits,
        f"{found.measured.seconds:.1f}",
        ", ".join(words),
    )


def details(found: Comparison, version: tuple[int, int]) -> Iterable[str]:
    for difference in found.differences:
        yield f"  {difference.test}: {dict(difference.plain)} -> {dict(difference.measured)}"
        # The lines that say most of a traceback, and of a doctest's report.
        for line in difference.why.splitlines()[-LINES:]:
            yield f"      {line}"
    reasons = Counter(
        reason.why for d in found.exempt if (reason := exemption(d.test, found.core, version))
    )
    for why, number in reasons.items():
        yield f"  {number} exempt: {why}"
    for test in found.unsteady:
        yield f"  {test}: unsteady"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stdlib", description=__doc__)
    parser.add_argument(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="as test_json, test_asyncio.test_tasks; default: all",
    )
    parser.add_argument("--python", default=sys.executable, help="interpreter with lineprof")
    parser.add_argument("--core", action="append", help="event source; default: all it has")
    parser.add_argument("--list", action="store_true", help="list modules and exemptions")
    options = parser.parse_args(arguments)
    if options.list:
        print(*MODULES, sep="\n")
        for module, why in LEFT_OUT.items():
            print(f"left out: {module}: {why}")
        for one in EXEMPTIONS:
            print(f"exempt: {one.tests} ({', '.join(one.cores)}): {one.why}")
        return 0
    version, cores, why = python_of(options.python)
    if why:
        parser.error(f"{options.python}: {why}")
    print("Python", ".".join(map(str, version)))
    print(HEAD, flush=True)
    failed = 0
    for module in options.modules or MODULES:
        if not has_module(options.python, module):
            print(f"{module:<24} not in this Python")
            failed += bool(options.modules)
            continue
        plain = run(options.python, PLAIN, module)
        for core in options.core or cores:
            found = compare(options.python, core, module, plain)
            failed += len(found.differences)
            print(row(found), *details(found, version), sep="\n", flush=True)
    print(f"{failed} verdicts differ" if failed else "no verdict differs")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
