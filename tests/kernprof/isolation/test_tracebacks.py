"""No frame of ours in a traceback, nothing of the program's gone from it."""

from __future__ import annotations

import traceback
from types import CodeType
from typing import Any

from kernprof.isolation import tracebacks


def ours(name: str, text: str) -> CodeType:
    return compile(text, tracebacks._HERE + name, "exec")


def run(code: CodeType, **names: Any) -> BaseException:
    try:
        exec(code, names)
    except BaseException as error:
        return error
    raise AssertionError("no exception")


def files(error: BaseException) -> list[str]:
    return [
        entry.filename.rpartition("/")[2] for entry in traceback.extract_tb(error.__traceback__)
    ]


def user(text: str, name: str = "user.py") -> CodeType:
    return compile(text, name, "exec")


def test_frames_before_the_program_go() -> None:
    error = run(ours("runner.py", "exec(inner, {'x': 1})"), inner=user("1 / 0"))
    assert files(error) == ["test_tracebacks.py", "runner.py", "user.py"]
    error.__traceback__ = error.__traceback__.tb_next  # type: ignore[union-attr]
    tracebacks.strip(error)
    assert files(error) == ["user.py"]


def test_frames_between_the_programs_go() -> None:
    inner = ours("functions.py", "exec(deeper, {'last': last})")
    outer = user("exec(inner, {'deeper': deeper, 'last': last})", "outer.py")
    deeper = ours("functions.py", "exec(last)")
    error = run(outer, inner=inner, deeper=deeper, last=user("1 / 0"))
    tracebacks.strip(error)
    assert files(error) == ["test_tracebacks.py", "outer.py", "user.py"]


def test_causes_contexts_and_groups_are_cleaned() -> None:
    first = run(ours("functions.py", "exec(inner)"), inner=user("1 / 0"))
    member = run(ours("functions.py", "exec(inner)"), inner=user("1 / 0"))
    group = BaseExceptionGroup("g", [ValueError(), BaseExceptionGroup("h", [member])])
    group.__cause__ = first
    first.__context__ = group  # a cycle is no trouble
    tracebacks.strip(group)
    assert files(first) == files(member) == ["test_tracebacks.py", "user.py"]


def test_an_exception_of_ours_alone_has_no_traceback() -> None:
    error = run(ours("runner.py", "compile('def f(:', 'x', 'exec')"))
    error.__traceback__ = error.__traceback__.tb_next  # type: ignore[union-attr]
    tracebacks.strip(error)
    assert error.__traceback__ is None


def test_frames_of_importers_go_only_before_the_program() -> None:
    frozen = compile("exec(inner)", "<frozen runpy>", "exec")
    error = run(frozen, inner=user("1 / 0"))
    error.__traceback__ = error.__traceback__.tb_next  # type: ignore[union-attr]
    tracebacks.strip(error)
    assert files(error) == ["user.py"]
    error = run(user("exec(frozen, {'inner': inner})"), frozen=frozen, inner=user("1 / 0"))
    tracebacks.strip(error)
    assert files(error) == ["test_tracebacks.py", "user.py", "<frozen runpy>", "user.py"]
