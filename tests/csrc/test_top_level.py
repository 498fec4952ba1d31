"""A program's top level: run with no frame below it, and all as before afterwards."""

from __future__ import annotations

import sys
import traceback
from typing import Any

import pytest

from lineprof._core import run_top_level
from tests.support import isolated


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__builtins__": __builtins__}
    run_top_level(compile(text, "program.py", "exec"), names)
    return names


def depth() -> int:
    return len(traceback.extract_stack())


def test_it_has_no_caller() -> None:
    before = depth()
    assert run("import traceback; n = len(traceback.extract_stack())")["n"] == 1
    assert depth() == before


def test_all_calls_fit_that_fit_without_callers() -> None:
    count = "def f(n):\n    try: return f(n + 1)\n    except RecursionError: return n\nn = f(0)"

    def from_deeper(levels: int) -> int:
        if levels:
            return from_deeper(levels - 1)
        found: int = run(count)["n"]
        return found

    assert from_deeper(0) == from_deeper(100) > sys.getrecursionlimit() - 10


def test_a_limit_that_is_set_within_stays() -> None:
    before = sys.getrecursionlimit()
    try:
        run(f"import sys; sys.setrecursionlimit({before + 50})")
        assert sys.getrecursionlimit() == before + 50
    finally:
        sys.setrecursionlimit(before)


def test_exceptions_come_out_with_all_their_frames() -> None:
    before = depth()
    with pytest.raises(ZeroDivisionError) as caught:
        run("def f(): 1 / 0\nf()")
    names = [entry.name for entry in traceback.extract_tb(caught.tb)]
    assert names[-2:] == ["<module>", "f"]
    assert depth() == before


def test_one_within_the_other() -> None:
    inner = "import sys\ntry:\n    sys._getframe(1)\nexcept ValueError:\n    inner = True\n"
    code = f"compile({inner!r}, '', 'exec')"
    outer = f"import lineprof._core\nx = {{}}\nlineprof._core.run_top_level({code}, x)"
    names = run(f"{outer}\nimport sys\nhere = sys._getframe().f_code.co_filename")
    assert names["here"] == "program.py"


def test_it_is_audited_as_exec_is() -> None:
    """In a process of its own: an audit hook stays for good, and changes what later tests see."""
    program = """
        import lineprof._core
        code = compile('1', 'p.py', 'exec')
        seen = []
        sys.addaudithook(lambda event, args: seen.append(args) if event == 'exec' else None)
        lineprof._core.run_top_level(code, {})
        print((code,) in seen)
    """
    assert isolated.run("trace", "always", program) == "True\n"


@pytest.mark.parametrize("arguments", [(), (1, {}), (compile("1", "", "exec"), [])])
def test_wrong_arguments(arguments: Any) -> None:
    with pytest.raises(TypeError, match="takes a code object and a dict"):
        run_top_level(*arguments)
