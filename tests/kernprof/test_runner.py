"""Programs run as from plain python: same output, same errors, same exit status."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.kernprof.command import (
    NOTHING,
    NOTHING_DECORATED,
    PERHAPS_IN_A_CHILD,
    hits,
    kernprof,
    python,
)

NAMES = """
import sys
names = {k: v for k, v in globals().items() if k not in ("sys", "names")}
print(names)
print(sys.argv, repr(sys.path[0]), sys.modules["__main__"].__name__)
"""

PROGRAMS: dict[str, str | bytes] = {
    "names.py": NAMES,
    "pkg/__init__.py": "import sys; print('package', sys.argv)",
    "pkg/__main__.py": NAMES,
    "pkg/module.py": NAMES,
    "folder/__main__.py": NAMES,
    "syntax.py": "x = 1\ndef f(:\n    pass\n",
    "folder_syntax/__main__.py": "def f(:\n",
    "latin.py": b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n",
    "latin_unsaid.py": b"def f():\n    return 1\nprint(f())\n\n# caf\xe9\n",
    "latin_first.py": b"# caf\xe9\nprint(1)\n",
    "utf_said.py": b"# coding: utf-8\n# \xff\nprint(1)\n",
    "nul.py": b"print(1)\n#\x00\n",
    "nul_within.py": b"print('a\0b')\n",
    "odd_coding.py": b"# coding: foobar\nprint(1)\n",
    "odd_mark.py": b"\xef\xbb\xbf# coding: latin-1\nprint(1)\n",
    "marked.py": b"\xef\xbb\xbfprint(ascii('\xc3\xa9'))\r\nprint(2)\r\n",
    "exit7.py": "import sys; sys.exit(7)",
    "exit_none.py": "import sys; sys.exit(None)",
    "exit_text.py": "import sys; sys.exit('bye')",
    "exit_big.py": "raise SystemExit(2**70)",
    "error.py": "import json\ndef f(x):\n    return json.loads(x)\n\nf('{')\n",
    "chain.py": """
def f():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise ValueError("x") from error
try:
    f()
except ValueError:
    raise KeyError("k")
""",
    "group.py": """
def f():
    raise ValueError(1)
try:
    f()
except ValueError as error:
    raise ExceptionGroup("several", [error, TypeError(2)])
""",
    "interrupted.py": "def f():\n    raise KeyboardInterrupt\nf()\n",
    "hook.py": """
import sys
def hook(kind, error, traceback):
    depth = 0
    while traceback:
        depth, traceback = depth + 1, traceback.tb_next
    print(kind, error, depth, sys.last_traceback is error.__traceback__)
    sys.exit(9)
sys.excepthook = hook
1 / 0
""",
    "ending.py": """
import atexit, threading
started = threading.Event()
def work():
    threading.main_thread().join()
    print("thread ends", flush=True)
threading.Thread(target=work).start()
atexit.register(print, "exit handler", flush=True)
print("main ends", threading.enumerate()[0].name, threading.active_count(), flush=True)
raise RuntimeError("with a thread running")
""",
    "pickles.py": """
import pickle
class Point:
    pass
print(type(pickle.loads(pickle.dumps(Point()))) is Point, Point.__module__)
import __main__
print(__main__.Point is Point)
""",
    "spawns.py": """
import multiprocessing
def double(x):
    return 2 * x, __name__
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [1, 2]))
""",
    "forks.py": """
import os, sys
if (child := os.fork()) == 0:
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""",
    "frames.py": """
import faulthandler, sys, traceback, warnings
try:
    print(sys._getframe(1))
except ValueError as error:
    print(error)
warnings.warn("from the top level", stacklevel=2)
traceback.print_stack()
faulthandler.dump_traceback(all_threads=False)
def deeper(n):
    try:
        return deeper(n + 1)
    except RecursionError:
        return n
print(deeper(0))
warnings.simplefilter("error")
warnings.warn("from the top level", stacklevel=3)
""",
    "debugger.py": "import pdb; pdb.Pdb(nosigint=True, readrc=False).set_trace()\nx = 1\n",
    # Names of the standard library's modules that kernprof has loaded itself.
    "shadow/main.py": "import token, json, signal; print(token.x, json.x, signal.x)",
    "shadow/token.py": "x = 1",
    "shadow/json.py": "x = 2",
    "shadow/signal.py": "x = 3",
}

# Before 3.11.4 Python reads a NUL as the end of a line; we refuse it as later Pythons do.
NULS = {"nul.py", "nul_within.py"} if sys.version_info < (3, 11, 4) else set()
NOT_ALIKE = {"names.py", *NULS}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    for name, text in PROGRAMS.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", NAMES)
    (folder / "link.py").symlink_to(folder / "pkg" / "__main__.py")
    return folder


def told(done: CompletedProcess[str]) -> tuple[int, str, str]:
    """Status, output and errors but for what may differ."""
    out = re.sub(r"0x[0-9a-f]+", "0x", done.stdout)
    # Users are spared the frames through which python -m runs a module, here. Debug builds, which
    # have no frozen runpy, show its lines.
    err = re.sub(r'  File "(<frozen runpy>|.*/runpy\.py)".*\n(    .*\n)*', "", done.stderr)
    err = err.replace(PERHAPS_IN_A_CHILD, "\n")
    return done.returncode, out, err.replace(NOTHING, "").replace(NOTHING_DECORATED, "")


@pytest.mark.parametrize(
    "argv",
    [
        *((name, "-v", "x y") for name in ("names.py", "folder", "archive.zip", "link.py")),
        ("./folder/__main__.py",),
        ("-m", "pkg", "-v"),
        ("-m", "pkg.module"),
        ("-m", "names", "a"),
        ("-c", NAMES, "a", "-b"),
        ("-c", "def f():\n    1 / 0\nf()"),
        ("-", "a"),
        *((name,) for name in PROGRAMS if "/" not in name and name not in NOT_ALIKE),
        ("-m", "error"),
        ("-m", "interrupted"),
        ("folder_syntax/__main__.py",),
        ("shadow/main.py",),
    ],
    ids=lambda argv: " ".join(map(str, argv))[:40].replace("\n", " "),
)
def test_as_from_plain_python(argv: Sequence[str], programs: Path, tmp_path: Path) -> None:
    expected = python(*argv, cwd=programs, stdin=NAMES)
    results = tmp_path / "results"
    done = kernprof("-q", "-l", "-o", str(results), *argv, cwd=programs, stdin=NAMES)
    assert told(done) == told(expected)
    assert results.exists() == ("SyntaxError" not in expected.stderr)


def test_under_cprofile_too(programs: Path, tmp_path: Path) -> None:
    for name in ("names.py", "error.py", "interrupted.py", "exit7.py"):
        expected = python(name, cwd=programs)
        done = kernprof("-q", "-o", str(tmp_path / "results"), name, cwd=programs)
        assert told(done) == told(expected)


def test_the_same_from_the_installed_command(programs: Path, tmp_path: Path) -> None:
    """A console script, whose folder Python puts on the path, calls `main` without arguments."""
    command = tmp_path / "kernprof"
    command.write_text("import sys\nfrom kernprof.cli import main\nsys.exit(main())\n")
    results = str(tmp_path / "results")
    for name in ("names.py", "error.py", "interrupted.py", "exit_text.py", "syntax.py"):
        expected = python(name, "a", cwd=programs)
        # With memory that is overwritten when it is freed.
        args = (str(command), "-qlo", results, name, "a")
        done = python(*args, cwd=programs, PYTHONMALLOC="debug")
        assert told(done) == told(expected)


@pytest.mark.parametrize("flags", ["-l", "-b", "--no-builtin", "-li"])
def test_no_frame_lies_below_the_program(flags: str, programs: Path, tmp_path: Path) -> None:
    results = str(tmp_path / "results")
    typed = {"frames.py": "", "debugger.py": "w\nu\np 1 + 1\nc\n"}
    if flags == "--no-builtin":
        del typed["debugger.py"]  # beneath cProfile some Pythons stop a line late
    for name, stdin in typed.items():
        expected = python(name, cwd=programs, stdin=stdin)
        done = kernprof(flags, "-q", "-o", results, name, cwd=programs, stdin=stdin)
        assert told(done) == told(expected)


def test_a_script_is_found_on_the_path(programs: Path, tmp_path: Path) -> None:
    done = kernprof("-ql", "exit7.py", cwd=tmp_path, PATH=str(programs))
    assert done.returncode == 7


def test_a_compiled_script(programs: Path, tmp_path: Path) -> None:
    import py_compile

    py_compile.compile(str(programs / "error.py"), str(tmp_path / "error.pyc"))
    expected = python("error.pyc", cwd=tmp_path)
    assert told(kernprof("-ql", "error.pyc", cwd=tmp_path)) == told(expected)


def test_isolated_from_the_scripts_folder(programs: Path) -> None:
    done = kernprof("-ql", "shadow/main.py", cwd=programs, PYTHONSAFEPATH="1")
    assert "AttributeError" in done.stderr


def test_lines_of_code_and_standard_input_are_kept(tmp_path: Path) -> None:
    text = "@profile\ndef f():\n    return 1\nf()"
    for argv in (["-c", text], ["-"]):
        done = kernprof("-lv", "-o", "results", *argv, cwd=tmp_path, stdin=text)
        assert "    return 1\n" in done.stdout
        assert hits(tmp_path / "results") == {"f": {2: 1}}


def test_setup_runs_first_and_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "setup.py").write_text(
        "import sys, beside\nx = 1\nprint('setup', __name__, sys.argv)\n"
    )
    (tmp_path / "other" / "beside.py").write_text("print('profile' in dir(__builtins__))")
    (tmp_path / "s.py").write_text("import sys\nprint('x' in globals(), 'beside' in sys.modules)")
    done = kernprof("-ql", "-s", "other/setup.py", "s.py", "a", cwd=tmp_path)
    assert done.stdout == "False\nsetup __main__ ['s.py', 'a']\nFalse True\n"


def test_a_setup_that_fails(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("def f():\n    raise ValueError('in setup')\nf()\n")
    (tmp_path / "s.py").write_text("print('ran')")
    expected = python("setup.py", cwd=tmp_path)
    done = kernprof("-l", "-s", "setup.py", "s.py", cwd=tmp_path)
    assert told(done) == told(expected)
    assert not (tmp_path / "s.py.lprof").exists()
