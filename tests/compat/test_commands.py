"""The same commands give the same listing, messages, exit status and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .both import Both, Outcome, masked

SCRIPT = '''\
import sys

@profile
def work(n):
    """Adds up."""
    total = 0
    for i in range(n):
        total += i

    # A comment.
    return total

@profile
def idle():
    return 1

class C:
    @profile
    def method(self): return work(2)

print(work(3), C().method(), sys.argv[1:])
'''

PACKAGE = {
    "pkg/__init__.py": "def top():\n    return 1\n",
    "tool/__init__.py": "",
    "tool/__main__.py": "from pkg import top\nfrom pkg.sub import Sub, low\n"
    "def own():\n    return 4\nprint('tool:', top(), low(), Sub().meth(), own())\n",
    "pkg/sub.py": "def low():\n    return 2\nclass Sub:\n    def meth(self):\n        return 3\n",
    "user.py": "import pkg.sub\nfrom pkg import top\nprint('user:', top(), pkg.sub.low())\n",
}

FILES = {
    "s.py": SCRIPT,
    "setup_file.py": "import builtins\nbuiltins.ready = 5\n",
    "needs.py": "@profile\ndef f():\n    return ready\nprint(f())\n",
    "fails.py": "@profile\ndef f():\n    raise KeyError(1)\nf()\n",
    "exits.py": "import sys\n@profile\ndef f():\n    sys.exit(3)\nf()\n",
    "nothing.py": "x = 1\n",
    "explicit.py": "from line_profiler import profile\n@profile\ndef f():\n    return 1\nf()\n",
    "own_name.py": "def f():\n    return __name__, __file__.rpartition('/')[2]\nprint(f())\n",
    **PACKAGE,
}


@dataclass(frozen=True)
class Case:
    """A command, and what of the outcome of it is compared."""

    command: str
    stdin: str = ""
    env: dict[str, str] = field(default_factory=dict)
    same: str = "status files listing"
    """Of: status, files, listing (standard output, times masked), err (standard error),
    hits (of all .lprof files), viewable (all but the hint how to look at the results)."""


CASES = {
    "lines": Case("-m kernprof -l s.py", same="status files viewable hits"),
    "view": Case("-m kernprof -l -v s.py a b"),
    "joined": Case("-m kernprof -lvz s.py"),
    "unit": Case("-m kernprof -lv -u 1e-3 s.py"),
    "unit of seconds": Case("-m kernprof -lv --unit 1 s.py"),
    "unit of ns": Case("-m kernprof -lv -u 1e-9 s.py"),
    "summary": Case("-m kernprof -l --summarize -v s.py"),
    "skip zero": Case("-m kernprof -l --skip-zero --view s.py"),
    "outfile": Case("-m kernprof -lv -o other.lprof s.py", same="status files listing hits"),
    "quiet": Case("-m kernprof -l -q s.py", same="status files listing err"),
    "quieter": Case("-m kernprof -l -qq s.py", same="status files listing err"),
    "boolean values": Case("-m kernprof --line-by-line=yes --builtin=off -v s.py"),
    "no-": Case("-m kernprof -l --no-line-by-line --no-skip-zero -q own_name.py"),
    "arguments": Case("-m kernprof -lq s.py -o x -- -l --y", same="status files listing"),
    "setup": Case("-m kernprof -lv -s setup_file.py needs.py"),
    "module": Case("-m kernprof -lq -m tool", same="status files listing"),
    "module with target": Case("-m kernprof -lq -p pkg -m tool", same="status files listing hits"),
    "submodule": Case("-m kernprof -lq -p pkg.sub -m pkg.sub", same="status listing"),
    "code": Case(
        "-m kernprof -lq -c @profile\ndef\tf():\n\treturn\t1\nf()", same="status files listing"
    ),
    "stdin": Case("-m kernprof -lq -", stdin=SCRIPT, same="status files listing"),
    "target": Case("-m kernprof -lv -p pkg.sub user.py"),
    "target package": Case("-m kernprof -lq -p pkg user.py", same="status files listing hits"),
    "targets": Case("-m kernprof -lq -p pkg.sub,pkg user.py", same="status files listing hits"),
    "target script": Case("-m kernprof -lv -p own_name.py own_name.py"),
    "target file": Case("-m kernprof -lq -p pkg/sub.py user.py", same="status files listing hits"),
    "no preimports": Case(
        "-m kernprof -lq --no-preimports -p pkg.sub user.py", same="status files listing hits"
    ),
    "cProfile": Case("-m kernprof -q own_name.py", same="status files listing err"),
    "cProfile, decorated": Case("-m kernprof -bq s.py", same="status files listing err"),
    "explicit": Case("-m kernprof -lv explicit.py"),
    "exception": Case("-m kernprof -lq fails.py", same="status files listing hits"),
    "exit": Case("-m kernprof -lq exits.py 3", same="status files listing err hits"),
    "no script": Case("-m kernprof -l nosuch.py", same="status files listing err"),
    "no module": Case("-m kernprof -l -m nosuch", same="status files listing err"),
    "no setup": Case("-m kernprof -l -s nosuch.py s.py", same="status files listing err"),
    "unknown option": Case("-m kernprof --bogus s.py", same="status files listing"),
    "bad unit": Case("-m kernprof -l -u 0 s.py", same="status files listing"),
    "bad unit text": Case("-m kernprof -l -u x s.py", same="status files listing"),
    "viewer, unknown option": Case("-m {lp} --bogus s.py.lprof", same="status files listing"),
    "viewer, no file": Case("-m {lp}", same="status files listing"),
    "viewer, missing file": Case("-m {lp} nosuch.lprof", same="status files listing"),
}


@pytest.fixture(scope="module")
def both(theirs: str, tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(theirs, tmp_path_factory.mktemp("commands"), FILES)


def parts(outcome: Outcome, names: str) -> dict[str, object]:
    every: dict[str, Callable[[], object]] = {
        "status": lambda: outcome.status,
        "files": lambda: set(outcome.files),
        "listing": lambda: outcome.listing,
        "viewable": lambda: re.sub(r"(?m)^(\S+ -m {lp}) (-rmt )?", r"\1 ", outcome.listing),
        "err": lambda: outcome.err,
        "hits": lambda: {
            name: outcome.hits(name) for name in outcome.files if name.endswith(".lprof")
        },
    }
    return {name: every[name]() for name in names.split()}


@pytest.mark.parametrize("name", CASES)
def test_the_same_command_does_the_same(both: Both, name: str) -> None:
    case = CASES[name]
    words = [word.replace("\t", " ") for word in case.command.split(" ")]
    outcomes = both.run(*words, stdin=case.stdin, **case.env)
    their, our = (parts(outcome, case.same) for outcome in outcomes)
    for outcome in outcomes:
        for path in outcome.files.values():
            path.unlink()
    assert our == their


VIEWS = {
    "plain": "",
    "unit": "-u 1e-3",
    "skip zero": "-z",
    "summary": "-m",
    "sorted": "-t",
    "joined": "-mtz",
    "long": "--unit=1e-9 --summarize --sort --skip-zero -u 1e-9",
    "twice": "s.py.lprof",
}


@pytest.fixture(scope="module")
def shared(theirs: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Both, list[str]]:
    """A file of theirs, that both show."""
    both = Both(theirs, tmp_path_factory.mktemp("views"), {"s.py": SCRIPT})
    outcome = both.theirs("-m", "kernprof", "-lq", "s.py")
    data = outcome.files["s.py.lprof"].read_bytes()
    (both.folders["ours"] / "s.py.lprof").write_bytes(data)
    return both, ["s.py.lprof"]


@pytest.mark.parametrize("name", VIEWS)
def test_a_file_of_theirs_shows_the_same_numbers(shared: tuple[Both, list[str]], name: str) -> None:
    both, files = shared
    their, our = both.run("-m", "{lp}", *VIEWS[name].split(), *files)
    assert our.status == their.status == 0
    assert our.out == their.out
    assert our.err == their.err == ""


def test_they_read_what_we_convert(theirs: str, tmp_path: Path) -> None:
    both = Both(theirs, tmp_path, {"s.py": SCRIPT})
    ours = both.ours("-m", "kernprof", "-lq", "s.py")
    both.ours("-m", "lineprof", "convert", "s.py.lprof", "--to", "line_profiler", "-o", "c.lprof")
    shown = both.ours("-m", "lineprof", "s.py.lprof")
    data = (both.folders["ours"] / "c.lprof").read_bytes()
    (both.folders["theirs"] / "c.lprof").write_bytes(data)
    # The file names the script in our folder, which both see.
    read = both.theirs("-m", "line_profiler", "c.lprof")
    assert ours.status == read.status == 0
    folder = f"{both.folders['ours']}/"
    assert masked(read.out.replace(folder, "")) == shown.listing
