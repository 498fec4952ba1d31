"""How programs find out whether there is a `profile`: from their `__builtins__`, mostly."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernprof.isolation.names import takes_builtins_for_dict
from tests.kernprof.command import hits, kernprof, python

pytest.importorskip("lineprof._core")

BOTH = """\
if type(__builtins__) is not dict or 'profile' not in __builtins__: profile = lambda f: f
""", """\
if not isinstance(__builtins__, dict) or "profile" not in __builtins__:
    __builtins__.__dict__["profile"] = lambda x: x
""", """\
def find():
    if isinstance(__builtins__, dict): return __builtins__.get("profile", lambda f: f)
    return getattr(__builtins__, "profile", lambda f: f)
profile = find()
""", """\
try: profile
except NameError: profile = lambda f: f
""", """\
if not hasattr(__builtins__, "profile"):
    def profile(f): return f
""", """\
if "profile" not in dir(__builtins__):
    def profile(f): return f
""", """\
import builtins
if "profile" not in vars(builtins):
    def profile(f): return f
"""  # fmt: skip
ONLY_HERE = """\
if 'profile' not in __builtins__:
    def profile(f): return f
""", """\
if 'profile' not in __builtins__:
    __builtins__['profile'] = lambda f: f
""", """\
profile = __builtins__['profile']
""", """\
profile = __builtins__.get('profile', lambda f: f)
"""  # fmt: skip

WORK = "@profile\ndef work():\n    return 1\nprint(work())\n"


@pytest.mark.parametrize("found", [*BOTH, *ONLY_HERE])
def test_it_is_found(found: str, tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(found + WORK)
    done = kernprof("-lq", "s.py", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert hits(tmp_path / "s.py.lprof") == {"work": {2: 1}}


@pytest.mark.parametrize("found", BOTH)
def test_or_that_there_is_none(found: str, tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(found + WORK)
    assert python("s.py", cwd=tmp_path).stdout == "1\n"
    done = kernprof("-q", "s.py", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "x = dict(a=1); __builtins__.y = x",
        "print('print' in dir(__builtins__), dict)",
        "vars(__builtins__)['y'] = 1",
        "getattr(__builtins__, 'dict')",
        "import builtins; 'profile' in builtins.__dict__",
        "__builtins__",
    ],
)
def test_a_module_it_is_for_others(text: str) -> None:
    assert not takes_builtins_for_dict(compile(text, "s.py", "exec"), lambda: text)
