"""Runs one module of CPython's test suite, measured or not, and writes its verdicts down.

A script, and of the standard library alone besides lineprof, so that any Python can run it:

    python child.py OUTPUT plain|trace|monitor TEST_MODULE [LIBRARY_MODULE ...]
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

PLAIN = "plain"
LONGEST = 4000  # characters of a traceback
DEPTH = 10  # frames that CPython's own runner has above a test; test_tracemalloc counts on them
HIGHEST_TOOL = 5  # of sys.monitoring
SETTRACE_TOOL = 7  # sys.settrace() is one, too


class Verdicts(unittest.TestResult):
    """The verdicts of each test, all of them if it ran more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Counter[str]] = {}
        self.why: dict[str, str] = {}

    def note(self, test: Any, verdict: str, error: Any = None) -> None:
        name = test.id()
        self.found.setdefault(name, Counter())[verdict] += 1
        if error is not None:
            self.why[name] = self._exc_info_to_string(error, test)[-LONGEST:]  # type: ignore[attr-defined]

    def addSuccess(self, test: Any) -> None:  # noqa: N802
        self.note(test, "pass")

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self.note(test, "fail", err)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self.note(test, "error", err)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self.note(test, "skip")

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        self.note(test, "unexpected success")

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self.note(test, "failed part" if failed else "part with error", err)


class Measuring:
    """Measures every function of some files, those that exist and those still to come."""

    def __init__(self, core: str, files: list[str]) -> None:
        self.files = tuple(files)
        self.known: dict[int, CodeType] = {}
        self.profiler: Any = None
        self.begun = False
        if core != PLAIN:
            from lineprof import LineProfiler

            self.profiler = LineProfiler(core=core)

    def wanted(self, code: CodeType) -> bool:
        name = code.co_filename
        # Not of frozen modules, nor of code that tests compile while they run.
        return name.startswith(self.files) or (name[:1] == "<" and name != "<frozen runpy>")

    def watch(self, code: CodeType) -> None:
        # Plain runs keep no code alive.
        if self.profiler is None or id(code) in self.known or not self.wanted(code):
            return
        self.known[id(code)] = code
        if self.begun:
            self.profiler.watch(code)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.watch(constant)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """An audit hook that sees all code about to be executed, including imported modules."""
        if event == "exec" and isinstance(arguments[0], CodeType):
            self.watch(arguments[0])

    def begin(self) -> None:
        """Not before the tests are imported: many of them are not even made if there is a trace
        function then.
        """
        for thing in gc.get_objects():
            if type(thing) is FunctionType:
                self.watch(thing.__code__)
        self.begun = True
        if self.profiler is not None:
            with low_tools_taken():
                for code in list(self.known.values()):
                    self.profiler.watch(code)

    def hits(self) -> tuple[int, int]:
        """How many functions ran, and how many hits their lines had."""
        if self.profiler is None:
            return 0, 0
        functions = self.profiler.snapshot().functions
        return (
            sum(1 for function in functions if any(line.hits for line in function.lines)),
            sum(line.hits for function in functions for line in function.lines),
        )


@contextmanager
def low_tools_taken() -> Iterator[None]:
    """Make the profiler take the highest tool id, since tests of monitoring take low ones."""
    taken = []
    if sys.version_info >= (3, 12):
        taken = [tool for tool in range(HIGHEST_TOOL) if sys.monitoring.get_tool(tool) is None]
        for tool in taken:
            sys.monitoring.use_tool_id(tool, "tests.stdlib")
    yield
    if sys.version_info >= (3, 12):
        for tool in taken:
            sys.monitoring.free_tool_id(tool)


def hide_tools(*numbers: int) -> None:
    """Keep tools out of what sys.monitoring lists: test_monitoring begins each test with a look
    at whether there are tools with events.
    """
    if sys.version_info < (3, 12):
        return
    monitoring: Any = sys.monitoring
    get_events, all_events = monitoring.get_events, monitoring._all_events

    hidden = sum(1 << number for number in numbers)

    def of_others() -> dict[str, int]:
        seen = {event: tools & ~hidden for event, tools in all_events().items()}
        return {event: tools for event, tools in seen.items() if tools}

    monitoring.get_events = lambda tool: 0 if tool in numbers else get_events(tool)
    monitoring._all_events = of_others


def files_of(libraries: list[str]) -> list[str]:
    """The beginnings of the names of the files to measure."""
    import test

    found = [str(Path(test.__file__).parent) + os.sep]
    for library in libraries:
        spec = importlib.util.find_spec(library)
        if spec is not None and spec.origin is not None and spec.has_location:
            path = Path(spec.origin)
            package = spec.submodule_search_locations is not None
            found.append(str(path.parent) + os.sep if package else str(path))
    return found


def deeper(call: Callable[[], object], frames: int) -> None:
    """Call the function below so many more frames."""
    if frames:
        deeper(call, frames - 1)
    else:
        call()


def run(core: str, module: str, libraries: list[str]) -> dict[str, Any]:
    from test import support

    support.use_resources = []
    measuring = Measuring(core, files_of(libraries))
    sys.addaudithook(measuring.audit)
    for library in libraries:
        if importlib.util.find_spec(library) is not None:
            importlib.import_module(library)
    try:
        importlib.import_module(f"test.{module}")
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    except unittest.SkipTest as skipped:
        return {"verdicts": {module: {"skip": 1}}, "why": {module: str(skipped)}}
    result = Verdicts()
    measuring.begin()
    if module == "test_monitoring":
        hide_tools(HIGHEST_TOOL, SETTRACE_TOOL)
    deeper(lambda: suite.run(result), DEPTH)
    functions, hits = measuring.hits()
    return {
        "verdicts": result.found,
        "why": result.why,
        "functions": functions,
        "hits": hits,
    }


def main() -> None:
    output, core, module, *libraries = sys.argv[1:]
    output = os.path.abspath(output)
    # The tests must not find the modules of this folder.
    del sys.path[0]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        found = run(core, module, libraries)
        os.chdir(os.sep)
    Path(output).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
