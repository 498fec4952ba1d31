"""The same commands give the same listing, messages, exit status and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
    "lib/__init__.py": "from lib.base import base\n",
    "lib/base.py": "import json\ndef base():\n    return 1\nclass Base:\n    def of(self):\n"
    "        return 2\n",
    "lib/use.py": "from json import dumps\nfrom .base import Base, base\nfrom pkg import top\n"
    "def own():\n    return base(), Base().of(), top(), dumps(1)\n",
    "uses.py": "import lib.use\nprint(lib.use.own())\n",
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
    "bye.py": "import sys\n@profile\ndef f():\n    return 1\nf()\nsys.exit('bye')\n",
    "raises.py": "def f():\n    raise KeyError(1)\nf()\n",
    "syntax.py": "def f(:\n",
    "stops.py": "@profile\ndef f():\n    raise SystemExit\nf()\n",
    "dies.py": "import os\n@profile\ndef f():\n    os._exit(4)\nf()\n",
    "imports.py": "from pkg.sub import Sub, low as lower\nimport pkg\n"
    "def f():\n    return lower(), Sub().meth(), pkg.top()\nprint(f())\n",
    "prefers.toml": "[tool.line_profiler.kernprof]\nline-by-line = true\nunit = 1e-3\n"
    "skip-zero = true\noutfile = 'by_config.lprof'\nsummarize = true\n"
    "[tool.line_profiler.show.column_widths]\nhits = 14\nline = 8\npercent = 3\n",
    "targets.toml": "[tool.line_profiler.kernprof]\nprof-mod = ['pkg.sub']\npreimports = false\n",
    "other_name.toml": "[tool.line_profiler.write]\noutput_prefix = 'mine'\ntext = false\n"
    "timestamped_text = false\n[tool.line_profiler.setup]\nenviron_flags = ['MINE']\n"
    "cli_flags = ['--mine']\n",
    "no_files.toml": "[tool.line_profiler.write]\nlprof = false\ntext = false\n"
    "timestamped_text = false\n",
    "prefix.py": "from line_profiler import profile\nprofile.enable(output_prefix='chosen')\n"
    "@profile\ndef f():\n    return 1\nf()\nprofile.disable()\n@profile\ndef g():\n    return 2\n"
    "g()\nprint(profile.enabled)\n",
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
    "boolean values apart": Case("-m kernprof --line-by-line yes --skip-zero No --view s.py"),
    "no-": Case("-m kernprof -l --no-line-by-line --no-skip-zero -q own_name.py"),
    "arguments": Case("-m kernprof -lq s.py -o x -- -l --y", same="status files listing"),
    "dashes after the script": Case("-m kernprof -lq s.py -- -x", same="status files listing"),
    "dashes for -c": Case("-m kernprof -lq s.py -- -c 1", same="status files listing"),
    "dashes further on": Case("-m kernprof -lq s.py a -- -m x", same="status files listing"),
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
    "target with what it imports from its package": Case(
        "-m kernprof -lq -p lib.use uses.py", same="status files listing hits"
    ),
    "the same file": Case("-m kernprof -lq -p lib/use.py uses.py", same="status listing hits"),
    "the same by the script's imports": Case(
        "-m kernprof -lq --no-preimports -p lib.use uses.py", same="status files listing hits"
    ),
    "package file with what it imports": Case(
        "-m kernprof -lq -p lib.__init__ -c import\tlib.use;lib.use.own()",
        same="status listing",
    ),
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
    "quietest": Case("-m kernprof -l -qqq raises.py", same="status files listing"),
    "verbose and quiet": Case("-m kernprof -lvqv s.py", same="status files"),
    "two -v": Case("-m kernprof -l -vv s.py", same="status files hits"),
    "help": Case("-m kernprof --help", same="status files"),
    "help after -m": Case("-m kernprof -m tool -h", same="status files"),
    "version": Case("-m kernprof -V", same="status files"),
    "view, long": Case("-m kernprof --line-by-line --view s.py a b"),
    "long names": Case(
        "-m kernprof --line-by-line --verbose --skip-zero --outfile x.lprof "
        "--setup setup_file.py --unit 1e-5 needs.py"
    ),
    "values of long options": Case(
        "-m kernprof --line-by-line=1 --skip-zero=TRUE --preimports=n --prof-imports=off "
        "--summarize=Yes --verbose s.py"
    ),
    "short options joined to values": Case("-m kernprof -lvu1e-4 -oother.lprof s.py"),
    "skip zero, short": Case("-m kernprof -lv -z s.py"),
    "interval": Case("-m kernprof -lq -i2 s.py", same="status files listing hits"),
    "interval of nothing": Case("-m kernprof -lq -i0 s.py", same="status files listing hits"),
    "long interval": Case(
        "-m kernprof -lq --output-interval=3 s.py", same="status files listing hits"
    ),
    "outfile in a folder": Case("-m kernprof -l -o pkg/x.lprof s.py", same="status files hits"),
    "setup and -b": Case("-m kernprof -bq -s setup_file.py needs.py", same="status files listing"),
    "module and arguments": Case("-m kernprof -lq -m tool -x y", same="status files listing hits"),
    "module, -o": Case("-m kernprof -l -o m.lprof -m tool", same="status files hits"),
    # They run it twice, the first time to look for functions.
    "target module": Case("-m kernprof -lq -p tool -m tool", same="status"),
    "code and arguments": Case(
        "-m kernprof -lq -c import\tsys;print(sys.argv[1:]) -v x", same="status files listing"
    ),
    "code, functions": Case(
        "-m kernprof -lv -o c.lprof -c def\tf():\n\treturn\t1\nf()", same="status files"
    ),
    "stdin and arguments": Case("-m kernprof -lq - 1 -v", stdin=SCRIPT, same="status listing"),
    "function as target": Case(
        "-m kernprof -lq -p pkg.sub.low user.py", same="status listing hits"
    ),
    "method as target": Case(
        "-m kernprof -lq -p pkg.sub.Sub.meth -m tool", same="status listing hits"
    ),
    "class as target": Case("-m kernprof -lq -p pkg.sub.Sub -m tool", same="status listing hits"),
    # To them `import pkg.sub` in the script is a part of it.
    "package alone": Case("-m kernprof -lq -p pkg.__init__ user.py", same="status listing"),
    "targets one by one": Case(
        "-m kernprof -lq -p pkg.sub -p user.py user.py", same="status files listing hits"
    ),
    "targets forgotten": Case(
        "-m kernprof -lq -p pkg.sub -p= -p user.py user.py", same="status files listing hits"
    ),
    "folder as target": Case("-m kernprof -lq -p ./pkg user.py", same="status files listing hits"),
    "target that is not there": Case(
        "-m kernprof -lq -p nosuch,pkg.sub user.py", same="status files listing hits"
    ),
    "standard library as target": Case(
        "-m kernprof -lq -p textwrap user.py", same="status files listing"
    ),
    "no preimports of what is not imported": Case(
        "-m kernprof -lq --no-preimports -p tool user.py", same="status files listing hits"
    ),
    "imports": Case(
        "-m kernprof -lq --prof-imports -p imports.py imports.py", same="status files listing hits"
    ),
    "imports, not asked for": Case(
        "-m kernprof -lq -p imports.py imports.py", same="status files listing hits"
    ),
    "imports, without preimports": Case(
        "-m kernprof -lq --prof-imports --no-preimports -p imports.py imports.py",
        same="status files listing hits",
    ),
    "configuration": Case(
        "-m kernprof -v --config prefers.toml s.py", same="status files listing hits"
    ),
    "command line before configuration": Case(
        "-m kernprof -v --config prefers.toml --no-skip-zero --summarize=no -u 1 -o x.lprof s.py"
    ),
    "configuration by environment": Case(
        "-m kernprof s.py", env={"LINE_PROFILER_RC": "prefers.toml"}, same="status files viewable"
    ),
    "no configuration": Case(
        "-m kernprof --no-config -lv s.py", env={"LINE_PROFILER_RC": "prefers.toml"}
    ),
    "targets in the configuration": Case(
        "-m kernprof -lq --config targets.toml user.py", same="status files listing hits"
    ),
    "targets instead of those of the configuration": Case(
        "-m kernprof -lq --config targets.toml --preimports -p lib.use uses.py",
        same="status files listing hits",
    ),
    "targets of the configuration forgotten": Case(
        "-m kernprof -lq --config targets.toml -p= -p pkg user.py",
        same="status files listing hits",
    ),
    "dry run": Case(
        "-m kernprof -lq s.py", env={"LINE_PROFILER_NO_EXEC": "1"}, same="status files"
    ),
    "cProfile, view": Case("-m kernprof -v own_name.py", same="status files"),
    "cProfile, exception": Case("-m kernprof -q raises.py", same="status files listing"),
    "cProfile, exit": Case("-m kernprof -bq exits.py", same="status files listing err"),
    "exit with a text": Case("-m kernprof -lq bye.py", same="status files err hits"),
    "exit with nothing": Case("-m kernprof -lq stops.py", same="status files err hits"),
    "exit at once": Case("-m kernprof -lq dies.py", same="status err"),  # theirs are lost
    # They lose the results: it is looking for functions, where they run it, too, that ends it.
    "exception of a module": Case("-m kernprof -lq -m raises", same="status listing"),
    "exception of code": Case("-m kernprof -lq -c 1/0", same="status listing"),
    "explicit, asked for": Case(
        "explicit.py", env={"LINE_PROFILE": "yes"}, same="status files err hits"
    ),
    "explicit, not asked for": Case(
        "explicit.py", env={"LINE_PROFILE": "off"}, same="status files listing err"
    ),
    "explicit, by option": Case("explicit.py --line_profile", same="status files err hits"),
    "explicit, configured": Case(
        "explicit.py",
        env={"LINE_PROFILER_RC": "other_name.toml", "MINE": "1", "LINE_PROFILE": "0"},
        same="status files err hits",
    ),
    "explicit, other words": Case(
        "explicit.py --mine", env={"LINE_PROFILER_RC": "other_name.toml"}, same="status files hits"
    ),
    "explicit, word not known": Case(
        "explicit.py --line-profile", env={"LINE_PROFILER_RC": "other_name.toml"}
    ),
    "explicit, no files": Case(
        "explicit.py",
        env={"LINE_PROFILER_RC": "no_files.toml", "LINE_PROFILE": "1"},
        same="status files err",
    ),
    "explicit, enabled": Case("prefix.py", same="status files err hits"),
    "explicit, functions": Case("-m kernprof -bq explicit.py", same="status files listing err"),
    "explicit, whole program": Case("-m kernprof -q explicit.py", same="status files listing err"),
    "explicit, by both": Case(
        "-m kernprof -lq explicit.py", env={"LINE_PROFILE": "1"}, same="status files hits"
    ),
    "no script": Case("-m kernprof -l nosuch.py", same="status files listing err"),
    "no module": Case("-m kernprof -l -m nosuch", same="status files listing err"),
    "no setup": Case("-m kernprof -l -s nosuch.py s.py", same="status files listing err"),
    "unknown option": Case("-m kernprof --bogus s.py", same="status files listing"),
    "bad unit": Case("-m kernprof -l -u 0 s.py", same="status files listing"),
    "bad unit text": Case("-m kernprof -l -u x s.py", same="status files listing"),
    "no argument": Case("-m kernprof", same="status files listing"),
    "no configuration there": Case(
        "-m kernprof --config nosuch.toml -l s.py", same="files listing"
    ),
    "syntax error": Case("-m kernprof -lq syntax.py", same="status listing"),
    "bad interval": Case("-m kernprof -lq -ix s.py", same="files listing"),
    "bad boolean": Case("-m kernprof --line-by-line=maybe s.py", same="status files listing"),
    "viewer, unknown option": Case("-m {lp} --bogus s.py.lprof", same="status files listing"),
    "viewer, no file": Case("-m {lp}", same="status files listing"),
    "viewer, missing file": Case("-m {lp} nosuch.lprof", same="status files listing"),
}


@pytest.fixture(scope="module")
def both(theirs: str, tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both(theirs, tmp_path_factory.mktemp("commands"), FILES)


def parts(outcome: Outcome, names: str) -> dict[str, Any]:
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
    if name.startswith("explicit") and find_spec("line_profiler") is None:
        pytest.skip("lineprof is not installed here: by the name of line_profiler none is found")
    case = CASES[name]
    words = [word.replace("\t", " ") for word in case.command.split(" ")]
    outcomes = both.run(*words, stdin=case.stdin, **case.env)
    their, our = (parts(outcome, case.same) for outcome in outcomes)
    if name.startswith("explicit,"):
        # Of their three files ours is the one that can be shown.
        for found in (their, our):
            found["files"] = {file for file in found["files"] if not file.endswith(".txt")}
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
    "values apart": "--summarize yes --sort no --skip-zero 1 --rich off",
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
