"""What programs import from line_profiler's `kernprof`, beside `main`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

import kernprof
import lineprof
from kernprof import (
    RepeatedTimer,
    execfile,
    find_module_script,
    find_script,
    pre_parse_single_arg_directive,
)


def test_scripts_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tool").write_text("")
    (tmp_path / "s.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f":{tmp_path / 'nowhere'}:{tmp_path / 'bin'}")
    assert find_script("s.py") == "s.py"
    assert find_script("tool") == str(tmp_path / "bin" / "tool")
    with pytest.raises(FileNotFoundError, match=r"^Could not find script 'bin'$"):
        find_script("bin", exit_on_error=False)


def test_modules_are_found() -> None:
    import json

    assert find_module_script("json.decoder") == json.decoder.__file__
    assert Path(find_module_script("unittest")).name == "__main__.py"
    for name in ("nosuch", "nosuch.at.all", "sys"):
        with pytest.raises(ModuleNotFoundError, match=f"^Could not find module `{name}`$"):
            find_module_script(name, exit_on_error=False)


def test_what_is_not_found_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    for find in (find_script, find_module_script):
        with pytest.raises(SystemExit) as end:
            find("nosuch.py")
        assert end.value.code == 1
    assert capsys.readouterr().err.splitlines() == [
        "Could not find script 'nosuch.py'",
        "Could not find module `nosuch.py`",
    ]


def test_a_file_is_executed(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"# coding: latin-1\nfound = '\xe9', __name__\n")
    names: dict[str, Any] = {"__name__": "there"}
    execfile(str(path), names)
    assert names["found"] == ("é", "there")
    execfile(str(path))
    assert locals()["found"] == ("é", __name__)


def test_a_timer_calls_until_it_is_stopped() -> None:
    called, seen = threading.Event(), []

    def dump(name: str) -> None:
        seen.append(name)
        called.set()

    timer = RepeatedTimer(0.001, dump, "out.lprof")
    assert timer.is_running
    assert called.wait(30)
    timer.stop()
    timer.stop()
    assert not timer.is_running
    called.clear()
    timer.start()
    assert called.wait(30)
    assert set(seen) == {"out.lprof"}
    timer.stop()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("foo bar", (["foo", "bar"], None, [])),
        ("foo -m baz x", (["foo"], "baz", ["x"])),
        ("foo -- bar -m baz", (["foo", "--"], None, ["bar", "-m", "baz"])),
        ("foo -m s e -- -m b", (["foo"], "s", ["e", "--", "-m", "b"])),
        ("-- -m", (["--"], None, ["-m"])),
    ],
)
def test_arguments_around_a_flag(words: str, expected: object) -> None:
    assert pre_parse_single_arg_directive(words.split(), "-m") == expected


@pytest.mark.parametrize("words", ["foo -m", "-m -- x"])
def test_a_flag_needs_something_after_it(words: str) -> None:
    with pytest.raises(ValueError, match="argument expected for the -m option"):
        pre_parse_single_arg_directive(words.split(), "-m")


def test_the_names_are_there() -> None:
    assert kernprof.__version__ == lineprof.__version__
    for name in kernprof.__all__:
        assert getattr(kernprof, name).__doc__
    with pytest.raises(AttributeError):
        kernprof.nosuch  # noqa: B018
