"""Our own code works as before, whatever the program has replaced."""

from __future__ import annotations

import json
import pstats
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lineprof
from kernprof.isolation import stdlib_names
from kernprof.isolation.kept_state import KeptState
from tests.kernprof.command import hits, kernprof


@pytest.fixture(autouse=True)
def _modules_and_path() -> Iterator[None]:
    before, path = dict(sys.modules), sys.path[:]
    yield
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path


def test_our_imports_do_not_see_the_programs_modules(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("mine = True")
    (tmp_path / "colorsys.py").write_text("mine = True")
    ours = KeptState()
    stdlib_names.release(str(tmp_path))
    sys.path.insert(0, str(tmp_path))
    import json as theirs

    assert theirs.mine  # type: ignore[attr-defined]
    with ours:
        import colorsys
        import json as again

        assert hasattr(again, "dumps")
        assert hasattr(colorsys, "rgb_to_hsv")
        assert sys.path[0] != str(tmp_path)
    assert sys.modules["json"] is theirs
    assert sys.path[0] == str(tmp_path)


def test_nothing_is_hidden_without_need() -> None:
    with KeptState():
        assert sys.modules["json"] is json


WORK = "@profile\ndef f():\n    return 1\nf()\n"

REPLACED = {
    "a function of a module": "import json\njson.dumps = lambda value: b'{}'",
    "a module": "import sys\nsys.modules['json'] = type(sys)('json')",
    "all finders": "import sys\nsys.meta_path.clear()",
    "all modules": """\
import sys
for name in list(sys.modules):
    if name not in ('sys', 'builtins', '__main__'):
        del sys.modules[name]
""",
    "the table of modules": "import sys\nsys.modules = {'sys': sys}",
    "the path": "import sys\nsys.path = tuple(sys.path)",
    "room to recurse": "import sys\nsys.setrecursionlimit(40)",
    "exit handlers": "import atexit\natexit._clear()",
    "open and its like": """\
import builtins, io, os
def refuse(*args, **kwargs):
    raise PermissionError('refused')
builtins.open = io.open = os.open = os.replace = os.write = os.path.abspath = refuse
""",
    # As freezegun does: in each module that has one.
    "clocks": """\
import sys, time
names = ('time', 'time_ns', 'monotonic', 'perf_counter', 'perf_counter_ns', 'strftime')
frozen = {id(getattr(time, name)) for name in names}
for module in list(sys.modules.values()):
    for name, value in list(vars(module).items()):
        if id(value) in frozen:
            setattr(module, name, lambda *args: 0)
""",
    # As pyfakefs does: in each module that has it.
    "the file system": """\
import sys, types
class Fake(types.ModuleType):
    def __getattr__(self, name):
        raise OSError('there is no ' + name)
real = sys.modules['os']
for module in list(sys.modules.values()):
    for name, value in list(vars(module).items()):
        if value is real:
            setattr(module, name, Fake('os'))
sys.modules['os'] = Fake('os')
""",
}


@pytest.mark.parametrize("flags", ["-l", "-lv", "-b"])
@pytest.mark.parametrize("program", REPLACED.values(), ids=REPLACED)
def test_results_are_written_whatever_was_replaced(
    program: str, flags: str, tmp_path: Path
) -> None:
    (tmp_path / "s.py").write_text(WORK + program)
    done = kernprof(flags, "-o", "results", "s.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Wrote profile results to 'results'\n")
    if flags == "-b":
        assert pstats.Stats(str(tmp_path / "results")).total_calls == 1  # type: ignore[attr-defined]
        return
    profile = lineprof.load(tmp_path / "results")
    assert hits(tmp_path / "results") == {"f": {2: 1}}
    assert 0 < profile.runs[0].duration < 60e9
    assert abs(profile.runs[0].started - time.time()) < 60


@pytest.mark.parametrize("flags", ["-l", "-lv", "-b", "-bv", "-v", "-lvi", "-lv --all"])
def test_the_end_imports_nothing(flags: str, tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(
        "import atexit, os, sys\n"
        "ending = []\n"
        "def hook(event, args):\n"
        "    if event == 'import' and ending:\n"
        "        os.write(2, f'late import of {args[0]}\\n'.encode())\n"
        "sys.addaudithook(hook)\n"
        "atexit.register(ending.append, 1)\n"
        + (WORK if flags != "-v" else WORK.replace("@profile\n", ""))
    )
    done = kernprof(*flags.split(), "-o", "results", "s.py", cwd=tmp_path)
    assert "Wrote profile results" in done.stdout
    assert done.stderr == ""


NAMES = ["contextlib", "importlib", "functools", "operator", "json", "types", "re"]
if sys.version_info < (3, 15):  # it loads that itself as it starts: no program can have its own
    NAMES.append("linecache")


@pytest.mark.parametrize("flags", ["-l", "-l --all", "-lv -i 0.01 -p main"])
@pytest.mark.parametrize("name", NAMES)
def test_a_module_named_as_the_standard_librarys(name: str, flags: str, tmp_path: Path) -> None:
    """As a file, or as a package."""
    for file in (f"{name}.py", f"{name}/__init__.py"):
        folder = tmp_path / str(len(file))
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_text("def squash(x):\n    return x\n")
        (folder / "main.py").write_text(
            f"import {name} as own, time\n"
            "@profile\ndef f():\n    return own.squash(1)\nprint(f())\ntime.sleep(0.03)\n"
        )
        done = kernprof(*flags.split(), "-o", "results", "main.py", cwd=folder)
        assert done.stderr == ""
        assert done.stdout.startswith("1\nWrote profile results to 'results'\n")
        assert hits(folder / "results")["f"] == {2: 1}
