"""Imports the modules that targets name before the program runs, so that their code is known."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

from .targets import Target, module_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def modules(target: Target, programs: Container[str]) -> list[str]:
    """Import the modules that a target names; returns a line for each that failed.

    programs: files, links resolved, that run as the program itself: they are left out.

    Whatever a module raises is only told, but for KeyboardInterrupt. Test modules below the target
    are left out: they skip themselves by exceptions, and need packages that are not there.
    """
    faults: list[str] = []
    with telling(faults, target.text):
        for name in _modules_of(target, programs):
            if name not in sys.modules and name.rpartition(".")[2] != "__main__":
                with telling(faults, f"{target.text}: cannot import {name}"):
                    importlib.import_module(name)
    return faults


@contextmanager
def telling(faults: list[str], what: str) -> Iterator[None]:
    """Whatever is raised becomes a line among the faults, but for KeyboardInterrupt."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        faults.append(f"{what}: " + " ".join(f"{type(error).__name__}: {error}".split()))


def _modules_of(target: Target, programs: Container[str]) -> Iterator[str]:
    """The modules a target means, as far as that can be known without their being loaded."""
    if target.module is None:
        for path in target.paths:
            yield from _modules_at(path, programs)
        return
    parts = target.module.split(".")
    fixed = [part for part in parts if not set(part) & set("*?[")]
    if fixed != parts:
        fixed = parts[: next(i for i, part in enumerate(parts) if part not in fixed)]
    for count in range(1, len(fixed)):
        # To look for a name inside a module imports that, and the program runs once.
        if _is_program(_spec(".".join(fixed[:count])), programs):
            return
    for count in range(len(fixed), 0, -1):
        name = ".".join(fixed[:count])
        spec = _spec(name)
        if spec is None:
            continue
        if not _is_program(spec, programs):
            yield name
        # What is left over names something inside the module, or is a pattern.
        if fixed == parts and count == len(parts):
            if target.recursive and target.function is None:
                yield from _below(spec, programs, with_tests=_is_test(name))
        elif fixed != parts and count == len(fixed):
            below = _below(spec, programs, with_tests=_is_test(target.module))
            yield from (inner for inner in below if target.match((inner,), "") is not None)
        return


def _modules_at(path: str, programs: Container[str]) -> Iterator[str]:
    if os.path.isdir(path):
        path = os.path.join(path, "__init__.py")
    if not path.endswith(".py") or not os.path.isfile(path) or path in programs:
        return
    name = module_names(path)[-1]
    spec = _spec(name)
    # A file that is loaded in some other way is seen when that happens.
    if spec is not None and spec.origin and os.path.realpath(spec.origin) == path:
        yield name
        if path.endswith("__init__.py"):
            yield from _below(spec, programs, with_tests=_is_test(name))


def _is_test(module: str) -> bool:
    """Whether a module is a test, or in a package of tests, going by its name or pattern."""
    return any(
        part in ("tests", "conftest") or part.startswith("test_") for part in module.split(".")
    )


def _below(spec: Any, programs: Container[str], *, with_tests: bool) -> Iterator[str]:
    folders = list(spec.submodule_search_locations or ())
    for found in pkgutil.iter_modules(folders):
        name = f"{spec.name}.{found.name}"
        if _is_test(found.name) and not with_tests:
            continue
        file = next((f for f in _files(folders, found.name)), "")
        if os.path.realpath(file) in programs:
            continue
        yield name
        if found.ispkg and (inner := _spec(name)) is not None:
            yield from _below(inner, programs, with_tests=with_tests)


def _files(folders: Sequence[str], name: str) -> Iterator[str]:
    for folder in folders:
        for file in (os.path.join(folder, name, "__init__.py"), os.path.join(folder, f"{name}.py")):
            if os.path.isfile(file):
                yield file


def _is_program(spec: Any, programs: Container[str]) -> bool:
    origin = getattr(spec, "origin", None)
    return origin is not None and os.path.realpath(origin) in programs


def _spec(name: str) -> Any:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
