"""-p, --all and their like: what is measured without being decorated, from the command line."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.kernprof.command import hits, kernprof, python

FILES = {
    "s.py": """\
from __future__ import annotations
import helper
from pkg.mod import work
profile = {"my": "own"}

def hidden(f):
    return lambda *args: f(*args)

@hidden
def f(n):
    def inner(i):
        return i
    return [inner(i) for i in range(n)]

class C:
    def m(self):
        return helper.help(1)

print(f(2), C().m(), work(3), profile)
""",
    "helper.py": "def help(n):\n    return n\ndef unused():\n    pass\n",
    "pkg/__init__.py": "",
    "pkg/mod.py": "import json\ndef work(n):\n    return json.dumps(n)\n",
    "pkg/never.py": "def never():\n    pass\n",
    "pkg/__main__.py": "from .mod import work\ndef main():\n    return work(1)\nmain()\n",
}

OUTPUT = "[0, 1] 1 3 {'my': 'own'}\n"
OF_SCRIPT = {"hidden", "hidden.<locals>.<lambda>", "f", "f.<locals>.inner", "C.m"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def measured(folder: Path, *argv: str, program: str = "s.py") -> set[str]:
    """The functions that have been measured or at least found, by a run without mistakes."""
    done = kernprof("-l", "-q", "-o", "results", *argv, *program.split(), cwd=folder)
    assert re.sub("kernprof: nothing was measured: the chosen .*\n", "", done.stderr) == ""
    if program == "s.py":
        assert done.stdout == OUTPUT
    return set(hits(folder / "results"))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["-p", "helper"], {"help", "unused"}),
        (["-p", "helper:help"], {"help"}),
        (["-p", "helper.h*"], {"help"}),
        (["-p", "helper.py"], {"help", "unused"}),
        (["-p", "helper.py:unused"], {"unused"}),
        (["-p", "pkg"], {"work", "never"}),
        (["-p", "pkg", "--no-preimports"], {"work"}),
        (["-p", "pkg/"], {"work", "never"}),
        (["-p", "pkg/n*.py"], {"never"}),
        (["-p", "pkg.mod,helper:help"], {"work", "help"}),
        (["-p", "pkg.mod", "--prof-mod=helper:help"], {"work", "help"}),
        (["-p", "nosuch", "-p", "", "-p", "pkg.mod"], {"work"}),
        (["-p", "s"], OF_SCRIPT),
        (["-p", "s.py"], OF_SCRIPT),
        (["-p", "s:C"], {"C.m"}),
        (["-p", "s:C", "--prof-imports"], {"C.m", "help", "unused", "work"}),
        (["-p", "helper", "--prof-imports"], {"help", "unused"}),
        (["--all"], {*OF_SCRIPT, "help", "unused", "work"}),
        (["--all", "--no-all", "-p", "helper"], {"help", "unused"}),
        (["--module-level"], {"<module>"}),
        (["--module-level", "-p", "s"], {*OF_SCRIPT, "<module>"}),
        (["-p", "s:f", "--nested"], None),
    ],
)
def test_targets(argv: list[str], expected: set[str] | None, folder: Path) -> None:
    found = measured(folder, *argv)
    if expected is None:
        old = sys.version_info < (3, 12)
        expected = {"f", "f.<locals>.inner", *(["f.<locals>.<listcomp>"] if old else [])}
    assert found == expected


def test_hits(folder: Path) -> None:
    measured(folder, "--all", "--module-level")
    found = hits(folder / "results")
    assert found["C.m"] == {1: 1}
    assert found["f.<locals>.inner"] == {1: 2}
    assert found["f"][4] >= 1
    assert found["hidden.<locals>.<lambda>"] == {0: 1}


def test_the_listing_of_a_top_level(folder: Path) -> None:
    out = kernprof("-lv", "--module-level", "s.py", cwd=folder).stdout
    assert "Function: <module> at line 1\n" in out
    assert re.search(r"^ +19 +1 .*  print\(f\(2\), C\(\)\.m\(\)", out, re.MULTILINE)
    assert "        return helper.help(1)\n" in out


@pytest.mark.parametrize(
    ("argv", "program", "expected"),
    [
        (["-p", "pkg"], "-m pkg", {"work", "never", "main"}),
        (["-p", "pkg.__main__"], "-m pkg", {"main"}),
        (["-p", "pkg.mod"], "-m pkg", {"work"}),
        (["-p", "helper"], "-m helper", {"help", "unused"}),
        (["--all"], "-m pkg", {"work", "main"}),
        (["--all"], "pkg/mod.py", {"work"}),
        (["-p", "pkg.mod"], "pkg/mod.py", {"work"}),
    ],
)
def test_of_modules_that_are_run(
    argv: list[str], program: str, expected: set[str], folder: Path
) -> None:
    assert measured(folder, *argv, program=program) == expected


def test_code_without_a_file_is_always_measured(folder: Path) -> None:
    text = "def f(): return 1\ng = lambda: f()\ng()\n"
    kernprof("-lqo", "results", "-c", text, cwd=folder)
    assert set(hits(folder / "results")) == {"f", "<lambda>"}
    kernprof("-lqo", "results", "-", cwd=folder, stdin=text)
    assert set(hits(folder / "results")) == {"f", "<lambda>"}
    kernprof("-lqo", "results", "--all", "-c", "import helper; helper.help(1)", cwd=folder)
    assert set(hits(folder / "results")) == {"help", "unused"}


def test_installed_code_is_not_the_users(folder: Path) -> None:
    installed = folder / "venv" / "lib" / "python3" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "third.py").write_text("def party(): pass\nparty()\n")
    (folder / "s.py").write_text(f"import sys; sys.path.append({str(installed)!r}); import third\n")
    done = kernprof("-lq", "--all", "s.py", cwd=folder)
    assert "no function was chosen" in done.stderr
    assert hits(folder / "s.py.lprof") == {}
    kernprof("-lq", "-p", "third", "s.py", cwd=folder)
    assert set(hits(folder / "s.py.lprof")) == {"party"}


RUNS = """\
import os, runpy, sys
here = os.path.dirname(os.path.abspath(__file__))
def run(name):
    path = os.path.join(here, name)
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), {"__name__": name})
runpy.run_path(os.path.join(here, "by_runpy.py"))
run("by_exec.py")
run("by_exec.py")
os.chdir(here)
exec(compile("def r(): return 3\\nr()", "relative.py", "exec"))
exec("def nowhere(): pass\\nnowhere()")
"""


@pytest.mark.parametrize("core", ["trace", "auto"])
def test_files_that_are_run_and_not_imported(core: str, folder: Path) -> None:
    (folder / "s.py").write_text(RUNS)
    (folder / "by_runpy.py").write_text("def hide(f):\n    f()\n@hide\ndef p(): return 1\n")
    (folder / "by_exec.py").write_text("class C:\n    def m(self):\n        return 1\nC().m()\n")
    (folder / "relative.py").write_text("def r(): return 3\nr()\n")
    env = {"LINEPROF_CORE": core}
    done = kernprof("-lqo", "results", "--all", "s.py", cwd=folder, **env)
    assert (done.stderr, done.returncode) == ("", 0)
    found = hits(folder / "results")
    executed = {"C.m": {1: 2}, "r": {0: 1}}
    assert found == {"run": found["run"], "hide": {1: 1}, "p": {1: 1}, **executed}
    argv = ["--no-preimports", "--module-level", "-p", "by_exec.py:C.m", "-p", "by_runpy.py"]
    kernprof("-lqo", "results", *argv, "s.py", cwd=folder, **env)
    assert hits(folder / "results").keys() == {"<module>", "hide", "p", "C.m"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("names.other", {"work", "unused", "<lambda>"}),
        ("names.other.work", {"work"}),
        ("names.other:work", {"work"}),
        ("names.Lazy.m", {"Lazy.m"}),
        ("os.path.normcase", {"normcase"}),
        ("names.nosuch", set()),
        ("names.other.nosuch", set()),
        ("names.fails", set()),
    ],
)
def test_by_names_that_lead_elsewhere(target: str, expected: set[str], folder: Path) -> None:
    (folder / "names.py").write_text(
        "import under as other\n"
        "def __getattr__(name):\n"
        "    if name == 'fails': raise RuntimeError('not to be had')\n"
        "    if name != 'Lazy': raise AttributeError(name)\n"
        "    from lazy import Lazy\n    return Lazy\n"
    )
    (folder / "under.py").write_text("def work(): pass\ndef unused(): pass\nmade = lambda: 1\n")
    (folder / "lazy.py").write_text("class Lazy:\n    def m(self): pass\n    def n(self): pass\n")
    (folder / "s.py").write_text("import names, os\nnames.other.work()\nnames.Lazy().m()\n")
    done = kernprof("-lqo", "results", "-p", target, "s.py", cwd=folder)
    assert set(hits(folder / "results")) == expected
    assert f"{target!r}: no code found" in done.stderr or expected
    assert ("not to be had" in done.stderr) == (target == "names.fails")
    assert done.returncode == 0


RENEWED = """\
def renewed(f):
    f.__code__ = f.__code__.replace(co_firstlineno=f.__code__.co_firstlineno)
    return f
"""


@pytest.mark.parametrize("argv", [["--all"], ["-p", "s.py", "-p", "made.py"]])
def test_functions_that_a_decorator_gives_new_code(argv: list[str], folder: Path) -> None:
    (folder / "renew.py").write_text(RENEWED)
    (folder / "made.py").write_text(
        "from renew import renewed\n@renewed\ndef made(): return 1\n"
        "class C:\n    @renewed\n    def m(self):\n        return 1\n"
    )
    (folder / "s.py").write_text(
        "import made\nfrom renew import renewed\n@renewed\ndef own(): return made.made()\n"
        "@renewed\ndef outer():\n    def inner(): return 1\n    return inner()\n"
        "for _ in 'abc': own(), outer(), made.C().m()\n"
    )
    done = kernprof("-lqo", "results", *argv, "s.py", cwd=folder)
    assert (done.stderr, done.returncode) == ("", 0)
    found = {name: lines for name, lines in hits(folder / "results").items() if lines}
    found.pop("renewed", None)
    imported = {"outer.<locals>.inner": {0: 3}, "made": {1: 3}, "C.m": {2: 3}}
    own = {"own": {1: 3}, "outer": {2: 3, 3: 3}}
    assert found == {**imported, **(own if sys.version_info >= (3, 12) else {})}


def test_what_is_run_by_others_stays_theirs(folder: Path) -> None:
    """Text that was made into code under the name of a file that is no Python is not ours."""
    (folder / "page.html").write_text("<p>")
    (folder / "s.py").write_text(
        "import os\npath = os.path.join(os.path.dirname(__file__), 'page.html')\n"
        "exec(compile('def root(): return 1\\nroot()', path, 'exec'))\n"
        "exec(compile('def root(): return 1\\nroot()', path + '.py', 'exec'))\n"
    )
    kernprof("-lqo", "results", "--all", "s.py", cwd=folder)
    assert hits(folder / "results") == {}


def test_modules_that_pytest_rewrites(folder: Path) -> None:
    (folder / "test_x.py").write_text(
        "import helper\n\ndef double(n):\n    return 2 * n\n\n"
        "def test_it():\n    assert double(helper.help(1)) == 2\n"
    )
    argv = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_x.py"]
    kernprof("-lqo", "results", "--all", *argv, cwd=folder)
    found = hits(folder / "results")
    assert found["help"] == {1: 1}
    assert found["double"] == {1: 1}
    assert found["test_it"] == {1: 1}


# Mistakes


def test_targets_that_are_not_there(folder: Path) -> None:
    done = kernprof("-l", "-p", "nosuch", "-p", "helper:no", "-p", "helper", "s.py", cwd=folder)
    assert done.returncode == 0
    assert done.stdout.startswith(OUTPUT)
    assert (
        done.stderr == "kernprof: 'nosuch': no code found\nkernprof: 'helper:no': no code found\n"
    )


def test_a_module_that_fails_ahead(folder: Path) -> None:
    (folder / "pkg" / "broken.py").write_text("def f(:\n")
    (folder / "pkg" / "exits.py").write_text("import sys; sys.exit(3)\n")
    done = kernprof("-l", "-p", "pkg", "s.py", cwd=folder)
    assert done.returncode == 0
    assert OUTPUT in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("kernprof: warning: pkg: cannot import pkg.broken: SyntaxError: ")
    assert lines[1] == "kernprof: warning: pkg: cannot import pkg.exits: SystemExit: 3"


def test_nothing_chosen(folder: Path) -> None:
    (folder / "s.py").write_text("x = 1\n")
    done = kernprof("-l", "--all", "s.py", cwd=folder)
    assert done.stderr == ("kernprof: nothing was measured: no function was chosen or decorated\n")
    for module in "math", "_ctypes", "itertools":
        done = kernprof("-l", "-p", module, "s.py", cwd=folder)
        assert (
            f"kernprof: {module!r} was compiled: only Python functions are measured\n"
            in done.stderr
        )
    done = kernprof("-l", "-p", "helper", "s.py", cwd=folder)
    assert done.stderr == (
        "kernprof: nothing was measured: the chosen functions were never called (help, unused)\n"
    )


def test_without_lines_there_is_nothing_to_choose(folder: Path) -> None:
    done = kernprof("-p", "helper", "--all", "s.py", cwd=folder)
    assert done.stderr == "kernprof: warning: without -l there is no effect of -p and --all\n"
    assert done.returncode == 0
    assert (folder / "s.py.prof").exists()


@pytest.mark.parametrize("name", ["bad", "fails"])
def test_errors_look_as_from_plain_python(name: str, folder: Path) -> None:
    (folder / "bad.py").write_text("def f(:\n")
    (folder / "fails.py").write_text("def g():\n    1 / 0\ng()\n")
    (folder / "s.py").write_text(f"import {name}\n")
    plain = python("s.py", cwd=folder)
    done = kernprof("-lq", "--all", "s.py", cwd=folder)
    assert (
        done.stderr.replace(
            "kernprof: nothing was measured: no function was chosen or decorated\n", ""
        )
        == plain.stderr
    )
    assert done.returncode == 1


# What the program finds


EXPLICIT = """
from {module} import profile
@profile
def f():
    return 1
f()
with profile:
    x = 1
"""


@pytest.mark.parametrize("module", ["lineprof", "line_profiler"])
def test_programs_that_import_profile(module: str, folder: Path) -> None:
    (folder / "s.py").write_text(EXPLICIT.format(module=module))
    for flags in ("-l", "-b", "-q"):
        done = kernprof(flags, "s.py", cwd=folder, LINE_PROFILE="1")
        assert done.stderr == ""
        assert done.stdout.count("Wrote profile results") == (flags != "-q")
    assert hits(folder / "s.py.lprof")["f"] == {2: 1}
    assert not list(folder.glob("profile_output*"))


def test_programs_that_use_line_profiler(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import line_profiler\nfrom line_profiler import LineProfiler\n"
        "profiler = LineProfiler()\n@profiler\ndef f():\n    return 1\nf()\n"
        "profiler.dump_stats('own.lprof')\n"
        "stats = line_profiler.load_stats('own.lprof')\n"
        "print([rows for rows in stats.timings.values()][0][0][:2], stats.unit)\n"
    )
    done = kernprof("-lq", "s.py", cwd=folder)
    assert done.stdout == "(6, 1) 1e-09\n"


@pytest.mark.parametrize("tool", ["lineprof", "line_profiler"])
def test_colours_do_not_go_into_a_pipe(tool: str, folder: Path) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.{tool}.kernprof]\nrich = true\n")
    for flags in (["-lv"], ["-lvr"]):
        done = kernprof(*flags, "-p", "helper:help", "s.py", cwd=folder)
        assert "Timer unit: 1e-06 s\n" in done.stdout
        assert "\x1b" not in done.stdout


def test_a_program_that_is_its_own_target_runs_once(folder: Path) -> None:
    (folder / "b.py").write_text("def f():\n    return 1\nf()\nprint('once')\n")
    for target in ("b.f", "b", "b:f", "b.py", "b.C.m"):
        done = kernprof("-lq", "-p", target, "b.py", cwd=folder)
        assert done.stdout == "once\n"
        if "C" not in target:
            assert hits(folder / "b.py.lprof") == {"f": {1: 1}}
    (folder / "pkg" / "run.py").write_text("def f():\n    return 1\nf()\nprint('once')\n")
    done = kernprof("-lq", "-p", "pkg.run.f", "-m", "pkg.run", cwd=folder)
    assert done.stdout == "once\n"


def test_what_of_the_results_is_shown(folder: Path) -> None:
    (folder / "s.py").write_text(
        "import time\n"
        "@profile\ndef slow():\n    time.sleep(0.02)\n    x = 1\n"
        "@profile\ndef quick():\n    pass\n"
        "quick(); slow()\n"
    )

    def shown(*flags: str) -> str:
        return kernprof("-lv", *flags, "s.py", cwd=folder).stdout

    assert shown("--sort").index("quick at") < shown("--sort").index("slow at")
    out = shown("--sort", "time")
    assert out.index("slow at") < out.index("quick at")
    assert "quick at" not in shown("--top", "1")
    assert "slow at" not in shown("--filter", "qu*")
    assert "quick at" not in shown("--min-percent", "50")
    assert "Line #      Hits  Line Contents\n" in shown("--columns", "hits")
    done = kernprof("-lv", "--columns", "hits,moon", "s.py", cwd=folder)
    assert done.stderr.startswith("kernprof: error: argument --columns: no column 'moon'")


# Saying what is done, or not doing it


def test_step_by_step(folder: Path) -> None:
    done = kernprof("-lvv", "-p", "helper:help", "s.py", cwd=folder)
    stamp = r"\[kernprof \d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} DEBUG\] "
    said = [re.sub(stamp, "> ", line) for line in done.stdout.splitlines()]
    notes = [line[2:] for line in said if line.startswith("> ")]
    assert notes[0].startswith("request: Request(program=ProgramName(kind='script', name='s.py'")
    assert any(note.startswith("measuring help (") for note in notes)
    assert any(note.startswith("running ") for note in notes)
    assert "Function: help at line 1" in said
    for variable in ("LINEPROF_DEBUG", "LINE_PROFILER_DEBUG"):
        done = kernprof("-l", "s.py", cwd=folder, **{variable: "1"})
        assert " DEBUG] request: " in done.stdout


@pytest.mark.parametrize("variable", ["LINEPROF_NO_EXEC", "LINE_PROFILER_NO_EXEC"])
def test_a_dry_run(variable: str, folder: Path) -> None:
    done = kernprof("-l", "s.py", cwd=folder, **{variable: "1"})
    assert done.stdout == "Profile results would have been written to 's.py.lprof'\n"
    assert done.returncode == 0
    assert kernprof("-lq", "s.py", cwd=folder, **{variable: "1"}).stdout == ""
    assert not (folder / "s.py.lprof").exists()


def test_our_variable_goes_before_line_profilers(folder: Path) -> None:
    env = {"LINEPROF_NO_EXEC": "0", "LINE_PROFILER_NO_EXEC": "1"}
    env |= {"LINEPROF_DEBUG": "off", "LINE_PROFILER_DEBUG": "1"}
    done = kernprof("-l", "s.py", cwd=folder, **env)
    assert "DEBUG" not in done.stdout and "would have been" not in done.stdout
    assert (folder / "s.py.lprof").exists()
    env |= {"LINEPROF_NO_EXEC": ""}  # as good as not set
    assert "would have been" in kernprof("-l", "s.py", cwd=folder, **env).stdout


def test_a_summary(folder: Path) -> None:
    out = kernprof("-lv", "--summarize", "-p", "helper:help", "s.py", cwd=folder).stdout
    assert out.splitlines()[-1].endswith(f" seconds - {folder / 'helper.py'}:1 - help")
