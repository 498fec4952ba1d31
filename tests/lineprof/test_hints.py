"""What resolves annotations as the program runs finds the types of all public names."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing

import pytest

import lineprof
from lineprof.compat import importer


def functions(value: object) -> list[object]:
    found = []
    for member in vars(value).values() if isinstance(value, type) else [value]:
        parts = [member.fget, member.fset] if isinstance(member, property) else [member]
        found += [getattr(part, "__func__", part) for part in parts]
    return [part for part in found if inspect.isfunction(part) and part.__name__[:1] != "_"]


@pytest.mark.parametrize("name", sorted(lineprof.__all__))
def test_the_types_of_every_public_name_are_found(name: str) -> None:
    for function in functions(getattr(lineprof, name)):
        for hint in typing.get_type_hints(function).values():
            assert not isinstance(hint, str)


def test_those_of_line_profilers_names_are(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = lineprof.StandIn()
    stand_in.place()
    try:
        for module, homes in importer._MODULES.items():
            for name in homes:
                source = __import__(module, fromlist=[name])
                for function in functions(getattr(source, name)):
                    typing.get_type_hints(function)
    finally:
        stand_in.remove()


def test_signatures_are_as_they_are_written() -> None:
    parameters = inspect.signature(lineprof.LineProfiler.print_stats).parameters
    assert parameters["stream"].annotation == "IO[str] | None"


def test_nothing_is_imported_for_it_beforehand() -> None:
    code = (
        "import sys; before = set(sys.modules)\nfrom lineprof import LineProfiler\n"
        "print({'typing', 'ast', 'inspect'} & (set(sys.modules) - before))\n"
        "import typing; print(typing.get_type_hints(LineProfiler.snapshot)['return'].__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set()\nProfile\n", "")
