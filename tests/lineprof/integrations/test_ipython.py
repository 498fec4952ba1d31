"""%lprun and %%lprun_all in a real IPython."""

from __future__ import annotations

import atexit
import builtins
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lineprof._core")
pytest.importorskip("IPython")

from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from lineprof import LineProfiler, StandIn, load, load_ipython_extension

DEFINITION = """\
def count(n):
    total = 0
    for i in range(n):
        total += i
    return total

async def later(n):
    import asyncio
    await asyncio.sleep(0)
    return n
"""


class Shell:
    """An IPython, and what its pager showed."""

    def __init__(self, ip: InteractiveShell, pages: list[str]) -> None:
        self.ip: Any = ip
        self.pages = pages

    def run(self, cell: str) -> Any:
        """The value of the cell; what it raised is raised."""
        outcome = self.outcome(cell)
        outcome.raise_error()  # type: ignore[no-untyped-call]
        return outcome.result

    def outcome(self, cell: str) -> ExecutionResult:
        outcome: ExecutionResult = self.ip.run_cell(cell)
        return outcome


@pytest.fixture(scope="module")
def ipython(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        hook = sys.displayhook
        ip = InteractiveShell(config=config)  # type: ignore[no-untyped-call]
        ip.run_cell("%load_ext lineprof").raise_error()  # type: ignore[no-untyped-call]
        yield ip
        atexit.unregister(ip.atexit_operations)
        ip.atexit_operations()  # type: ignore[no-untyped-call]
        sys.displayhook = hook


@pytest.fixture
def shell(ipython: InteractiveShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    pages: list[str] = []
    monkeypatch.setattr("lineprof.integrations.ipython.page", pages.append)
    ipython.reset(new_session=False)  # type: ignore[no-untyped-call]
    ipython.run_cell(DEFINITION)  # type: ignore[no-untyped-call]
    return Shell(ipython, pages)


def hits(listing: str) -> dict[str, dict[str, str]]:
    """Function -> text of line -> hits."""
    found: dict[str, dict[str, str]] = {}
    for block in listing.split("Function: ")[1:]:
        name = block.partition(" at line ")[0]
        rows = found[name] = {}
        for row in re.findall(
            r"(?m)^ *\d+ +(\d+) +[\d.]+ +[\d.]+ +[\d.]* +(?:[\d.]+  )?(.*)$", block
        ):
            rows[row[1].strip()] = row[0]
    return found


COUNT = {
    "total = 0": "1",
    "for i in range(n):": "6",
    "total += i": "5",
    "return total": "1",
}


def test_a_statement(shell: Shell) -> None:
    assert shell.run("%lprun -f count x = count(5)") is None
    assert hits(shell.pages[0]) == {"count": COUNT}
    assert shell.ip.user_ns["x"] == 10
    assert not hasattr(builtins, "profile")


def test_text_of_cells_is_shown_with_the_docstring_of_ours(shell: Shell) -> None:
    shell.run("%lprun -f count count(5)")
    assert "     1                                           def count(n):\n" in shell.pages[0]
    assert "%lprun [options] statement" in shell.ip.magics_manager.magics["line"]["lprun"].__doc__


def test_several_functions_and_modules(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "lprun_mod.py").write_text("def a():\n    return 1\ndef b():\n    return a()\n")
    shell.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import lprun_mod")
    shell.run("%lprun -f count -m lprun_mod -f lprun_mod.a lprun_mod.b(); count(5)")
    assert hits(shell.pages[0]) == {
        "count": COUNT,
        "a": {"return 1": "1"},
        "b": {"return a()": "1"},
    }
    shell.run("sys.path.remove(sys.path[0])")


def test_decorating_during_the_run(shell: Shell) -> None:
    shell.run("%lprun exec('@profile\\ndef f():\\n    return 1\\nf()')")
    assert re.search(r"(?m)^     3 +1 ", shell.pages[0])
    builtins.profile = 3  # type: ignore[attr-defined]
    try:
        shell.run("%lprun count(1)")
        assert builtins.profile == 3  # type: ignore[attr-defined]
    finally:
        del builtins.profile  # type: ignore[attr-defined]


def test_the_profiler_is_returned_on_request(shell: Shell) -> None:
    profiler = shell.run("%lprun -r -f count count(5)")
    assert type(profiler) is LineProfiler
    assert [f.calls for f in profiler.snapshot().functions] == [1]
    assert shell.run("p = %lprun -r -f count count(5)\np.snapshot().functions[0].calls") == 1


def test_measuring_ends_with_the_statement(shell: Shell) -> None:
    profiler = shell.run("%lprun -r -f count count(5)")
    shell.run("count(5)")
    assert [f.calls for f in profiler.snapshot().functions] == [1]


def test_options_of_the_listing(shell: Shell) -> None:
    shell.run("%lprun -z -u 1e-3 -c hits,self -f count -f later count(5)")
    listing = shell.pages[0]
    assert listing.startswith("Timer unit: 0.001 s\n")
    assert "Line #      Hits         Self  Line Contents\n" in listing
    assert "later" not in listing
    shell.run("%lprun -s -f count -f later count(5)")
    assert "later" not in shell.pages[1]
    shell.run("%lprun -f count -f later count(5)")
    assert "later" in shell.pages[2]


def test_configuration(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "lineprof.toml").write_text("[tool.lineprof.cli]\nunit = 1.0\nskip-zero = true\n")
    shell.run("%lprun -f count -f later count(5)")
    assert shell.pages[0].startswith("Timer unit: 1 s\n")
    assert "later" not in shell.pages[0]
    shell.run("%lprun -u 1e-9 -f count count(5)")
    assert shell.pages[1].startswith("Timer unit: 1e-09 s\n")


def test_files(shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("%lprun -D out.lprof -T 'out file.txt' -f count count(5)")
    assert capsys.readouterr().out == (
        "\n*** Profile stats saved to file 'out.lprof'.\n"
        "\n*** Profile printout saved to text file 'out file.txt'.\n"
    )
    (function,) = load("out.lprof").functions
    assert function.key.name == "count"
    assert (function.source or "").startswith("def count(n):\n")
    assert (tmp_path / "out file.txt").read_text() == shell.pages[0]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%lprun -f nosuch 1", "Could not find function nosuch.\nNameError: name 'nosuch' is not"),
        ("%lprun -m no_such 1", "Could not find module no_such.\nModuleNotFoundError: No module"),
        ("%lprun -f count -u nan count(1)", "Timer unit setting must be a positive number"),
        ("%lprun -f count -c hits,x count(1)", "no column 'x': choose from hits, time"),
        ("%lprun -f count -D /no/such/x count(1)", "cannot write /no/such/x: No such file"),
        ("%lprun -f 'text' 1", "-f 'text': cannot profile 'text': it is not callable"),
        ("%lprun -f 3 1", "-f 3: cannot profile 3: it is not callable"),
        ("%%lprun -f count nonsense\n1", "not an option of %%lprun: nonsense"),
        ("%%lprun_all -p nonsense\n1", "not an option of %%lprun_all: nonsense"),
    ],
)
def test_errors_are_one_message(
    shell: Shell, cell: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.outcome(cell)
    captured = capsys.readouterr()
    assert f"UsageError: {message}" in captured.err
    assert "Traceback" not in captured.out


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt"])
def test_leaving_is_told_and_ends_there(
    shell: Shell, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run(f"%lprun -f count count(5); raise {name}")
    assert hits(shell.pages[0]) == {"count": COUNT}
    assert capsys.readouterr().out == f"*** {name} exception caught in code being profiled.\n"


def test_an_exception_comes_after_the_listing(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = shell.outcome("%lprun -f count count(5); 1 / 0")
    assert isinstance(outcome.error_in_exec, ZeroDivisionError)
    assert hits(shell.pages[0]) == {"count": COUNT}
    assert not hasattr(builtins, "profile")


def test_code_that_does_not_compile(shell: Shell) -> None:
    assert isinstance(shell.outcome("%lprun 1 +").error_in_exec, SyntaxError)
    assert isinstance(shell.outcome("%%lprun_all\nawait = 1").error_in_exec, SyntaxError)


# -- cells -----------------------------------------------------------------------------------

CELL = """
numbers = []
def add(n):
    def inner():
        return n
    numbers.append(inner())
for i in range(3):
    add(i)
"""


def test_a_cell_and_the_functions_in_it(shell: Shell) -> None:
    shell.run(f"%%lprun_all{CELL}")
    assert hits(shell.pages[0]) == {
        "<lprof_cell>": {
            "numbers = []": "1",
            "def add(n):": "1",
            "for i in range(3):": "4",
            "add(i)": "3",
        },
        "add": {"def inner():": "3", "numbers.append(inner())": "3"},
        "add.<locals>.inner": {"return n": "3"},
    }
    assert shell.ip.user_ns["numbers"] == [0, 1, 2]


def test_the_body_of_a_class_is_no_function(shell: Shell) -> None:
    profiler = shell.run("%%lprun_all -r\nclass K:\n    def m(self):\n        return 1\nK().m()")
    assert [f.key.name for f in profiler.snapshot().functions] == ["<lprof_cell>", "K.m"]


def test_the_top_level_only(shell: Shell) -> None:
    profiler = shell.run(f"%%lprun_all -p -t -r{CELL}")
    assert [f.key.name for f in profiler.snapshot().functions] == ["<lprof_cell>"]
    assert shell.ip.user_ns["_total_time_taken"] > 0


def test_an_empty_cell(shell: Shell) -> None:
    shell.outcome("%%lprun_all\n\n")
    shell.outcome("%%lprun_all\n  ")
    assert all("lprof_cell" in listing for listing in shell.pages)


def test_magics_and_shell_commands_in_a_cell(shell: Shell) -> None:
    shell.run("%%lprun_all\nx = %who_ls function\ny = 1")
    assert "count" in shell.ip.user_ns["x"]
    assert hits(shell.pages[0])["<lprof_cell>"]["y = 1"] == "1"


# -- await -----------------------------------------------------------------------------------


def test_a_statement_with_await(shell: Shell) -> None:
    shell.run("%lprun -f later -c hits,time,await x = await later(4)")
    assert shell.ip.user_ns["x"] == 4
    assert hits(shell.pages[0])["later"]["return n"] == "1"
    assert "Await" in shell.pages[0]
    profiler = shell.run("p = %lprun -r -f later await later(4)\np")
    assert [f.calls for f in profiler.snapshot().functions] == [1]


def test_a_cell_with_await(shell: Shell) -> None:
    shell.run("%%lprun_all -t\nfor i in range(3):\n    x = await later(i)\n'await later(3)'")
    assert hits(shell.pages[0])["<lprof_cell>"]["x = await later(i)"] == "3"
    assert shell.ip.user_ns["x"] == 2
    assert shell.ip.user_ns["_total_time_taken"] > 0


def test_await_in_text_or_in_a_function_needs_no_loop(shell: Shell) -> None:
    shell.run("%lprun -f count count(5); x = 'await count(5)'")
    assert shell.ip.user_ns["x"] == "await count(5)"
    shell.run("%%lprun_all\nasync def g():\n    await later(1)\n")
    assert len(shell.pages) == 2


def test_an_exception_from_what_is_awaited(shell: Shell) -> None:
    outcome = shell.outcome("%%lprun_all\nawait later(1)\n1 / 0")
    assert isinstance(outcome.error_in_exec, ZeroDivisionError)
    assert hits(shell.pages[0])["<lprof_cell>"]["await later(1)"] == "1"


def test_lines_that_only_look_like_ours_are_left_alone(shell: Shell) -> None:
    text = "get_ipython().run_line_magic('lprun', 'await later(1)'"
    assert shell.run(f"x = {text!r}\nx") == text


def test_loading_twice_is_harmless(shell: Shell) -> None:
    shell.run("%reload_ext lineprof")
    load_ipython_extension(shell.ip)
    assert len(shell.ip.input_transformers_post) == 1
    shell.run("%lprun -f later -c hits,time,await x = await later(4)")
    assert shell.ip.user_ns["x"] == 4


@pytest.mark.skipif(find_spec("line_profiler") is not None, reason="line_profiler is installed")
def test_the_extension_goes_by_its_old_name_if_that_is_asked_for(shell: Shell) -> None:
    stand_in = StandIn()
    stand_in.place()
    try:
        shell.run("%load_ext line_profiler")
        shell.run("%lprun -f count count(5)")
        shell.run("from line_profiler.ipython_extension import LineProfilerMagics as Magics")
        shell.run("get_ipython().register_magics(Magics)")
        shell.run("%lprun -f count count(5)")
        assert [hits(page) for page in shell.pages] == [{"count": COUNT}] * 2
    finally:
        stand_in.remove()


def test_a_cell_runs_with_chosen_functions_measured(shell: Shell) -> None:
    shell.run("%%lprun -f count\nx = count(2)\ny = count(3)")
    assert (shell.ip.user_ns["x"], shell.ip.user_ns["y"]) == (1, 3)
    assert list(hits(shell.pages[0])) == ["count"]
    shell.run("%%lprun -f later\nfor n in range(2):\n    z = await later(n)")
    assert shell.ip.user_ns["z"] == 1
    assert hits(shell.pages[1])["later"]["return n"] == "2"


def test_cells_have_the_names_that_the_shell_shows(shell: Shell, tmp_path: Path) -> None:
    shell.ip.run_cell("def noted(n):\n    return n\n", store_history=True).raise_error()
    number = shell.ip.execution_count - 1
    shell.run("%lprun -D x.lprof -f noted noted(1)")
    assert f"File: Cell In[{number}]\n" in shell.pages[0]
    assert load(tmp_path / "x.lprof").functions[0].key.file == f"Cell In[{number}]"


def test_a_profile_is_shown_as_a_table(shell: Shell) -> None:
    profile = shell.run("p = %lprun -r -f count count(3)\np.snapshot()")
    data, _ = shell.ip.display_formatter.format(profile)
    assert data["text/html"].startswith('<div class="lineprof"')
    assert "total += i" in data["text/html"]
