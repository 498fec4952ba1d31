"""lineprof_standin.pth, which every Python reads as it starts."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

import lineprof
from tests.support import ROOT

pytest.importorskip("lineprof._core")

FILE = "lineprof_standin.pth"
SOURCE = ROOT / "lineprof" / "compat" / "startup" / FILE
PACKAGES = str(Path(lineprof.__file__).parent.parent)

# What `site` does with files in site-packages; doing it twice is harmless.
START = "import site, sys; site.addpackage({folder!r}, {file!r}, set())\n"


def python(
    *words: str, cwd: Path, started: bool = True, packages: str = PACKAGES
) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, as it starts where the file is installed."""
    (cwd / "start").mkdir(exist_ok=True)
    text = START.format(folder=str(SOURCE.parent), file=FILE) if started else ""
    (cwd / "start" / "sitecustomize.py").write_text(text)
    path = os.pathsep.join([str(cwd / "start"), packages, str(cwd)])
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_starting_is_silent_and_loads_nothing(tmp_path: Path) -> None:
    listed = "import sys; print(*sorted(sys.modules))"
    with_it = python("-c", listed, cwd=tmp_path)
    without = python("-c", listed, cwd=tmp_path, started=False)
    assert with_it.stderr == ""
    assert with_it.stdout == without.stdout
    assert "lineprof" not in with_it.stdout.split()


def test_programs_find_line_profiler(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(
        "from line_profiler import profile\nfrom line_profiler import LineProfiler as P\n"
        "import line_profiler, lineprof\nassert P is lineprof.LineProfiler\n"
        "@profile\ndef f():\n    return 1\nprint(f(), line_profiler.profile is lineprof.profile)\n"
    )
    done = python("s.py", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("1 True\n", "")
    done = python("s.py", "--line-profile", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "profile_output.lprof").exists()
    done = python("-m", "line_profiler", "profile_output.lprof", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "     7         1 " in done.stdout
    done = python("-m", "line_profiler", "nosuch.lprof", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_one_that_is_installed_goes_first(tmp_path: Path) -> None:
    (tmp_path / "line_profiler").mkdir()
    (tmp_path / "line_profiler" / "__init__.py").write_text("real = True\n")
    code = "import line_profiler; print(line_profiler.real)\nimport line_profiler.explicit_profiler"
    done = python("-c", code, cwd=tmp_path)
    assert done.stdout == "True\n"
    assert "No module named 'line_profiler.explicit_profiler'" in done.stderr


def test_one_found_by_a_finder_that_comes_later_goes_first(tmp_path: Path) -> None:
    """Editable installs have such a finder."""
    (tmp_path / "real.py").write_text("real = True\n")
    code = (
        "import sys\nfrom importlib.util import spec_from_file_location\n"
        "class Finder:\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'line_profiler':\n"
        "            return spec_from_file_location(name, 'real.py')\n"
        "sys.meta_path.append(Finder)\n"
        "import line_profiler; print(line_profiler.real)\n"
    )
    done = python("-c", code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_when_lineprof_is_gone_there_is_just_no_line_profiler(tmp_path: Path) -> None:
    code = (
        "from importlib.util import find_spec\nprint(find_spec('line_profiler'))\n"
        "try:\n    import line_profiler\nexcept ModuleNotFoundError as e:\n    print(e)\n"
    )
    words = ("-S", "-c", START.format(folder=str(SOURCE.parent), file=FILE) + code)
    nothing = "None\nNo module named 'line_profiler'\n"
    for state in ("gone", "an empty folder"):
        if state != "gone":
            (tmp_path / "lineprof").mkdir()
        done = python(*words, cwd=tmp_path, started=False, packages="")
        assert (done.stdout, done.stderr) == (nothing, ""), state


def test_other_names_are_nothing_to_it(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom importlib.util import find_spec\n"
        "print(find_spec('line_profiler_pycharm'), find_spec('line'), 'lineprof' in sys.modules)"
    )
    assert python("-c", code, cwd=tmp_path).stdout == "None None True\n"


def test_the_file_has_one_line_that_runs() -> None:
    lines = SOURCE.read_text("ascii").splitlines()
    assert [line.startswith("import ") for line in lines if not line.startswith("#")] == [True]


def test_it_is_installed() -> None:
    """It is on record, so uninstalling removes it."""
    records = [found.read_text("RECORD") for found in metadata.distributions(name="lineprof")]
    names = [line.partition(",")[0] for text in records if text for line in text.splitlines()]
    if "lineprof/__init__.py" not in names:
        pytest.skip("lineprof was not installed from a wheel")
    assert FILE in names
    assert not [name for name in names if name.startswith("lineprof/compat/startup/")]


def test_a_variable_switches_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; print(any('standin' in repr(f) for f in sys.meta_path))"
    assert python("-c", code, cwd=tmp_path).stdout == "True\n"
    monkeypatch.setenv("LINEPROF_NO_PTH", "1")
    assert python("-c", code, cwd=tmp_path).stdout == "False\n"


def test_a_start_costs_little_more_than_a_file_that_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.1 ms where a file with a bare import takes 25 us; a ratio, as machines differ."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    (tmp_path / "nothing.pth").write_text("import os\n")
    folders = {FILE: SOURCE.parent, "nothing.pth": tmp_path}
    times: dict[str, list[int]] = {name: [] for name in folders}
    for _ in range(1_000):
        for name, folder in folders.items():
            finders = len(sys.meta_path)
            start = time.thread_time_ns()
            site.addpackage(str(folder), name, set())
            times[name].append(time.thread_time_ns() - start)
            del sys.meta_path[finders:]
    assert min(times[FILE]) < 4 * min(times["nothing.pth"])
